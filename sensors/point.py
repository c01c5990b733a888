"""A point: one named value of a device, as the configuration or a profile describes it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PointName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Kind = Literal["gauge", "counter", "state", "text"]
Table = Literal["coil", "discrete", "input", "holding"]
Type = Literal["bool", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64", "string"]

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
    word_order: Literal["big", "little"] = Field("big", description="워드 순서. / Order of 16-bit words.")
    length: int | None = Field(None, ge=1, le=125, description="글의 레지스터 수. / Registers of a string.")
    bit: int | None = Field(None, ge=0, le=15, description="이 비트만 읽어요. / Reads this bit of the word alone.")
    scale: float = Field(1.0, description="곱하는 수. / Raw value times this is the value.")
    offset: float = Field(0.0, description="더하는 수. / Added after the scale.")
    low: float | None = Field(None, description="이보다 작으면 범위 밖. / Below this: out of range.")
    high: float | None = Field(None, description="이보다 크면 범위 밖. / Above this: out of range.")

    @property
    def registers(self) -> int:
        """Return how many registers (or bits, in coil and discrete) the point takes."""
        return (self.length or 1) if self.type == "string" else REGISTERS[self.type]
