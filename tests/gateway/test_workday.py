"""The workshop's day: in its own zone, over midnight, and where clocks are changed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.parts import Workshop
from gateway.workday import Workday

SECOND = 1_000_000_000


def workday(start: str = "09:00", end: str = "18:00", zone: str = "Asia/Seoul") -> Workday:
    """A workshop's day."""
    return Workday.of(Workshop(id="w-1", name="공방", timezone=zone, day_start=start, day_end=end))


def at(text: str, zone: str = "Asia/Seoul", fold: int = 0) -> int:
    """A local time as UTC in ns."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(local.timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "share"),
    [("00:00", 0), ("08:59", 0), ("09:00", 0), ("13:30", 0.5), ("18:00", 1), ("23:59", 1)],
)
def test_the_share_of_a_day_grows_from_its_start_to_its_end(now: str, share: float) -> None:
    assert workday().share(at(f"2026-11-22 {now}")) == pytest.approx(share)


@pytest.mark.parametrize(
    ("now", "share"),
    [("22:00", 0), ("23:00", 0.125), ("00:00", 0.25), ("02:00", 0.5), ("06:00", 1), ("12:00", 1), ("21:59", 1)],
)
def test_a_night_shift_runs_over_midnight(now: str, share: float) -> None:
    assert workday("22:00", "06:00").share(at(f"2026-11-22 {now}")) == pytest.approx(share)


def test_two_times_are_of_one_day_by_the_workshops_clock() -> None:
    day = workday()
    assert day.holds(at("2026-11-22 00:00"), at("2026-11-22 23:59"))
    assert not day.holds(at("2026-11-22 23:59"), at("2026-11-23 00:00"))
    assert day.holds(at("2026-11-22 08:30"), at("2026-11-22 09:30")), "though UTC's day changes at nine"


@given(st.integers(0, 4_000_000_000), st.sampled_from(["Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "UTC"]))
def test_midnight_is_the_last_one_before_and_of_the_same_day(now_s: int, zone: str) -> None:
    day = workday(zone=zone)
    midnight_ns = day.midnight_ns(now_s * SECOND)
    assert 0 <= now_s * SECOND - midnight_ns < 25 * 3600 * SECOND
    assert day.holds(midnight_ns, now_s * SECOND)
    assert not day.holds(midnight_ns - SECOND, now_s * SECOND)


def test_a_midnight_that_comes_twice_begins_the_day_the_first_time() -> None:
    havana = workday(zone="America/Havana")  # 2026-11-01 at 1:00 the clock goes back to 0:00
    first = at("2026-11-01 00:00", "America/Havana")
    assert havana.midnight_ns(at("2026-11-01 00:30", "America/Havana", fold=1)) == first
    assert havana.midnight_ns(at("2026-11-01 00:30", "America/Havana")) == first
