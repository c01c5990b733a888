"""When an event was kept, and how it is named outside: from its row in the journal, in the same database."""

from typing import NamedTuple

import apsw

from gateway.event import Position
from gateway.journal.rows import split


class When(NamedTuple):
    """An event's identity and times."""

    event: str  # `<gateway>:e:<epoch>:<n>`
    boot: str
    mono_ns: int
    time_ns: int


def when(db: apsw.Connection, row: int, gateway: str) -> When:
    """Return when the event of a key was kept; of one that is lost its lines tell."""
    start, n = split(row)
    token, boot = next(iter(db.execute("SELECT token, boot FROM epochs WHERE start = ?", (start,))), ("0000", ""))
    event = f"{gateway}:e:{Position(start, token, n).epoch}:{n}"
    for mono_ns, time_ns in db.execute("SELECT mono_ns, time_ns FROM events WHERE id = ?", (row,)):
        return When(event, boot, mono_ns, time_ns)
    ((time_ns,),) = db.execute("SELECT coalesce(max(time_ns), 0) FROM work_lines WHERE row = ?", (row,))
    return When(event, "", 0, time_ns)
