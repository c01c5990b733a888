"""Raw: what the figures of evidence are worked out from, and nothing else: as rows that a file can hold."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.figures.timeline import Span
from gateway.journal import rows
from gateway.journal.period import first_key, gaps
from gateway.journal.reader import JournalReader
from gateway.pay.period import COLUMNS

SLACK_NS: Final = 600_000_000_000  # rows stand nearly in the order of their times
KINDS: Final = ("config", "energy", "incident", "quality", "scan", "session", "work")  # of the log
LINE: Final = tuple(name.strip() for name in COLUMNS.split(","))
MARK: Final = ("row", "time_ns", "station", "worker", "leaves")
EVENT: Final = ("id", "kind", "source", "mono_ns", "time_ns", "clock", "body", "crc")

Row = list[Any]


@dataclass(slots=True)
class Raw:
    """A span of time (UTC ns): the ledger's lines, who came and left, what machines took, and when nobody looked."""

    span: Span
    lines: list[Row] = field(default_factory=list)  # LINE each
    marks: list[Row] = field(default_factory=list)  # MARK each, from a badge's holding time before the span on
    events: list[Row] = field(default_factory=list)  # EVENT each, in the order of the journal; body as it stands there
    gaps: list[Span] = field(default_factory=list)
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
    raw.events = list(_events(reader, raw, first))
    return raw


def _events(reader: JournalReader, raw: Raw, first: int) -> Iterator[Row]:
    """Yield the events of the span, and those of its lines and marks wherever they stand; damaged ones are counted."""
    needed = {line[0] for line in raw.lines} | {mark[0] for mark in raw.marks}
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
