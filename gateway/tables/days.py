"""Days and times, in the ways in which they are written here. Each function raises Wrong."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from gateway.tables.grid import Cell
from gateway.tables.problem import Wrong
from gateway.tables.values import INVISIBLE, folded, plain

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
DAYS_1904: Final = 1462  # from the spreadsheets' usual beginning of days to that of older Macs
_ZERO: Final = date(1899, 12, 30)
_YEAR_FIRST = re.compile(
    r"(\d{4}(?=[-./])|\d{2}(?=[-.]))([-./])(\d{1,2})\2(\d{1,2})", re.ASCII
)  # 12/1/26 begins with its month
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})", re.ASCII)
_KOREAN_DAY = re.compile(r"(\d{4}|\d{2})년(\d{1,2})월(\d{1,2})일", re.ASCII)
_DIGITS_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_WITHOUT_YEAR = re.compile(r"(\d{1,2})[-./월](\d{1,2})일?", re.ASCII)
_WEEKDAY = re.compile(r"\s*(\([월화수목금토일]\)|[월화수목금토일]요일)$")
_TIME_BEHIND = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", re.ASCII)
_CLOCK = re.compile(r"(오전|오후|am|pm)?(\d{1,2})(?:[:시](\d{1,2})?(?::\d{2}|분)?)?(am|pm)?", re.IGNORECASE | re.ASCII)


def day(cell: Cell) -> date:
    """Return a day: a date of the spreadsheet, its serial number, or one of the ways in which it is written here."""
    if isinstance(cell, datetime):
        found: date | None = cell.date()
    elif isinstance(cell, date):
        found = cell
    elif isinstance(cell, int | float) and not isinstance(cell, bool) and not 19000101 <= cell < 21000000:
        found = _of_serial(float(cell))
    else:
        found = _written(plain(cell))
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        raise _not_a_day(cell)
    return found


def clock(cell: Cell) -> time:
    """Return a time of the day: 14:30, 오후 2시 30분, or a fraction of a day."""
    if isinstance(cell, datetime):
        return cell.time().replace(second=0, microsecond=0)
    if isinstance(cell, time):
        return cell.replace(second=0, microsecond=0)
    if isinstance(cell, float) and 0 <= cell < 1:
        return (datetime.min + timedelta(minutes=round(cell * 1440))).time()
    written = folded(cell).replace(" ", "") if isinstance(cell, str) else ""
    match = _CLOCK.fullmatch(written)
    if match and not written.isdigit():
        half = (match[1] or match[4] or "").lower()
        hour, minute = int(match[2]), int(match[3] or 0)
        if half:
            hour = hour % 12 + (12 if half in ("오후", "pm") else 0) if 1 <= hour <= 12 else 99
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise Wrong("시각이 아니에요. 14:30처럼 적어 주세요.", "This is not a time of the day: write it as 14:30.")


def moment(cell: Cell) -> datetime | time:
    """Return a day with a time, or a time alone, whose day stands in another column."""
    if isinstance(cell, datetime):
        return cell.replace(second=0, microsecond=0)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and cell >= 1:
        minutes = round((float(cell) % 1) * 1440)
        return datetime.combine(day(cell), time()) + timedelta(minutes=minutes)
    if isinstance(cell, str):
        head, _, tail = folded(cell).strip().replace("T", " ").rpartition(" ")
        if head and (found := _written(head)):
            return datetime.combine(found, clock(tail))
    return clock(cell)


def _of_serial(serial: float) -> date | None:
    return _ZERO + timedelta(days=int(serial)) if 0 < serial < 100_000 else None


def _written(written: str) -> date | None:
    bare = folded(written).translate(INVISIBLE).strip()
    bare = _WEEKDAY.sub("", _TIME_BEHIND.sub("", bare))
    bare = re.sub(r"\s+", "", bare).rstrip(".")
    if match := _YEAR_FIRST.fullmatch(bare):
        return _date(match[1], match[3], match[4])
    if match := _MONTH_FIRST.fullmatch(bare):
        return _date(match[3], match[1], match[2])
    if match := _KOREAN_DAY.fullmatch(bare) or _DIGITS_DAY.fullmatch(bare):
        return _date(*match.groups())
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", bare):
        return _of_serial(float(bare))
    return None


def _date(year: str, month: str, day_: str) -> date | None:
    """A year of two digits is one of this century."""
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day_))
    except ValueError:
        return None


def _not_a_day(cell: Cell) -> Wrong:
    bare = re.sub(r"\s+", "", folded(str(cell)))
    if match := _WITHOUT_YEAR.fullmatch(bare):
        year_first = f"2026-{int(match[1]):02d}-{int(match[2]):02d}"
        return Wrong(f"해가 없어요. {year_first}처럼 해까지 적어 주세요.", f"The year is missing: write {year_first}.")
    if (match := _MONTH_FIRST.fullmatch(bare)) and _date(match[3], match[2], match[1]):
        near = _date(match[3], match[2], match[1])
        return Wrong(f"{match[1]}월은 없어요. {near}인가요?", f"There is no month {match[1]}: is it {near}?")
    return Wrong(
        "날짜가 아니에요. 2026-12-01처럼 적어 주세요(2000년부터 2099년까지).",
        "This is not a day: write it as 2026-12-01 (2000 to 2099).",
    )
