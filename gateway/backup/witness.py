"""The witness: what a journal's rows and ledger come to at one moment. Where a copy of the rows comes to the same, it
has lost and changed nothing.

A process of its own, asked by `gateway.apart`: it reads every row.
"""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import apsw
import orjson

from gateway.apart import reply
from gateway.backup import copying
from gateway.backup.sums import UNKNOWN, Sums, sums
from gateway.event import position_of
from gateway.journal.reader import JournalReader
from gateway.journal.retention import EXPENDABLE
from gateway.journal.rows import key
from gateway.version import VERSION
from gateway.work import fold

WHAT: Final = "witness"  # in the body of an event of kind `backup`
# Who made a ledger: another version may make other tables from the same events.
MADE_BY: Final = f"{VERSION} {zlib.crc32(fold.SCHEMA.encode()):08x}"
EVICTED: Final = ("space", "disk full")  # causes of gaps: kinds that are not counted here
Body = dict[str, Any]
Told = tuple[str, int, int, str]  # of a gap: stream, first and last key, cause


def answer(question: Body) -> Body | None:
    """Return the body of a journal's witness; None while times wait for the clock: they would be others later."""
    with copying.moment(Path(question["journal"])) as reader:
        return witness(reader)


def witness(reader: JournalReader) -> Body | None:
    """Return what a journal comes to as it stands in the reader's transaction; else like `answer`."""
    db = reader.db
    if not ready(db):
        return None
    (last,) = next(db.execute("SELECT max(id) FROM events"))
    floor = reader.meta("floor_s")
    return {
        "what": WHAT,
        "up_to": reader.name(last),
        "events": events(db, EXPENDABLE),
        "left_out": EXPENDABLE,
        "ledger": ledger(db),
        "made_by": MADE_BY,
        "floor_s": reader.name(floor) if floor else None,
    }


def ready(db: apsw.Connection) -> bool:
    """Return whether there is a ledger, and no time in it that will be another one. Reads little."""
    waits = any(db.execute("SELECT 1 FROM events WHERE clock = 0 LIMIT 1"))
    return not waits and not fold.missing(db) and not fold.unsettled(db)


def events(db: apsw.Connection, left_out: Sequence[str]) -> Body:
    """Return the sums of the events of all other kinds, but for what the journal has told damaged or lost: the one who
    has a copy may have that. A row's CRC is over all that stands in it and its place.
    """
    select = f"SELECT count(*), coalesce(sum(crc), 0) FROM events WHERE kind NOT IN ({', '.join('?' * len(left_out))})"
    rows, total = next(db.execute(select, left_out))
    for stream, first, last, cause in told(db):
        if stream == "e" and cause not in EVICTED:
            gone, of_it = next(db.execute(f"{select} AND id BETWEEN ? AND ?", (*left_out, first, last)))
            rows, total = rows - gone, total - of_it
    return {"rows": rows, "sum": total}


def told(db: apsw.Connection) -> Iterator[Told]:
    """Yield what the journal's events of kind `gap` tell of."""
    for (text,) in db.execute("SELECT body FROM events WHERE kind = 'gap'"):
        body = orjson.loads(text)
        with suppress(ValueError, KeyError):  # samples that had no number yet; an epoch without a name
            first, last = (position_of(f"_:e:{body[end]}") for end in ("from", "to"))
            yield body["stream"], key(first.start, first.n), key(last.start, last.n), body["cause"]


def ledger(db: apsw.Connection) -> Sums:
    """Return the sums of the tables that events make; names of people are not among them."""
    return {name: one for name, one in sums(db).items() if name in fold.TABLES and name != UNKNOWN}


if __name__ == "__main__":
    reply(answer)
