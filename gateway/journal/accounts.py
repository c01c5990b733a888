"""The journal's accounts: its streams and its publishers, as its file tells of them (see `gateway.losses`)."""

from dataclasses import dataclass, field
from typing import Final

import apsw

from gateway.journal import cursors, gaps, thinning
from gateway.journal.census import Census
from gateway.journal.cursors import Cursor
from gateway.journal.pages import TABLES, Ends, given
from gateway.journal.rows import read_meta
from gateway.losses import Account, What

END: Final = (1 << 63) - 1  # behind every key
REASONS: Final = 5  # of refusals, the most frequent; the others are summed


@dataclass(frozen=True, slots=True)
class Books:
    """The accounts of both streams, and those of each publisher."""

    streams: list[Account] = field(default_factory=list)
    publishers: dict[str, list[Account]] = field(default_factory=dict)


def books(db: apsw.Connection, ends: Ends, census: Census) -> Books:
    """Return all accounts as they stand now."""
    found = Books([_stream(db, ends, stream, census.missing(db, stream)) for stream in TABLES])
    if thinned := read_meta(db, thinning.ROWS):
        found.streams.append(Account("thinned", thinned, {("over", "thinned"): thinned}))
    for (name, stream), cursor in cursors.load(db):
        found.publishers.setdefault(name, []).append(_publisher(db, ends, name, stream, cursor))
    return found


def _stream(db: apsw.Connection, ends: Ends, stream: str, missing: int) -> Account:
    """What the census misses is no part: so the sum lacks it."""
    whole, over = given(ends, stream, 0), gaps.over(db, ends, stream, 0, END)
    causes = dict(
        db.execute("SELECT cause, sum(last - first + 1) FROM gaps WHERE stream = ? GROUP BY cause", (stream,))
    )
    kept = whole - over - sum(causes.values()) - missing
    parts: dict[tuple[What, str], int] = {("kept", ""): kept, ("over", ""): over}
    return Account(stream, whole, parts | {("lost", cause): rows for cause, rows in causes.items()})


def _publisher(db: apsw.Connection, ends: Ends, name: str, stream: str, cursor: Cursor) -> Account:
    whole, ahead = given(ends, stream, cursor.began), given(ends, stream, cursor.at)
    gone = gaps.told(db, stream, cursor.at, END) + gaps.over(db, ends, stream, cursor.at, END)
    parts: dict[tuple[What, str], int] = {
        ("sent", ""): cursor.acknowledged + cursor.redriven,
        ("skipped", ""): cursor.skipped,
        ("lost", "gone"): cursor.gone + gone,
        ("waiting", ""): ahead - gone,
    }
    return Account(stream, whole, parts | _refused(db, name, stream, cursor.refused - cursor.redriven))


def _refused(db: apsw.Connection, name: str, stream: str, rows: int) -> dict[tuple[What, str], int]:
    """By their reasons, of which those that no letter names any longer, or that are rare, are the empty one.

    A letter of a row that the cursor has not passed yet is still among what waits.
    """
    select = (
        "SELECT reason, count(*) FROM dead_letters JOIN cursors ON name = publisher AND cursors.stream = "
        "dead_letters.stream AND row > began AND row <= cursors.id WHERE publisher = ? AND dead_letters.stream = ? "
        f"GROUP BY reason ORDER BY 2 DESC LIMIT {REASONS}"
    )
    parts: dict[tuple[What, str], int] = {("refused", why): n for why, n in db.execute(select, (name, stream))}
    return parts | {("refused", ""): rows - sum(parts.values())}
