"""After a stop, a power cut or a reload the engine goes on, and tells nothing twice."""

import math
import zlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from gateway.engine.memory import short
from gateway.engine.snapshot import unpack
from gateway.event import Event, Position, Row

Make = Callable[..., Any]

DEVICES = {"m": ["power", "heat", {"name": "strokes", "kind": "counter", "type": "u16"}]}
HOT = {"name": "hot", "when": "m.heat > 80 for 5s", "until": "m.heat < 75"}
PARTS: dict[str, Any] = {
    "rules": [HOT, {"name": "mean_hot", "when": "mean(m.heat, 10s) > 70"}],
    "machines": [{"name": "press", "states": [{"state": "run", "when": "m.power > 100"}], "count": "m.strokes"}],
    "signals": [{"name": "kilo", "value": "m.power / 1000"}],
}


def again(make: Make, shop: Any, events: list[Any], same_boot: bool, **parts: Any) -> Any:
    """Return another engine that goes on from the snapshot of this one and the events after it."""
    other = make(DEVICES, **(parts or PARTS))
    other.engine.restore(shop.engine.snapshot(), events, same_boot=same_boot)
    return other


def row(event: Event) -> Row:
    """Return an event as the journal gives it back."""
    place = Position(1, "00ff", 7)
    return Row(place, event.kind, event.source, event.mono_ns, "boot", 0, "synced", event.body)


def what(events: list[Any]) -> list[tuple[str, str]]:
    return [
        (event.source, str(event.body.get("action") or event.body.get("state") or event.body.get("delta")))
        for event in events
    ]


def test_a_hold_goes_on_within_the_same_boot(bench: Make) -> None:
    shop = bench(DEVICES, **PARTS)
    shop.feed("m", (1, (200, 90, 5)))
    other = again(bench, shop, [], same_boot=True)
    assert [event.mono_ns for event in other.tick(7) if event.source == "hot"] == [6_000_000_000]


def test_in_another_boot_holds_and_windows_begin_anew_and_latches_states_and_counters_stay(bench: Make) -> None:
    shop = bench(DEVICES, **PARTS)
    shop.feed("m", (100, (200, 90, 5)), (106, (200, 90, 9)))
    assert what(shop.events) == [
        ("press", "run"), ("mean_hot", "raise"), ("hot", "raise"), ("press", "4"),
    ]  # fmt: skip
    other = again(bench, shop, [], same_boot=False)
    assert [alarm.rule for alarm in other.engine.alarms] == ["hot", "mean_hot"]
    (press,) = other.engine.machines
    assert (press.state, press.count, press.since_mono_ns) == ("run", 4, None)
    assert what(other.feed("m", (3, (200, 90, 11)))) == [("press", "2")]
    assert other.engine.machines[0].count == 6
    assert what(other.feed("m", (4, (200, 60, 11)))) == [("hot", "clear")]


def test_events_kept_after_the_snapshot_are_not_made_again(bench: Make) -> None:
    shop = bench(DEVICES, **PARTS)
    shop.feed("m", (1, (0, 20, 5)))
    snapshot = shop.engine.snapshot()
    shop.feed("m", (2, (200, 20, 8)), (3, (200, 300, 9)))
    shop.engine.acknowledge("mean_hot", "김", 3_500_000_000)
    kept = [row(event) for event in shop.events[1:]]
    kept.append(
        row(Event("alarm", "mean_hot", 3_500_000_000, {"rule": "mean_hot", "action": "acknowledge", "by": "김"}))
    )
    assert what(shop.events) == [
        ("press", "off"), ("press", "3"), ("press", "run"), ("press", "1"), ("mean_hot", "raise"),
    ]  # fmt: skip
    for same_boot in (True, False):
        other = bench(DEVICES, **PARTS)
        other.engine.restore(snapshot, kept, same_boot=same_boot)
        assert other.feed("m", (4, (200, 300, 9))) == []
        assert (other.engine.machines[0].state, other.engine.machines[0].count) == ("run", 4)
        assert [(alarm.rule, alarm.acknowledged_by) for alarm in other.engine.alarms] == [("mean_hot", "김")]


