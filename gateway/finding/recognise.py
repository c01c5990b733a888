"""Recognising a device by what stands in its registers. Only ever reads: nothing that it asks can move anything."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sensors.mark import Mark, likeness
from sensors.point import Table
from sensors.profile_model import Profile

PROOF: Final = 0.9  # of likeness: nothing else needs to be looked at
TABLES: Final[tuple[Table, ...]] = ("input", "holding", "coil", "discrete")

# (table, address, count) to registers or bits; None where the device refuses. NoReply when it is silent.
Read = Callable[[Table, int, int], Awaitable[Sequence[int] | None]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind of device that it may be."""

    profile: Profile
    offset: int  # of its addresses, as they were found
    likeness: float  # 0 to 1


class Registers:
    """What was read of one unit so far: nothing is asked twice."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._refused: set[tuple[Table, int, int]] = set()
        self.words: dict[tuple[Table, int], int] = {}

    async def has(self, mark: Mark, offset: int) -> bool:
        """Read what a mark looks at; return whether the unit has it."""
        place = mark.table, mark.address + offset, mark.registers
        wanted = [(mark.table, place[1] + n) for n in range(mark.registers)]
        if all(one in self.words for one in wanted):
            return True
        if place in self._refused or place[1] < 0:
            return False
        found = await self._read(*place)
        if found is None:
            self._refused.add(place)
            return False
        self.words.update(zip(wanted, found, strict=True))
        return True

    async def holds(self, mark: Mark, offset: int) -> bool:
        """Return whether the unit has what a mark says."""
        return await self.has(mark, offset) and mark.holds(self.words, offset) is True


async def recognise(read: Read, profiles: Iterable[Profile]) -> list[Candidate]:
    """Return what the unit may be, the likeliest first; nothing is asked for beyond a proof.

    A kind of which it lacks a mark, or has another value there, it is not. Raises NoReply when it falls silent.
    """
    registers, found = Registers(read), list[Candidate]()
    for profile, offset in _kinds(profiles):
        if not profile.identity:
            continue
        for mark in profile.identity:
            if not await registers.holds(mark, offset):
                break
        else:
            found.append(Candidate(profile, offset, likeness(profile.identity, registers.words, offset)))
            if found[-1].likeness >= PROOF:
                break
    return sorted(found, key=lambda one: -one.likeness)


async def tables(read: Read) -> list[Table]:
    """Return the tables of which a unit has its first address: what to tell of one that is not known."""
    return [table for table in TABLES if await read(table, 0, 1) is not None]


def _kinds(profiles: Iterable[Profile]) -> Iterator[tuple[Profile, int]]:
    """Yield each kind, first with its own offset, the others behind all of them."""
    known = list(profiles)
    yield from ((profile, profile.address_offset) for profile in known)
    yield from ((profile, offset) for profile in known for offset in profile.address_offset_also)
