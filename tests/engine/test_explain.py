"""An explained rule: each part with its value now, and which parts decide. Looking changes nothing."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from gateway.engine.explain import Part, explain
from gateway.engine.memory import save
from gateway.language.functions import FUNCTIONS

Make = Callable[..., Any]
NAN = math.nan
HOT = {"name": "hot", "when": "(m.t > 80 degC for 5s) and not m.door"}
POINTS = [{"name": "t", "quantity": "temperature", "unit": "degC"}, {"name": "door", "type": "bool"}, "x"]


def _explained(shop: Any, make_config: Make, rules: list[dict[str, Any]], rule: str = "hot") -> Any:
    return explain(shop.engine, make_config({"m": POINTS}, rules=rules), rule)


def _said(parts: tuple[Part, ...]) -> list[tuple[str, object]]:
    return [(part.text, part.value) for part in parts]


def test_each_part_has_its_value_in_its_own_unit(bench: Make, make_config: Make) -> None:
    shop = bench({"m": POINTS}, rules=[HOT])
    shop.feed("m", (1, (82.5, 0, 0)))
    shop.tick(2, 3)
    when = _explained(shop, make_config, [HOT]).when
    assert (when.text, when.value) == ("(m.t > 80 degC for 5s) and not m.door", False)
    hold, closed = when.parts
    assert (hold.value, hold.ends_in_s) == (False, 3.0)
    assert hold.parts[0].value is True
    assert (hold.parts[0].parts[0].text, hold.parts[0].parts[0].value, hold.parts[0].parts[0].unit) == (
        "m.t", 82.5, "degC",
    )  # fmt: skip
    assert _said(when.decides) == [("m.t > 80 degC for 5s", False)]
    assert closed.value is True


def test_what_decides_is_told(bench: Make, make_config: Make) -> None:
    rules = [{"name": "hot", "when": "m.x > 5 and m.t > 10 degC or m.door"}]
    shop = bench({"m": POINTS}, rules=rules)
    shop.feed("m", (1, (5, 0, 7)))
    assert _said(_explained(shop, make_config, rules).when.decides) == [("m.t > 10 degC", False), ("m.door", False)]
    shop.feed("m", (2, (15, 0, 7)))
    assert _said(_explained(shop, make_config, rules).when.decides) == [("m.x > 5", True), ("m.t > 10 degC", True)]
    shop.feed("m", (3, (NAN, 0, 7)))
    assert _said(_explained(shop, make_config, rules).when.decides) == [("m.t > 10 degC", None)]


def test_a_number_that_takes_its_unit_from_beside_it_is_told_with_it(bench: Make, make_config: Make) -> None:
    rules = [{"name": "hot", "when": "m.t + 5 > 20 degC", "until": "m.t < 3"}]
    shop = bench({"m": POINTS}, rules=rules)
    shop.feed("m", (1, (18, 0, 7)))
    explained = _explained(shop, make_config, rules)
    assert explained.when.value is True
    assert explained.until.value is False


def test_the_bank_counts_what_a_row_compares_at_once(bench: Make, make_config: Make) -> None:
    """Comparisons of one device with constants are one bank, whatever their operator; another device has its own."""
    devices = {"m": POINTS, "other": ["y"]}
    rules = [HOT, {"name": "low", "when": "m.x < 3"}, {"name": "far", "when": "other.y > 3"}]
    shop = bench(devices, rules=rules)
    assert explain(shop.engine, make_config(devices, rules=rules), "hot").bank == 2
    assert explain(shop.engine, make_config(devices, rules=rules), "far").bank == 1


def test_looking_changes_nothing(bench: Make, make_config: Make) -> None:
    shop = bench({"m": POINTS}, rules=[HOT])
    shop.feed("m", (1, (82.5, 0, 0)))
    shop.tick(2)
    before = repr(save(shop.engine))
    _explained(shop, make_config, [HOT])
    assert repr(save(shop.engine)) == before


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: f"{one.name}-{one.form}")
def test_every_function_can_be_explained(function: Any, bench: Make, make_config: Make) -> None:
    call = function.signature
    for name, point in (
        ("device.point", "m.x"),
        ("a.x", "m.x"),
        ("b.y", "m.x"),
        ("a.on", "m.x > 1"),
        ("b.on", "m.x < 1"),
    ):
        call = call.replace(name, point)
    rules = [{"name": "hot", "when": call if function.result == "truth" else f"{call} > -1"}]
    measured = {"quantity": "acceleration", "unit": "gn"} if function.result == "velocity" else {}
    points = [*POINTS[:2], {"name": "x", **measured}]
    shop = bench({"m": points}, rules=rules)
    for second in range(1, 40):
        shop.feed("m", (second - 0.5, (20, 0, second % 3)))
        shop.tick(second)
    explained = explain(shop.engine, make_config({"m": points}, rules=rules), "hot").when
    active = bool(shop.engine.alarms)
    assert explained.value is active or explained.value is None, "unknown raises no alarm and ends none"
    assert bool(explained.parts) or call == "planned()"


def test_a_rule_that_is_not_there_is_a_key_error(bench: Make, make_config: Make) -> None:
    with pytest.raises(KeyError):
        _explained(bench({"m": POINTS}, rules=[HOT]), make_config, [HOT], "cold")


@pytest.mark.parametrize(
    "text", ["mean({}, 10s)", "usual({}, baselines.first, 10)", "rms({}, 1s)", "odd({}, seasons.hour, 10)"]
)
def test_a_rule_is_explained_beside_others_that_look_at_the_same_rows(
    text: str, bench: Make, make_config: Make
) -> None:
    message = {"ko": f"{{{text.format('m.t')}}}", "en": "Hot"}
    rules = [{"name": "hot", "when": f"{text.format('m.x')} > 0", "message": message}]
    signals = [{"name": "s", "value": text.format("m.t"), "unit": "1" if "odd" in text else "degC"}]
    shop = bench({"m": POINTS}, rules=rules, signals=signals)
    for second in range(1, 40):
        shop.feed("m", (second, (20, 0, second % 3)))
    explained = explain(shop.engine, make_config({"m": POINTS}, rules=rules, signals=signals), "hot").when
    assert explained.parts[0].text == text.format("m.x")
    assert explained.value is bool(shop.engine.alarms)