def test_what_the_screen_shows_is_there_at_once_after_a_restart(bench: Make) -> None:
    shop = bench(DEVICES, **PARTS)
    shop.feed("m", (1, (250, math.nan, 5)))
    other = again(bench, shop, [], same_boot=True)
    index = other.engine.table.index
    assert other.engine.values[index("signals.kilo")] == 0.25
    assert other.engine.values[index("machines.press.run")] == 1.0
    assert other.engine.quality[index("m.heat")] == 18
    assert other.engine.stamped_ns[index("m.power")] == 1_000_000_000


def test_bytes_that_are_no_snapshot_are_refused(bench: Make) -> None:
    with pytest.raises(ValueError, match="not a snapshot"):
        bench(DEVICES).engine.restore(b"rubbish", [], same_boot=True)


def test_a_reload_keeps_what_kept_its_name_and_expression(bench: Make) -> None:
    shop = bench(DEVICES, **PARTS)
    shop.feed("m", (1, (200, 90, 5)), (5, (200, 90, 6)))
    devices = {"n": ["other"], **DEVICES}  # every index moves
    changed = {
        **PARTS,
        "rules": [HOT | {"severity": "critical"}, {"name": "mean_hot", "when": "mean(m.heat, 5s) > 70"}],
    }
    new = bench(devices, **changed)
    assert what(new.engine.adopt(shop.engine)) == [("mean_hot", "clear")]
    (event,) = new.engine.adopt(shop.engine)
    assert event.body["reason"] == "reload"
    assert what(new.tick(7)) == [("hot", "raise")]
    assert what(new.feed("m", (8, (200, 90, 9)))) == [("press", "3"), ("mean_hot", "raise")]
    assert new.engine.machines[0].since_mono_ns == 1_000_000_000


def test_a_rule_made_for_each_goes_on_when_another_device_comes(bench: Make) -> None:
    rules = [{"name": "hot", "for_each": {"point": "heat"}, "when": "device.heat > 80 for 5s"}]
    shop = bench({"m": ["heat"]}, rules=rules)
    shop.feed("m", (1, (90,)))
    new = bench({"k": ["heat"], "m": ["heat"]}, rules=rules)
    assert new.engine.adopt(shop.engine) == []
    assert what(new.tick(7)) == [("hot_m", "raise")]
    assert what(new.feed("k", (8, (90,)), (13, (90,)))) == [("hot_k", "raise")]


def test_a_rule_that_went_is_cleared(bench: Make) -> None:
    shop = bench(DEVICES, **PARTS)
    shop.feed("m", (1, (200, 90, 5)))
    new = bench(DEVICES)
    (event,) = new.engine.adopt(shop.engine)
    assert (event.source, event.body["action"], event.body["reason"]) == ("mean_hot", "clear", "reload")
    assert event.body["message"] == {"ko": "알람이에요", "en": "An alarm"}


def test_a_machine_that_reads_its_own_state_keeps_it(bench: Make) -> None:
    own = {"state": "run", "when": "m.power > 100 or (machines.press.run and m.power > 80)"}
    parts = {"machines": [{"name": "press", "states": [own]}]}
    shop = bench(DEVICES, **parts)
    shop.feed("m", (1, (110, 0, 0)), (2, (90, 0, 0)))
    for same_boot in (True, False):
        other = again(bench, shop, [], same_boot, **parts)
        assert other.feed("m", (3, (90, 0, 0))) == []
        assert what(other.feed("m", (4, (70, 0, 0)))) == [("press", "off")]


def test_an_empty_shop_is_saved_and_restored(bench: Make) -> None:
    shop = bench({})
    other = bench({})
    other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
    assert other.tick(1, 2) == []


