"""A scale or a weighing indicator on a serial port: A&D, CAS 22 bytes, CAS 10 bytes, AND 18 bytes."""

from collections.abc import Sequence
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from drivers.base import Reading, Slots
from drivers.mono import mono_ns
from drivers.scale_formats import FORMATS, Format, Weight
from drivers.serial_lines import LinesConfig, SerialLines
from drivers.settling import Settling, Weighings
from sensors.batch import Batch
from sensors.measurement import Measurement
from sensors.point import Point, known_unit
from sensors.quality import BAD, GOOD, OUT_OF_RANGE, UNCERTAIN, WRONG_CONFIGURATION
from sensors.quantities import UNITS, convert
from sensors.written_units import written_unit

DECIMALS: Final = 9  # 123.45 g is 0.12345 kg, and not 0.12345000000000001
LABELS: Final = {
    "weight": ("무게", "Weight"),
    "stable": ("안정", "Stable"),
    "weighings": ("잰 횟수", "Weighings"),
    "net": ("순중량", "Net"),
    "zero": ("영점", "Zero"),
    "tare": ("용기", "Tare"),
    "hold": ("홀드", "Hold"),
}


class ScaleConfig(LinesConfig):
    """시리얼 저울. / A scale on a serial port."""

    type: Literal["scale"] = Field(description="종류. / The kind.")
    format: Format = Field(
        description="보내는 모양: and(A&D 표준), cas22, cas10, and18(인디케이터 설정의 그 이름). / "
        "What it sends: and (A&D standard), cas22, cas10, and18 (as the indicator's set-up calls them)."
    )
    on_request: bool = Field(
        False,
        description="true면 달라고 할 때만 보내는 저울이에요(스트림은 false). / "
        "true for a scale that sends only when it is asked.",
    )
    unit: str = Field(
        "kg",
        description="값을 적을 단위. 저울이 다른 단위로 보내면 바꿔요. / The unit of the values; others are converted.",
    )
    keep: Literal["all", "stable"] = Field(
        "all",
        description="all은 흔들리는 값도 불확실로 적고, stable은 안정된 값만 적어요. / "
        "all keeps unstable values too, marked uncertain; stable keeps stable ones only.",
    )
    sample_s: float = Field(
        0.5,
        ge=0,
        le=60,
        description="값을 적는 간격(초). 잰 순간은 바로 적어요. / Seconds between rows; a weighing is kept at once.",
    )
    weighings: Weighings = Field(
        "settled",
        description="무엇이 한 번 잰 것인지: settled(다른 무게로 안정될 때마다), each(안정된 줄마다: 인쇄 단추로 "
        "보내는 저울), none. / What is a weighing: settled (each time it comes to rest at another weight), each (every "
        "stable line, for a scale whose key sends it), none.",
    )
    least: float = Field(
        0.0,
        ge=0,
        description="이보다 가벼우면 잰 것이 아니고, 이만큼 달라져야 다시 잰 것이에요(unit). / "
        "Lighter is no weighing, and the next one must be so different (in unit).",
    )
    still_s: float = Field(
        1.0,
        ge=0.1,
        le=60,
        description="안정을 알려 주지 않는 저울(cas10): 이만큼(초) 그대로면 안정이에요. / "
        "A scale that does not tell stability (cas10) is stable after standing still for so long.",
    )

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, symbol: str) -> str:
        return known_unit(symbol)

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        """Refuse to ask a scale of which nobody knows by what."""
        if self.on_request and self.asked_by is None:
            raise ValueError(
                f'{self.format}에는 정해진 명령이 없어요. 설명서의 명령을 적어 주세요. 예: request: "01RW\\r\\n" / '
                f'{self.format} has no usual command: give the manual\'s, e.g. request: "01RW\\r\\n".'
            )
        return self

    @property
    def asked_by(self) -> str | None:
        """Return what asks for a weight: what is configured, else what the format's maker says."""
        return self.request or (FORMATS[self.format].request if self.on_request else None)

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the scale as one device; its flags are those that its format tells."""
        flags = ("stable", *FORMATS[self.format].tells)
        points = [
            _point("weight", unit=self.unit, type="f64"),
            _point("weighings", kind="counter", unit="pcs", type="u32"),
            *(_point(name, kind="state", type="bool") for name in flags),
        ]
        return [(self.name, tuple(points))]


def _point(name: str, **options: str) -> Point:
    ko, en = LABELS[name]
    return Point.model_validate({"name": name, "label": {"ko": ko, "en": en}, "address": 0, **options})


class Scale(SerialLines):
    """One scale. Rows tell how the weight goes; a weighing is a Measurement besides."""

    Config = ScaleConfig

    def __init__(self, config: ScaleConfig, slots: Slots) -> None:
        ((_, points),) = config.devices_points()
        super().__init__(config, slots, len(points))
        self.config = config
        self._format = FORMATS[config.format]
        self._columns = {point.name: column for column, point in enumerate(points)}
        self._settling = Settling(config.weighings, config.least, int(config.still_s * 1e9))
        self._weighed = 0
        self._shown: tuple[int, bool] = (-1, False)  # quality and stability of the last row
        self._row_ns = 0

    def read(self, line: bytes, stamp_ns: int) -> Sequence[Reading] | None:
        """Return a row where one is due, and the weighing."""
        weight = self._format.read(line)
        if weight is None:
            return None
        value, quality = self._in_unit(weight)
        if quality >= BAD:
            self._settling.overloaded()
            stable, weighed = False, False
        else:
            stable, weighed = self._settling.judge(value, weight.stable, stamp_ns)
            quality = GOOD if stable else UNCERTAIN
        if self.config.keep == "stable" and not stable and quality < BAD:
            return []
        self._weighed += weighed
        due = stamp_ns - self._row_ns >= self.config.sample_s * 1e9
        if not (weighed or due or (quality, stable) != self._shown):
            return []
        self._shown, self._row_ns = (quality, stable), stamp_ns
        self._put(weight, value, quality, stable)
        row = self._latest.row(stamp_ns)
        if not weighed:
            return [row]
        taken = Measurement(self._name, "weight", self._latest.stamp_ns, value, self.config.unit, stable=True)
        return [row, taken]

    def first(self) -> Batch:
        """Return a row that tells how many were weighed, so that the next one is counted."""
        self._latest.silence()
        self._latest.put(self._columns["weighings"], self._weighed)
        return self._latest.row(mono_ns())

    def _put(self, weight: Weight, value: float, quality: int, stable: bool) -> None:
        at, latest = self._columns, self._latest
        latest.put(at["weight"], value, quality)
        latest.put(at["weighings"], self._weighed)
        latest.put(at["stable"], stable)
        for name in self._format.tells:
            latest.put(at[name], bool(getattr(weight, name)))

    def _in_unit(self, weight: Weight) -> tuple[float, int]:
        """Return the weight in the configured unit, and its quality: bad for overload and for another quantity."""
        if weight.value is None:
            return 0.0, OUT_OF_RANGE
        if not weight.unit:
            return weight.value, GOOD
        unit, own = written_unit(weight.unit), UNITS[self.config.unit]
        if unit is None or unit.quantity != own.quantity:
            self._tell(f"weighs in {weight.unit!r}; {own.symbol} is configured, which is {own.quantity}")
            return 0.0, WRONG_CONFIGURATION
        return (weight.value if unit is own else round(convert(weight.value, unit, own), DECIMALS)), GOOD
