"""Verify: walk through a journal's file and say what in it is not as it was written."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.journal import blocks, gaps, rows
from gateway.journal.pages import TABLES, fetch
from gateway.journal.reader import JournalReader, open_reader
from gateway.journal.rows import Corrupted, Raw

CHUNK: Final = 1000
NAMED: Final = 100  # of each sort of damage; the counts are whole


@dataclass(slots=True)
class Report:
    """What was found. Names are `<stream>:<epoch>:<n>`, or with `..` from one to another."""

    events: int = 0
    blocks: int = 0
    damaged: int = 0  # rows whose CRC does not fit
    missing: int = 0  # numbers without a row
    told: int = 0  # of the missing: those that a `gap` event tells of, or whose time was over
    lost: int = 0  # rows at the end that the watermark knows
    names: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Return whether all is as it was written, but for what was told."""
        return not self.damaged and not self.lost and self.missing == self.told

    def name(self, what: str) -> None:
        """Note what was found."""
        if len(self.names) < NAMED:
            self.names.append(what)


def verify(path: Path) -> Report:
    """Check the CRC of every row and the numbering of both streams.

    May run while the daemon writes. Raises FileNotFoundError, StorageFailed for what is no journal.
    """
    report = Report()
    with open_reader(path) as reader:
        reader.db.execute("BEGIN")  # one view of the file from beginning to end
        for stream in TABLES:
            _walk(reader, stream, report)
            lost = reader.lost_behind(stream)
            if lost is not None:
                report.lost += lost[1] - lost[0] + 1
                report.name(f"lost {stream}:{reader.name(lost[0])}..{reader.name(lost[1])}")
    return report


def _walk(reader: JournalReader, stream: str, report: Report) -> None:
    at = seen = 0
    newest = max(reader.epochs, default=0)
    ends = {**reader.ends, (newest, stream): rows.N_MASK}
    while True:
        page = fetch(reader.db, ends, stream, at, reader.last_key(), CHUNK)
        for raw in page.raws:
            _check(reader, stream, raw, report)
        found = [raw[0] for raw in page.raws]
        for first, last, _ in gaps.holes(stream, seen, found, reader.ends):
            _missing(reader, stream, first, last, report)
        seen = found[-1] if found else seen
        if not page.more or (not found and rows.split(page.last)[0] == newest):
            return
        at = page.last


def _check(reader: JournalReader, stream: str, raw: Raw, report: Report) -> None:
    try:
        if stream == "e":
            report.events += 1
            rows.decode(raw, reader.epochs)
        else:
            report.blocks += 1
            blocks.check(raw)
            blocks.decode(raw[4])
    except Corrupted:
        report.damaged += 1
        report.name(f"damaged {stream}:{reader.name(raw[0])}")


def _missing(reader: JournalReader, stream: str, first: int, last: int, report: Report) -> None:
    parts = gaps.untold(reader.db, stream, first, last, reader.meta("floor_s"))
    report.missing += last - first + 1
    report.told += last - first + 1 - sum(end - start + 1 for start, end in parts)
    for start, end in parts:
        report.name(f"missing {stream}:{reader.name(start)}..{reader.name(end)}")
