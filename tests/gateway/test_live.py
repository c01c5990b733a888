"""The live view: the shapes that the screen reads, from a real engine."""

import json
from typing import Any

import numpy as np
import pytest

from barcodes.scan import Scan
from gateway.component import Component
from gateway.config.plant import Signal
from gateway.engine.engine import Engine
from gateway.event import Position, Row
from gateway.live import Live
from gateway.table import PointTable
from gateway.work.ledger import Ledger
from sensors.batch import Batch

SECOND = 1_000_000_000
NOON_TS = 1_795_316_400_000.0
COUPON = {"type": "coupon", "bundle": "0231", "operation": "SEW", "quantity": 20}


@pytest.fixture
def live(shop: Any, clock: Any) -> Live:
    """The live view of the small shop."""
    return Live(shop.config, "gw_1", clock, shop.table, shop.engine)


def by_name(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Entries by their names."""
    return {entry["name"]: entry for entry in entries}


def row(clock: Any, kind: str, source: str, n: int = 1, **body: Any) -> Row:
    """A kept event of now."""
    now_ns = clock.mono_ns()
    return Row(Position(1, "a1b2", n), kind, source, now_ns, "boot-1", clock.time_ns(now_ns), "synced", body)


def scan(clock: Any, n: int, answer: str, worker: str | None, ticket: dict[str, Any] | None, **more: Any) -> Row:
    """A kept scan at the press."""
    said = {"ko": "등록", "en": "Recorded"}
    body = {"station": "metal_1", "worker": worker, "answer": answer, "answer_text": said, "tone": "ok"}
    return row(clock, "scan", "scanner_1", n, **body, raw="B-1", ticket=ticket, **more)


def test_a_point_that_was_never_read_has_no_value_and_no_time(live: Live) -> None:
    assert by_name(live.points())["press_1.power"] == {
        "name": "press_1.power",
        "device": "press_1",
        "driver": "plc_1",
        "label": None,
        "value": None,
        "unit": "W",
        "kind": "gauge",
        "quality": 255,
        "quality_name": "never seen",
        "ts": None,
        "trend": [],
    }


def test_a_point_tells_its_latest_value_and_when_it_was_read(live: Live, shop: Any, clock: Any) -> None:
    shop.engine.feed(shop.row(power=431.23456789))
    point = by_name(live.points())["press_1.power"]
    assert (point["value"], point["quality"], point["quality_name"], point["ts"]) == (431.234568, 0, "good", NOON_TS)


def test_a_bad_point_has_no_value_but_its_quality(live: Live, shop: Any, clock: Any) -> None:
    shop.engine.feed(shop.row(power=400))
    clock.pass_s(1)
    shop.engine.feed(shop.row(power=float("nan"), quality=18))
    point = by_name(live.points())["press_1.power"]
    assert (point["value"], point["quality"], point["quality_name"]) == (None, 18, "no reply")


def test_a_row_that_says_that_nothing_answered_is_no_news_of_the_machine(live: Live, shop: Any, clock: Any) -> None:
    assert by_name(live.machines())["press"]["last_seen_ts"] is None
    shop.engine.feed(shop.row(power=400))
    live.sample_trend(clock.mono_ns())
    for _ in range(3):
        clock.pass_s(60)
        shop.engine.feed(shop.row(power=float("nan"), temperature=float("nan"), strokes=float("nan"), quality=18))
        live.sample_trend(clock.mono_ns())
    assert by_name(live.machines())["press"]["last_seen_ts"] == NOON_TS
    assert by_name(live.points())["press_1.power"]["ts"] == NOON_TS
    clock.pass_s(1)
    shop.engine.feed(shop.row(power=400))
    assert by_name(live.machines())["press"]["last_seen_ts"] == NOON_TS + 181_000


def test_the_trend_holds_the_last_values_with_holes_where_there_were_none(live: Live, shop: Any, clock: Any) -> None:
    for power in (1.0, 2.0, float("nan"), 4.0):
        shop.engine.feed(shop.row(power=power, quality=18 if np.isnan(power) else 0))
        live.sample_trend(clock.mono_ns())
        clock.pass_s(5)
    trend = by_name(live.points())["press_1.power"]["trend"]
    assert trend == [[NOON_TS, 1.0], [NOON_TS + 5000, 2.0], [NOON_TS + 10_000, None], [NOON_TS + 15_000, 4.0]]
    assert "trend" not in live.points(trend=False)[0]


def test_the_trend_is_short(live: Live, shop: Any, clock: Any) -> None:
    for number in range(200):
        shop.engine.feed(shop.row(power=number))
        live.sample_trend(clock.mono_ns())
        clock.pass_s(5)
    trend = by_name(live.points())["press_1.power"]["trend"]
    assert [value for _, value in trend] == list(range(140, 200))


def test_the_trends_cost_a_look_at_the_clock_for_each_time_and_not_for_each_value(
    live: Live, shop: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.engine.feed(shop.row(power=1.0))
    for _ in range(50):
        live.sample_trend(clock.pass_s(5))
    looks: list[int] = []

    def look(mono_ns: int) -> int:
        looks.append(mono_ns)
        return mono_ns

    monkeypatch.setattr(clock, "time_ns", look)
    points = live.points()
    assert sum(len(point["trend"]) for point in points) == 50 * len(points)
    assert len(looks) <= 50 + len(points)


def test_everything_is_json_even_where_a_value_is_infinite(live: Live, shop: Any, clock: Any) -> None:
    shop.engine.feed(shop.row(power=float("inf"), temperature=float("-inf")))
    live.sample_trend(clock.mono_ns())
    live.happened([scan(clock, 1, "accepted", "7", COUPON)])
    live.components["plc_1"] = Component("plc_1", "driver")
    for told in (live.points(), live.machines(), live.alarms(), live.component_entries(), list(live.scans)):
        json.dumps(told, allow_nan=False)
    assert by_name(live.points())["press_1.power"]["value"] is None


def test_only_what_changed_can_be_asked_for(live: Live) -> None:
    assert [entry["name"] for entry in live.points(lambda index: index == 1)] == ["press_1.temperature"]


def test_a_machine_tells_all_that_its_tile_shows(live: Live, shop: Any, clock: Any) -> None:
    shop.engine.feed(shop.row(power=300))
    press = by_name(live.machines())["press"]
    assert press == {
        "name": "press",
        "label": {"ko": "프레스 1", "en": "Press 1"},
        "group": {"ko": "금속", "en": "Metal"},
        "station": "metal_1",
        "state": "run",
        "since_ts": NOON_TS,
        "count": 0,
        "target": 90,
        "should_be": 30,  # at noon, three of nine hours are over
        "pace": {"cycle_s": None, "cycle_mean_s": None, "cycle_best_s": None, "micro_stops": 0, "missed": 0},
        "planned": True,
        "shift": "day",
        "last_seen_ts": NOON_TS,
        "job": None,
        "worker": None,
        "values": ["press_1.power", "press_1.strokes"],
        "meters": [],
    }


def test_a_machine_without_count_station_and_label_tells_none(live: Live) -> None:
    lathe = by_name(live.machines())["lathe"]
    assert [lathe[key] for key in ("label", "group", "station", "count", "target", "should_be")] == [None] * 6
    assert lathe["state"] == "unknown"


def test_pieces_are_those_of_today(live: Live, clock: Any) -> None:
    def count() -> Any:
        return by_name(live.machines())["press"]["count"]

    live.happened([row(clock, "count", "press", n, machine="press", delta=2) for n in (1, 2)])
    assert count() == 4
    clock.pass_s(13 * 3600)  # past midnight, before anything was counted
    assert count() == 0
    live.happened([row(clock, "count", "press", 3, machine="press", delta=1)])
    assert count() == 1


def test_job_and_worker_are_those_of_the_stations_last_scans(live: Live, clock: Any) -> None:
    job = {"text": {"ko": "묶음 0231 · 봉제", "en": "Bundle 0231 · Sewing"}}

    def tile() -> tuple[Any, Any]:
        press = by_name(live.machines())["press"]
        return press["job"], press["worker"]

    live.happened([scan(clock, 1, "badge", "7", {"type": "badge", "number": 7})])
    assert tile() == (None, "은하")
    live.happened([scan(clock, 2, "accepted", "7", COUPON), scan(clock, 3, "unknown", "7", None)])
    assert tile() == (job, "은하")
    live.happened([scan(clock, 5, "accepted", "7", {"type": "defect", "code": "STAIN"})])
    assert tile() == (job, "은하")
    live.happened([scan(clock, 6, "accepted", "7", {"type": "traveller", "order": "2611A", "operation": "SEW"})])
    assert tile()[0] == {"text": {"ko": "2611A · 봉제", "en": "2611A · Sewing"}}
    live.happened([scan(clock, 7, "accepted", "7", COUPON)])
    live.happened([scan(clock, 8, "command", "7", {"type": "command", "word": "LOGOUT"})])
    assert tile() == (job, None)


def test_alarms_stand_worst_first_and_then_oldest_first(live: Live, shop: Any, clock: Any) -> None:
    shop.engine.feed(shop.row(temperature=70))
    clock.pass_s(1)
    shop.engine.feed(shop.row(temperature=84.1))
    overheat, warm = live.alarms()
    assert overheat == {
        "rule": "overheat",
        "severity": "critical",
        "level": 0,
        "message": {"ko": "프레스 과열", "en": "Press is overheating"},
        "todo": {"ko": "기계를 멈춰 주세요", "en": "Stop the machine"},
        "machine": "press",
        "since_ts": NOON_TS + 1000,
        "value": 84.1,
        "unit": "degC",
        "acknowledged_by": None,
        "acknowledged_ts": None,
        "suppresses": 0,
        "raised_10_min": 1,
        "shelved_until_ts": None,
    }
    assert (warm["rule"], warm["since_ts"], warm["todo"], warm["machine"]) == ("warm", NOON_TS, None, None)


def test_rules_that_are_quiet_are_told_apart(live: Live, shop: Any, clock: Any) -> None:
    """One that is shelved, on or not; an alarm that was raised before stays among the alarms."""
    assert live.quiet() == []
    shop.engine.shelve("warm", "은하", clock.now_ns + 60 * SECOND, clock.now_ns)
    shop.engine.feed(shop.row(temperature=84.1))
    shop.engine.shelve("overheat", "은하", clock.now_ns + 90 * SECOND, clock.now_ns)
    told = [(one["rule"], one["active"], one["shelved_until_ts"], one["because_of"]) for one in live.quiet()]
    assert told == [("warm", True, NOON_TS + 60_000, None), ("overheat", True, NOON_TS + 90_000, None)]
    (alarm,) = live.alarms()
    assert (alarm["rule"], alarm["shelved_until_ts"]) == ("overheat", NOON_TS + 90_000)


def test_an_acknowledged_alarm_tells_by_whom_and_when(live: Live, shop: Any, clock: Any) -> None:
    shop.engine.feed(shop.row(temperature=84.1))
    shop.engine.acknowledge("overheat", "은하", clock.pass_s(2))
    alarm = live.alarms()[0]
    assert (alarm["acknowledged_by"], alarm["acknowledged_ts"]) == ("은하", NOON_TS + 2000)
    clock.pass_s(1)
    shop.engine.feed(shop.row(temperature=20))
    assert live.alarms() == []


def test_the_last_alarm_is_remembered(live: Live, clock: Any) -> None:
    assert live.last_alarm_ts() is None
    live.happened([row(clock, "alarm", "overheat", action="raise")])
    assert live.last_alarm_ts() == NOON_TS


def test_a_scan_is_told_in_the_screens_shape(live: Live, clock: Any) -> None:
    (entry,) = live.happened([scan(clock, 12, "accepted", "7", COUPON)])
    assert entry == {
        "id": "gw_1:e:1-a1b2:12",
        "ts": NOON_TS,
        "station": "metal_1",
        "station_label": {"ko": "프레스", "en": "Press"},
        "worker": "7",
        "worker_name": "은하",
        "answer": "accepted",
        "answer_text": {"ko": "등록", "en": "Recorded"},
        "tone": "ok",
        "raw": "B-1",
        "ticket": COUPON,
        "repeats": None,
        "corrects": None,
        "late": None,
        "asks": None,
        "language": None,
    }
    assert list(live.scans) == [entry]


def test_a_scan_that_could_not_be_kept_has_the_same_shape_and_is_not_green(live: Live, clock: Any) -> None:
    (kept,) = live.happened([scan(clock, 12, "accepted", "7", COUPON)])
    failed = live.failed_scan(Scan("scanner_1", clock.mono_ns(), b"\xffB-1"), Ledger.failed())
    assert failed.keys() == kept.keys()
    assert (failed["answer"], failed["tone"], failed["station"]) == ("failed", "refused", "metal_1")
    assert failed["raw"] == "\\xffB-1"
    assert by_name(live.machines())["press"]["worker"] == "은하"


def test_only_the_latest_scans_are_kept(live: Live, clock: Any) -> None:
    live.happened([scan(clock, n, "accepted", "7", None) for n in range(1, 151)])
    assert [entry["id"].rsplit(":")[-1] for entry in live.scans] == [str(n) for n in range(51, 151)]


def test_a_component_tells_its_counters_and_what_to_do(live: Live, clock: Any) -> None:
    component = Component("plc_1", "driver")
    component.counters.received = 7
    component.queued = lambda: 3
    component.detail = lambda: {"devices": {"press_1": 2}}
    live.components["plc_1"] = component
    component.turn("down", clock.mono_ns(), "the cable is out")
    (entry,) = live.component_entries()
    assert entry.pop("advice")["ko"]
    assert entry == {
        "name": "plc_1",
        "kind": "driver",
        "state": "down",
        "since_ts": NOON_TS,
        "received": 7,
        "sent": 0,
        "dropped": 0,
        "queued": 3,
        "last_error": "the cable is out",
        "detail": {"devices": {"press_1": 2}},
    }
    component.turn("up", clock.mono_ns())
    assert live.component_entries()[0]["advice"] is None


@pytest.mark.parametrize("kind", ["driver", "publisher", "journal", "engine", "clock"])
def test_every_kind_of_component_that_is_down_has_an_advice_in_both_languages(live: Live, kind: Any) -> None:
    live.components["part"] = Component("part", kind, state="down")
    advice = live.component_entries()[0]["advice"]
    assert set(advice) == {"ko", "en"}


def test_another_configuration_is_watched_without_forgetting_scans_and_pieces(
    live: Live, shop: Any, clock: Any
) -> None:
    live.happened([scan(clock, 1, "accepted", "7", None), row(clock, "count", "press", 2, machine="press", delta=5)])
    config = shop.config.model_copy(update={"machines": shop.config.machines[:1]})
    other = type(shop)(config, clock, shop.folder)
    live.watch(config, other.table, other.engine)
    assert [machine["name"] for machine in live.machines()] == ["press"]
    assert live.machines()[0]["count"] == 5
    assert len(live.scans) == 1


def test_a_batch_of_many_rows_shows_its_last(live: Live, shop: Any, clock: Any) -> None:
    times = clock.mono_ns() + np.arange(3, dtype=np.int64) * SECOND
    values = np.array([[1.0, 20, 0], [2, 20, 0], [3, 20, 0]])
    shop.engine.feed(Batch(0, 0, times, values, np.zeros((3, 3), np.uint8)))
    point = by_name(live.points())["press_1.power"]
    assert (point["value"], point["ts"]) == (3.0, NOON_TS + 2000)


def test_a_machine_names_the_signals_that_accrue_for_it(shop: Any, clock: Any) -> None:
    more = [("hours_run", "h", "hours(machines.press.run)"), ("on", "1", "(1 if machines.press.run else 0)")]
    signals = tuple(Signal(name=name, unit=unit, value=value) for name, unit, value in more)
    config = shop.config.model_copy(update={"signals": (*shop.config.signals, *signals)})
    table = PointTable.of(config)
    machines = by_name(Live(config, "gw_1", clock, table, Engine(config, table)).machines())
    assert (machines["press"]["meters"], machines["lathe"]["meters"]) == (["signals.hours_run"], [])
