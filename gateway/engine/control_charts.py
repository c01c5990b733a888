"""The control charts that watches look at, as a screen draws them: centre, limits, the last points, what each broke."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gateway.config.root import EdgeConfig
from gateway.config.watch import Watch
from gateway.engine.columns import Float64s
from gateway.engine.engine import Engine
from gateway.engine.learned import Learned
from gateway.figures.run_rules import SAID, RuleSet
from sensors.quantities import Unit

SIGMAS: Final = 3.0  # from the centre to a limit
Entry = dict[str, Any]


def control_charts(engine: Engine, config: EdgeConfig, ts: Callable[[int], float]) -> list[Entry]:
    """Return the chart of each watch of type `spc`, values in its own unit; `ts` makes UTC ms of mono ns.

    While the baseline is learned (`learned` in percent) centre, sigma and limits are None. A point is
    `[ts, value, broken, uneven]`: `ts` None before a restart; `broken` the number of the first broken rule, 0 for
    none, None where it was not judged; `uneven`, of subgroups, its spread by the spread's limit: beyond 1 is too much.
    """
    rules = {root.rule.name: number for number, root in enumerate(engine.roots.rules)}
    found = []
    for _, watch in config.made_watches:
        number = rules.get(f"{watch.name}_1")
        if watch.type == "spc" and number is not None:  # type: ignore[attr-defined]  # every kind of watch has one
            found.append(_chart(engine, watch, number, ts))
    return found


def _chart(engine: Engine, watch: Watch, number: int, ts: Callable[[int], float]) -> Entry:
    asked: Any = watch  # an SpcWatch: its module is imported only where there is one
    cell, unit = engine.graph.rules[number].value, engine.roots.rules[number].unit
    assert cell is not None
    bank = engine.state.learned[cell.bank]
    column = int(bank.columns[bank.cells.index(cell)])
    center, sigma = float(bank.told["usual"][column]), float(bank.told["sigma"][column])
    return {
        "name": watch.name,
        "label": watch.label and watch.label.model_dump(),
        "value": watch.value,
        "machine": watch.machine,
        "unit": unit.symbol,
        "rule_set": asked.rule_set,
        "rules": [dict(said) for said in SAID[asked.rule_set]],
        "baseline": asked.baseline,
        "count": asked.count,
        "size": bank.points.size,
        "every_s": asked.every_s,
        "learned": float(bank.told["learned"][column]),
        "center": _number(unit.from_base(center)),
        "sigma": _number(unit.from_base(sigma, difference=True)),
        "low": _number(unit.from_base(center - SIGMAS * sigma)),
        "high": _number(unit.from_base(center + SIGMAS * sigma)),
        "points": _points(bank, column, asked.rule_set, unit, ts),
    }


def _points(bank: Learned, column: int, rules: RuleSet, unit: Unit, ts: Callable[[int], float]) -> list[list[Any]]:
    return [
        [
            None if one.begin_ns is None else ts(one.begin_ns),
            unit.from_base(float(one.value[column])),
            _whole(one.broken[rules], column),
            _number(float(one.uneven[column])) if bank.points.size > 1 else None,
        ]
        for one in bank.drawn
        if not np.isnan(one.value[column])
    ]


def _whole(broken: Float64s, column: int) -> int | None:
    return None if np.isnan(broken[column]) else int(broken[column])


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
