"""The engine benchmark's day in bytewax, run by a Python that has it: work in as JSON, seconds and events out.

As bytewax keeps state, by key: each reading is an item of its point, which keeps the point's features, its rules and
its ten-second and minute windows; readings that a rule of several points looks at go on to that rule, each machine's
to the machine. Items leave the source in batches of a thousand rows. One worker, as the engine has one core.
"""

import json
import math
import sys
import time
from collections.abc import Iterable
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main
from engine_plain import Told, Work, known

BATCH_ROWS = 1000
SEVERAL = ("pair", "either", "choose")
Item = tuple[str, tuple[int, float]]


class RollUp:
    """Count, sum, least, most and last of a point's readings, over aligned ten seconds and minutes."""

    def __init__(self, window_s: int) -> None:
        self.window_ns, self.end_ns = window_s * 1_000_000_000, 0
        self.count, self.total, self.least, self.most, self.last = 0, 0.0, math.inf, -math.inf, math.nan

    def push(self, now_ns: int, value: float) -> tuple[Any, ...] | None:
        """Take a reading; return the window that it ended."""
        ended = None
        if now_ns >= self.end_ns:
            if self.end_ns:
                ended = (self.end_ns, self.count, self.total, self.least, self.most, self.last)
            self.end_ns = (now_ns // self.window_ns + 1) * self.window_ns
            self.count, self.total, self.least, self.most = 0, 0.0, math.inf, -math.inf
        if value == value:
            self.count, self.total, self.last = self.count + 1, self.total + value, value
            self.least, self.most = min(self.least, value), max(self.most, value)
        return ended


class OnePoint:
    """The state of a point's key: the work of its own rules, and its windows."""

    def __init__(self, rules: list[dict[str, Any]], machines: list[dict[str, Any]]) -> None:
        self.work = Work(rules, machines, 1)
        self.windows = (RollUp(10), RollUp(60))

    def push(self, now_ns: int, value: float) -> Iterable[Any]:
        """Take a reading and yield events and windows."""
        yield from self.work.row(now_ns, (value,))
        for window in self.windows:
            if ended := window.push(now_ns, value):
                yield ended


class Several:
    """The state of a rule of several points: evaluated when all of a row's readings have come."""

    def __init__(self, rule: dict[str, Any]) -> None:
        self.places = list(dict.fromkeys(rule["points"]))
        local = {**rule, "points": [self.places.index(place) for place in rule["points"]]}
        self.work = Work([local], [], len(self.places))
        self.row: dict[int, float] = {}

    def push(self, now_ns: int, place: int, value: float) -> Iterable[Told]:
        """Take one reading and yield events."""
        self.row[place] = value
        if len(self.row) == len(self.places):
            yield from self.work.row(now_ns, [self.row[one] for one in self.places])
            self.row = {}


class Keys:
    """Which rules and machines belong to which key, and the steps that keep state."""

    def __init__(self, work: dict[str, Any]) -> None:
        self.own: dict[str, list[dict[str, Any]]] = {}  # rules of one point
        self.shared: dict[str, list[tuple[str, int]]] = {}  # rules of several, by each of their points
        self.rules = {f"r0_{number}": {**rule, "name": f"r0_{number}"} for number, rule in enumerate(work["rules"])}
        for name, rule in self.rules.items():
            if rule["shape"] in SEVERAL:
                for place in dict.fromkeys(rule["points"]):
                    self.shared.setdefault(f"p{place}", []).append((name, place))
            else:
                self.own.setdefault(f"p{rule['points'][0]}", []).append({**rule, "points": [0]})
        self.machines = {
            f"p{machine['point']}": [{**machine, "name": f"m{number}", "point": 0}]
            for number, machine in enumerate(work["machines"])
        }

    def point(self, state: OnePoint | None, item: Item) -> tuple[OnePoint, list[Any]]:
        """Take a reading into its point's state."""
        state = state or OnePoint(self.own.get(item[0], []), self.machines.get(item[0], []))
        return state, list(state.push(*item[1]))

    def several(self, state: Several | None, item: tuple[str, int, int, float]) -> tuple[Several, list[Told]]:
        """Take a reading into the state of a rule that looks at several points."""
        state = state or Several(self.rules[item[0]])
        return state, list(state.push(*item[1:]))

    def share(self, item: Item) -> list[tuple[str, tuple[str, int, int, float]]]:
        """Return a reading for each rule that looks at it and at others."""
        now_ns, value = item[1]
        return [(name, (name, now_ns, place, value)) for name, place in self.shared.get(item[0], ())]


def flow_of(work: dict[str, Any], told: list[Any]) -> Dataflow:
    """Return the dataflow; what it tells is appended to `told`."""
    keys = Keys(work)
    rows = list(zip(work["times"], known(work["rows"]), strict=True))
    names = [f"p{place}" for place in range(len(rows[0][1]))]

    def items(row: tuple[int, list[float]]) -> list[Item]:
        now_ns, values = row
        return [(name, (now_ns, value)) for name, value in zip(names, values, strict=True)]

    flow = Dataflow("day")
    readings = op.flat_map("readings", op.input("rows", flow, TestingSource(rows, BATCH_ROWS)), items)
    keyed = op.map("keyed", readings, lambda item: (item[0], item))
    points = op.stateful_flat_map("points", keyed, keys.point)
    several = op.stateful_flat_map("several", op.flat_map("shared", readings, keys.share), keys.several)
    op.output("out", op.map("bare", op.merge("all", points, several), lambda item: item[1]), TestingSink(told))
    return flow


def main() -> None:
    """Run the work that standard input tells; print the seconds that it took and the events that it made."""
    work: dict[str, Any] = json.load(sys.stdin)
    told: list[Any] = []
    flow = flow_of(work, told)
    begun = time.process_time()
    run_main(flow)
    seconds = time.process_time() - begun
    json.dump({"seconds": seconds, "events": [one for one in told if len(one) == 3]}, sys.stdout)


if __name__ == "__main__":
    main()
