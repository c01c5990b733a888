"""People: who has which badge. The only place with names: no projection, never in an event, never sent, never logged.

The journal and all that leaves the shop know a badge's number alone. The names of the configuration's workers lie under
those of this table.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import apsw

FIELDS: Final = ("name", "language", "since", "left", "note")


class Person(NamedTuple):
    """Who has a badge. Days are `2026-12-01`."""

    number: int  # of the badge
    name: str | None = None
    language: str | None = None  # ISO 639-1
    since: str | None = None
    left: str | None = None  # the last day at work
    note: str | None = None


def of(db: apsw.Connection, number: int) -> Person | None:
    """Return who has a badge."""
    found = db.execute("SELECT * FROM people WHERE number = ?", (number,)).fetchone()
    return Person(*found) if found else None


def everybody(db: apsw.Connection) -> list[Person]:
    """Return all, by their numbers."""
    return [Person(*row) for row in db.execute("SELECT * FROM people ORDER BY number")]


def keep(db: apsw.Connection, people: Iterable[Person]) -> None:
    """Write people, each in the place of whoever had the badge, whose bytes are written over."""
    db.pragma("secure_delete", 1)
    try:
        db.executemany("INSERT OR REPLACE INTO people VALUES(?,?,?,?,?,?)", people)
    finally:
        db.pragma("secure_delete", 0)  # of all else that is deleted, that would wear the card


def forget(db: apsw.Connection, number: int) -> None:
    """Take away all that is known of a person. The empty name says that the configuration's is not to be shown either.

    The bytes in the file's log are gone with its next checkpoint: see `gateway.erasure`.
    """
    keep(db, [Person(number, "")])


def names(db: apsw.Connection) -> dict[str, str]:
    """Return the names by badges without leading zeros; '' of those who were forgotten."""
    return {str(person.number): person.name for person in everybody(db) if person.name is not None}
