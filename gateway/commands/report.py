"""`gongbang report`: shift and day reports, wage slips, and the pack of evidence, from the journal alone."""

import argparse
import sys
import time
from base64 import b64decode
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError, StorageFailed
from gateway.reports import making
from gateway.reports.asking import asked
from gateway.reports.evidence import pack
from gateway.reports.evidence.verify import verify


def run(options: argparse.Namespace) -> int:
    """Write the report; 0, or 1 when the journal cannot be read. Raises ConfigurationError."""
    if options.kind == "verify":
        return _verify(options.file)
    if options.file is not None:
        problem = f"{options.file}: verify만 파일을 받아요. / only verify takes a file; -o writes one."
        raise ConfigurationError([problem])
    config = load(Path(options.config))
    try:
        return _evidence(config, options) if options.kind == "evidence" else _write(config, options)
    except FileNotFoundError as gone:
        problem = f"{gone.filename or gone}: 기록이 없어요. / no journal here; `gongbang run` makes one."
        raise ConfigurationError([problem]) from None
    except StorageFailed as failed:
        print(f"기록을 읽을 수 없어요. / The journal cannot be read. {failed}", file=sys.stderr)
        return 1


def _write(config: EdgeConfig, options: argparse.Namespace) -> int:
    first, last = _days(options, ZoneInfo(config.workshop.timezone))
    shift = options.shift if options.kind == "shift" else None
    if options.kind == "shift":
        names = [one.name for one in config.shifts] or ["day"]
        shift = shift or names[0]
        if shift not in names:
            raise ConfigurationError([f"{shift}: 그런 근무조가 없어요. / no such shift: {', '.join(names)}"])
    more = {"shift": shift, "workers": options.workers, "language": options.language, "format": options.format}
    question = asked(config, "pay" if options.kind == "pay" else "day", first, last, **more)
    try:
        made = making.answer({**question, "journal": config.journal.path, "now_ns": time.time_ns()})
    except KeyError:
        problem = f"{first}에는 {shift} 근무조가 없어요. / no shift {shift} begins on {first}."
        raise ConfigurationError([problem]) from None
    path = written(b64decode(made["data"]), options.output, made["name"])
    print(path)
    return 0


def _evidence(config: EdgeConfig, options: argparse.Namespace) -> int:
    zone = ZoneInfo(config.workshop.timezone)
    yesterday = datetime.now(zone).date() - timedelta(1)
    first = _day(options.from_, zone) or (_day(options.to, zone) or yesterday) - timedelta(27)
    last = _day(options.to, zone) or (first + timedelta(27) if options.from_ else yesterday)
    _in_order(first, last)
    baseline = _day(options.baseline, zone)
    more = {"language": options.language, "baseline": baseline and baseline.isoformat()}
    question = asked(config, "evidence", first, last, **more)
    made = pack.answer({**question, "journal": config.journal.path, "now_ns": time.time_ns()})
    print(written(made["data"], options.output, made["name"]))
    return 0


def _verify(file: str | None) -> int:
    """Say what is wrong with a pack; 1 when anything is."""
    if file is None:
        raise ConfigurationError(["어느 묶음인지 적어 주세요. / Name the pack: gongbang report verify FILE"])
    wrong = verify(Path(file))
    print("\n".join(wrong) or f"{file}: 만든 그대로예요. / is as it was made.")
    return int(bool(wrong))


def _in_order(first: date, last: date) -> None:
    if first > last:
        raise ConfigurationError(["--from이 --to보다 뒤예요. / --from is after --to."])


def _days(options: argparse.Namespace, zone: ZoneInfo) -> tuple[date, date]:
    """Return the days that are meant: of a day's or a shift's report today, of pay a whole month, else the last one."""
    today = datetime.now(zone).date()
    if options.kind == "pay":
        first = _day(options.from_, zone) or (today.replace(day=1) - timedelta(1)).replace(day=1)
        month = (first.replace(day=1) + timedelta(32)).replace(day=1) - timedelta(1)
        last = _day(options.to, zone) or month
    else:
        first = _day(options.from_, zone) or today
        last = _day(options.to, zone) or first
    _in_order(first, last)
    return first, last


def _day(text: str | None, zone: ZoneInfo) -> date | None:
    """Return the day that is meant, as the workshop's clock has it; `today` is one."""
    if text == "today":
        return datetime.now(zone).date()
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError([f"{text}: 날짜가 아니에요. / not a date: 2026-11-28, today"]) from None


def written(data: bytes, output: str | None, name: str) -> Path:
    """Write a new file, or refuse: nothing is written over."""
    path = Path(output or name)
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise ConfigurationError([f"{path}: 쓸 수 없어요. / cannot be written: {error.strerror}"]) from None
    return path
