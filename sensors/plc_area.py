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
    hex_bit: bool = False  # of bits: the last digit is the bit, hexadecimal; those before it are the word (LS: M0001F)

    def __str__(self) -> str:
        """Return its first and last name: D0-D4095."""
        return f"{self._written(self.first)}-{self._written(self.first + self.count - 1)}"

    def _written(self, number: int) -> str:
        if self.hex_bit:
            return f"{self.name}{number // 16}{number % 16:X}"
        return f"{self.name}{number:{ {8: 'o', 10: 'd', 16: 'X'}[self.radix] }}"


def find(areas: tuple[Area, ...], written: str) -> tuple[Table, int]:
    """Return the table and the 0-based address of a PLC's name such as D100; ValueError names the areas there are."""
    for area in areas:
        bit = "([0-9A-F])" if area.hex_bit else "()"
        found = re.fullmatch(rf"{re.escape(area.name)}({DIGITS[area.radix]}){bit}", written.strip().upper())
        if found is None:
            continue
        number = int(found[1], area.radix)
        if found[2]:
            number = number * 16 + int(found[2], 16)
        if 0 <= number - area.first < area.count:
            return area.table, area.address + number - area.first
    there = ", ".join(map(str, areas))
    raise ValueError(f"{written!r}: 없는 주소예요. 있는 것: {there} / no such address. There are: {there}")
