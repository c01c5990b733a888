"""The history's file: minutes and hours, how long they are kept, and that it may always be made anew."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gateway.event import Position
from gateway.history.buckets import COUNT, DAY_S, HOUR_S, empty
from gateway.history.file import MINUTES_KEEP_S, HistoryFile
from sensors.batch import Float64s

PLACE = Position(3, "abcd", 70)
DAY = 20_000  # since 1970
NOON = DAY * 24 + 12  # hours since 1970
MB = 1 << 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db.history"


@pytest.fixture
def file(path: Path) -> Iterator[HistoryFile]:
    file = HistoryFile(path, 100 * MB)
    assert file.open() is None
    yield file
    file.close()


def minutes(seed: int, first: int = 0, last: int = 60) -> Float64s:
    """An hour of which so many minutes have something."""
    found = empty(60)
    found[first:last] = np.random.default_rng(seed).normal(20, 1, (last - first, 5)).round(1)
    found[first:last, 0] = 60
    return found


def test_what_is_kept_comes_back_also_after_it_was_closed(file: HistoryFile, path: Path) -> None:
    hour = minutes(1)
    file.keep({(NOON, "meter_1.power"): hour, (NOON, "meter_1.energy"): minutes(2)}, PLACE, NOON * HOUR_S)
    file.close()
    again = HistoryFile(path, 100 * MB)
    assert again.open() == PLACE
    found = again.minutes("meter_1.power", (NOON - 1) * HOUR_S, (NOON + 1) * HOUR_S)
    again.close()
    np.testing.assert_array_equal(found, np.concatenate((empty(60), hour)))


def test_minutes_that_come_later_complete_the_hour(file: HistoryFile) -> None:
    whole = minutes(1)
    early, late = empty(60), empty(60)
    early[:20], late[20:] = whole[:20], whole[20:]
    for part in (early, late):
        file.keep({(NOON, "m.p"): part}, PLACE, NOON * HOUR_S)
    hours = file.hours("m.p", DAY * DAY_S, (DAY + 1) * DAY_S)
    assert np.flatnonzero(hours[:, 0]).tolist() == [12]
    assert hours[12, 0] == 3600
    assert hours[12, 1] == pytest.approx(whole[:, 1].mean())
    assert hours[12, 2:].tolist() == [whole[:, 2].min(), whole[:, 3].max(), whole[-1, 4]]


def test_a_point_that_was_never_seen_has_an_empty_past(file: HistoryFile) -> None:
    np.testing.assert_array_equal(file.minutes("no.thing", 0, 2 * HOUR_S), empty(120))


def test_minutes_go_after_two_weeks_and_their_hours_stay(file: HistoryFile) -> None:
    file.keep({(NOON, "m.p"): minutes(1)}, PLACE, NOON * HOUR_S)
    file.keep({}, PLACE, NOON * HOUR_S + MINUTES_KEEP_S + HOUR_S)
    assert not file.minutes("m.p", NOON * HOUR_S, (NOON + 1) * HOUR_S)[:, 0].any()
    assert file.hours("m.p", DAY * DAY_S, (DAY + 1) * DAY_S)[12, 0] == 3600
    file.keep({}, PLACE, NOON * HOUR_S + 3 * 365 * DAY_S)
    assert not file.hours("m.p", DAY * DAY_S, (DAY + 1) * DAY_S)[:, 0].any()


def test_a_clock_that_is_ten_years_ahead_takes_the_oldest_hours_only(file: HistoryFile) -> None:
    for n in range(24):
        file.keep({(NOON + n, "m.p"): minutes(1)}, PLACE, (NOON + n) * HOUR_S)
    file.keep({}, PLACE, NOON * HOUR_S + 10 * 365 * DAY_S)
    found = file.minutes("m.p", NOON * HOUR_S, (NOON + 24) * HOUR_S)[:, COUNT].reshape(24, -1).sum(axis=1)
    assert (found > 0).tolist() == [False] * 4 + [True] * 20


def test_beyond_its_bytes_the_oldest_minutes_go_first(path: Path) -> None:
    file = HistoryFile(path, 200_000)
    file.open()
    for n in range(400):
        file.keep({(NOON + n, "m.p"): minutes(n)}, PLACE, (NOON + n) * HOUR_S)
    kept = file.minutes("m.p", NOON * HOUR_S, (NOON + 400) * HOUR_S)[:, 0].reshape(400, 60).any(axis=1)
    hours = file.hours("m.p", DAY * DAY_S, (DAY + 17) * DAY_S)[:, 0]
    file.close()
    assert 50 < kept.sum() < 350
    assert kept[-int(kept.sum()) :].all(), "the newest"
    assert np.count_nonzero(hours) == 396
    assert path.stat().st_size < 300_000


@pytest.mark.parametrize("harm", ["rubbish", "empty", "version", "journal"])
def test_a_file_that_is_no_use_is_made_anew(path: Path, harm: str) -> None:
    file = HistoryFile(path, MB)
    file.open()
    file.keep({(NOON, "m.p"): minutes(1)}, PLACE, NOON * HOUR_S)
    if harm == "version":
        file.db.pragma("user_version", 99)
    if harm == "journal":
        file.db.pragma("application_id", 7)
    file.close()
    if harm in ("rubbish", "empty"):
        path.write_bytes(b"rubbish" * (1000 if harm == "rubbish" else 0))
    assert file.open() is None
    file.keep({(NOON, "m.p"): minutes(2)}, PLACE, NOON * HOUR_S)
    np.testing.assert_array_equal(file.minutes("m.p", NOON * HOUR_S, (NOON + 1) * HOUR_S), minutes(2))
    file.close()
