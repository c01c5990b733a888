"""Writing an output of a Modbus device: what stood there, the write, and what stands there after it."""

import struct
from collections.abc import Generator, Mapping
from difflib import get_close_matches
from typing import Final

from drivers.base import Written
from drivers.errors import NotWritten
from drivers.modbus_device import DeviceConfig, address_offset
from drivers.modbus_frames import NoReply, Question, Refusal, read_question
from sensors.output import Output

_FORMATS: Final = {"u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "f32": ">f"}
MOST_DECIMALS: Final = 9
MEANS: Final = {
    1: "이 기능을 몰라요 / it does not know this function",
    2: "그런 주소가 없어요 / it has no such address",
    3: "그 값을 받지 않아요 / it does not take this value",
    4: "기기가 실패했어요 / the device failed",
    6: "기기가 바빠요 / the device is busy",
}

Writing = Generator[Question, bytes, Written]


def device_outputs(device: DeviceConfig) -> Mapping[str, Output]:
    """Return what may be written of a device, by name, with the addresses on the wire."""
    offset, known = address_offset(device), device.known
    allowed = [one.moved(offset) for one in known.outputs if one.name in device.allow] if known else []
    return {output.name: output for output in (*allowed, *device.outputs)}


def checked(device: DeviceConfig, name: str, value: float | str) -> Output:
    """Return the output that may be written so. NotWritten says why it may not."""
    outputs = device_outputs(device)
    if name not in outputs:
        near = get_close_matches(name, outputs, 1) or list(outputs) or ["-"]
        raise NotWritten(
            f"{name}: 쓸 수 있는 출력이 아니에요; 있는 것: {near[0]} / "
            f"{name}: not an output that may be written; there is {near[0]}"
        )
    try:
        outputs[name].number(value)
    except ValueError as refused:
        raise NotWritten(str(refused)) from None
    return outputs[name]


def writing(unit: int, output: Output, value: float | str, timeout_s: float) -> Writing:
    """Write a value that may be written. What it finds after it is the answer; a reply that was lost on the way is
    no failure if the value stands there. NotWritten when it does not, or the device refuses."""
    decimals = yield from _decimals(unit, output, timeout_s)
    before = yield from _read(unit, output, timeout_s)
    try:
        function, data = output.request(value, decimals)
        words = output.words(value, decimals)
    except ValueError as refused:
        raise NotWritten(str(refused)) from None
    lost = None
    try:
        yield Question(unit, bytes((function,)) + data, 0, timeout_s)
    except NoReply as silence:
        lost = silence
    except Refusal as refusal:
        raise NotWritten(
            f"{MEANS.get(refusal.code, '기기가 거절했어요 / it refused')} (exception {refusal.code})"
        ) from None
    after = yield from _read(unit, output, timeout_s)
    if after is None and lost is not None:
        raise NotWritten(f"대답이 없어요. 썼는지 몰라요. / no answer, so it may be written or not: {lost}")
    if after is not None and after != words:
        still = f"{_number(output, after, decimals):g}"
        raise NotWritten(f"쓴 뒤에도 값이 {still}이에요. / after the write it says {still}.")
    said = [None if one is None else _number(output, one, decimals) for one in (before, after)]
    return Written(*said)


def _decimals(unit: int, output: Output, timeout_s: float) -> Generator[Question, bytes, int]:
    """Return how many decimals the raw value has, where a register says so."""
    if output.decimals_address is None:
        return 0
    try:
        data = yield read_question(unit, output.decimals_table, output.decimals_address, 1, timeout_s)
    except (NoReply, Refusal) as error:
        raise NotWritten(f"소수 자릿수를 읽지 못했어요. / its decimals cannot be read: {error}") from None
    decimals = int.from_bytes(data)
    if decimals > MOST_DECIMALS:
        raise NotWritten(f"소수 자릿수가 {decimals}이에요. / it says that it has {decimals} decimals.")
    return decimals


def _read(unit: int, output: Output, timeout_s: float) -> Generator[Question, bytes, tuple[int, ...] | None]:
    """Return the registers (or the coil); None where the device does not tell."""
    try:
        data = yield read_question(unit, output.table, output.address, output.registers, timeout_s)
    except (NoReply, Refusal):
        return None
    if output.table == "coil":
        return (data[0] & 1,)
    return struct.unpack(f">{output.registers}H", data)


def _number(output: Output, words: tuple[int, ...], decimals: int) -> float:
    """Return what the registers say, in the output's unit."""
    if output.table == "coil":
        return float(words[0])
    data = struct.pack(f">{len(words)}H", *(words if output.word_order == "big" else words[::-1]))
    (raw,) = struct.unpack(_FORMATS[output.type], data)
    return float(raw / 10**decimals * output.scale + output.offset)
