"""Any instrument that sends lines: a pattern with named groups says what they mean."""

from collections.abc import Sequence
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from drivers.base import Reading, Slots
from drivers.errors import WrongConfiguration
from drivers.named_point import NamedPoint, numbers
from drivers.pattern import Match, Pattern, TooSlow
from drivers.serial_lines import LinesConfig, SerialLines
from sensors.point import Point
from sensors.quality import GOOD, WRONG_CONFIGURATION
from sensors.quantities import Unit
from sensors.text import TextReading
from sensors.written_units import written_unit

UNIT_SUFFIX: Final = "_unit"
TOO_SLOW: Final = 3  # lines in a row that the pattern takes too long for
Encoding = Literal["utf-8", "cp949", "latin-1"]


class SerialLineConfig(LinesConfig):
    """줄로 말하는 모든 시리얼 기기. / Any serial instrument that speaks in lines."""

    type: Literal["serial_line"] = Field(description="종류. / The kind.")
    pattern: str = Field(
        min_length=1,
        max_length=1000,
        description="줄에서 값을 찾는 정규식. 이름 붙은 그룹이 측정점이고, 이름_unit은 그 점의 단위예요. / "
        "A regular expression; its named groups are the points, NAME_unit is the unit of the point NAME.",
    )
    points: tuple[NamedPoint, ...] = Field(min_length=1, description="측정점들. / Its points.")
    terminator: str = Field(
        "auto",
        min_length=1,
        max_length=8,
        pattern=r"^[\x00-\xff]*$",
        description="줄 끝: auto(CR, LF, CRLF), cr, lf, crlf, 또는 그 글자. / "
        "What ends a line: auto, cr, lf, crlf, or the very characters.",
    )
    encoding: Encoding = Field("utf-8", description="글자 부호. / How characters are encoded.")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        Pattern(pattern)
        return pattern

    @model_validator(mode="after")
    def _groups_and_points_agree(self) -> Self:
        """Refuse a point that no group gives, and a group that is neither a point nor a point's unit."""
        names = [point.name for point in self.points]
        groups = Pattern(self.pattern).groups
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"이름이 같은 측정점이 있어요: {', '.join(twice)} / Points of the same name.")
        if missing := [name for name in names if name not in groups]:
            near = ", ".join(sorted(groups)) or "(?P<...>...)"
            raise ValueError(
                f"pattern에 (?P<{missing[0]}>...) 그룹이 없어요. 있는 것: {near} / "
                f"The pattern has no group {missing[0]}; it has: {near}."
            )
        units = {name + UNIT_SUFFIX for name in names}
        if unknown := sorted(groups - set(names) - units):
            raise ValueError(f"그룹 {unknown[0]}은 points에 없어요. / The group {unknown[0]} is none of the points.")
        return self

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return the instrument as one device."""
        return [(self.name, tuple(point.point() for point in numbers(self.points)))]


class SerialLine(SerialLines):
    """One instrument. Each line that the pattern finds something in is a row, and its texts."""

    Config = SerialLineConfig

    def __init__(self, config: SerialLineConfig, slots: Slots) -> None:
        self.config = config
        self.terminator = config.terminator
        self._numbers = numbers(config.points)
        self._texts = [point.name for point in config.points if point.kind == "text"]
        self._pattern = Pattern(config.pattern)
        self._slow = 0  # lines in a row
        super().__init__(config, slots, len(self._numbers))

    def read(self, line: bytes, stamp_ns: int) -> Sequence[Reading] | None:
        """Return the row and the texts of one line. A group that took no part leaves its point as it was."""
        found = self._search(line.decode(self.config.encoding, "replace"))
        if found is None:
            return None
        groups = found.groupdict()
        said: list[Reading] = []
        for column, point in enumerate(self._numbers):
            if (raw := groups[point.name]) is not None:
                self._latest.put(column, *self._value(point, raw, groups.get(point.name + UNIT_SUFFIX)))
        if self._numbers:
            said.append(self._latest.row(stamp_ns))
            stamp_ns = self._latest.stamp_ns
        for name in self._texts:
            if (text := groups[name]) is not None:
                said.append(TextReading(self.config.name, name, stamp_ns, text.strip()))
        return said

    def _search(self, line: str) -> Match | None:
        """Search; when line after line takes too long, the daemon is held up by it: it is given up."""
        try:
            found = self._pattern.search(line)
        except TooSlow as slow:
            self._slow += 1
            if self._slow == TOO_SLOW:
                self._lines.clear()
                self._lost(WrongConfiguration(str(slow)))
            return None
        self._slow = 0
        return found

    def _value(self, point: NamedPoint, raw: str, unit_text: str | None) -> tuple[float, int]:
        unit: Unit | None = None
        if unit_text is not None and unit_text.strip():
            unit = written_unit(unit_text)
            if unit is None:
                self._tell(f"{point.name}: unknown unit {unit_text!r}; {point.unit} is configured")
                return 0.0, WRONG_CONFIGURATION
        value, quality = point.value(raw, unit)
        if quality == WRONG_CONFIGURATION and unit is not None:
            self._tell(f"{point.name}: came in {unit.symbol}, which is {unit.quantity}; {point.unit} is configured")
        elif quality != GOOD:
            self._tell(f"{point.name}: {raw!r} is not a value")
        return value, quality
