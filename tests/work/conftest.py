"""A workshop's books for the ledger's tests: a real database, a clock moved by hand, and a way to lose power."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import apsw
import orjson
import pytest

from barcodes.scan import Scan
from barcodes.ticket import Badge, Ours, encode
from gateway.config.parts import Station, Text, Workshop
from gateway.config.root import EdgeConfig
from gateway.config.work import Operation, Work, Worker
from gateway.event import Event, Position, Row
from gateway.journal.rows import key
from gateway.work import fold, making
from gateway.work.answer import Answer
from gateway.work.floor import Instruments
from gateway.work.ledger import Ledger

GATEWAY = "gw_1"
COLUMNS = "id INTEGER PRIMARY KEY, kind TEXT, source TEXT, mono_ns INTEGER, time_ns INTEGER, clock INTEGER, body TEXT"
SECOND = 1_000_000_000
NOON = 1_795_316_400_000_000_000  # 2026-11-22 12:00 in Seoul


def config() -> EdgeConfig:
    """Return a shop with three workers and a route of four operations."""
    operations = (
        Operation(code="CUT", label=Text(ko="재단", en="cutting")),
        Operation(code="FRONT", label=Text(ko="앞판", en="front"), after=("CUT",)),
        Operation(code="SLEEVE", label=Text(ko="소매", en="sleeve"), after=("CUT",)),
        Operation(code="ASSEM", label=Text(ko="봉제", en="assembly"), after=("FRONT", "SLEEVE")),
    )
    workers = tuple(
        Worker(badge=badge, name=name) for badge, name in (("0101", "은하"), ("102", "순복"), ("7", "민서"))
    )
    return EdgeConfig(
        workshop=Workshop(id="shop-1", name="공방"),
        stations=(Station(name="sewing_3"),),
        work=Work(workers=workers, operations=operations),
    )


@dataclass
class Books:
    """A journal's transaction on a real database: an event is kept or not together with what the ledger writes."""

    db: apsw.Connection = field(default_factory=lambda: apsw.Connection(":memory:"))
    rows: list[Row] = field(default_factory=list)
    mono_ns: int = 1000 * SECOND
    boot: str = "boot-1"
    start: int = 1
    offset_ns: int = NOON  # UTC at mono 0 of this boot
    instruments: Instruments | None = None

    def __post_init__(self) -> None:
        self.settings = config()
        self.db.execute(f"CREATE TABLE events({COLUMNS})")
        self.db.execute("CREATE TABLE epochs(start INTEGER PRIMARY KEY, token TEXT, boot TEXT)")
        making.rebuild(self.db, ())

    @property
    def now_ns(self) -> int:
        return self.offset_ns + self.mono_ns

    def append(self, event: Event) -> Row:
        position = Position(self.start, "a1b2", len(self.rows) + 1)
        time_ns = self.offset_ns + event.mono_ns
        row = Row(position, event.kind, event.source, event.mono_ns, self.boot, time_ns, "synced", event.body)
        self.rows.append(row)
        self.db.execute("INSERT OR IGNORE INTO epochs VALUES(?, 'a1b2', ?)", (self.start, self.boot))
        times, body = (event.mono_ns, time_ns), orjson.dumps(event.body).decode()
        values = key(self.start, position.n), event.kind, event.source, *times, body
        self.db.execute("INSERT INTO events VALUES(?, ?, ?, ?, ?, 1, ?)", values)
        return row

    def newest(self, kind: str, source: str) -> Row | None:
        return next((row for row in reversed(self.rows) if (row.kind, row.source) == (kind, source)), None)

    def wait(self, seconds: float) -> None:
        self.mono_ns += int(seconds * SECOND)

    def reboot(self) -> None:
        """Start again with another boot, in which mono begins anew."""
        self.offset_ns, self.mono_ns = self.now_ns + 60 * SECOND, 10 * SECOND
        self.start, self.boot = self.start + 1, f"boot-{self.start + 1}"

    def scan(self, raw: bytes | Ours, scanner: str = "scanner_1", after_s: float = 5) -> Answer:
        """Scan after a while; committed when it returns."""
        self.wait(after_s)
        return self._decide(raw, scanner)

    def scan_and_lose_power(self, raw: bytes | Ours, scanner: str = "scanner_1") -> None:
        """Scan, and lose everything of it just before the commit."""
        kept = len(self.rows)
        try:
            with self.db:
                self._decide(raw, scanner)
                raise PowerCut
        except PowerCut:
            del self.rows[kept:]

    def _decide(self, raw: bytes | Ours, scanner: str) -> Answer:
        data = raw if isinstance(raw, bytes) else encode(raw).encode()
        ledger = Ledger(self.settings, GATEWAY, self.boot, instruments=self.instruments)
        with self.db:
            return ledger.decide(self, Scan(scanner, self.mono_ns, data), self.now_ns)

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        return {table: list(self.db.execute(f"SELECT * FROM {table}")) for table in fold.TABLES}


class PowerCut(Exception):
    """The power is gone."""


@pytest.fixture(scope="session")
def new_books() -> type[Books]:
    """Return what opens new books, for properties that need many."""
    return Books


@pytest.fixture
def books() -> Iterator[Books]:
    opened = Books()
    yield opened
    opened.db.close()


@pytest.fixture
def logged_in(books: Books) -> Books:
    assert books.scan(Badge(101)).kind == "badge"
    return books
