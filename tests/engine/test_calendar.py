"""planned() and hour(): what the clock on the shop's wall says, over nights, breaks, holidays and changed clocks."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.engine.explain import explain
from gateway.workday import Workday

Make = Callable[..., Any]
SHIFTS = [
    {"name": "day", "start": "09:00", "end": "18:00", "breaks": [{"start": "12:00", "end": "13:00"}]},
    {"name": "night", "start": "22:00", "end": "02:00", "days": ["sat"]},
]
RULES = [{"name": "idle_time", "when": "not planned()"}, {"name": "night", "when": "hour() >= 22.5 or hour() < 6"}]


def _second(text: str, zone: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("zone", "begin", "end"),
    [
        ("Asia/Seoul", "2026-12-24T08:00", "2026-12-28T10:00"),  # a holiday, a weekend with a night
        ("Europe/Berlin", "2026-10-24T20:00", "2026-10-26T12:00"),  # an hour comes twice
    ],
)
def test_they_follow_the_shops_clock_minute_by_minute(
    zone: str, begin: str, end: str, bench: Make, make_config: Make
) -> None:
    workshop = {"id": "w-1", "name": "공방", "timezone": zone, "holidays": ["2026-12-25"]}
    shop = bench({"m": ["x"]}, workshop=workshop, shifts=SHIFTS, rules=RULES)
    config = make_config({"m": ["x"]}, workshop=workshop, shifts=SHIFTS)
    workday = Workday.of(config.workshop, config.shifts)
    found: dict[str, list[int]] = {"idle_time": [], "night": []}
    expected: dict[str, list[int]] = {"idle_time": [], "night": []}
    first = _second(begin, zone)
    shop.engine.season.offset_ns = (first - 60) * 10**9  # the machine was started a minute before
    active = {"idle_time": False, "night": False}
    for at_s in range(first, _second(end, zone), 60):
        for event in shop.tick(at_s - first + 60):
            found[event.source].append(at_s)
        there = datetime.fromtimestamp(at_s, UTC).astimezone(ZoneInfo(zone))
        minute = there.hour * 60 + there.minute
        now = {"idle_time": not workday.works(at_s * 10**9), "night": minute >= 1350 or minute < 360}
        for name, is_active in now.items():
            if is_active != active[name]:
                expected[name].append(at_s)
        active = now
    assert found == expected
    assert len(found["idle_time"]) >= 4
    assert len(found["night"]) >= 3


def test_a_rule_of_readings_and_the_clock_acts_when_either_changes(bench: Make) -> None:
    rules = [{"name": "left_on", "when": "m.x > 5 and not planned()"}]
    shop = bench({"m": ["x"]}, shifts=SHIFTS, rules=rules)
    shop.engine.season.offset_ns = (_second("2026-12-01T17:59:00", "Asia/Seoul")) * 10**9
    shop.tick(1)
    assert shop.feed("m", (1.5, (9,))) == []
    assert shop.tick(59) == []
    assert [event.body["action"] for event in shop.tick(60)] == ["raise"]
    assert [event.body["action"] for event in shop.feed("m", (61.5, (1,)))] == ["clear"]


def test_the_explanation_knows_the_time(bench: Make, make_config: Make) -> None:
    rules = [{"name": "left_on", "when": "m.x > 5 and not planned()"}]
    shop = bench({"m": ["x"]}, shifts=SHIFTS, rules=rules)
    shop.engine.season.offset_ns = (_second("2026-12-01T10:00:00", "Asia/Seoul")) * 10**9
    shop.tick(1)
    shop.feed("m", (1.5, (9,)))
    explained = explain(shop.engine, make_config({"m": ["x"]}, shifts=SHIFTS, rules=rules), "left_on")
    assert [(part.text, part.value) for part in explained.when.decides] == [("planned()", True)]
