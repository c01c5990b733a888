"""A point: one named value of a device, as the configuration or a profile describes it."""

from difflib import get_close_matches
from typing import Annotated, Literal, Self
from weakref import WeakValueDictionary

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from sensors.quantities import QUANTITIES, UNITS

PointName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Kind = Literal["gauge", "counter", "state", "text"]
Table = Literal["coil", "discrete", "input", "holding"]
Type = Literal["bool", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "string"]

BIT_TABLES: frozenset[Table] = frozenset({"coil", "discrete"})
WORD_TYPES: frozenset[Type] = frozenset({"bool", "u16", "i16"})
REGISTERS: dict[str, int] = {
    "bool": 1,
    "u16": 1,
    "i16": 1,
    "u32": 2,
    "i32": 2,
    "f32": 2,
    "u64": 4,
    "i64": 4,
    "f64": 4,
}


def known_unit(symbol: str) -> str:
    """Return the symbol; ValueError names the nearest when it is not in the table of quantities."""
    if symbol not in UNITS:
        other = next((unit for unit in UNITS if unit.lower() == symbol.lower()), None)
        near = other or ", ".join(get_close_matches(symbol, UNITS, 3, 0.5)) or "degC, kW, mm/s, pcs, 1"
        raise ValueError(f"{symbol!r}: 모르는 단위예요. 비슷한 것: {near} / no such unit; near it: {near}")
    return symbol


def known_quantity(name: str | None) -> str | None:
    """Return the quantity's name; ValueError names the nearest when there is none."""
    if name is not None and name not in QUANTITIES:
        near = ", ".join(get_close_matches(name, QUANTITIES, 3, 0.5)) or "temperature, power, energy"
        raise ValueError(f"{name!r}: 모르는 물리량이에요. 비슷한 것: {near} / no such quantity; near it: {near}")
    return name


def measures(unit: str, quantity: str | None) -> None:
    """Refuse a unit that does not measure the quantity (ValueError)."""
    if quantity is not None and (measured := UNITS[unit].quantity) != quantity:
        raise ValueError(
            f"{unit}의 물리량은 {quantity}가 아니라 {measured}예요. / {unit} measures {measured}, not {quantity}."
        )


class Point(BaseModel):
    """측정점 하나. / One point of a device."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: PointName = Field(description="측정점 이름. / The point's name.")
    label: dict[Literal["ko", "en"], str] | None = Field(
        None, description="화면에 보이는 이름. / The name on the screen."
    )
    kind: Kind = Field("gauge", description="종류: 값, 누적 수, 상태, 글. / gauge, counter, state or text.")
    quantity: str | None = Field(None, description="물리량. / The quantity, e.g. temperature.")
    unit: str = Field("1", description="단위. / Its unit, e.g. degC.")
    table: Table = Field("holding", description="Modbus 표. / The Modbus table.")
    address: int = Field(ge=0, le=65535, description="0부터 세는 주소. / 0-based address, as on the wire.")
    type: Type = Field("u16", description="자료형. / The data type.")
    word_order: Literal["big", "little"] = Field(
        "big",
        description="워드 순서. 글에서는 워드 안의 바이트 순서. / "
        "Order of the 16-bit words; in a string, of the bytes in a word.",
    )
    byte_order: Literal["big", "little"] = Field(
        "big",
        description="워드 안의 바이트 순서(수만). / Order of the bytes in a word, of numbers; nearly always big.",
    )
    length: int | None = Field(None, ge=1, le=125, description="글의 레지스터 수. / Registers of a string.")
    bit: int | None = Field(
        None, ge=0, le=15, description="이 비트부터 읽어요. / Reads from this bit of the word on (0 is the lowest)."
    )
    bits: int = Field(
        1, ge=1, le=16, description="bit와 함께: 읽을 비트 수. / With `bit`: how many bits make the number."
    )
    scale: float = Field(1.0, description="곱하는 수. / Raw value times this is the value.")
    offset: float = Field(0.0, description="더하는 수. / Added after the scale.")
    decimals_address: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="소수 자릿수가 든 레지스터 주소(같은 표). 그만큼 소수점을 옮겨요. / "
        "Address, in the same table, of the register that says how many decimals the raw value has.",
    )
    decimals_bit: int = Field(
        0,
        ge=0,
        le=15,
        description="자릿수가 시작하는 비트. 위쪽 바이트면 8. / The bit where they begin there: 8, the high byte.",
    )
    fault_values: tuple[float, ...] = Field(
        (), description="센서 고장을 뜻하는 원래 값들. / Raw values by which the device says that its sensor failed."
    )
    fault_address: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="센서 고장을 알리는 레지스터 주소(같은 표). / "
        "Address, in the same table, of a register that is not 0 while the sensor is broken.",
    )
    fault_mask: int = Field(
        0xFFFF,
        ge=1,
        le=0xFFFF,
        description="fault_address에서 고장을 뜻하는 비트들. / The bits of fault_address that mean a broken sensor.",
    )
    low: float | None = Field(None, description="이보다 작으면 범위 밖. / Below this: out of range.")
    high: float | None = Field(None, description="이보다 크면 범위 밖. / Above this: out of range.")

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
        """Refuse what could never be read as it is written."""
        measures(self.unit, self.quantity)
        if (self.type == "string") != (self.kind == "text"):
            raise ValueError("글은 kind: text와 type: string을 함께 써요. / A text needs kind: text and type: string.")
        if self.table in BIT_TABLES and self.type != "bool":
            raise ValueError(f"{self.table} 표는 type: bool만 돼요. / The table {self.table} holds type: bool only.")
        if self.bit is not None and (self.type not in WORD_TYPES or self.table in BIT_TABLES):
            raise ValueError("bit는 16비트 레지스터에만 써요. / bit is for 16-bit registers only.")
        if self.bits > 1 and (self.bit is None or self.bit + self.bits > 16):
            raise ValueError("bits는 bit부터 세어 16비트 안이에요. / bits counts from bit and stays within 16.")
        if self.address + self.registers > 65536:
            raise ValueError("주소가 65535를 넘어요. / The point ends beyond address 65535.")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("low는 high보다 작아야 해요. / low must be below high.")
        return self

    @property
    def registers(self) -> int:
        """Return how many registers (or bits, in coil and discrete) the point takes."""
        return (self.length or 1) if self.type == "string" else REGISTERS[self.type]

    @property
    def reads(self) -> tuple[tuple[int, int], ...]:
        """Return all that must be read for the point, as (address, registers): itself first, then its helpers."""
        helpers = (self.decimals_address, self.fault_address)
        return ((self.address, self.registers), *((address, 1) for address in helpers if address is not None))

    def moved(self, offset: int) -> Self:
        """Return the point with `offset` added to its addresses; they must stay within 0 to 65535."""
        names = ("address", "decimals_address", "fault_address")
        there = {name: address + offset for name in names if (address := getattr(self, name)) is not None}
        return self.model_copy(update=there) if offset else self


_KNOWN: WeakValueDictionary[tuple[str, str, int], Point] = WeakValueDictionary()


def _shared(point: Point) -> Point:
    """Return an equal point that there is already: a shop has several devices of one kind."""
    known = _KNOWN.setdefault((point.name, point.table, point.address), point)
    return known if known == point else point


SharedPoint = Annotated[Point, AfterValidator(_shared)]
