"""Watches speak in sentences with numbers, in both languages, when something is not as usual; and are silent else."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gateway.engine.control_charts import control_charts

Make = Callable[..., Any]
DEVICES: dict[str, Any] = {
    "a": [
        {"name": "t", "quantity": "temperature", "unit": "degC"},
        {"name": "v", "quantity": "velocity", "unit": "mm/s"},
        {"name": "p", "quantity": "power", "unit": "kW"},
    ]
}
TEN = [10.0 - 0.564 * (-1) ** number for number in range(10)]  # their mean is 10, their sigma by moving ranges 1
LABEL = {"ko": "오븐 온도", "en": "Oven"}


def feed(shop: Any, values: Any, column: int = 0, first_s: float = 1.0, every_s: float = 1.0) -> None:
    for number, one in enumerate(values):
        shop.feed("a", (first_s + number * every_s, [one if place == column else 1.0 for place in range(3)]))


def told(shop: Any, language: str = "ko") -> list[tuple[str, str, str]]:
    return [(event.source, event.body["action"], event.body["message"][language]) for event in shop.events]


def test_a_chart_names_the_pattern_and_what_is_usual(bench: Make) -> None:
    watch = {"name": "heat", "type": "spc", "value": "a.t", "every_s": 0, "count": 10, "label": LABEL}
    shop = bench(DEVICES, watch=[watch])
    feed(shop, [*TEN, 14.0, *[10.3] * 4, *[10.9] * 4])
    assert told(shop) == [
        ("heat_1", "raise", "오븐 온도: 관리한계(3시그마)를 벗어났어요. 지금 14 °C, 평소 10 °C ± 3 °C"),
        ("heat_1", "clear", "오븐 온도: 관리한계(3시그마)를 벗어났어요. 지금 14 °C, 평소 10 °C ± 3 °C"),
        ("heat_4", "raise", "오븐 온도: 8점 연속 한쪽에 있어요. 지금 10.9 °C, 평소 10 °C ± 3 °C"),
    ]  # fmt: skip
    assert told(shop, "en")[-1][2] == "Oven: 8 points in a row on one side; 10.9 °C, usually 10 °C ± 3 °C"
    assert shop.events[-1].body["severity"] == "info"


def test_subgroups_that_spread_too_far_are_told(bench: Make) -> None:
    shop = bench(DEVICES, watch=[{"name": "w", "type": "spc", "value": "a.t", "every_s": 0, "count": 10, "size": 2}])
    feed(shop, [9.0, 11.0] * 10)
    feed(shop, [9.0, 11.0, 5.0, 15.0], 0, 100.0)
    assert told(shop) == [
        ("w_uneven", "raise", "w: 들쭉날쭉해요. 흩어진 정도가 평소에 나올 수 있는 값의 1.53배예요")
    ]  # fmt: skip


def test_a_drift_tells_from_where_and_how_far_while_the_machine_runs(bench: Make) -> None:
    watch = {
        "name": "load",
        "type": "drift",
        "value": "a.p",
        "during": "a.t > 5",
        "every_s": 0,
        "count": 10,
        "least": 1,
    }
    shop = bench(DEVICES, watch=[watch])

    def run(values: Any, first_s: float) -> None:
        for number, one in enumerate(values):
            shop.feed("a", (first_s + number, (9.0, 0.0, one)), (first_s + number + 0.5, (1.0, 0.0, 0.1)))

    run([*TEN, *[10.0] * 3], 1.0)
    assert shop.events == []
    run([12.0] * 6, 20.0)
    assert told(shop) == [("load", "raise", "load: 평균이 평소 10 kW에서 2 kW 옮겨 갔어요")]
    assert told(shop, "en")[0][2] == "load: the mean has moved by 2 kW from the usual 10 kW"


def test_a_drift_over_time_tells_since_when(bench: Make) -> None:
    shop = bench(DEVICES, watch=[{"name": "load", "type": "drift", "value": "a.p", "count": 10}])
    feed(shop, [*TEN, *[10.0] * 3, *[12.0] * 9, 12.0], 2, 1.0, 600.0)
    assert told(shop)[0][2] == "load: 평균이 평소 10 kW에서 2 kW 옮겨 갔어요. 0.7시간 전쯤부터예요"
    assert told(shop, "en")[0][2].endswith("by 2 kW from the usual 10 kW, since about 0.7 h")


def test_an_odd_hour_tells_what_is_usual_then(bench: Make) -> None:
    shop = bench(DEVICES, watch=[{"name": "night", "type": "odd", "value": "a.p", "every_s": 600}])
    power = np.random.default_rng(1).normal(5.0, 0.1, 500)
    feed(shop, power, 2, 1.0, 600.0)
    assert shop.events == []
    feed(shop, [9.0, 9.0], 2, 500 * 600.0 + 1.0, 600.0)
    ((rule, action, text),) = told(shop)
    assert (rule, action) == ("night", "raise")
    numbers = re.fullmatch(r"night: 드문 값이에요. 평소 ([\d.]+) kW에서 ([\d.]+) 시그마 떨어졌어요", text)
    assert numbers is not None
    assert float(numbers[1]) == pytest.approx(5.0, abs=0.2)
    assert float(numbers[2]) == pytest.approx(40.0, rel=0.6)


@pytest.mark.parametrize(("velocity", "rules"), [(2.7, []), (3.0, ["c"]), (5.0, ["c", "d"])])
def test_vibration_is_told_by_its_zone(bench: Make, velocity: float, rules: list[str]) -> None:
    watch = {"name": "shaft", "type": "vibration", "value": "a.v", "kind": "group_2_rigid", "machine": "m"}
    machines = [{"name": "m", "states": [{"state": "run", "when": "a.p > 0"}]}]
    shop = bench(DEVICES, watch=[watch], machines=machines)
    feed(shop, [velocity] * 12, 1)
    alarms = [event for event in shop.events if event.kind == "alarm"]
    assert [event.source for event in alarms] == [f"shaft_{zone}" for zone in rules]
    assert shop.engine.values[shop.engine.table.index("signals.shaft_zone")] == 2 + len(rules), "B is 2"
    if rules:
        assert alarms[0].body["message"]["ko"] == (
            f"shaft: 진동이 C 구역이에요. 지금 {velocity:g} mm/s, 경계 2.8 mm/s (ISO 10816)"
        )
        assert (alarms[0].body["machine"], alarms[0].body["todo"]["ko"]) == ("m", "정비를 계획해 주세요")


def test_a_sensor_is_told_missing_stuck_out_of_range_and_noisy(bench: Make) -> None:
    watch = {
        "name": "probe", "type": "sensor", "value": "a.t", "stuck_s": 300, "low": 0, "high": 100, "noisy_times": 5,
    }  # fmt: skip
    shop = bench(DEVICES, watch=[watch])
    noise = np.random.default_rng(3).normal(20.0, 0.1, 12_000)
    feed(shop, noise)
    assert shop.events == []
    feed(shop, np.random.default_rng(4).normal(20.0, 2.0, 180), 0, 12_001.0)
    feed(shop, [850.0], 0, 12_200.0)
    feed(shop, [21.0] * 400, 0, 12_300.0)
    shop.feed("a", (12_701.0, (math.nan, 1.0, 1.0)))
    shop.tick(12_790)
    raised = {rule: text for rule, action, text in told(shop) if action == "raise"}
    assert list(raised) == ["probe_noisy", "probe_range", "probe_stuck", "probe_missing"]
    assert raised["probe_range"] == "probe: 있을 수 없는 값이에요: 850 °C"
    assert raised["probe_stuck"] == "probe: 5분 동안 값이 21 °C 그대로예요"
    assert raised["probe_missing"] == "probe: 1분 동안 제대로 읽은 값이 없어요"
    assert raised["probe_noisy"].startswith("probe: 값이 평소보다 5배 넘게 흔들려요. 지금 ")


def test_a_missing_sensor_alone_is_looked_for_unless_more_is_asked(make_config: Make) -> None:
    config = make_config(DEVICES, watch=[{"name": "probe", "type": "sensor", "value": "a.t"}])
    assert [rule.name for rule in config.all_rules] == ["probe_missing"]


def test_a_label_with_braces_is_no_placeholder(make_config: Make) -> None:
    label = {"ko": "{a}", "en": "}"}
    (rule,) = make_config(DEVICES, watch=[{"name": "s", "type": "sensor", "value": "a.t", "label": label}]).all_rules
    assert rule.message.ko.startswith("{{a}}: ")


def test_a_watch_is_written_once_for_every_device_that_has_such_a_point(bench: Make) -> None:
    watch = {"name": "well", "type": "sensor", "value": "device.t", "for_each": {"point": "t"}, "low": 0}
    shop = bench({**DEVICES, "b": ["t"], "c": ["x"]}, watch=[watch])
    shop.feed("b", (1.0, (-5.0,)))
    assert told(shop) == [("well_b_range", "raise", "b: 있을 수 없는 값이에요: -5")]
    assert [alarm.rule for alarm in shop.engine.rules.all] == [
        "well_a_missing", "well_a_range", "well_b_missing", "well_b_range",
    ]  # fmt: skip


def test_a_chart_is_drawn_with_its_limits_and_what_each_point_broke(bench: Make, make_config: Make) -> None:
    watch = {"name": "heat", "type": "spc", "value": "a.t", "every_s": 0, "count": 10, "label": LABEL}
    shop = bench(DEVICES, watch=[watch])
    feed(shop, TEN[:5])
    (learning,) = control_charts(shop.engine, make_config(DEVICES, watch=[watch]), lambda mono_ns: mono_ns / 1e6)
    assert (learning["learned"], learning["center"], learning["high"]) == (50.0, None, None)
    assert learning["points"][0] == [1000.0, pytest.approx(TEN[0]), None, None]
    feed(shop, [*TEN[5:], 14.0, 10.3], 0, 6.0)
    (drawn,) = control_charts(shop.engine, make_config(DEVICES, watch=[watch]), lambda mono_ns: mono_ns / 1e6)
    limits = [drawn[name] for name in ("low", "center", "high", "sigma")]
    assert limits == [pytest.approx(value, abs=2e-3) for value in (7, 10, 13, 1)]
    assert [point[2] for point in drawn["points"]] == [None] * 10 + [1, 0]
    assert (drawn["rules"][0]["ko"], drawn["baseline"], drawn["unit"]) == (
        "관리한계(3시그마)를 벗어났어요", "first", "degC",
    )  # fmt: skip


def test_a_chart_goes_on_after_a_restart_with_the_points_that_its_rules_look_at(bench: Make, make_config: Make) -> None:
    watch = {"name": "heat", "type": "spc", "value": "a.t", "every_s": 0, "count": 10}
    first, second = bench(DEVICES, watch=[watch]), bench(DEVICES, watch=[watch])
    feed(first, [*TEN, 14.0, 10.3])
    second.engine.restore(first.engine.snapshot(), [], same_boot=False)
    (told,) = control_charts(first.engine, make_config(DEVICES, watch=[watch]), lambda mono_ns: mono_ns / 1e6)
    third = bench(DEVICES, watch=[watch])
    third.engine.adopt(first.engine)
    (after_reload,) = control_charts(third.engine, make_config(DEVICES, watch=[watch]), lambda mono_ns: mono_ns / 1e6)
    assert after_reload["points"] == told["points"]
    (drawn,) = control_charts(second.engine, make_config(DEVICES, watch=[watch]), lambda mono_ns: mono_ns / 1e6)
    assert drawn["points"] == [[None, pytest.approx(14.0), 1, None], [None, pytest.approx(10.3), 0, None]]
