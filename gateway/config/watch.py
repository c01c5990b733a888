"""What is watched without a rule of one's own: each watch stands for rules, whose expressions and sentences it writes.

A watch learns what is usual by itself, says nothing until it knows, and tells its numbers when it speaks.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from drivers.base import Name
from gateway.config.for_each import ForEach, OfEach, Speller
from gateway.config.parts import Text
from gateway.config.plant import Rule, Severity, Signal
from gateway.language.durations import SECOND_NS, show_duration
from gateway.language.normalise import show_number

_SECOND: Final = ("초", "s")
_LONG: Final = ((86_400, ("일", "d")), (3600, ("시간", "h")), (60, ("분", "min")))
LONGEST_NAME: Final = 50  # its rules' names are a little longer
_ShortName = Annotated[Name, Field(max_length=LONGEST_NAME)]


WATCHES: Final[Mapping[str, str]] = {  # imported when a shop has one: their models take a megabyte and more
    "spc": "SpcWatch",
    "drift": "DriftWatch",
    "odd": "OddWatch",
    "vibration": "VibrationWatch",
    "sensor": "SensorWatch",
}


class Watch(OfEach):
    """What every watch has. Each kind adds `type: Literal[...]`, and tells its `rules`."""

    unit: ClassVar[str | None] = None  # what `value` must measure, if not anything

    name: _ShortName = Field(description="이름. / Its name.")
    for_each: ForEach | None = Field(
        None,
        description="여럿에 하나씩 만들기. 식의 device.는 그 기기, machine.은 그 기계예요. / "
        "Makes one for each: device. and machine. in the expressions are that device and machine.",
    )
    value: str = Field(description="지켜볼 점이나 식. / The point, or the expression, that is watched.")
    during: str | None = Field(
        None,
        description="이 식이 참인 동안의 값만 봐요. 예: machines.press_1.run. / "
        "Only values while this holds count, such as machines.press_1.run.",
    )
    label: Text | None = Field(None, description="알람에 적을 이름. / What it is called in alarms.")
    machine: Name | None = Field(None, description="이 알람의 기계. / The machine that it is about.")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules that this stands for."""
        raise NotImplementedError

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Return the signals that this stands for."""
        return ()

    @property
    def watched(self) -> str:
        """Return the expression of what is watched: no number while it does not count."""
        return self.value if self.during is None else f"only({self.value}, {self.during})"

    def _spelt(self, speller: Speller) -> dict[str, Any]:
        called = Text.model_validate(speller.subject.called["device"])
        return {
            "value": speller.expression(self.value),
            "during": self.during and speller.expression(self.during),
            "label": speller.sentence(self.label) if self.label else called,
            "machine": self.machine or speller.subject.machine,
        }

    def _rule(self, when: str, severity: Severity, ko: str, en: str, **more: Any) -> Rule:
        """Return a rule; its sentences begin with what is watched."""
        ko_name, en_name = (self.label.ko, self.label.en) if self.label else (self.name, self.name)
        message = Text(ko=f"{_plain(ko_name)}: {ko}", en=f"{_plain(en_name)}: {en}")
        known = {"name": self.name, "machine": self.machine} | more
        return Rule.model_construct(when=when, severity=severity, message=message, **known)  # a long name is told later


class Charted(Watch):
    """What watches have that look at chart points instead of readings."""

    every_s: float = Field(
        600.0,
        ge=0,
        le=31 * 86_400,
        description="몇 초 동안의 평균을 한 점으로 볼지. 0이면 읽은 값 하나하나(잰 물건 하나하나)예요. / "
        "Seconds whose mean is one point of the chart; 0: each reading, such as each piece measured.",
    )
    severity: Severity = Field("info", description="무게. / How bad it is.")

    def _plan(self, name: str, count: int, size: int = 1) -> str:
        """Return the arguments of a function that learns."""
        stretch = duration(self.every_s) if self.every_s else str(size)
        return f"{self.watched}, {name}, {count}, {stretch}"


class Learning(Charted):
    """What watches have that learn from a baseline."""

    baseline: Name = Field(
        "first",
        description="기준의 이름. 고치거나 조건을 바꾼 뒤 이름을 바꾸면 새로 배워요. / "
        "The baseline's name; a new name (after a repair, say) learns anew.",
    )
    count: int = Field(
        100, ge=10, le=1000, description="기준으로 삼을 점의 수. / How many points of the chart are the baseline."
    )


@cache
def watch_class(name: str) -> type[Watch]:
    """Return the class of a kind of watches; KeyError for what is none."""
    found: type[Watch] = getattr(import_module("gateway.config.watch_kinds"), WATCHES[name])
    return found


def watch_config(part: Mapping[str, Any]) -> Watch:
    """Validate one watch's mapping by the class that its `type` names, as `driver_config` does."""
    return watch_class(part["type"]).model_validate(part)


def duration(seconds: float) -> str:
    """Return seconds as a duration of an expression."""
    return show_duration(round(seconds * SECOND_NS))


def said_length(seconds: float) -> Mapping[str, str]:
    """Return a length of time as people say it."""
    number, unit = next(((seconds / size, unit) for size, unit in _LONG if not seconds % size), (seconds, _SECOND))
    return {"ko": f"{show_number(number)}{unit[0]}", "en": f"{show_number(number)} {unit[1]}"}


def _plain(text: str) -> str:
    """Return a text in which no brace is a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")
