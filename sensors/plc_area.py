"""A PLC's own names for its memory: D100 is a register, M5 a bit, and where they stand on the wire."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sensors.point import Table

DIGITS = {8: "[0-7]+", 10: "[0-9]+", 16: "[0-9A-F]+"}


class Area(BaseModel):
    """One letter of a PLC's memory: `count` registers or bits from `first` on, which stand from `address` on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Z%]{1,3}$")
    table: Table
    address: int = Field(ge=0, le=65535)  # of `first`
    first: int = Field(0, ge=0)
    count: int = Field(ge=1, le=65536)
    radix: Literal[8, 10, 16] = 10  # how the PLC writes the number: X and Y of many are octal


def find(areas: tuple[Area, ...], written: str) -> tuple[Table, int]:
    """Return the table and the 0-based address of a PLC's name such as D100; ValueError names the areas there are."""
    for area in areas:
        found = re.fullmatch(rf"{re.escape(area.name)}({DIGITS[area.radix]})", written.strip().upper())
        if found and 0 <= (number := int(found[1], area.radix) - area.first) < area.count:
            return area.table, area.address + number
    there = ", ".join(_shown(area) for area in areas)
    raise ValueError(f"{written!r}: 없는 주소예요. 있는 것: {there} / no such address. There are: {there}")


def _shown(area: Area) -> str:
    style = {8: "o", 10: "d", 16: "X"}[area.radix]
    return f"{area.name}{area.first:{style}}-{area.name}{area.first + area.count - 1:{style}}"
