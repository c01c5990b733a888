"""`gongbang journal export`: events or samples as CSV or JSON lines, also while the daemon runs."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from gateway.config.load import load
from gateway.errors import ConfigurationError
from gateway.journal.export import Export, write_csv, write_lines
from gateway.journal.reader import open_reader

NS = 1_000_000_000


def run(path: Path, options: argparse.Namespace) -> int:
    """Write the table; 0 when all of it is there, 1 when rows were damaged and left out. Raises ConfigurationError."""
    zone = None if options.path else ZoneInfo(load(Path(options.config)).workshop.timezone)
    span = {"from_ns": moment(options.from_, zone), "to_ns": moment(options.to, zone, until=True)}
    with open_reader(path) as reader, _output(options) as file:
        wanted = {name: value for name, value in span.items() if value is not None}
        export = Export(reader, zone, **wanted, kind=options.kind, device=options.device)
        rows = export.samples() if options.samples else export.events()
        if options.json:
            write_lines(file, rows)
        else:
            columns = export.sample_columns() if options.samples else export.event_columns()
            write_csv(file, columns, rows)
    if export.damaged:
        print(f"깨져서 뺀 줄 / damaged rows left out: {export.damaged}", file=sys.stderr)
    return int(export.damaged > 0)


def moment(text: str | None, zone: tzinfo | None, *, until: bool = False) -> int | None:
    """Return the UTC ns of a date or a time of the shop's clock; `until` a date is until it is over.

    Raises ConfigurationError.
    """
    if text is None:
        return None
    try:
        there = datetime.fromisoformat(text)
        if len(text) == len("2026-11-28"):
            there = datetime.combine(date.fromisoformat(text) + timedelta(days=until), time())
    except ValueError:
        problem = f"{text}: 날짜나 시각이 아니에요. / not a date or a time: 2026-11-28, 2026-11-28T09:30"
        raise ConfigurationError([problem]) from None
    return round((there if there.tzinfo else there.replace(tzinfo=zone).astimezone()).timestamp()) * NS


@contextmanager
def _output(options: argparse.Namespace) -> Iterator[TextIO]:
    """Yield where to write. A file gets the mark by which spreadsheets know Korean text; none is written over."""
    if options.output is None:
        yield sys.stdout
        return
    encoding = "utf-8" if options.json else "utf-8-sig"
    try:
        file = Path(options.output).open("x", encoding=encoding, newline="")  # noqa: SIM115 - closed below
    except OSError as error:
        raise ConfigurationError([f"{options.output}: 쓸 수 없어요. / cannot be written: {error.strerror}"]) from None
    with file:
        yield file
