"""The names of copies, and which of them go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.backup import copies
from gateway.backup.copies import Copy

SEOUL = ZoneInfo("Asia/Seoul")
MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def made(*hours: float) -> list[Copy]:
    """Copies made so many hours after a Monday's 10:00 in Seoul."""
    return [Copy(1, n, MONDAY + timedelta(hours=after), f"{n}") for n, after in enumerate(hours)]


def test_a_name_says_whose_it_is_and_up_to_where_and_sorts_by_that(tmp_path: Path) -> None:
    for start, n, hours in ((2, 5, 0), (1, 10**9, 50), (100_003, 1, -5)):
        name = copies.name("changsin-017", "gw_1", start, n, MONDAY + timedelta(hours=hours))
        (tmp_path / name).write_bytes(b"12345")
    for other in ("gongbang_changsin-017_gw_12_0000001-000000000001_20261102T010000Z.backup", "photos.zip"):
        (tmp_path / other).touch()
    (tmp_path / f"{name}.part").touch()
    found = copies.listed(tmp_path, copies.prefix("changsin-017", "gw_1"))
    assert [(one.start, one.n, one.size_bytes) for one in found] == [(1, 10**9, 5), (2, 5, 5), (100_003, 1, 5)]


def test_of_each_day_and_of_each_week_the_last_one_stays() -> None:
    every_six_hours = made(*range(0, 28 * 24, 6))
    gone = {copy.n for copy in copies.past(every_six_hours, SEOUL, keep_days=3, keep_weeks=4)}
    kept = [copy.made.astimezone(SEOUL) for copy in every_six_hours if copy.n not in gone]
    assert [f"{at:%a %d %H}" for at in kept] == [
        "Sun 15 22", "Sun 22 22", "Sat 28 22", "Sun 29 22", "Mon 30 04",
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "weeks"), [(1, 0), (1, 1), (14, 26)])
def test_the_newest_always_stays_and_what_is_few_stays(days: int, weeks: int) -> None:
    assert copies.past(made(0), SEOUL, days, weeks) == []
    assert copies.past([], SEOUL, days, weeks) == []
    assert [copy.n for copy in copies.past(made(0, 1, 2), SEOUL, days, weeks)] == [0, 1]


def test_a_clock_that_was_years_ahead_takes_no_ones_place() -> None:
    """The newest one is that with the latest event, whatever its time says."""
    wrong = made(24 * 365 * 10, 0, 24)
    assert 2 not in [copy.n for copy in copies.past(wrong, SEOUL, keep_days=1, keep_weeks=0)]


def test_the_newest_copy_of_a_folder_is_of_one_gateway(tmp_path: Path) -> None:
    assert copies.newest(tmp_path) is None
    for n in (3, 20):
        newest = copies.name("w-1", "gw_1", 1, n, MONDAY)
        (tmp_path / newest).touch()
    assert copies.newest(tmp_path) == tmp_path / newest
    (tmp_path / copies.name("w-2", "gw_1", 1, 4, MONDAY)).touch()
    with pytest.raises(ValueError, match="w-2"):
        copies.newest(tmp_path)
