"""The workshop's day: in its own zone, over midnight, and where clocks are changed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.parts import Workshop
from gateway.config.shift import Shift
from gateway.workday import Workday

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NIGHT = {"name": "night", "start": "22:00", "end": "06:00", "days": ["mon", "fri"]}


def workday(start: str = "09:00", end: str = "18:00", zone: str = "Asia/Seoul") -> Workday:
    """A workshop's day."""
    return Workday.of(Workshop(id="w-1", name="공방", timezone=zone, day_start=start, day_end=end))


def shifts(*given: dict[str, object], zone: str = "Asia/Seoul", holidays: tuple[str, ...] = ()) -> Workday:
    """A workshop with these shifts."""
    shop = Workshop(id="w-1", name="공방", timezone=zone, holidays=holidays)
    return Workday.of(shop, [Shift.model_validate(one) for one in given])


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


def planned(day: Workday, start: str, stop: str, zone: str = "Asia/Seoul") -> list[tuple[str, str]]:
    """The planned time as clocks on the wall show it."""
    spans = day.planned((at(start, zone), at(stop, zone)))
    local = [[datetime.fromtimestamp(ns // SECOND, ZoneInfo(zone)) for ns in span] for span in spans]
    return [(f"{one:%a %H:%M}", f"{other:%a %H:%M}") for one, other in local]


def test_planned_time_is_the_shifts_without_their_breaks() -> None:
    """2026-11-27 is a Friday. The breaks overlap, as breaks of two people may."""
    breaks = [
        {"start": "12:00", "end": "13:00"},
        {"start": "12:45", "end": "13:15"},
        {"start": "17:30", "end": "18:00"},
    ]
    day = shifts({"name": "day", "start": "09:00", "end": "18:00", "breaks": breaks})
    week = planned(day, "2026-11-27 10:00", "2026-11-30 10:00")
    assert week == [("Fri 10:00", "Fri 12:00"), ("Fri 13:15", "Fri 17:30"), ("Mon 09:00", "Mon 10:00")]
    friday = [day.works(at(f"2026-11-27 {now}")) for now in ("08:59", "09:00", "12:00", "13:15", "17:30")]
    assert friday == [False, True, False, True, False]
    assert day.shift(at("2026-11-27 12:30")) == "day", "a break is within the shift"
    assert day.shift(at("2026-11-28 12:30")) is None, "a Saturday"


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    day = shifts(NIGHT | {"breaks": [{"start": "23:30", "end": "00:30"}, {"start": "03:00", "end": "03:30"}]})
    friday = [("Fri 22:00", "Fri 23:30"), ("Sat 00:30", "Sat 03:00"), ("Sat 03:30", "Sat 06:00")]
    assert planned(day, "2026-11-27 12:00", "2026-11-29 12:00") == friday
    assert planned(day, "2026-11-28 05:00", "2026-11-28 12:00") == [("Sat 05:00", "Sat 06:00")]
    assert day.share(at("2026-11-28 12:00")) == 1
    assert day.share(at("2026-11-29 12:00")) == 0, "a Sunday without any work"


def test_what_two_shifts_share_counts_once() -> None:
    early, late = (
        {"name": "early", "start": "06:00", "end": "14:30"},
        {"name": "late", "start": "14:00", "end": "22:00"},
    )
    day = shifts(early, late)
    assert planned(day, "2026-11-27 00:00", "2026-11-28 00:00") == [("Fri 06:00", "Fri 22:00")]
    assert day.share(at("2026-11-27 14:00")) == 0.5


def test_on_a_holiday_nothing_is_planned_but_the_night_before_goes_on() -> None:
    day = shifts(NIGHT | {"days": ["thu", "fri"]}, holidays=("2026-12-25",))  # a Friday
    assert planned(day, "2026-12-24 12:00", "2026-12-27 00:00") == [("Thu 22:00", "Fri 06:00")]


@pytest.mark.parametrize(("date", "hours"), [("2026-03-08", 7), ("2026-11-01", 9), ("2026-11-08", 8)])
def test_where_clocks_are_changed_a_night_is_as_long_as_it_lasts(date: str, hours: int) -> None:
    """In New York the night before such a Sunday lasts an hour less, or more."""
    day = shifts(NIGHT | {"days": ["sat"]}, zone="America/New_York")
    (span,) = day.planned((at(f"{date} 00:00", "America/New_York") - 6 * HOUR, at(f"{date} 12:00", "America/New_York")))
    assert span[1] - span[0] == hours * HOUR


def test_without_shifts_every_day_has_the_workshops_hours() -> None:
    assert len(planned(workday(), "2026-11-23 00:00", "2026-11-30 00:00")) == 7


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    week, month = workday().week_and_month(at("2026-02-01T13:00"))  # a Sunday
    assert week == (at("2026-01-26"), at("2026-02-02"))
    assert month == (at("2026-02-01"), at("2026-03-01"))
    assert workday().week_and_month(at("2026-12-31T23:59"))[1] == (at("2026-12-01"), at("2027-01-01"))
