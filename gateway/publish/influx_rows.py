"""The rows of the journal as lines: read forward behind a cursor, as many as one round of sending takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.config.publish import InfluxPublisher as Config
from gateway.event import Position, Row
from gateway.journal.blocks import Block
from gateway.publish.influx_delivery import MOST_BYTES
from gateway.publish.letters import Letters
from gateway.publish.lines import block_lines, event_line
from gateway.publish.source import Source, Stream

EVENTS: Final = 256  # read at once
BLOCKS: Final = 32
INTERNAL: Final = frozenset({"schema", "audit"})  # these stay in the journal
TURN_S: Final = 0.002

Read = Callable[[Position | None, int], Awaitable[Sequence[Any]]]
Write = Callable[[Any], Iterable[list[bytes]]]


@dataclass(slots=True)
class Round:
    """Some lines, the row that each comes from, and where the cursor stands when all are taken."""

    lines: list[bytes] = field(default_factory=list)
    rows: list[Row | Block] = field(default_factory=list)
    position: Position | None = None
    skipped: int = 0  # rows of which no line is wanted
    wanted: int = 0  # the others
    size: int = 0  # of the lines, in bytes

    def add(self, lines: Sequence[bytes], row: Row | Block) -> None:
        """Add the lines of a row."""
        self.lines += lines
        self.rows += [row] * len(lines)
        self.size += sum(map(len, lines))

    def pass_by(self, position: Position, wanted: bool) -> None:
        """Note that a row is through, and whether it had lines."""
        self.position = position
        self.wanted += wanted
        self.skipped += not wanted

    def full(self, most: int) -> bool:
        """Return whether there is enough to send."""
        return len(self.lines) >= most or self.size >= MOST_BYTES


class Turns:
    """The loop is the scanners' first: after some milliseconds of work it is theirs for as long."""

    def __init__(self) -> None:
        self._began_s = time.thread_time()

    async def rest(self) -> None:
        """Rest if the loop has worked for a while. All its work counts: when others are busy we rest longer."""
        worked_s = time.thread_time() - self._began_s
        if worked_s >= TURN_S:
            await asyncio.sleep(worked_s)
            self._began_s = time.thread_time()


class Rows:
    """One stream of the journal, read forward from its cursor. Made by `event_rows` and `block_rows`."""

    def __init__(self, stream: Stream, config: Config, journal: Source, read: tuple[Read, int], write: Write) -> None:
        self._stream: Stream = stream
        self._config, self._journal = config, journal
        (self._read, self._page), self._write = read, write
        self._letters: Letters[Any] = Letters(config.name, stream, journal.letters, self._read)
        self._position: Position | None = None
        self._known = False

    async def begin(self) -> None:
        """Stand where the last connection ended, or, at the first, where the journal remembers."""
        if not self._known:
            self._position = await self._journal.cursor(self._config.name, self._stream)
            self._known = True
        await self._letters.begin(self._position)

    @property
    def behind(self) -> int:
        """Return how many rows (events, or blocks) are kept and not taken yet."""
        return self._journal.behind(self._stream, self._position) if self._known else 0

    async def gather(self) -> Round:
        """Return the next rows' lines; its position is None when there is nothing more to read."""
        found, turns, most = Round(), Turns(), self._config.lines
        while not found.full(most):
            rows = await self._read(found.position or self._position, self._page)
            for row in rows:
                before = len(found.lines)
                for lines in self._write(row):
                    found.add(lines, row)
                    await turns.rest()
                found.pass_by(row.position, wanted=len(found.lines) > before)
                if found.full(most):  # what is left of the page is read again, for it may be large
                    break
            if not rows:
                break
        return found

    async def again(self) -> Round:
        """Return the lines of some dead letters that somebody asked for; its position is None when there are none."""
        found = Round()
        for row in await self._letters.rows():
            before = len(found.lines)
            for lines in self._write(row):
                found.add(lines, row)
            found.position = row.position
            if len(found.lines) == before:
                await self._letters.strike(row.position)
        return found

    async def taken_again(self, place: Position) -> None:
        """Note that the database has all of a dead letter now."""
        await self._letters.strike(place, taken=True)

    async def passed(self, found: Round, refused: int) -> None:
        """Note that all of a round is settled, so many rows of it as dead letters."""
        assert found.position is not None
        self._position = found.position
        counts = (found.wanted - refused, found.skipped)
        await self._journal.move_cursor(self._config.name, self._stream, found.position, *counts)


def event_rows(config: Config, workshop: str, gateway: str, journal: Source) -> Rows:
    """Return the events, the journal's own left out."""

    def write(row: Row) -> Iterable[list[bytes]]:
        if config.events and row.kind not in INTERNAL:
            yield [event_line(row, workshop, gateway)]

    return Rows("e", config, journal, (journal.events, EVENTS), write)


def block_rows(config: Config, workshop: str, gateway: str, journal: Source) -> Rows:
    """Return the samples and the windows, as far as they are wanted."""

    def write(block: Block) -> Iterable[list[bytes]]:
        wanted = config.samples if block.schema.window_s is None else config.windows
        return block_lines(block, workshop, gateway) if wanted else ()

    return Rows("s", config, journal, (journal.blocks, BLOCKS), write)
