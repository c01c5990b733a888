"""Examples of expressions for people: what was read, what it comes to. The guide shows them, and a test runs each."""

from collections.abc import Mapping
from typing import Final, NamedTuple

POINTS: Final = {  # of the examples, with their units; what has none is true or false
    "meter_1.power": "W",
    "meter_2.power": "kW",
    "press_1.temperature": "degC",
    "press_1.strokes": "1",
    "press_1.fault": "",
    "door_1.open": "",
    "lathe_1.shock": "m/s2",
}
NO: Final = None  # no reply

Readings = Mapping[str, tuple[float | None, ...]]


class Example(NamedTuple):
    """An expression, the readings of its points, `step_s` apart, and what it is after the last of them."""

    text: str
    readings: Readings
    result: str
    step_s: float = 1.0


def _power(text: str, *readings: float | None, result: str, step_s: float = 1.0) -> Example:
    return Example(text, {"meter_1.power": readings}, result, step_s)


def _fault(text: str, *readings: float | None, result: str, step_s: float = 1.0) -> Example:
    return Example(text, {"press_1.fault": readings}, result, step_s)


# How an expression is built, from the simplest on.
BUILT: Final = (
    _power("meter_1.power > 120", 100, 130, result="true"),
    _power("meter_1.power > 0.12 kW", 100, 130, result="true"),
    _power("meter_1.power > 120", 130, NO, result="unknown"),
    _power("meter_1.power + 5", 100, result="105 W"),
    Example("meter_1.power + meter_2.power", {"meter_1.power": (500,), "meter_2.power": (1.5,)}, "2000 W"),
    Example("press_1.fault == 1", {"press_1.fault": (1,)}, "true"),
    Example(
        "press_1.fault and press_1.temperature > 80", {"press_1.fault": (0,), "press_1.temperature": (NO,)}, "false"
    ),
    Example(
        "press_1.fault or press_1.temperature > 80", {"press_1.fault": (0,), "press_1.temperature": (NO,)}, "unknown"
    ),
    _fault("not press_1.fault", 0, result="true"),
    _power("meter_1.power > 120 for 3s", 130, 130, 130, result="false"),
    _power("meter_1.power > 120 for 3s", 130, 130, 130, 130, result="true"),
    _power("meter_1.power > 120 for 3s", 130, 130, 110, 130, result="false"),
    _power("(1 if meter_1.power > 120 else 0)", 130, result="1"),
    _power("meter_1.power % 60", 130, result="10 W"),
    _power("machines.press_1.run", 130, result="true"),
    _power("machines.press_1.state_s", 130, 130, 130, result="2 s"),
)

# Of each form of each function at least one.
CALLED: Final = (
    Example("abs(press_1.temperature)", {"press_1.temperature": (-4,)}, "4 °C"),
    _power("min(meter_1.power, 100)", 130, result="100 W"),
    _power("max(meter_1.power, 100)", 130, result="130 W"),
    Example("round(press_1.temperature, 1)", {"press_1.temperature": (21.349,)}, "21.3 °C"),
    _power("sqrt(meter_1.power * meter_1.power)", -3, result="3 W"),
    _power("clamp(meter_1.power, 0, 100)", 130, result="100 W"),
    Example("only(meter_1.power, press_1.fault)", {"meter_1.power": (130,), "press_1.fault": (1,)}, "130 W"),
    _power("mean(only(meter_1.power, meter_1.power > 50), 10s)", 10, 100, 200, result="150 W"),
    _power("mean(meter_1.power, 10s)", 100, 200, 600, result="300 W"),
    _power("mean(meter_1.power, 3s)", 900, 100, 200, 600, result="300 W"),
    _power("mean(meter_1.power, 1h, hop 1min)", 100, 200, 600, result="300 W", step_s=600),
    _power("mean(meter_1.power, every 10s)", *[100] * 9, *[900] * 4, result="100 W"),
    _power("mean(meter_1.power * 2, 10s)", 100, 200, 600, result="600 W"),
    _power("median(meter_1.power, 10s)", 100, 200, 9000, result="200 W"),
    _power("sum(meter_1.power, 10s)", 100, 200, result="300 W"),
    _power("min(meter_1.power, 10s)", 300, 100, NO, 200, result="100 W"),
    _power("max(meter_1.power, 10s)", 300, 100, 200, result="300 W"),
    _power("range(meter_1.power, 10s)", 300, 100, 200, result="200 W"),
    _power("std(meter_1.power, 10s)", 100, 300, result="100 W"),
    _power("first(meter_1.power, 10s)", 300, 100, 200, result="300 W"),
    _power("last(meter_1.power, 10s)", 300, 100, NO, result="100 W"),
    Example("rate(press_1.temperature, 10s) > 1 degC/min", {"press_1.temperature": (20, 20.5)}, "true"),
    Example("delta(press_1.strokes, 10s)", {"press_1.strokes": (65530, 65535, 4)}, "10"),
    _power("count(meter_1.power, 10s)", 300, NO, 200, result="2"),
    _power("percentile(meter_1.power, 75, 10s)", 100, 200, 300, 400, 500, result="400 W"),
    _power("ewma(meter_1.power, 30s)", 100, 200, result="103.3 W"),
    _power("stuck(meter_1.power, 3s)", 100, 100, 100, 100, result="true"),
    _power("missing(meter_1.power, 3s)", 100, NO, NO, NO, result="true"),
    _power("changed(meter_1.power, 3s)", 100, 100, 200, 200, result="true"),
    _power("integral(meter_1.power, 10min)", *[1800] * 5, result="2 Wh"),
    Example(
        "integral(meter_1.power, press_1.fault)",
        {"meter_1.power": (1800,) * 5, "press_1.fault": (0, 0, 1, 1, 1)}, "1 Wh",
    ),
    _power("integral(meter_1.power)", *[1800] * 5, result="2 Wh"),
    _power("hours(machines.press_1.run, 10min) > 2s", 130, 130, 130, 110, result="true"),
    Example(
        "hours(machines.press_1.run, press_1.fault) > 2s",
        {"meter_1.power": (130,) * 5, "press_1.fault": (0, 0, 0, 1, 1)}, "false",
    ),
    _power("hours(machines.press_1.run)", *[130] * 6, result="0.01 h", step_s=7.2),
    _fault("count_since(press_1.fault, 10min)", 0, 1, 0, 1, 1, result="2"),
    Example(
        "count_since(press_1.fault, door_1.open)",
        {"press_1.fault": (0, 1, 0, 1), "door_1.open": (0, 0, 1, 1)}, "1",
    ),
    _fault("count_since(press_1.fault)", 0, 1, NO, 1, 0, 1, result="2"),
    _power("share(machines.press_1.run, 10min)", 130, 130, 110, 110, 110, result="50 %"),
    Example(
        "within(door_1.open, press_1.fault, 10s)",
        {"door_1.open": (0, 1, 0, 0), "press_1.fault": (0, 0, 0, 1)}, "true",
    ),
    _fault("flashing(press_1.fault, 6s)", 0, 1, 0, 1, 0, 1, 0, result="true"),
)  # fmt: skip

# What people write first, and what they are told.
WRONG: Final = (
    "meter_1.powr > 5",
    "press_1.temprature > 80",
    "meter_1.power > 80 degC",
    "meter_1.power > 5 and",
    "average(meter_1.power, 10s)",
    "mean(meter_1.power)",
    "mean(meter_1.power, 8h)",
    "meter_1.power + meter_2.power > 5",
    "hours(meter_1.power)",
    "meter_1.power = 5",
)
