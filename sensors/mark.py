"""What a device is recognised by: registers that hold a certain value, or a plausible one."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sensors.decoding import WORD
from sensors.point import REGISTERS, Table

Words = Mapping[tuple[Table, int], int]  # what was read: (table, address on the wire) to register or bit


class Mark(BaseModel):
    """One register (or a value of several) and what stands in it: proof of the device, or a hint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: Table
    address: int = Field(ge=0, le=65535)
    type: Literal["bool", "u16", "i16", "u32", "i32", "f32"] = "u16"
    word_order: Literal["big", "little"] = "big"
    scale: float = 1.0
    mask: int = Field(0xFFFF, ge=1, le=0xFFFF)  # of a u16: the bits that are looked at
    equals: tuple[float, ...] = ()  # one of these
    low: float | None = None
    high: float | None = None
    proof: bool = False  # no other kind of device holds this here

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.equals and (self.low is None or self.high is None):
            raise ValueError("equals, 또는 low와 high를 적어 주세요. / Give equals, or low and high.")
        return self

    @property
    def registers(self) -> int:
        """Return how many registers must be read for it."""
        return REGISTERS[self.type]

    def holds(self, words: Words, offset: int = 0) -> bool | None:
        """Return whether it holds among what was read, with `offset` added to its address; None if it was not read."""
        found = [words.get((self.table, self.address + offset + n)) for n in range(self.registers)]
        read = [word for word in found if word is not None]
        if len(read) < self.registers:
            return None
        value = self._value(read) * self.scale
        if self.equals:
            return any(abs(value - wanted) < 1e-9 for wanted in self.equals)
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    def _value(self, words: Sequence[int]) -> float:
        if self.type in ("bool", "u16"):
            return float(words[0] & self.mask)
        ordered = words if self.word_order == "big" else words[::-1]
        kinds: dict[str, Any] = {"i16": ">i2", "u32": ">u4", "i32": ">i4", "f32": ">f4"}
        return float(np.array(ordered, WORD).view(kinds[self.type])[0])


def likeness(marks: Sequence[Mark], words: Words, offset: int = 0) -> float:
    """Return how much speaks for a device of these marks, 0 (nothing, or something speaks against it) to 1 (proof).

    Every mark that was read must hold. Three hints are worth 0.75; one proof is worth 0.9.
    """
    doubt = 1.0
    for mark in marks:
        held = mark.holds(words, offset)
        if held is False:
            return 0.0
        if held:
            doubt *= 0.1 if mark.proof else 0.63
    return 1.0 - doubt
