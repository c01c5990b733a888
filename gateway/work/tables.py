"""The ledger's projections: what is paid, and who works where.

`project` is the only writer, and it reads nothing but the event's row: so the tables are a function of the journal,
and `rebuild` makes the same ones again. It runs in the transaction of the event: what is paid and what is kept never
disagree. A time that the journal still corrects, when the clock synchronises, is taken over by `settle`.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

import apsw

from gateway.event import Body, Event, Row, position_of
from gateway.journal.rows import WAITING, key

TABLES: Final = ("work_paid", "work_hours", "work_session")
HOUR_NS: Final = 3_600_000_000_000
UNFINISHED: Final = "work_unfinished"  # a table that is there while the others are being made
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS work_paid(
    bundle TEXT NOT NULL, operation TEXT NOT NULL, event TEXT NOT NULL,
    worker TEXT NOT NULL, station TEXT NOT NULL, quantity INTEGER NOT NULL,
    boot TEXT NOT NULL, mono_ns INTEGER NOT NULL, time_ns INTEGER NOT NULL, waiting INTEGER NOT NULL,
    row INTEGER PRIMARY KEY, UNIQUE(bundle, operation)) STRICT;
CREATE INDEX IF NOT EXISTS work_paid_waiting ON work_paid(row) WHERE waiting = 1;
CREATE TABLE IF NOT EXISTS work_hours(hour INTEGER PRIMARY KEY, row INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS work_session(
    station TEXT NOT NULL PRIMARY KEY, worker TEXT NOT NULL, boot TEXT NOT NULL, mono_ns INTEGER NOT NULL,
    row INTEGER NOT NULL) WITHOUT ROWID, STRICT;
"""


class Transaction(Protocol):
    """What the ledger needs of the journal's transaction."""

    @property
    def db(self) -> apsw.Connection: ...
    def append(self, event: Event) -> Row: ...
    def newest(self, kind: str, source: str) -> Row | None: ...


class Paid(NamedTuple):
    """A coupon that was paid."""

    bundle: str
    operation: str
    event: str  # the id of the event that paid it
    worker: str
    station: str
    quantity: int
    boot: str
    mono_ns: int
    time_ns: int
    waiting: int  # 1 until time_ns is known to be frozen
    row: int  # the event's key in the journal


class Session(NamedTuple):
    """A badge at a station, since `mono_ns` of `boot`."""

    station: str
    worker: str
    boot: str
    mono_ns: int
    row: int  # key of the badge's event, or of the last undo's: what was accepted behind it can be taken back


def missing(db: apsw.Connection) -> bool:
    """Return whether any of the tables is not there or an older version's, or their making was cut off."""
    made = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name LIKE 'work_%'"))
    ours = (made.get(table, "").partition("CREATE TABLE ")[2] for table in TABLES)
    return UNFINISHED in made or not all(table and table in _SCHEMA for table in ours)


def rebuild(db: apsw.Connection, rows: Iterable[Row], gateway: str) -> None:
    """Make the projections anew from the journal's events, in commit order; other kinds than scans are passed over."""
    begin(db)
    add(db, rows, gateway)
    finish(db)


def begin(db: apsw.Connection) -> None:
    """Make the tables, empty; they count as missing until `finish`."""
    for table in TABLES:
        db.execute(f"DROP TABLE IF EXISTS {table}")
    db.execute(f"{_SCHEMA} CREATE TABLE IF NOT EXISTS {UNFINISHED}(scan INTEGER) STRICT;")


def add(db: apsw.Connection, rows: Iterable[Row], gateway: str) -> int:
    """Write what the scans among these events mean; returns how many there were."""
    scans = [row for row in rows if row.kind == "scan"]
    for row in scans:
        if row.body.get("answer") == "accepted":  # paid before: what took that back is among the rows that are lost
            db.execute("DELETE FROM work_paid WHERE bundle = ? AND operation = ?", _coupon(row))
        project(db, row, gateway)
    return len(scans)


def finish(db: apsw.Connection) -> None:
    """Let the tables be used: all scans are in them."""
    settle(db)
    db.execute(f"DROP TABLE {UNFINISHED}")


