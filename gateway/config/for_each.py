"""`for_each`: a rule or a signal written once for every device of a profile, or every machine of a kind.

In its expressions `device.` stands for the device and `machine.` for the machine, in its sentences `{device}` and
`{machine}` for what they are called. What is made of it has its name and the other's: `too_hot_oven_1`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, Self, cast

from pydantic import Field, model_validator

from drivers.base import DriverConfig, Name, Options
from gateway.config.parts import Text
from gateway.wording import changed
from sensors.point import Point

ALL = "all"
LONGEST_NAME = 63
_OWN = re.compile(r"(?<![\w.])(device|machine)\.(?=[a-z])")
_SIGNAL = re.compile(r"(?<![\w.])signals\.([a-z][a-z0-9_]*)(?![\w.])")


class ForEach(Options):
    """하나만 써서 여럿에 쓰기. / For which devices or machines it is made."""

    profile: str | None = Field(None, description="이 기종의 모든 기기. / Every device of this profile.")
    point: Name | None = Field(
        None, description="이 이름의 점이 있는 모든 기기. / Every device that has a point of this name."
    )
    machine: Name | None = Field(
        None,
        description="이 종류(machines의 kind)의 모든 기계. all이면 모든 기계. / "
        "Every machine of this kind; all: every machine.",
    )
    without: tuple[Name, ...] = Field((), description="빼놓을 기기나 기계. / Devices or machines that are left out.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        devices = self.profile is not None or self.point is not None
        if devices == (self.machine is not None):
            raise ValueError(
                "profile이나 point, 아니면 machine 하나를 적어 주세요 / give profile or point, or else machine"
            )
        return self


Both = Mapping[str, str]  # {"ko": ..., "en": ...}


class Subject(NamedTuple):
    """One device or machine that something is made for; `called` is what `{device}` and `{machine}` stand for."""

    name: Name
    device: Name | None
    machine: Name | None
    called: Mapping[str, Both]


class _Machine(Protocol):
    @property
    def name(self) -> Name: ...
    @property
    def label(self) -> Text | None: ...
    @property
    def kind(self) -> Name | None: ...
    @property
    def device(self) -> Name | None: ...


class Thing(NamedTuple):
    """A device as far as it matters here."""

    name: Name
    called: Both
    profile: str | None
    points: Sequence[Point]


def devices_of(drivers: Iterable[DriverConfig]) -> Iterator[Thing]:
    """Yield all devices; a driver without any, such as a scanner, may be one of its own name."""
    for driver in drivers:
        parts = {part.name: part for part in getattr(driver, "devices", ())}
        for name, points in cast(Any, driver).devices_points():
            part = parts.get(name)
            yield Thing(name, _called(name, getattr(part, "label", None)), getattr(part, "profile", None), points)


def subjects(wanted: ForEach, drivers: Iterable[DriverConfig], machines: Sequence[_Machine]) -> list[Subject]:
    """Return the devices or machines that are meant, in the order of the configuration."""
    things = {thing.name: thing for thing in devices_of(drivers)}
    if wanted.machine is not None:
        meant = [one for one in machines if wanted.machine in (ALL, one.kind) and one.name not in wanted.without]
        return [_subject(one.name, things.get(one.device or ""), one) for one in meant]
    driven = {one.device: one for one in reversed(machines)}
    return [_subject(name, thing, driven.get(name)) for name, thing in things.items() if _fits(thing, wanted)]


def _fits(thing: Thing, wanted: ForEach) -> bool:
    if thing.name in wanted.without or wanted.profile not in (None, thing.profile):
        return False
    return wanted.point is None or any(point.name == wanted.point for point in thing.points)


def _subject(name: Name, thing: Thing | None, machine: _Machine | None) -> Subject:
    """Return a device with the machine that it drives, or the other way round; where there is one alone, it is both."""
    called = {}
    if machine is not None:
        called["machine"] = _called(machine.name, machine.label)
    if thing is not None:
        called["device"] = thing.called
    either = next(iter(called.values()))
    whole = {part: called.get(part, either) for part in ("device", "machine")}
    return Subject(name, thing.name if thing else None, machine.name if machine else None, whole)


def _called(name: Name, label: Text | Both | None) -> Both:
    if label is None:
        return {"ko": name, "en": name}
    return label.model_dump() if isinstance(label, Text) else label


class Speller:
    """Writes what is said of each for one of them; `written` are the names of all that is made for each."""

    def __init__(self, subject: Subject, written: Iterable[str]) -> None:
        self.subject, self._written = subject, set(written)
        self._whole = {
            "device": subject.device or "device",
            "machine": f"machines.{subject.machine}" if subject.machine else "machine",
        }

    def name(self, name: str) -> str:
        """Return what a rule or signal of this name is called for this one."""
        return f"{name}_{self.subject.name}"

    def same(self, name: str) -> str:
        """Return a name; of what is made for each, that of the same one."""
        return self.name(name) if name in self._written else name

    def expression(self, text: str) -> str:
        """Return an expression about this one; a signal that is made for each is that of the same one."""
        text = _OWN.sub(lambda found: f"{self._whole[found[1]]}.", text)
        return _SIGNAL.sub(lambda found: f"signals.{self.same(found[1])}", text)

    def sentence(self, text: Text) -> Text:
        """Return a sentence about this one."""
        return Text(ko=changed(text.ko, partial(self._said, "ko")), en=changed(text.en, partial(self._said, "en")))

    def _said(self, language: str, inside: str) -> str:
        called = self.subject.called.get(inside)
        if called is None:
            return f"{{{self.expression(inside)}}}"
        return called[language].replace("{", "{{").replace("}", "}}")


class OfEach(Options):
    """What may be written once for many."""

    name: Name
    for_each: ForEach | None

    def made_for(self, speller: Speller) -> Self:
        """Return what this is for one of them."""
        return self.model_copy(update={"name": speller.name(self.name), "for_each": None} | self._spelt(speller))

    def _spelt(self, speller: Speller) -> dict[str, Any]:
        """Return the options that hold expressions, sentences or names, as they are for one of them."""
        raise NotImplementedError
