"""What a profile may say: how a device talks, what it measures, what may be written, and what its values mean."""

from collections.abc import Iterator
from itertools import combinations
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sensors.golden import Golden
from sensors.mark import Mark
from sensors.output import Output
from sensors.plc_area import Area
from sensors.point import Point

# How sure: read from a device; in the maker's manual; in others' code; not confirmed by any of these.
Conf = Literal["measured", "manual", "code", "unverified"]
Category = Literal[
    "energy_meter",
    "climate",
    "temperature_controller",
    "inverter",
    "plc",
    "digital_io",
    "analog_input",
    "vibration",
    "robot",
]
MOVING: frozenset[Category] = frozenset({"inverter", "robot"})
State = Literal["alarm", "run", "setup", "idle", "off"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rtu(_Part):
    """How the device talks on RS-485."""

    baudrate: int = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    unit: int = Field(1, ge=1, le=247)


class Tcp(_Part):
    """How the device talks on Ethernet; `host` is the address that the factory gave it."""

    port: int = Field(502, ge=1, le=65535)
    unit: int = Field(1, ge=0, le=255)
    host: str | None = None


class KnownPoint(Point):
    """A profile's point. `conf` where it is not the profile's."""

    conf: Conf | None = None


class KnownOutput(Output):
    """A profile's output. `conf` where it is not the profile's."""

    conf: Conf | None = None


class MeantState(_Part):
    """A state of the machine that the device drives; `when` calls the device's points `device.<point>`."""

    state: State
    when: str


class Meaning(_Part):
    """What the device's values mean for the machine behind it: the first state that holds, else off."""

    states: tuple[MeantState, ...] = Field(min_length=1)
    count: str | None = None  # the counter of pieces, `device.<point>`


class Bilingual(_Part):
    """A text in both languages."""

    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Profile(_Part):
    """One kind of device. Addresses are those of the manual's table; on the wire, `address_offset` is added."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    version: int = Field(1, ge=1)  # raised when a point changes its meaning
    category: Category
    maker: str
    model: str
    source: str  # the manual, and where in it
    conf: Conf
    unsure: Bilingual | None = None  # what is not certain, and how to find out
    prepare: Bilingual | None = None  # what must be set at the device before it talks
    rtu: Rtu | None = None
    rtu_also: tuple[Rtu, ...] = ()  # other settings that devices of this kind were found with
    tcp: Tcp | None = None
    address_offset: int = Field(0, ge=-1, le=1)
    address_offset_also: tuple[int, ...] = ()  # other offsets that were seen: for finding the device, and for a doubt
    max_registers: int = Field(125, ge=1, le=125)  # how many may be asked at once
    points: tuple[KnownPoint, ...] = ()
    areas: tuple[Area, ...] = ()  # of a PLC: where its own names (D100, M5) stand
    outputs: tuple[KnownOutput, ...] = ()
    never_write: tuple[int, ...] = ()  # holding registers that no output may name, whatever the configuration says
    identity: tuple[Mark, ...] = ()
    machine: Meaning | None = None
    golden: tuple[Golden, ...] = ()

    @property
    def moves(self) -> bool:
        """Return whether a write can make something move: then only the outputs named here may be written at all."""
        return self.category in MOVING

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """Refuse what contradicts itself, all of it at once; the text names the points and the nearest right thing."""
        told = [problem.partition(" / ") for problem in self._problems()]
        if told:
            raise ValueError(" ".join(ko for ko, _, _ in told) + " / " + " ".join(en for _, _, en in told))
        return self

    def _problems(self) -> Iterator[str]:
        if self.rtu is None and self.tcp is None:
            yield "rtu나 tcp를 적어 주세요. / Give rtu or tcp: how the device talks."
        if not self.points and not self.areas:
            yield "points나 areas를 적어 주세요. / Give points, or a PLC's areas."
        for kind, parts in (("points", self.points), ("outputs", self.outputs)):
            names = [part.name for part in parts]
            if twice := sorted({name for name in names if names.count(name) > 1}):
                yield f"{kind}: 이름이 두 번 있어요: {', '.join(twice)} / the same name twice: {', '.join(twice)}."
        yield from self._overlaps()
        yield from self._beyond()
        for output in self.outputs:
            if output.table == "holding" and output.address in self.never_write:
                yield f"{output.name}: never_write의 주소예요. / its address stands in never_write."
            if output.command and not self.moves:
                yield f"{output.name}: {self.category}에는 command가 없어요. / a {self.category} has no commands."

    def _overlaps(self) -> Iterator[str]:
        """Yield points that share registers, except bits of one word beside the word itself."""
        for one, other in combinations(self.points, 2):
            apart = one.address + one.registers <= other.address or other.address + other.registers <= one.address
            if one.table != other.table or apart:
                continue
            whole = one.bit is None and other.bit is None
            if one.registers == other.registers == 1 and not whole and not _bits(one) & _bits(other):
                continue
            free = max(one.address + one.registers, other.address + other.registers)
            yield (
                f"{one.name}, {other.name}: 같은 레지스터를 읽어요 ({one.table} {other.address}). "
                f"겹치지 않는 첫 주소: {free} / they read the same registers ({one.table} {other.address}); "
                f"the first free address is {free}."
            )

    def _beyond(self) -> Iterator[str]:
        """Yield points longer than a read may be, and addresses that an offset moves out of 0 to 65535."""
        offsets = (self.address_offset, *self.address_offset_also)
        for point in self.points:
            if point.registers > self.max_registers:
                yield (
                    f"{point.name}: 레지스터 {point.registers}개는 max_registers {self.max_registers}개보다 많아요. / "
                    f"{point.registers} registers are more than max_registers, {self.max_registers}."
                )
        reads = [(point.name, *read) for point in self.points for read in point.reads]
        for name, address, count in (*reads, *((one.name, one.address, one.registers) for one in self.outputs)):
            least, most = -min(offsets), 65536 - count - max(offsets)
            if not least <= address <= most:
                near = min(max(address, least), most)
                yield (
                    f"{name}: address_offset을 더한 주소는 0에서 65535까지예요. 가장 가까운 것: {near} / "
                    f"with address_offset its address must be 0 to 65535; nearest: {near}."
                )


def _bits(point: Point) -> int:
    """Return a mask of what a point reads of its word; 0 for a whole word, which may stand beside its bits."""
    return 0 if point.bit is None else ((1 << point.bits) - 1) << point.bit
