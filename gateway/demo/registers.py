"""Values to registers: what a real device would hold for its points. The inverse of `sensors.decoding`."""

import struct
from collections.abc import Mapping

from sensors.point import Point

FORMATS: Mapping[str, str] = {
    "u16": ">H",
    "i16": ">h",
    "u32": ">I",
    "i32": ">i",
    "u64": ">Q",
    "i64": ">q",
    "f32": ">f",
    "f64": ">d",
}
DECIMALS = 1  # how many decimals a device shows whose decimal point stands in a register


def words(point: Point, value: float, held: Mapping[int, int]) -> dict[int, int]:
    """Return {address: 16-bit register} (or bit) of a point's value; `held` are those that other points already gave.

    Counters wrap and gauges saturate, as in a device.
    """
    if point.type == "bool":
        return {point.address: int(value != 0)}
    well = {} if point.fault_address is None else {point.fault_address: held.get(point.fault_address, 0)}
    if point.bit is not None:
        most = (1 << point.bits) - 1
        others = held.get(point.address, 0) & ~(most << point.bit)
        return well | {point.address: others | min(max(round(value), 0), most) << point.bit}
    raw = (value - point.offset) / point.scale
    decimals = {}
    if point.decimals_address is not None:
        raw *= 10**DECIMALS
        decimals = {point.decimals_address: DECIMALS << point.decimals_bit}
    packed = struct.pack(FORMATS[point.type], raw if point.type[0] == "f" else _whole(point, raw))
    first, second = (packed[::2], packed[1::2]) if point.byte_order == "big" else (packed[1::2], packed[::2])
    values = [high << 8 | low for high, low in zip(first, second, strict=True)]
    if point.word_order == "little":
        values.reverse()
    return well | decimals | {point.address + n: word for n, word in enumerate(values)}


def text_words(point: Point, text: str) -> dict[int, int]:
    """Return the registers of a string, two characters in each, padded with NUL."""
    data = text.encode("ascii", "replace")[: point.registers * 2].ljust(point.registers * 2, b"\0")
    order = ">H" if point.word_order == "big" else "<H"
    return {point.address + n: value for n, (value,) in enumerate(struct.iter_unpack(order, data))}


def _whole(point: Point, raw: float) -> int:
    """Return the raw value as the integer that the register holds."""
    size: int = 1 << int(point.type[1:])
    if point.type[0] == "i":
        return min(max(round(raw), -size // 2), size // 2 - 1)
    return round(raw) % size if point.kind == "counter" else min(max(round(raw), 0), size - 1)
