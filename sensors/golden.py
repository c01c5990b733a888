"""Golden frames: what was on the wire, byte by byte, and the values that it means. A device is known by them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from sensors.crc import crc16
from sensors.decoding import WORD, Decoder, decode_text
from sensors.output import Output
from sensors.plc_area import Area, find
from sensors.point import BIT_TABLES, Point, Table
from sensors.quality import BAD, GOOD, NAMES, NO_REPLY

READS: Final[dict[int, Table]] = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
Address = tuple[Table, int]


class Pdu(NamedTuple):
    """A frame without its wire: who, which function, and what."""

    unit: int
    function: int
    data: bytes


class Exchange(BaseModel):
    """A request and its reply as hexadecimal bytes: RTU with its check sum, or Modbus TCP with its header."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    request: str
    reply: str

    @field_validator("request", "reply")
    @classmethod
    def _is_a_frame(cls, frame: str) -> str:
        pdu(frame)
        return frame


class Golden(BaseModel):
    """Frames, where they come from, and what they mean: `expect` of reads, by point; `writes` of writes, by output.

    A point that `expect` does not name was not asked for. The name of a quality ("sensor fault") stands for a value
    that is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["recorded", "manual", "computed"]  # from a device; printed by the maker or others; from the map
    source: str
    exchanges: tuple[Exchange, ...] = Field(min_length=1)
    expect: dict[str, float | str] = {}
    writes: dict[str, float | str] = {}


def pdu(frame: str) -> Pdu:
    """Return what a frame says; ValueError when its check sum or its length is wrong.

    Sources: Modbus over serial line V1.02, 6.2.2; Modbus messaging on TCP/IP V1.0b, 3.1.3.
    """
    try:
        raw = bytes.fromhex(frame)
    except ValueError:
        raise ValueError(f"{frame!r}: 16진수가 아니에요. / not hexadecimal bytes.") from None
    if len(raw) >= 4 and crc16(raw[:-2]) == raw[-2:]:
        return Pdu(raw[0], raw[1], raw[2:-2])
    if len(raw) >= 9 and raw[2:4] == b"\0\0" and int.from_bytes(raw[4:6]) == len(raw) - 6:
        return Pdu(raw[6], raw[7], raw[8:])
    right = crc16(raw[:-2]).hex(" ").upper() if len(raw) >= 4 else "-"
    raise ValueError(
        f"{frame}: 검사합이 틀려요 (RTU라면 {right}). / neither an RTU frame (its check sum would be {right}) nor TCP."
    )


def words(exchanges: Sequence[Exchange]) -> dict[Address, int]:
    """Return the registers and bits that the replies hold, by table and address on the wire; ValueError tells a lie."""
    found: dict[Address, int] = {}
    for exchange in exchanges:
        request, reply = pdu(exchange.request), pdu(exchange.reply)
        if request[:2] != reply[:2]:
            raise ValueError(f"{exchange.reply}: 다른 물음의 답이에요. / the reply to another request.")
        if (table := READS.get(request.function)) is None:
            continue
        start, count = int.from_bytes(request.data[:2]), int.from_bytes(request.data[2:4])
        found |= {(table, start + n): value for n, value in enumerate(_values(table, count, reply.data))}
    return found


def _values(table: Table, count: int, data: bytes) -> list[int]:
    expected = -(-count // 8) if table in BIT_TABLES else 2 * count
    if data[0] != expected or len(data) != 1 + expected:
        raise ValueError(f"{expected}바이트여야 해요. / {expected} bytes belong in the reply, not {len(data) - 1}.")
    if table in BIT_TABLES:
        return [data[1 + n // 8] >> n % 8 & 1 for n in range(count)]
    return [int(word) for word in np.frombuffer(data[1:], WORD)]


def meaning(points: Sequence[Point], read: dict[Address, int]) -> dict[str, float | str]:
    """Return what the points say, given the registers that were read: a number, a text, or the name of a quality."""
    places: dict[Address, int] = {}
    for point in points:
        for address, count in point.reads:
            for n in range(count):
                places.setdefault((point.table, address + n), len(places))
    image = np.array([read.get(place, 0) for place in places], WORD)
    heard = np.array([GOOD if place in read else NO_REPLY for place in places], np.uint8)
    numbers = [point for point in points if point.kind != "text"]
    said: dict[str, float | str] = {}
    if numbers:
        decoder = Decoder(numbers, lambda table, address: places[table, address])
        for point, value, grade in zip(
            numbers, *(column.tolist() for column in decoder.decode(image, heard)), strict=True
        ):
            said[point.name] = NAMES[grade] if grade >= BAD else value
    for point in points:
        if point.kind == "text":
            at = places[point.table, point.address]
            text = decode_text(image[at : at + point.registers], low_byte_first=point.word_order == "little")
            said[point.name] = NAMES[NO_REPLY] if heard[at] else text
    return said


def differences(golden: Golden, points: Sequence[Point], areas: tuple[Area, ...] = ()) -> Iterator[str]:
    """Yield where the frames do not mean what `expect` says, as `point: said, not expected`.

    A PLC's names (D100) mean the register or bit as it is.
    """
    read = words(golden.exchanges)
    said = meaning(points, read)
    for name in golden.expect.keys() - said.keys():
        with suppress(ValueError):
            said[name] = float(read.get(find(areas, name), -1))
    for name in golden.expect.keys() - said.keys():
        yield f"{name}: 없는 측정점이에요. / no such point."
    single = {point.name for point in points if point.type == "f32"}  # 32 bits hold seven digits
    for name, found in said.items():
        wanted = golden.expect.get(name, NAMES[NO_REPLY])
        both = isinstance(found, float) and not isinstance(wanted, str)
        near = 1e-6 * abs(wanted) if name in single and not isinstance(wanted, str) else 0.0
        same = abs(found - wanted) <= near if both else found == wanted  # type: ignore[operator] # both are numbers
        if not same:
            yield f"{name}: {found!r}, not {wanted!r}"


def write_differences(golden: Golden, outputs: Sequence[Output]) -> Iterator[str]:
    """Yield where `writes` would not send the requests of the frames, and requests that it does not name."""
    known = {output.name: output for output in outputs}
    sent = [pdu(exchange.request) for exchange in golden.exchanges]
    asked = [(frame.function, frame.data) for frame in sent if frame.function not in READS]
    for name, value in golden.writes.items():
        if name not in known:
            yield f"{name}: 없는 출력이에요. / no such output."
        elif (request := known[name].request(value)) not in asked:
            yield f"{name}: {request[0]:02X} {request[1].hex(' ').upper()}, not among the requests"
    if len(asked) != len(golden.writes):
        yield f"writes: {len(golden.writes)}, but {len(asked)} requests write"
