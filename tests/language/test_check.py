"""Numbers with their units, truths, and the scope."""

import re

import pytest

from gateway.language import ExpressionError, PointScope, Resolved, parse, parse_number, parse_truth, tree
from gateway.language.dimensions import described, of_quantity, ratio, symbol, times
from sensors.point import Point
from sensors.quantities import QUANTITIES
from tests.language.shop import Shop, short

SHOP = Shop()


@pytest.mark.parametrize(
    ("text", "node", "unit", "offset"),
    [
        ("meter_1.power", "meter_1.power", "W", 0),
        ("meter_2.power", "meter_2.power*1000", "kW", 0),
        ("meter_2.power * 2", "(* meter_2.power*1000 2)", "kW", 0),
        ("meter_1.power + meter_2.power", "(+ meter_1.power meter_2.power*1000)", "W", 0),
        ("meter_1.voltage * meter_1.current", "(* meter_1.voltage meter_1.current)", "A*V", 0),
        ("meter_1.power / meter_2.power", "(/ meter_1.power meter_2.power*1000)", "1", 0),
        ("1 / meter_1.power", "(/ 1 meter_1.power)", "1/W", 0),
        ("rate(oven_1.temperature, 10s)", "(rate oven_1.temperature*0.555556-17.7778 10s)", "degC/s", 0),
        ("oven_1.temperature", "oven_1.temperature*0.555556-17.7778", "degF", -160 / 9),
        ("range(oven_1.temperature, 10s)", "(range oven_1.temperature*0.555556-17.7778 10s)", "degF", 0),
        ("machines.press_1.count", "machines.press_1.count", "pcs", 0),
        ("machines.press_1.state_s", "machines.press_1.state_s", "s", 0),
        ("80 degF", "26.6667", "degF", -160 / 9),
        (
            "oven_1.temperature - press_1.temperature",
            "(- oven_1.temperature*0.555556-17.7778 press_1.temperature)",
            "degC",
            0,
        ),
        ("5", "5", "1", 0),
        ("5 kW + 3", "8000", "kW", 0),
        ("sqrt(meter_1.current * meter_1.current)", "(sqrt (* meter_1.current meter_1.current))", "A", 0),
    ],
)
def test_a_number_comes_in_base_units_with_the_unit_to_show(text: str, node: str, unit: str, offset: float) -> None:
    measured = parse_number(text, SHOP)
    assert short(measured.node) == node
    assert (measured.unit.symbol, measured.unit.offset) == (unit, pytest.approx(offset))


@pytest.mark.parametrize(
    ("text", "unit", "node"),
    [
        ("meter_1.power + meter_2.power", "kW", "(+ meter_1.power meter_2.power*1000)"),
        ("meter_1.voltage * meter_1.current", "W", "(* meter_1.voltage meter_1.current)"),
        ("rate(meter_1.energy, 5min)", "kW", "(* (rate meter_1.energy*1000 5min) 3600)"),
        ("rate(press_1.strokes, 1min)", "pcs/min", "(* (rate press_1.strokes 1min) 60)"),
        ("100", "kW", "100000"),
        ("(100 if press_1.fault else 200)", "kW", "(if press_1.fault? 100000 200000)"),
        ("80", "degF", "26.6667"),
        (
            "press_1.temperature - oven_1.temperature",
            "degC",
            "(- press_1.temperature oven_1.temperature*0.555556-17.7778)",
        ),
    ],
)
def test_a_signal_is_in_the_quantity_of_its_unit(text: str, unit: str, node: str) -> None:
    measured = parse_number(text, SHOP, unit)
    assert short(measured.node) == node
    assert measured.unit.symbol == unit


@pytest.mark.parametrize(
    ("text", "unit", "message"),
    [
        ("meter_1.power", "degC", "character 1: The expression gives power (W), but the unit is 'degC'."),
        ("meter_1.power", "VA", "character 1: The expression gives power (W), but the unit is 'VA'."),
        ("press_1.temperature - oven_1.temperature", "degF", "character 21: It is not clear whether"),
        ("meter_1.power", "furlong", "character 1: 'furlong' is not a unit."),
        ("press_1.fault", "1", "character 1: This is true or false where a number is needed."),
    ],
)
def test_a_signal_of_another_quantity_than_its_unit_is_refused(text: str, unit: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_number(text, SHOP, unit)
    assert str(caught.value).startswith(message)


def test_a_number_is_refused_where_a_truth_is_needed_and_the_other_way_round() -> None:
    assert short(parse_truth("press_1.fault", SHOP)) == "press_1.fault?"
    with pytest.raises(ExpressionError, match="where true or false is needed"):
        parse_truth("meter_1.power", SHOP)
    with pytest.raises(ExpressionError, match="where a number is needed"):
        parse_number("press_1.fault", SHOP)


def test_a_constant_in_the_unit_of_its_point_equals_what_the_table_reads_exactly() -> None:
    """`oven_1.temperature == 80` must hold when the table says 80, to the last bit."""
    for text in ("oven_1.temperature == 80", "oven_1.temperature == 80 degF", "meter_2.power == 0.3"):
        node = parse(text, SHOP)
        assert isinstance(node, tree.Compare)
        assert isinstance(node.left, tree.Point)
        assert isinstance(node.right, tree.Number)
        raw = 80 if "80" in text else 0.3
        assert raw * node.left.scale + node.left.offset == node.right.value


def test_a_point_table_is_a_scope() -> None:
    points = [
        Point(name="power", unit="kW", address=0),
        Point(name="door", type="bool", address=0),
        Point(name="bit", bit=3, address=0),
        Point(name="code", kind="state", address=0),
        Point.model_construct(name="press_1.run", kind="state", unit="1", type="f64", address=0),
    ]
    names = ["plc_1.power", "plc_1.door", "plc_1.bit", "plc_1.code", "machines.press_1.run"]
    scope = PointScope(names, points)
    assert [scope.resolve(name) for name in names] == [
        Resolved(0, "kW"),
        Resolved(1, truth=True),
        Resolved(2, truth=True),
        Resolved(3),
        Resolved(4, truth=True),
    ]
    assert scope.resolve("plc_1.none") is None
    assert list(scope.names()) == names


def test_quantities_multiply_and_compare_by_what_they_are_made_of() -> None:
    power, time, energy = (of_quantity(name) for name in ("power", "time", "energy"))
    assert times(power, time, -1) == (("power", 1), ("time", -1))
    assert times(power, power, -1) == ()
    assert symbol(times(power, time, -1)) == "W/s"
    assert ratio(times(power, time), energy) == pytest.approx(1 / 3600)
    assert ratio(energy, power) is None
    assert ratio(of_quantity("power"), of_quantity("apparent_power")) is None


def test_every_quantity_has_a_korean_name() -> None:
    for quantity in QUANTITIES:
        assert re.match(r"[가-힣 ]+(\(|$)", described(of_quantity(quantity))["ko"]), quantity
