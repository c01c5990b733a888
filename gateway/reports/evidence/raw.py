"""Raw: what the figures of evidence are worked out from, and nothing else: as rows that a file can hold."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.figures.timeline import Span
from gateway.journal import rows
from gateway.journal.period import first_key, gaps
from gateway.journal.reader import JournalReader
from gateway.pay.period import COLUMNS
from gateway.work.projections.jobs import JOBS
from gateway.work.projections.weighings import LOG as WEIGHINGS

SLACK_NS: Final = 600_000_000_000  # rows stand nearly in the order of their times
KINDS: Final = ("config", "energy", "incident", "quality", "scan", "session", "work")  # of the log
LINE: Final = tuple(name.strip() for name in COLUMNS.split(","))
MARK: Final = ("row", "time_ns", "station", "worker", "leaves")
JOB: Final = ("row", "time_ns", "action", "order", "operation", "station")
WEIGHING: Final = ("row", "time_ns", "action", "lot", "operation", "worker", "grams", "stones_ct", "station")
EVENT: Final = ("id", "kind", "source", "mono_ns", "time_ns", "clock", "body", "crc")
PARTS: Final = ("lines", "marks", "jobs", "weighings", "events")  # of Raw, each a file of its own

Row = list[Any]


@dataclass(slots=True)
class Raw:
    """A span of time (UTC ns): lines, badges, jobs and weighings of the ledger, the log, and when nobody looked."""

    span: Span
    lines: list[Row] = field(default_factory=list)  # LINE each
    marks: list[Row] = field(default_factory=list)  # MARK each, from a badge's holding time before the span on
    events: list[Row] = field(default_factory=list)  # EVENT each, in the order of the journal; body as it stands there
    jobs: list[Row] = field(default_factory=list)  # JOB each: work orders set up, started, stopped
    weighings: list[Row] = field(default_factory=list)  # WEIGHING each, of the lots weighed in the span, to its end
    gaps: list[Span] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)  # begun and finished in the span
    damaged: int = 0  # events whose CRC does not fit: they are in no log


def gather(reader: JournalReader, span: Span, hold_ns: int) -> Raw:
    """Read a span from a journal."""
    db, (start_ns, stop_ns) = reader.db, span
    first = first_key(reader, start_ns - SLACK_NS)
    lines = db.execute(
        f"SELECT {COLUMNS} FROM work_lines WHERE row >= ? AND time_ns >= ? AND time_ns < ? AND waiting = 0",
        (first, start_ns, stop_ns),
    )
    marks = db.execute(
        f"SELECT {', '.join(MARK)} FROM work_marks WHERE time_ns >= ? AND time_ns < ? AND waiting = 0"
        " ORDER BY time_ns, row, leaves DESC",
        (start_ns - hold_ns, stop_ns),
    )
    raw = Raw(span, [list(line) for line in lines], [list(mark) for mark in marks], gaps=gaps(reader, span))
    within = "time_ns >= ?1 AND time_ns < ?2 AND waiting = 0"
    lots = "SELECT lot FROM work_weighings WHERE time_ns >= ?1 AND time_ns < ?2"
    raw.jobs = [[one[name] for name in JOB] for one in JOBS.read(db, within, span)]
    weighed = WEIGHINGS.read(db, f"lot IN ({lots}) AND time_ns < ?2 AND waiting = 0", span)
    raw.weighings = [[one[name] for name in WEIGHING] for one in weighed]
    raw.events = list(_events(reader, raw, first))
    return raw


def _events(reader: JournalReader, raw: Raw, first: int) -> Iterator[Row]:
    """Yield the events of the span, and those of its lines and marks wherever they stand; damaged ones are counted."""
    needed = {row[0] for rows_of in (raw.lines, raw.marks, raw.jobs, raw.weighings) for row in rows_of}
    first = min([first, *needed])
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    for found in reader.db.execute(f"{rows.SELECT} WHERE id >= ? AND kind IN ({kinds}) ORDER BY id", (first,)):
        row_id, kind, source, mono_ns, time_ns, clock, body, crc = found
        if row_id not in needed and not raw.span[0] <= time_ns < raw.span[1]:
            if time_ns >= raw.span[1] + SLACK_NS and row_id > max(needed, default=0):
                return
            continue
        if not rows.whole(found):
            raw.damaged += 1
            continue
        yield [row_id, kind.decode(), source.decode(), mono_ns, time_ns, clock, body.decode(), crc]
