"""Rules and signals that are written once for many."""

import json
from pathlib import Path

import pytest

from gateway.commands.main import main
from gateway.config.expressions import EACH
from gateway.config.load import load
from gateway.config.root import EdgeConfig

CONFIG = """
workshop: {id: shop-1, name: 시험 공방}
drivers:
  - name: bus_1
    type: modbus_tcp
    host: 127.0.0.1
    devices:
      - {name: oven_1, profile: autonics-tk, unit: 1, label: {ko: 가마, en: Oven}}
      - {name: oven_2, profile: autonics-tk, unit: 2}
      - {name: oven_3, profile: autonics-tk, unit: 3}
      - {name: meter_1, profile: eastron-sdm120, unit: 4}
machines:
  - name: press_1
    kind: press
    device: oven_2
    label: {ko: "{큰} 프레스", en: Press}
    states: [{state: run, when: meter_1.power > 9}]
  - {name: press_2, kind: press, states: [{state: run, when: meter_1.power > 99}]}
  - {name: saw, states: [{state: run, when: meter_1.power > 999}]}
signals:
  - name: apart
    for_each: {profile: autonics-tk, without: [oven_3]}
    unit: degC
    value: device.temperature - device.setpoint
    label: {ko: "{device} 차이", en: "{device}, apart"}
rules:
  - name: silent
    for_each: {profile: autonics-tk}
    when: missing(device.temperature, 30s)
    message: {ko: "{device} 침묵", en: "{device} is silent"}
  - name: hot
    for_each: {point: setpoint, without: [oven_3]}
    when: signals.apart > 20 for 10s
    until: signals.apart < 5
    value: device.temperature
    because_of: [silent]
    message:
      ko: "{machine}: {value} {unit}, 맞춘 값 {device.setpoint}"
      en: "{machine} at {value} {unit} of {device.setpoint}"
  - {name: cold, when: oven_1.temperature < 5, because_of: [silent], message: {ko: 추워요, en: Cold}}
  - name: idle
    for_each: {machine: press}
    when: machine.off for 30min
    message: {ko: "{machine}이(가) 쉬어요", en: "{machine} rests"}
"""


@pytest.fixture
def config(tmp_path: Path) -> EdgeConfig:
    (tmp_path / "edge_config.yaml").write_text(CONFIG, encoding="utf-8")
    return load(tmp_path / "edge_config.yaml")


def test_one_rule_is_made_for_each(config: EdgeConfig) -> None:
    rules = {rule.name: rule for rule in config.all_rules}
    assert list(rules) == [
        "silent_oven_1", "silent_oven_2", "silent_oven_3", "hot_oven_1", "hot_oven_2", "cold",
        "idle_press_1", "idle_press_2",
    ]  # fmt: skip
    hot = rules["hot_oven_2"]
    assert (hot.when, hot.until) == ("signals.apart_oven_2 > 20 for 10s", "signals.apart_oven_2 < 5")
    assert (hot.value, hot.because_of, hot.machine) == ("oven_2.temperature", ("silent_oven_2",), "press_1")
    assert rules["idle_press_1"].when == "machines.press_1.off for 30min"
    assert [rule.machine for rule in config.all_rules] == [
        None, "press_1", None, None, "press_1", None, "press_1", "press_2",
    ]  # fmt: skip
    assert rules["cold"].because_of == ("silent_oven_1", "silent_oven_2", "silent_oven_3")


def test_sentences_call_it_by_its_name_and_hold_its_values(config: EdgeConfig) -> None:
    said = {rule.name: rule.message for rule in config.all_rules}
    assert (said["silent_oven_1"].ko, said["silent_oven_2"].en) == ("가마 침묵", "oven_2 is silent")
    assert said["hot_oven_2"].ko == "{{큰}} 프레스: {value} {unit}, 맞춘 값 {oven_2.setpoint}"
    assert said["hot_oven_1"].en == "Oven at {value} {unit} of {oven_1.setpoint}"


def test_one_signal_is_made_for_each(config: EdgeConfig) -> None:
    signals = {signal.name: signal for signal in config.all_signals}
    assert {name: signal.value for name, signal in signals.items()} == {
        "apart_oven_1": "oven_1.temperature - oven_1.setpoint", "apart_oven_2": "oven_2.temperature - oven_2.setpoint",
    }  # fmt: skip
    label = signals["apart_oven_1"].label
    assert label is not None
    assert (label.ko, label.en) == ("가마 차이", "Oven, apart")


def test_the_example_of_the_guide_makes_what_the_guide_says(tmp_path: Path) -> None:
    head, _, _ = CONFIG.partition("signals:")
    text = (head + EACH).replace("oven_3", "oven_9")
    (tmp_path / "edge_config.yaml").write_text(text, encoding="utf-8")
    config = load(tmp_path / "edge_config.yaml")
    rules = {rule.name: rule for rule in config.all_rules}
    assert {"quiet_oven_1", "quiet_oven_9", "idle_long_press_2"} <= set(rules)
    assert "far_off_oven_9" not in rules
    assert (rules["far_off_oven_1"].when, rules["far_off_oven_1"].because_of) == (
        "abs(signals.apart_oven_1) > 20 for 10min", ("quiet_oven_1",),
    )  # fmt: skip


def test_check_tells_what_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "edge_config.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    assert main(["check", str(file)]) == 0
    out = capsys.readouterr().out
    assert "rules 8" in out
    assert "  rules.idle: for_each 2 (idle_press_1, idle_press_2)" in out
    assert main(["check", "--json", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["for_each"]["signals.apart"] == ["apart_oven_1", "apart_oven_2"]