def settle(db: apsw.Connection) -> None:
    """Take over the UTC of paid coupons that were kept while the clock was wrong, once the journal has frozen it."""
    settled = db.execute(
        "UPDATE work_paid SET time_ns = events.time_ns, waiting = 0 FROM events"
        " WHERE work_paid.waiting = 1 AND events.id = work_paid.row AND events.clock <> ?"
        " RETURNING work_paid.time_ns, work_paid.row",
        (WAITING,),
    )
    for time_ns, row in list(settled):
        _begin_hour(db, time_ns, row)


def project(db: apsw.Connection, row: Row, gateway: str) -> None:
    """Write what one scan's event means; a second payment of one (bundle, operation) is refused as not unique."""
    body = row.body
    match body["answer"]:
        case "badge":
            session = Session(body["station"], body["worker"], row.boot, row.mono_ns, _key(row))
            db.execute("INSERT OR REPLACE INTO work_session VALUES(?,?,?,?,?)", session)
        case "accepted":
            _pay(db, row, row.id(gateway))
        case "command":
            _command(db, row)


def _key(row: Row) -> int:
    return key(row.position.start, row.position.n)


def _pay(db: apsw.Connection, row: Row, identity: str) -> None:
    """Write the payment, and where its hour begins: so sums since a time need no index, which each scan would write."""
    body, ticket = row.body, row.body["ticket"]
    paid = Paid(
        ticket["bundle"],
        ticket["operation"],
        identity,
        body["worker"],
        body["station"],
        ticket["quantity"],
        row.boot,
        row.mono_ns,
        row.time_ns,
        int(row.clock != "synced"),
        _key(row),
    )
    db.execute("INSERT INTO work_paid VALUES(?,?,?,?,?,?,?,?,?,?,?)", paid)
    if not paid.waiting:
        _begin_hour(db, paid.time_ns, paid.row)


def _begin_hour(db: apsw.Connection, time_ns: int, row: int) -> None:
    """Keep the first row of each hour: all that was paid in it stands there or behind, whatever the clock did."""
    db.execute(
        "INSERT INTO work_hours VALUES(?, ?) ON CONFLICT DO UPDATE SET row = excluded.row WHERE excluded.row < row",
        (time_ns // HOUR_NS, row),
    )


def _coupon(row: Row) -> tuple[str, str]:
    return row.body["ticket"]["bundle"], row.body["ticket"]["operation"]


def _command(db: apsw.Connection, row: Row) -> None:
    """Free what an undo took back, which cannot be done twice; end the session at a logout."""
    body = row.body
    if "corrects" in body:
        undone = position_of(body["corrects"])
        db.execute("DELETE FROM work_paid WHERE row = ?", (key(undone.start, undone.n),))
        db.execute("UPDATE work_session SET row = ? WHERE station = ?", (_key(row), body["station"]))
    elif body["ticket"]["word"] == "LOGOUT":
        db.execute("DELETE FROM work_session WHERE station = ?", (body["station"],))


def paid(db: apsw.Connection, bundle: str, operation: str) -> Paid | None:
    """Return what paid this operation of this bundle."""
    row = db.execute("SELECT * FROM work_paid WHERE bundle = ? AND operation = ?", (bundle, operation)).fetchone()
    return row and Paid(*row)


def paid_last(db: apsw.Connection, session: Session) -> Paid | None:
    """Return what was paid last in a session, since its badge or its last undo."""
    select = "SELECT * FROM work_paid WHERE row > ? AND station = ? ORDER BY row DESC LIMIT 1"
    row = db.execute(select, (session.row, session.station)).fetchone()
    return row and Paid(*row)


def session(db: apsw.Connection, station: str) -> Session | None:
    """Return the badge that was scanned last at this station, however long ago."""
    row = db.execute("SELECT * FROM work_session WHERE station = ?", (station,)).fetchone()
    return row and Session(*row)


def raw_body(raw: bytes) -> Body:
    """Return the raw bytes as they stand in an event: text where they are UTF-8, else base64 that says so."""
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw": b64encode(raw).decode(), "raw_encoding": "base64"}


def raw_of(body: Body) -> bytes:
    """Return the raw bytes of an event's body: the inverse of `raw_body`."""
    raw: str = body["raw"]
    return b64decode(raw) if body.get("raw_encoding") == "base64" else raw.encode()
