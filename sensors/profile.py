"""Profiles: a device as data. One YAML file each, with the manual's name in it."""

from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from sensors.point import Point


class Rtu(BaseModel):
    """How the device talks on RS-485 when it leaves the factory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    baudrate: int = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    unit: int = Field(1, ge=1, le=247)


class Profile(BaseModel):
    """One kind of device: what it measures, and in which registers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    version: int = Field(1, ge=1)  # raised when a point changes its meaning
    maker: str
    model: str
    source: str  # the manual, and where in it
    conf: Literal["measured", "manual", "code"]  # how sure: read from a device, in the manual, in others' code
    rtu: Rtu = Rtu()
    max_registers: int = Field(125, ge=1, le=125)  # how many may be asked at once
    points: tuple[Point, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [point.name for point in self.points]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.id}: two points of the same name")
        return self


def names() -> list[str]:
    """Return the ids of all profiles, sorted."""
    files = (resources.files("sensors") / "profiles").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


@lru_cache
def load(profile_id: str) -> Profile:
    """Return a profile; KeyError, which names those that exist, when there is none of this id."""
    known = names()
    if profile_id not in known:
        near = get_close_matches(profile_id, known, 1, 0.4)
        hint = f" 혹시 {near[0]}?" if near else ""
        hint_en = f" Did you mean {near[0]}?" if near else ""
        raise KeyError(
            f"{profile_id!r}: 모르는 기종이에요.{hint} 있는 것: {', '.join(known)} / "
            f"no such profile.{hint_en} There are: {', '.join(known)}"
        )
    text = (resources.files("sensors") / "profiles" / f"{profile_id}.yaml").read_text(encoding="utf-8")
    profile = Profile.model_validate(YAML(typ="safe", pure=True).load(text))
    if profile.id != profile_id:
        raise ValueError(f"{profile_id}.yaml says that its id is {profile.id}")
    return profile
