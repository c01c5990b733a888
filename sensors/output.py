"""An output: one coil or register of a device that may be written, with the limits within which it may be."""

import struct
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sensors.point import REGISTERS, PointName, known_quantity, known_unit, measures

Written = Literal["coil", "holding"]
OutputType = Literal["bool", "u16", "i16", "u32", "i32", "f32"]
_FORMATS: dict[str, str] = {"u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "f32": ">f"}


class Output(BaseModel):
    """쓸 수 있는 값 하나. / One value that may be written.

    A register needs `low` and `high`, or `choices`; what lies outside is never written. `command` marks what makes a
    machine move or stop: it is written only when the configuration allows the same output too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: PointName = Field(description="이름. / Its name.")
    label: dict[Literal["ko", "en"], str] | None = Field(
        None, description="화면에 보이는 이름. / The name on the screen."
    )
    quantity: str | None = Field(None, description="물리량. / The quantity, e.g. frequency.")
    unit: str = Field("1", description="단위. / Its unit, e.g. Hz.")
    table: Written = Field("holding", description="Modbus 표. / The Modbus table.")
    address: int = Field(ge=0, le=65535, description="0부터 세는 주소. / 0-based address, as on the wire.")
    type: OutputType = Field("u16", description="자료형. / The data type.")
    word_order: Literal["big", "little"] = Field("big", description="워드 순서. / Order of the 16-bit words.")
    scale: float = Field(1.0, description="곱하는 수. / Raw value times this is the value.")
    offset: float = Field(0.0, description="더하는 수. / Added after the scale.")
    decimals_address: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="소수 자릿수가 든 레지스터 주소(decimals_table의). / "
        "Address of the register that says how many decimals the raw value has, in decimals_table.",
    )
    decimals_table: Literal["input", "holding"] = Field(
        "holding", description="decimals_address의 표. / The table of decimals_address."
    )
    low: float | None = Field(None, description="가장 작은 값. / The smallest value that is written.")
    high: float | None = Field(None, description="가장 큰 값. / The largest value that is written.")
    choices: dict[str, float] = Field({}, description="이름 붙은 값들. 있으면 이것만 써요. / The only values, by name.")
    multiple: bool = Field(
        False,
        description="하나도 여럿 쓰기(15, 16)로 써요. / Writes by functions 15 and 16 even when there is one only.",
    )
    command: bool = Field(
        False, description="기계를 움직이는 명령이면 true. / true for a command that makes a machine move or stop."
    )

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, symbol: str) -> str:
        return known_unit(symbol)

    @field_validator("quantity")
    @classmethod
    def _known_quantity(cls, name: str | None) -> str | None:
        return known_quantity(name)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        """Refuse what could not be written as it stands, and a register without limits."""
        measures(self.unit, self.quantity)
        if (self.table == "coil") != (self.type == "bool"):
            raise ValueError("coil은 type: bool과 함께 써요. / A coil goes with type: bool, a register with another.")
        if self.scale == 0:
            raise ValueError("scale은 0이 될 수 없어요. / scale must not be 0.")
        if self.address + self.registers > 65536:
            raise ValueError("주소가 65535를 넘어요. / The output ends beyond address 65535.")
        if self.table == "holding" and not self.choices and (self.low is None or self.high is None):
            raise ValueError("low와 high, 또는 choices를 적어 주세요. / Give low and high, or choices.")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low는 high보다 작아야 해요. / low must be below high.")
        return self

    @property
    def registers(self) -> int:
        """Return how many registers (or coils) it takes."""
        return REGISTERS[self.type]

    @property
    def function(self) -> int:
        """Return the Modbus function that writes it: 5 or 6 for one coil or register, 15 or 16 for more."""
        many = self.multiple or self.registers > 1
        return (15 if many else 5) if self.table == "coil" else (16 if many else 6)

    def number(self, value: float | str) -> float:
        """Return the value to write, a choice by its name; ValueError tells what is outside its limits."""
        if isinstance(value, str):
            if value not in self.choices:
                known = ", ".join(self.choices) or "수 / a number"
                raise ValueError(f"{value!r}: 쓸 수 없는 값이에요. / not one of its values. {known}")
            return self.choices[value]
        if self.choices and value not in self.choices.values():
            raise ValueError(f"{value:g}: 쓸 수 없는 값이에요. / not one of its values: {self.choices}")
        low, high = (0.0, 1.0) if self.table == "coil" else (self.low, self.high)
        if not (self.choices or (low is not None and high is not None and low <= value <= high)):
            raise ValueError(f"{value:g}: {low:g}에서 {high:g}까지예요. / must be from {low:g} to {high:g}.")
        return value

    def words(self, value: float | str, decimals: int = 0) -> tuple[int, ...]:
        """Return the registers (or the coil, 0 or 1) that say `value`; ValueError when it must not be written.

        `decimals` is what the register at `decimals_address` says.
        """
        raw = (self.number(value) - self.offset) / self.scale * 10**decimals
        if self.table == "coil":
            return (int(raw != 0),)
        try:
            packed = struct.pack(_FORMATS[self.type], raw if self.type == "f32" else round(raw))
        except struct.error:
            raise ValueError(f"{value}: {self.type}에 들어가지 않아요. / does not fit into {self.type}.") from None
        words = struct.unpack(f">{len(packed) // 2}H", packed)
        return words if self.word_order == "big" else words[::-1]

    def request(self, value: float | str, decimals: int = 0) -> tuple[int, bytes]:
        """Return the function and the data of the request that writes `value` (Modbus protocol V1.1b3, 6.5-6.12)."""
        words = self.words(value, decimals)
        if self.table == "coil":
            on = words[0]
            tail = b"\0\1\1" + bytes((on,)) if self.multiple else (b"\xff\0" if on else b"\0\0")
        else:
            data = struct.pack(f">{len(words)}H", *words)
            tail = struct.pack(">HB", len(words), len(data)) + data if self.function == 16 else data
        return self.function, struct.pack(">H", self.address) + tail

    def moved(self, offset: int) -> Self:
        """Return the output with `offset` added to its addresses."""
        decimals = None if self.decimals_address is None else self.decimals_address + offset
        there = {"address": self.address + offset, "decimals_address": decimals}
        return self.model_copy(update=there) if offset else self
