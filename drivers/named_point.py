"""A point that its device names itself (in a line, a message, a page), and what a value of it means."""

import math
from typing import Any, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from drivers.base import Name, Options
from sensors.point import Kind, Point, known_unit
from sensors.quality import GOOD, NOT_A_NUMBER, OUT_OF_RANGE, WRONG_CONFIGURATION
from sensors.quantities import UNITS, Unit, convert

# Truth as devices write it: JSON itself, Tasmota and Shelly (on, off), zigbee2mqtt (ON, OFF), everybody.
TRUTH: Final = {"on": 1.0, "off": 0.0, "true": 1.0, "false": 0.0, "open": 1.0, "closed": 0.0, "close": 0.0}
MOST_DIGITS: Final = 64


class NamedPoint(Options):
    """기기가 이름으로 알려 주는 측정점. / A point that the device names itself."""

    name: Name = Field(description="측정점 이름. / The point's name.")
    label: dict[Literal["ko", "en"], str] | None = Field(
        None, description="화면에 보이는 이름. / The name on the screen."
    )
    kind: Kind = Field("gauge", description="종류: 값, 누적 수, 상태, 글. / gauge, counter, state or text.")
    unit: str = Field("1", description="단위. / Its unit, e.g. degC.")
    scale: float = Field(1.0, description="곱하는 수. / What comes times this is the value.")
    offset: float = Field(0.0, description="더하는 수. / Added after the scale.")
    words: dict[str, float] = Field(
        {},
        description="글로 오는 값의 뜻: {RUN: 1, STOP: 0}. on, off, true, false는 적지 않아도 알아요. / "
        "What words mean, as numbers; on, off, true and false are known.",
    )
    low: float | None = Field(None, description="이보다 작으면 범위 밖. / Below this: out of range.")
    high: float | None = Field(None, description="이보다 크면 범위 밖. / Above this: out of range.")

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, symbol: str) -> str:
        return known_unit(symbol)

    @model_validator(mode="after")
    def _lets_values_through(self) -> Self:
        if self.scale == 0:
            raise ValueError("scale은 0일 수 없어요. / scale must not be 0.")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low는 high보다 작아야 해요. / low must be below high.")
        return self

    def point(self) -> Point:
        """Return the point as the point table holds it; a text is not among the numbers."""
        return Point(
            name=self.name,
            label=self.label,
            kind=self.kind,
            unit=self.unit,
            address=0,
            type="string" if self.kind == "text" else "f64",
            low=self.low,
            high=self.high,
        )

    def value(self, raw: Any, unit: Unit | None = None) -> tuple[float, int]:
        """Return (value, quality) of what came: a number, a truth value or a text; `unit` is what it came in.

        Out of range, no number, or of another quantity than the point: bad. Never raises.
        """
        number = self._number(raw)
        if number is None or not math.isfinite(number):
            return math.nan, NOT_A_NUMBER
        number = number * self.scale + self.offset
        if unit is not None and unit.symbol != self.unit:
            if unit.quantity != UNITS[self.unit].quantity:
                return math.nan, WRONG_CONFIGURATION
            number = convert(number, unit, UNITS[self.unit])
        if not math.isfinite(number):
            return math.nan, NOT_A_NUMBER
        outside = (self.low is not None and number < self.low) or (self.high is not None and number > self.high)
        return number, OUT_OF_RANGE if outside else GOOD

    def _number(self, raw: Any) -> float | None:
        if isinstance(raw, bool | int | float):
            try:
                return float(raw)
            except OverflowError:  # JSON knows integers of any length
                return None
        if not isinstance(raw, str):
            return None
        text = raw.strip()
        if text in self.words:
            return self.words[text]
        found = parse_number(text)
        return TRUTH.get(text.lower()) if found is None else found


def parse_number(text: str) -> float | None:
    """Return the number that a text is, None where it is none; between its sign and its digits there may be blanks.

    Only ASCII digits, and no `nan`, `inf` or `1_000`, which Python would take.
    """
    sign, digits = (text[0], text[1:].lstrip()) if text[:1] in ("+", "-") and text else ("", text)
    if not digits or len(digits) > MOST_DIGITS or not set(digits) <= set("0123456789.eE+-"):
        return None
    try:
        return float(sign + digits)
    except ValueError:
        return None


def numbers(points: tuple[NamedPoint, ...]) -> tuple[NamedPoint, ...]:
    """Return the points that are no texts: those of the device's Batch, in order."""
    return tuple(point for point in points if point.kind != "text")
