"""One serial line: who answers on it, in which setting, and what they are.

It listens first: where somebody else asks, nobody may ask between. Then it asks for one register at a time, never
writes, and calls no unit 0, which all would hear.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from drivers.errors import DeviceGone, WrongConfiguration
from drivers.modbus_frames import NoReply, Refusal
from drivers.modbus_rtu import ModbusRtu, ModbusRtuConfig
from gateway.finding.asker import Asker
from gateway.finding.ports import SerialPort
from gateway.finding.recognise import Candidate, Read, recognise, tables
from gateway.finding.settings import ALL_UNITS, Setting, first_units, settings, talks, talks_at
from sensors.point import Table
from sensors.profile_model import Profile

LISTEN_S: Final = 1.5  # whoever polls a line does so more often
ANSWER_S: Final = 0.2  # until a device begins to answer; the slowest of those known takes half of it
FRAME_BYTES: Final = 8 + 9  # a question and the answer to it, at the most
ASKED: Final[tuple[Table, ...]] = ("input", "holding")  # what a device has, or refuses
NOBODY: Final = (10, 11)  # exceptions of a gateway: path unavailable, target failed to respond (V1.1b3, 7)
NEXT_UNITS: Final = range(1, 33)  # once somebody answered in a setting: as many as a line without repeaters bears

Words = dict[str, str]
Tell = Callable[[Words], None]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that answered: what it may be, the likeliest first; which tables it has, where that is nothing known."""

    unit: int
    candidates: Sequence[Candidate] = ()
    tables: Sequence[Table] = ()


@dataclass(slots=True)
class Line:
    """What was found on one port. `trouble` says why there is less than there might be."""

    port: SerialPort
    setting: Setting | None = None
    units: list[Unit] = field(default_factory=list)
    trouble: Words | None = None

    @property
    def stop_bits(self) -> int:
        """Return the stop bits that most of its devices are delivered with."""
        bits = [rtu.stop_bits for unit in self.units for one in unit.candidates[:1] for rtu in talks(one.profile)[:1]]
        return max(set(bits), key=bits.count, default=1)


async def search_line(port: SerialPort, profiles: Sequence[Profile], *, every_unit: bool, tell: Tell) -> Line:
    """Return who answers on a port; all of them in the first setting in which anybody does."""
    line, noisy = Line(port), list[Setting]()
    known = [profile for profile in profiles if profile.rtu is not None]
    try:
        for number, setting in enumerate(settings(known)):
            tell({"ko": f"{port.path}: {setting}로 물어봐요", "en": f"{port.path}: asking at {setting}"})
            async with opened(port.path, setting) as asker:
                if number == 0 and await asker.overhears(LISTEN_S):
                    line.trouble = BUSY
                    return line
                if await _search(asker, setting, known, line, every_unit, tell):
                    break
                if asker.noise:
                    noisy.append(setting)
    except (DeviceGone, WrongConfiguration) as error:
        line.trouble = {"ko": str(error), "en": str(error)}
    if noisy and not line.units:
        line.trouble = _damaged(noisy)
    return line


BUSY: Final[Words] = {
    "ko": "다른 기계(PLC, 화면)가 이미 이 선에서 묻고 있거나, 혼자 보내는 기기예요. 묻지 않고 두었어요.",
    "en": "somebody else (a PLC, a panel) asks on this line already, or a device sends by itself; it was left alone",
}


def _damaged(noisy: Sequence[Setting]) -> Words:
    named = ", ".join(map(str, noisy))
    return {
        "ko": f"무언가 답하지만 깨져서 와요 ({named}). 두 기기의 국번이 같거나, "
        "통신 속도와 패리티가 목록에 없는 것이거나, A와 B 선이 느슨해요.",
        "en": f"something answers, but damaged ({named}): two devices have one number, "
        "or the speed and parity are none of those known, or the wires A and B are loose",
    }


@asynccontextmanager
async def opened(port: str, setting: Setting) -> AsyncIterator[Asker]:
    """Open a port in a setting, and give the wire to one asker."""
    options = {"baudrate": setting.baudrate, "parity": setting.parity, "stop_bits": setting.stop_bits}
    nobody = {"name": "nobody", "points": [{"name": "nothing", "address": 0}]}
    config = ModbusRtuConfig.model_validate(
        {"name": "search", "type": "modbus_rtu", "port": port, "devices": [nobody], **options}
    )
    wire = await ModbusRtu(config, {}).connect()
    try:
        yield Asker(wire, ANSWER_S + FRAME_BYTES * config.character_s())
    finally:
        wire.close()


async def _search(
    asker: Asker, setting: Setting, profiles: Sequence[Profile], line: Line, every_unit: bool, tell: Tell
) -> bool:
    """Look for units in one setting; return whether there are any."""
    first = first_units(profiles)
    found = [unit for unit in first if await answers(asker, unit)]
    if found:
        rest = sorted({*(ALL_UNITS if every_unit else NEXT_UNITS)} - {*first})
        found += [unit for unit in rest if await answers(asker, unit)]
    usual_first = sorted(profiles, key=lambda one: setting not in talks_at(one))
    for number in sorted(found):
        line.setting = setting
        line.units.append(await named(asker, number, usual_first))
        tell(said(line.port.path, line.units[-1]))
    return bool(found)


def said(where: str, unit: Unit) -> Words:
    """Return what is told of a unit as soon as it is found."""
    if not unit.candidates:
        ko, en = "답하지만 모르는 기기예요", "answers, and is not known"
    else:
        model = f"{unit.candidates[0].profile.maker} {unit.candidates[0].profile.model}"
        ko, en = f"{model} 같아요", f"looks like {model}"
    return {"ko": f"{where}: 국번 {unit.unit}: {ko}", "en": f"{where}: unit {unit.unit} {en}"}


async def answers(asker: Asker, unit: int) -> bool:
    """Return whether a unit is there. A refusal is an answer; a gateway's "nobody behind me" is none."""
    for table in ASKED:
        try:
            await asker.read(unit, table, 0, 1)
        except Refusal as refusal:
            return refusal.code not in NOBODY
        except NoReply:
            continue
        return True
    return False


async def named(asker: Asker, unit: int, profiles: Iterable[Profile]) -> Unit:
    """Return what a unit may be; one that falls silent meanwhile is not known."""
    read = reader(asker, unit)
    try:
        candidates = await recognise(read, profiles)
        return Unit(unit, candidates, () if candidates else await tables(read))
    except NoReply:
        return Unit(unit)


def reader(asker: Asker, unit: int) -> Read:
    """Return the reading of one unit. A damaged or lost answer is asked for once more."""

    async def read(table: Table, address: int, count: int) -> Sequence[int] | None:
        for last in (False, True):
            try:
                return await asker.read(unit, table, address, count)
            except Refusal:
                return None
            except NoReply:
                if last:
                    raise
                await asyncio.sleep(ANSWER_S)  # a late answer comes now, and is not taken for the next one
        return None

    return read
