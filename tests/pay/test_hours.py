"""Hours from badges, and the minimum wage against them."""

from collections.abc import Iterator

import pytest

from gateway.figures.timeline import Span
from gateway.pay.hours import BADGE, LEFT, QUARTER_NS, TAKEN_OVER, Hours, Mark, Stay, hours, stays
from gateway.pay.minimum import check

HOUR = 3_600_000_000_000
HOLD = 4 * HOUR
DAY = 24 * HOUR
KOREA = [("2025-01-01", 10_030), ("2026-01-01", 10_320)]  # 고용노동부 고시 of 2024-08-05 and 2025-08-05


def days(span: Span) -> Iterator[tuple[str, Span]]:
    """Days of UTC are enough here."""
    start = span[0]
    while start < span[1]:
        stop = min(span[1], (start // DAY + 1) * DAY)
        yield f"1970-01-{start // DAY + 1:02d}", (start, stop)
        start = stop


def at(hour: float) -> int:
    return int(hour * HOUR)


def badge(hour: float, worker: str, station: str = "sewing_1") -> Mark:
    return Mark(at(hour), station, worker, BADGE)


def leave(hour: float, worker: str = "", why: int = LEFT) -> Mark:
    return Mark(at(hour), "sewing_1", worker, why)


def test_a_stay_ends_when_the_worker_leaves_or_is_taken_over_or_its_time_is_over() -> None:
    marks = [badge(9, "7"), leave(12), badge(13, "7"), leave(15, why=TAKEN_OVER), badge(15, "8"), badge(20, "9")]
    assert stays(marks, HOLD, at(21)) == [
        Stay("7", at(9), at(12), True),
        Stay("7", at(13), at(15), False),
        Stay("8", at(15), at(19), False),
        Stay("9", at(20), at(21), False),
    ]


def test_the_same_badge_again_goes_on_and_somebody_elses_leaving_ends_nothing() -> None:
    marks = [badge(9, "7"), leave(10, "8"), leave(12, why=TAKEN_OVER), badge(12, "7"), badge(12.5, "7"), leave(13, "7")]
    told = [Stay("7", at(9), at(12), True), Stay("7", at(12), at(12.5), True), Stay("7", at(12.5), at(13), True)]
    assert stays(marks, HOLD, at(20)) == told


def test_two_at_one_station_each_have_their_time() -> None:
    marks = [badge(9, "7"), badge(10, "8"), leave(11, "7"), leave(12)]
    assert stays(marks, HOLD, at(20)) == [Stay("7", at(9), at(11), True), Stay("8", at(10), at(12), True)]


def test_breaks_are_no_work_and_two_stations_at_once_are_one_hour() -> None:
    found = [Stay("7", at(9), at(12), True), Stay("7", at(10), at(14), True)]
    told = hours(found, {}, [(at(12.5), at(13.5))], (0, DAY), days)["7"]
    assert (told.total_s, told.doubt_s, told.coverage) == (4 * 3600, 0, 1.0)


def test_a_badge_that_never_left_is_counted_and_doubted_behind_the_last_scan() -> None:
    found = [Stay("7", at(9), at(13), False)]
    told = hours(found, {"7": [at(10) // QUARTER_NS]}, [], (0, DAY), days)["7"]
    assert (told.total_s, told.doubt_s, told.never_left) == (4 * 3600, 2.75 * 3600, 1)
    assert told.coverage == pytest.approx(1.25 / 4)


def test_work_without_a_badge_is_told_and_not_counted() -> None:
    told = hours([], {"7": [36, 37, 37]}, [], (0, DAY), days)["7"]
    assert (told.total_s, told.unseen_s, told.coverage) == (0, 1800, 0)


def test_hours_fall_on_their_own_day() -> None:
    told = hours([Stay("7", at(22), at(26), True)], {}, [], (0, 2 * DAY), days)["7"]
    assert told.worked_s == {"1970-01-01": 2 * 3600, "1970-01-02": 2 * 3600}


def test_pay_below_the_minimum_shows_what_it_lacks_by_the_rate_of_each_day() -> None:
    found = check(300_000, Hours({"2025-12-31": 8 * 3600, "2026-01-01": 24 * 3600}), KOREA)
    assert (found.due, found.shortfall) == (8 * 10_030 + 24 * 10_320, 27_920)
    assert check(400_000, found.hours, KOREA).shortfall == 0


def test_a_part_of_a_won_that_is_due_is_a_whole_one() -> None:
    assert check(0, Hours({"2026-01-01": 1}), KOREA).due == 3  # 10 320 / 3600 = 2.87


def test_without_hours_or_a_minimum_nothing_is_said_to_be_well() -> None:
    assert check(0, Hours(), KOREA).shortfall is None
    assert check(0, Hours({"2024-12-31": 3600}), KOREA).entry()["due_won"] is None
