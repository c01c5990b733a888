"""The engine from outside: rows and ticks in; events out."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from sensors.batch import Batch

Make = Callable[..., Any]
NAN = math.nan


def told(events: list[Any]) -> list[tuple[object, ...]]:
    """Return events short: seconds, source, and what happened."""
    what = {"alarm": ("action",), "state": ("state",), "count": ("delta", "total", "reset")}
    return [(event.mono_ns / 1e9, event.source, *(event.body[key] for key in what[event.kind])) for event in events]


def test_a_rule_is_raised_on_true_and_ends_on_false(bench: Make) -> None:
    shop = bench({"m": ["x"]}, rules=[{"name": "high", "when": "m.x > 5", "value": "m.x", "severity": "critical"}])
    assert told(shop.feed("m", (1, (6,)), (2, (7,)), (3, (5,)), (4, (8,)))) == [
        (1.0, "high", "raise"), (3.0, "high", "clear"), (4.0, "high", "raise"),
    ]  # fmt: skip
    assert shop.events[0].body == {
        "rule": "high", "action": "raise", "severity": "critical", "message": {"ko": "알람이에요", "en": "An alarm"},
        "value": 6.0, "unit": "1", "by": None,
    }  # fmt: skip
    assert [alarm.rule for alarm in shop.engine.alarms] == ["high"]


def test_until_keeps_a_rule_active_between_the_two_limits(bench: Make) -> None:
    shop = bench({"m": ["x"]}, rules=[{"name": "high", "when": "m.x > 80", "until": "m.x < 75"}])
    shop.feed("m", (1, (81,)), (2, (78,)), (3, (82,)), (4, (74,)), (5, (78,)))
    assert told(shop.events) == [(1.0, "high", "raise"), (4.0, "high", "clear")]


def test_a_rule_whose_until_is_true_as_well_neither_starts_nor_flickers(bench: Make) -> None:
    shop = bench({"m": ["x"]}, rules=[{"name": "odd", "when": "m.x > 5", "until": "m.x > 3"}])
    assert shop.feed("m", (1, (6,)), (2, (7,)), (3, (6,))) == []


def test_unknown_neither_raises_nor_clears(bench: Make) -> None:
    shop = bench({"m": ["x", "y"]}, rules=[{"name": "high", "when": "m.x > 5 and m.y > 5"}])
    shop.feed("m", (1, (6, NAN)), (2, (6, 6)), (3, (NAN, 6)), (4, (NAN, NAN)), (5, (NAN, 0)))
    assert told(shop.events) == [(2.0, "high", "raise"), (5.0, "high", "clear")]


def test_a_hold_that_ends_between_two_rows_fires_at_its_own_time(bench: Make) -> None:
    rules = [{"name": "long", "when": "m.x > 5 for 2s"}]
    at_once = bench({"m": ["x"]}, rules=rules)
    at_once.feed("m", (1.25, (6,)), (4, (6,)), (5, (1,)))
    assert told(at_once.events) == [(3.25, "long", "raise"), (5.0, "long", "clear")]
    broken = bench({"m": ["x"]}, rules=rules)
    broken.feed("m", (1.25, (6,)), (4, (1,)))
    assert told(broken.events) == [(3.25, "long", "raise"), (4.0, "long", "clear")]
    by_tick = bench({"m": ["x"]}, rules=rules)
    by_tick.feed("m", (1.25, (6,)))
    assert told(by_tick.tick(2, 3, 4)) == [(3.25, "long", "raise")]


def test_a_hold_is_not_fulfilled_when_it_breaks_at_the_very_end(bench: Make) -> None:
    shop = bench({"m": ["x"]}, rules=[{"name": "long", "when": "m.x > 5 for 2s"}])
    assert shop.feed("m", (1, (6,)), (3, (1,)), (4, (6,)), (5, (NAN,)), (6, (6,)), (7, (6,))) == []
    assert told(shop.feed("m", (8, (6,)))) == [(8.0, "long", "raise")]


def test_a_machine_takes_its_first_true_state_and_is_unknown_when_an_unknown_one_comes_first(bench: Make) -> None:
    states = [{"state": "alarm", "when": "m.fault == 1"}, {"state": "run", "when": "m.power > 100"}]
    shop = bench({"m": ["power", "fault"]}, machines=[{"name": "press", "states": states}])
    shop.feed("m", (1, (200, 0)), (2, (200, 1)), (3, (200, NAN)), (4, (NAN, 1)), (6.5, (0, 0)))
    assert told(shop.events) == [
        (1.0, "press", "run"), (2.0, "press", "alarm"), (3.0, "press", "unknown"), (4.0, "press", "alarm"),
        (6.5, "press", "off"),
    ]  # fmt: skip
    assert shop.events[-1].body == {"machine": "press", "state": "off", "before": "alarm", "after_s": 2.5}
    (machine,) = shop.engine.machines
    assert (machine.name, machine.state, machine.since_mono_ns) == ("press", "off", 6_500_000_000)


def test_a_machine_may_read_its_own_state_before_this_row(bench: Make) -> None:
    """Hysteresis in one expression: on above 100, off below 80."""
    state = {"state": "run", "when": "m.power > 100 or (machines.press.run and m.power > 80)"}
    shop = bench({"m": ["power"]}, machines=[{"name": "press", "states": [state]}])
    shop.feed("m", (1, (50,)), (2, (90,)), (3, (110,)), (4, (90,)), (5, (70,)), (6, (90,)))
    assert told(shop.events) == [(1.0, "press", "off"), (3.0, "press", "run"), (5.0, "press", "off")]


def test_other_expressions_read_machines(bench: Make) -> None:
    shop = bench(
        {"m": ["power", {"name": "strokes", "kind": "counter", "type": "u16"}], "n": ["door"]},
        machines=[
            {"name": "press", "states": [{"state": "run", "when": "m.power > 100"}], "count": "m.strokes"},
        ],
        rules=[
            {"name": "open", "when": "machines.press.run and n.door == 1"},
            {"name": "idle_long", "when": "machines.press.off and machines.press.state_s > 3 s"},
            {"name": "hundred", "when": "machines.press.count >= 100 pcs"},
        ],
    )
    shop.feed("n", (0.5, (1,)))
    shop.feed("m", (1, (200, 0)), (2, (200, 99)), (3, (0, 100)))
    shop.tick(4, 5, 6, 7)
    assert told(shop.events) == [
        (1.0, "press", "run"), (1.0, "open", "raise"), (2.0, "press", 99, 99, False), (3.0, "press", 1, 100, False),
        (3.0, "press", "off"), (3.0, "open", "clear"), (3.0, "hundred", "raise"), (7.0, "idle_long", "raise"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "raws", "expected"),
    [
        ("u16", (65530, 65535, 4), [(5, 5, False), (5, 10, False)]),
        ("u32", (4294967290, 2), [(8, 8, False)]),
        ("u16", (1000, 990), [(990, 990, True)]),
        ("u16", (1000, 0), [(0, 0, True)]),
        ("f32", (10, 12, 3), [(2, 2, False), (3, 5, True)]),
        ("u16", (10, NAN, 13), [(3, 3, False)]),
        ("u16", (NAN, 10, 10, 11), [(1, 1, False)]),
    ],
)
def test_counters_run_over_and_begin_again(
    bench: Make, kind: str, raws: tuple[float, ...], expected: list[tuple[float, float, bool]]
) -> None:
    point = {"name": "strokes", "kind": "counter", "type": kind}
    shop = bench({"m": [point]}, machines=[{"name": "press", "states": [], "count": "m.strokes"}])
    shop.feed("m", *((second + 1, (raw,)) for second, raw in enumerate(raws)))
    assert [told([event])[0][2:] for event in shop.events if event.kind == "count"] == expected
    assert shop.engine.machines[0].count == expected[-1][1]


def test_late_rows_are_counted_and_not_evaluated(bench: Make) -> None:
    shop = bench({"m": ["x"], "n": ["x"]}, rules=[{"name": "high", "when": "m.x > 5"}])
    shop.feed("m", (1, (0,)), (3, (0,)), (2, (9,)), (3, (9,)), (4, (0,)))
    shop.feed("m", (4, (9,)))
    shop.feed("n", (0.5, (9,)))
    assert shop.events == []
    assert shop.engine.late == 3


def test_signals_are_rows_of_their_own_and_can_be_read(bench: Make) -> None:
    shop = bench(
        {"m": [{"name": "power", "unit": "kW"}], "n": [{"name": "power", "unit": "W"}]},
        signals=[
            {"name": "twice", "value": "2 * signals.line_power", "unit": "kW"},
            {"name": "line_power", "value": "m.power + n.power", "unit": "W"},
        ],
        rules=[{"name": "peak", "when": "mean(signals.line_power, 10s) > 2 kW"}],
    )
    shop.feed("m", (1, (1.5,)))
    shop.feed("n", (1.5, (400,)), (2.5, (1000,)))
    rows = [batch for output in shop.outputs for batch in output.derived]
    assert [batch.values.tolist() for batch in rows[1:]] == [[[3.8, 1900.0], [5.0, 2500.0]]]
    assert rows[1].mono_ns.tolist() == [1_500_000_000, 2_500_000_000]
    assert rows[0].quality.tolist() == [[19, 19]]
    assert told(shop.events) == [(2.5, "peak", "raise")]
    assert shop.engine.values[shop.engine.table.index("signals.twice")] == 5.0


def test_signals_at_one_time_of_two_devices_do_not_share_a_time(bench: Make) -> None:
    shop = bench({"m": ["x"], "n": ["x"]}, signals=[{"name": "s", "value": "m.x + n.x"}])
    shop.feed("m", (1, (1,)), (2, (2,)))
    shop.feed("n", (1, (1,)), (2, (2,)), (3, (3,)))
    times = [at for output in shop.outputs for batch in output.derived for at in batch.mono_ns.tolist()]
    assert times == [1_000_000_000, 2_000_000_000, 2_000_000_001, 2_000_000_002, 3_000_000_000]


def test_time_passes_between_the_rows_of_another_device_in_one_block(bench: Make) -> None:
    shop = bench({"m": ["x"], "n": ["x"]}, rules=[{"name": "both", "when": "stuck(n.x, 1s) and m.x > 0"}])
    shop.feed("m", (0.5, (1,)))
    shop.feed("n", (0.5, (7,)))
    assert told(shop.feed("m", (1, (1,)), (2, (1,)))) == [(2.0, "both", "raise")]


def test_silence_is_seen_by_the_tick(bench: Make) -> None:
    shop = bench({"m": ["x"]}, rules=[{"name": "gone", "when": "missing(m.x, 3s)"}])
    shop.tick(1)
    shop.feed("m", (1.5, (1,)))
    assert told(shop.tick(2, 3, 4, 5)) == [(5.0, "gone", "raise")]
    assert told(shop.feed("m", (6, (NAN,)), (7, (1,)))) == [(7.0, "gone", "clear")]


def test_acknowledging_is_told_once_and_of_active_alarms_only(bench: Make) -> None:
    shop = bench({"m": ["x"]}, rules=[{"name": "high", "when": "m.x > 5"}])
    engine = shop.engine
    assert engine.acknowledge("high", "김", 1) == []
    shop.feed("m", (1, (6,)))
    (event,) = engine.acknowledge("high", "김", 2_000_000_000)
    assert (event.body["action"], event.body["by"]) == ("acknowledge", "김")
    assert engine.acknowledge("high", "이", 3_000_000_000) == []
    assert engine.alarms[0].acknowledged_by == "김"
    shop.feed("m", (4, (1,)), (5, (6,)))
    assert engine.alarms[0].acknowledged_by is None
    with pytest.raises(KeyError):
        engine.acknowledge("hihg", "김", 2)


def test_a_shelved_rule_is_silent_and_speaks_when_it_is_over_and_still_true(bench: Make) -> None:
    shop = bench({"m": ["x"]}, rules=[{"name": "high", "when": "m.x > 5"}, {"name": "low", "when": "m.x < 9"}])
    shop.engine.shelve("high", "김", 5_000_000_000, 0)
    shop.engine.shelve("low", "김", 5_000_000_000, 0)
    assert shop.feed("m", (1, (6,)), (2, (20,))) == []
    assert told(shop.tick(4, 5, 6)) == [(5.0, "high", "raise")]


def test_windows_tell_of_good_values_alone(bench: Make) -> None:
    shop = bench({"m": ["x", "y"]})
    shop.feed("m", (1, (1, NAN)), (9.5, (4, NAN)), (10, (7, 2)))
    shop.tick(20, 60)
    windows = [window for output in shop.outputs for window in output.windows]
    first = windows[0]
    assert (first.window_s, first.mono_ns, first.count.tolist()) == (10, 10_000_000_000, [2.0, 0.0])
    assert (first.mean[0], first.min[0], first.max[0], first.last[0]) == (2.5, 1.0, 4.0, 4.0)
    assert math.isnan(first.mean[1])
    minute = next(window for window in windows if window.window_s == 60)
    assert (minute.count.tolist(), minute.last.tolist(), minute.mono_ns) == ([3.0, 1.0], [7.0, 2.0], 60_000_000_000)


def test_time_passes_with_each_row_of_another_device_in_a_block(bench: Make) -> None:
    shop = bench({"a": ["x"], "b": ["z"]}, rules=[{"name": "both", "when": "stuck(a.x, 2s) and b.z > 0"}])
    shop.feed("a", (1, (7,)))
    assert told(shop.feed("b", (1, (1,)), (2, (1,)), (3, (1,)), (4, (1,)))) == [(3.0, "both", "raise")]


def test_a_mean_takes_a_row_of_a_nanosecond_before_its_last_one_after_a_restart(bench: Make) -> None:
    rules = [{"name": "high", "when": "ewma(a.x + 0 * b.z, 1s) > 5"}]
    before, shop = bench({"a": ["x"], "b": ["z"]}, rules=rules), bench({"a": ["x"], "b": ["z"]}, rules=rules)
    before.feed("a", (1, (7,)))
    assert told(before.feed("b", (2, (0,)))) == [(2.0, "high", "raise")]
    shop.engine.restore(before.engine.snapshot(), [], same_boot=True)
    assert told(shop.feed("a", (1.999999999, (-99,)))) == []


def test_a_batch_of_some_points_leaves_the_others_as_they_are(bench: Make) -> None:
    shop = bench({"a": ["x", "y", "z"]}, rules=[{"name": "both", "when": "a.x > 1 and a.y > 1"}])
    shop.feed("a", (1, (2, 0, 5)))
    whole = shop.batch("a", [(2, (0, 3, 0)), (3, (0, 0, 0))])
    values, quality = whole.values[:, 1:2].copy(), whole.quality[:, 1:2].copy()
    part = Batch(whole.device, whole.first + 1, whole.mono_ns, values, quality)
    output = shop.engine.feed(part)
    assert [(event.mono_ns, event.body["action"]) for event in output.events] == [
        (2_000_000_000, "raise"), (3_000_000_000, "clear"),
    ]  # fmt: skip
    (window,) = shop.engine.tick(10_000_000_000).windows
    assert window.count.tolist() == [1, 3, 1]
