"""Every example of the guide is true: the engine gets the readings and comes to the result."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import pytest

from gateway.engine.engine import Engine
from gateway.engine.plan import roots_of
from gateway.engine.roots import MachineRoot, SignalRoot
from gateway.language import ExpressionError, PointScope, normalise, parse, parse_number, parse_truth
from gateway.language.examples import BUILT, CALLED, POINTS, WRONG, Example, Readings
from gateway.language.functions import FUNCTIONS
from gateway.language.signal_examples import SIGNAL_EXAMPLES
from gateway.language.tokens import KEYWORDS
from gateway.table import PointTable
from gateway.wording import UNKNOWN, spelt_with
from sensors.quantities import Unit
from tests.engine.conftest import Bench, config_of

Read = Callable[[Engine], str]


def devices() -> dict[str, list[str | dict[str, Any]]]:
    found: dict[str, list[str | dict[str, Any]]] = {}
    for name, unit in POINTS.items():
        device, point = name.split(".")
        kind: dict[str, Any] = {"unit": unit} if unit else {"type": "bool"}
        kind |= {"kind": "counter", "type": "u16"} if point == "strokes" else {}
        found.setdefault(device, []).append({"name": point, **kind})
    return found


CONFIG = config_of(
    devices(),
    machines=[
        {"name": "press_1", "states": [{"state": "run", "when": "meter_1.power > 120"}]},
        {"name": "told", "states": [{"state": "run", "when": "meter_1.power > 0"}]},
    ],
    signals=[{"name": "told", "value": "meter_1.power", "unit": "W"}],
)
TABLE = PointTable.of(CONFIG)
SCOPE = PointScope(TABLE.names, [TABLE.point(index) for index in range(len(TABLE))])


def engine_of(text: str) -> tuple[Engine, Read]:
    """Return an engine whose signal or machine is the expression, and what reads it as people do."""
    roots = roots_of(CONFIG, TABLE)
    try:
        measured = parse_number(text, SCOPE)
    except ExpressionError:
        truth = MachineRoot("told", (("run", parse_truth(text, SCOPE)),))
        engine = Engine(CONFIG, TABLE, replace(roots, machines=(roots.machines[0], truth)))
        return engine, lambda one: {"run": "true", "off": "false"}.get(one.machines[1].state, "unknown")
    engine = Engine(CONFIG, TABLE, replace(roots, signals=(SignalRoot("told", measured.node, measured.unit),)))
    return engine, lambda one: number(measured.unit, float(one.values[TABLE.index("signals.told")]))


def number(unit: Unit, value: float) -> str:
    told = spelt_with(unit, None if math.isnan(value) else value)
    return "unknown" if told == UNKNOWN else told


def feed(engine: Engine, readings: Readings, step_s: float) -> None:
    """Feed the readings, and let each second pass. Points of a device that say nothing have no reply."""
    bench = Bench(engine)
    rows: dict[str, list[tuple[float, list[float]]]] = {}
    for name, values in readings.items():
        device, point = name.split(".")
        points = [one.name for one in TABLE.devices[TABLE.device_index(device)].points]
        for place, value in enumerate(values):
            row = rows.setdefault(device, [])
            if place == len(row):
                row.append((1 + place * step_s, [math.nan] * len(points)))
            row[place][1][points.index(point)] = math.nan if value is None else value
    second = 0
    for together in zip_longest(*rows.values()):
        for device, one in zip(rows, together, strict=True):
            if one is not None:
                bench.tick(*range(second + 1, int(one[0])))
                second = int(one[0]) - 1
                bench.feed(device, one)
        second += 1
        bench.tick(second)


@pytest.mark.parametrize("example", [*BUILT, *CALLED, *SIGNAL_EXAMPLES], ids=lambda one: one.text)
def test_an_example_comes_to_what_is_said(example: Example) -> None:
    engine, read = engine_of(example.text)
    feed(engine, example.readings, example.step_s)
    assert read(engine) == example.result


def test_what_is_wrong_is_told() -> None:
    for text in WRONG:
        with pytest.raises(ExpressionError):
            parse(text, SCOPE)


def test_every_form_of_a_function_but_those_of_the_calendar_has_an_example() -> None:
    told = {" ".join(normalise(example.text).split("(")[0].split()) for example in (*CALLED, *SIGNAL_EXAMPLES)}
    wanted = [function.name for function in FUNCTIONS if function.form != "calendar"]
    assert [name for name in wanted if name not in told and name != "demand"] == []
    assert len([one for one in CALLED if one.text.startswith("integral")]) == 3
    assert {"hop", "every", "for"} <= KEYWORDS