def test_windows_of_many_readings_are_left_out_of_snapshots_and_counted(bench: Make) -> None:
    """A snapshot is written every few seconds: it must not carry all that a fast device said in ten minutes."""
    rules = [
        {"name": "long", "when": "mean(m.power, 8h, hop 1min) > 1"},
        {"name": "fast", "when": "mean(m.power, 10min) > 1"},
    ]
    shop = bench({"m": ["power"]}, rules=rules)
    shop.feed("m", *((second / 40, (second % 7,)) for second in range(1, 20_000)))
    assert len(shop.engine.snapshot()) < 10_000
    assert shop.engine.not_kept == 1
    other = bench({"m": ["power"]}, rules=rules)
    other.engine.restore(shop.engine.snapshot(), [], same_boot=True)
    assert what(other.feed("m", (500, (1,)))) == [("fast", "clear")]


def test_functions_that_look_at_some_of_a_windows_points_go_on(bench: Make) -> None:
    texts = [f"mean(a.x{n}, 5s) > 1" for n in range(3)] + ["std(a.x0, 5s) > 1", "std(a.x2, 5s) > 1"]  # x0 and x2 twice
    rules = [{"name": f"r{number}", "when": text} for number, text in enumerate(texts)]
    shop, new = (bench({"a": ["x0", "x1", "x2"]}, rules=rules) for _ in range(2))
    shop.feed("a", *((second, (second, 2 * second, second**2)) for second in range(4)))
    new.engine.restore(shop.engine.snapshot(), [], same_boot=True)
    row = (4, (0, 0, -20))
    assert what(new.feed("a", row)) == what(shop.feed("a", row)) == [("r2", "clear")]


def test_a_snapshot_of_windows_by_function_is_understood(bench: Make) -> None:
    """So they were named before functions shared readings."""
    rules = [{"name": name, "when": f"{name}(a.x, 5s) > 1"} for name in ("mean", "std")]
    shop, new = (bench({"a": ["x"]}, rules=rules) for _ in range(2))
    shop.feed("a", *((second, (second,)) for second in range(4)))
    document = unpack(shop.engine.snapshot())
    (window,) = document["windows"].values()
    (kept,) = shop.engine.state.windows.values()
    window["cells"] = [short(cell.key) for cell in kept.cells]
    window["rows"] = [[value, value] for (value,) in window["rows"]]
    new.engine.restore(zlib.compress(orjson.dumps(document)), [], same_boot=True)
    assert what(new.feed("a", (4, (-9,)))) == what(shop.feed("a", (4, (-9,)))) == [("mean", "clear")]


def test_the_text_of_an_alarm_is_that_of_the_rule_after_a_reload(bench: Make) -> None:
    def rules(text: str) -> list[dict[str, Any]]:
        return [{"name": "r", "when": "a.x > 1", "value": "a.x", "message": {"ko": text, "en": text}}]

    shop, new = bench({"a": ["x"]}, rules=rules("now {value}")), bench({"a": ["x"]}, rules=rules("too hot"))
    shop.feed("a", (0, (0,)), (1, (5,)), (2, (0,)))
    new.engine.adopt(shop.engine)
    (event,) = new.feed("a", (3, (7,)))
    assert event.body["message"]["en"] == "too hot"


def test_silence_that_a_reload_looks_for_is_found(bench: Make) -> None:
    rules = [{"name": "moves", "when": "changed(a.x, 2s)"}, {"name": "silent", "when": "missing(a.y, 2s)"}]
    shop, new = bench({"a": ["x", "y"]}, rules=rules[:1]), bench({"a": ["x", "y"]}, rules=rules)
    shop.feed("a", *((second, (1, math.nan)) for second in range(4)))
    new.engine.adopt(shop.engine)
    assert what(new.feed("a", *((second, (1, math.nan)) for second in range(4, 9)))) == [("silent", "raise")]
