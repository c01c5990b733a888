"""How pins are described in the configuration."""

from typing import ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from drivers.base import DriverConfig, Name, Options
from sensors.point import Point

MOST_LINES: Final = 32


class GpioPoint(Options):
    """핀 하나. / One pin."""

    name: Name = Field(description="측정점 이름. / The point's name.")
    label: dict[Literal["ko", "en"], str] | None = Field(
        None, description="화면에 보이는 이름. / The name on the screen."
    )
    kind: Literal["counter", "state"] = Field(
        "counter", description="counter는 켜진 횟수, state는 켜짐/꺼짐. / Counts activations, or follows the state."
    )
    line: int | str = Field(description="핀: GPIO17 같은 이름이나 번호. / The line: its name (GPIO17) or number.")
    bias: Literal["pull_up", "pull_down", "disabled", "as_is"] = Field(
        "as_is", description="내부 저항: pull_up pull_down disabled as_is(그대로). / The pin's own resistor."
    )
    active_low: bool = Field(
        False,
        description="0 V일 때가 켜짐이면 true(NPN 센서, 접지로 닫는 접점). / "
        "true where 0 V means active (an NPN sensor, a contact to ground).",
    )
    debounce_s: float = Field(
        0.0,
        ge=0,
        le=1,
        description="이보다 짧은 떨림은 커널이 걸러요(초). 접점은 0.005쯤. / "
        "The kernel ignores bounces shorter than this; some 0.005 for a contact.",
    )


class GpioConfig(DriverConfig):
    """라즈베리 파이의 핀에 이은 펄스와 접점. / Pulses and contacts on the pins of a Raspberry Pi."""

    retry_most_s: ClassVar[float] = 3.0

    type: Literal["gpio"] = Field(description="종류. / The kind.")
    chip: str = Field("/dev/gpiochip0", min_length=1, description="GPIO 칩. / The GPIO chip.")
    sample_s: float = Field(1.0, ge=0.05, le=3600, description="수를 적는 간격(초). / Seconds between rows of counts.")
    points: tuple[GpioPoint, ...] = Field(min_length=1, max_length=MOST_LINES, description="핀들. / The pins.")

    @model_validator(mode="after")
    def _differ(self) -> Self:
        for what, found in (("name", [p.name for p in self.points]), ("line", [str(p.line) for p in self.points])):
            if twice := sorted({one for one in found if found.count(one) > 1}):
                raise ValueError(f"{what}이 같은 핀이 있어요: {', '.join(twice)} / Two points of the same {what}.")
        return self

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the pins as one device."""
        return [(self.name, tuple(map(_point, self.points)))]


def _point(pin: GpioPoint) -> Point:
    counts = pin.kind == "counter"
    return Point(
        name=pin.name,
        label=pin.label,
        kind=pin.kind,
        unit="pcs" if counts else "1",
        type="f64" if counts else "bool",
        address=0,
    )
