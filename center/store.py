"""Store: the journals of all shops in one SQLite file. Used by the writer's thread alone."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Final

import orjson

from center.projections import Change, project
from center.rows import Cells, Rows, Stream
from center.schema import connect
from gateway.event import Position

TABLES: Final[dict[Stream, str]] = {"e": "events", "s": "blocks"}
WIDE: Final = 11  # columns of either
CHUNK: Final = 128  # rows of one statement at the most; each step lets other threads run, and then waits for them
PRUNED_A_STEP: Final = 500


@dataclass(slots=True)
class Taken:
    """What one message brought: how far its stream is now, and what changed for the screen."""

    at: Position | None
    missing: Position | None = None  # the row behind which it stands, when that is not here: nothing was taken
    events: int = 0
    blocks: int = 0
    changes: list[Change] = field(default_factory=list)


class Store:
    """Takes rows in by (shop, start, token, n), each once. Nothing is promised before `transaction` has ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = connect(path)
        self._shops: dict[tuple[str, str], int] = {}
        self._epochs: set[tuple[int, Stream, int, str]] = set()

    def close(self) -> None:
        """Close the file."""
        self.db.close(True)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, on the medium when it ends, or nothing. Raises apsw.Error."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            self._shops.clear()  # what they name may be gone again
            self._epochs.clear()
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def shop(self, workshop: str, gateway: str) -> int:
        """Return the number of a shop, a new one where it was not known."""
        place = (workshop, gateway)
        if place not in self._shops:
            self.db.execute("INSERT OR IGNORE INTO shops (workshop, gateway) VALUES (?, ?)", place)
            select = "SELECT id FROM shops WHERE workshop = ? AND gateway = ?"
            ((self._shops[place],),) = self.db.execute(select, place)
        return self._shops[place]

    def take(self, shop: int, rows: Rows) -> Taken:
        """Take a message's rows if the one before them is here, else none; tell how far the shop's stream is.

        Rows that are here already are left as they are. After some were taken, that is the last of them.
        """
        stream, after, cells, again = rows
        if after is not None and not self._has(shop, stream, after):
            return Taken(self.chain(shop, stream), after)
        new = self._new(shop, stream, cells)
        taken = Taken(rows.last)
        if new:
            self._insert(shop, stream, new)
            if new[-1] is cells[-1] and not again:
                self._move_chain(shop, stream, cells[-1])
            self._tally(shop, stream, new, taken)
        return taken

    def chain(self, shop: int, stream: Stream) -> Position | None:
        """Return the last position that was new here, None when nothing came yet."""
        select = "SELECT start, token, n FROM chains WHERE shop = ? AND stream = ?"
        found = next(self.db.execute(select, (shop, stream)), None)
        return Position(*found) if found else None

    def chains(self) -> list[tuple[str, str, Stream, Position]]:
        """Return how far every stream is: workshop, gateway, stream, position."""
        select = (
            "SELECT workshop, gateway, stream, start, token, n FROM chains JOIN shops ON shops.id = chains.shop "
            "ORDER BY shop, stream"
        )
        return [
            (workshop, gateway, stream, Position(*at)) for workshop, gateway, stream, *at in self.db.execute(select)
        ]

    def keep_seen(self, shop: int, seen: tuple[Any, ...]) -> None:
        """Keep what was heard of a shop: says, since_ms, last_ms, malformed, told (JSON)."""
        self.db.execute(
            "UPDATE shops SET says = ?, since_ms = ?, last_ms = ?, malformed = ?, told = ? WHERE id = ?", (*seen, shop)
        )

    def prune(self, before_ms: int) -> int:
        """Let some samples go that came before a time; returns how many. The newest of a shop stays, whatever its age.

        How far they went is kept: a gateway that asks again is told that they were here.
        """
        select = "SELECT shop, start, token FROM epochs WHERE stream = 's' ORDER BY shop, era"
        for shop, start, token in list(self.db.execute(select)):
            if gone := self._prune_epoch(before_ms, shop, start, token):
                return gone
        return 0

    def _prune_epoch(self, before_ms: int, shop: int, start: int, token: str) -> int:
        place = (shop, start, token)
        oldest = "SELECT n, taken_ms FROM blocks WHERE shop = ? AND start = ? AND token = ? ORDER BY n LIMIT ?"
        numbers = [n for n, taken_ms in self.db.execute(oldest, (*place, PRUNED_A_STEP)) if taken_ms < before_ms]
        newest = self.chain(shop, "s")
        if numbers and newest == (start, token, numbers[-1]):
            numbers.pop()
        if not numbers:
            return 0
        self.db.execute(
            "DELETE FROM blocks WHERE shop = ? AND start = ? AND token = ? AND n <= ?", (*place, numbers[-1])
        )
        self.db.execute("UPDATE shops SET blocks = blocks - ? WHERE id = ?", (self.db.changes(), shop))
        self.db.execute(
            "UPDATE epochs SET floor = ? WHERE shop = ? AND stream = 's' AND start = ? AND token = ?",
            (numbers[-1], *place),
        )
        return len(numbers)

    def _has(self, shop: int, stream: Stream, at: Position) -> bool:
        select = f"SELECT 1 FROM {TABLES[stream]} WHERE shop = ? AND start = ? AND token = ? AND n = ?"
        return any(self.db.execute(select, (shop, *at))) or at.n <= self._floor(shop, stream, at.start, at.token)

    def _floor(self, shop: int, stream: Stream, start: int, token: str) -> int:
        if stream == "e":
            return 0
        select = "SELECT floor FROM epochs WHERE shop = ? AND stream = ? AND start = ? AND token = ?"
        return next(self.db.execute(select, (shop, stream, start, token)), (0,))[0]

    def _new(self, shop: int, stream: Stream, cells: list[Cells]) -> list[Cells]:
        """Return the rows that are not here and never were, in order."""
        new: list[Cells] = []
        select = f"SELECT n FROM {TABLES[stream]} WHERE shop = ? AND start = ? AND token = ? AND n BETWEEN ? AND ?"
        for (start, token), run in groupby(cells, lambda cell: cell[:2]):
            part = list(run)
            here = {n for (n,) in self.db.execute(select, (shop, start, token, part[0][2], part[-1][2]))}
            floor = self._floor(shop, stream, start, token)
            new += [cell for cell in part if cell[2] not in here and cell[2] > floor] if here or floor else part
        return new

    def _insert(self, shop: int, stream: Stream, new: list[Cells]) -> None:
        for start, token in dict.fromkeys(cell[:2] for cell in new):
            self._know_epoch(shop, stream, start, token)
        at, size = 0, CHUNK
        while at < len(new):
            while size > len(new) - at:
                size //= 2  # few different statements, which are prepared once
            values = list(chain.from_iterable((shop, *cell) for cell in new[at : at + size]))
            self.db.execute(_insert_sql(stream, size), values)
            at += size

    def _know_epoch(self, shop: int, stream: Stream, start: int, token: str) -> None:
        if (shop, stream, start, token) in self._epochs:
            return
        self.db.execute(
            "INSERT OR IGNORE INTO epochs (shop, stream, era, start, token) SELECT ?1, ?2, "
            "(SELECT coalesce(max(era), 0) + 1 FROM epochs WHERE shop = ?1 AND stream = ?2), ?3, ?4",
            (shop, stream, start, token),
        )
        self._epochs.add((shop, stream, start, token))

    def _move_chain(self, shop: int, stream: Stream, last: Cells) -> None:
        self.db.execute("INSERT OR REPLACE INTO chains VALUES (?, ?, ?, ?, ?)", (shop, stream, *last[:3]))

    def _tally(self, shop: int, stream: Stream, new: list[Cells], taken: Taken) -> None:
        """Count the rows, and bring the projections along in the same transaction."""
        if stream == "s":
            taken.blocks = len(new)
        else:
            taken.events = len(new)
            for cell in new:
                if cell[3] in ("alarm", "backup", "gap"):
                    taken.changes += project(self.db, shop, cell[3], cell[7], orjson.loads(cell[9]))
        self.db.execute(
            "UPDATE shops SET events = events + ?, blocks = blocks + ? WHERE id = ?", (taken.events, taken.blocks, shop)
        )


def _insert_sql(stream: Stream, size: int) -> str:
    row = f"({', '.join('?' * WIDE)})"
    return f"INSERT OR IGNORE INTO {TABLES[stream]} VALUES {', '.join([row] * size)}"
