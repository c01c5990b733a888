"""Shops of many points and rules tell the same by the kernel, by NumPy, and by both, row by row and in blocks."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from gateway.engine import kernel, native
from tests.engine.conftest import Bench, Row
from tests.engine.expressions import EXAMPLES

Make = Callable[..., Bench]
POINTS = [f"x{number}" for number in range(70)]  # more than are looked at together
WINDOWS = ("mean", "sum", "std", "min", "max", "range", "count", "delta", "first", "last")
NEAR = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.95, 1.3, -0.3, -0.7)
ODD = (math.nan, math.inf, 1e200)
Step = tuple[str, list[Row]]  # rows of a device, or a second of nobody


class Chance(random.Random):
    """Chooses what a shop is made of, and what happens in it."""

    def point(self) -> str:
        """Return one of all points."""
        return f"{self.choice('ab')}.{self.choice(POINTS)}"

    def comparison(self, number: str) -> str:
        """Return a comparison of a number with a limit, some of which are numbers that are read."""
        return f"{number} {self.choice(['>', '>=', '<', '<='])} {self.choice(['0.2', '0.5', '0.7', '-0.3', '1'])}"

    def truth(self, depth: int = 0) -> str:
        """Return a condition."""
        point, length = self.point(), self.choice(["1s", "2s"])
        deeper = "comparison" if depth > 2 else self.choice(["and", "and", "for", "if"])
        kind = self.choice(["comparison", "comparison", "recent", "window", "window", "ewma", "order", deeper, deeper])
        match kind:
            case "and":
                return f"({self.truth(depth + 1)} {self.choice(['and', 'or'])} not {self.truth(depth + 1)})"
            case "for":
                return f"(({self.truth(depth + 1)}) for {self.choice(['500ms', '1s', '2s'])})"
            case "if":
                return f"({self.choice(['1', '0.2'])} if {self.truth(depth + 1)} else 0.7) > 0.5"
            case "recent":
                return f"{self.choice(['stuck', 'missing', 'changed'])}({point}, {length})"
            case "window":
                return self.comparison(f"{self.choice(WINDOWS)}({point}, {length})")
            case "ewma":
                return self.comparison(f"ewma({point}, {self.choice(['1s', '3s'])})")
            case "order":
                return f"({point} - {self.point()}) > {self.point()}"
        return f"({self.comparison(point)})"

    def rule(self, name: str) -> dict[str, Any]:
        """Return a rule; some have an end of their own, or tell a value, or more than one."""
        rule: dict[str, Any] = {"name": name, "when": self.truth()}
        if self.random() < 0.15:
            rule["until"] = self.truth()
        if self.random() < 0.2:
            rule["value"] = self.point()
            rule |= {"message": {"ko": "{value}", "en": "{value}"}} if self.random() < 0.2 else {}
        return rule

    def day(self) -> list[Step]:
        """Return rows that come alone and together, and seconds between them."""
        at_s, steps, last = 0.0, [], {device: [0.0] * len(POINTS) for device in "ab"}
        bad, moves, ticks = self.choice([0.0, 0.001, 0.01]), self.choice([0.05, 0.4, 1.0]), self.choice([0.05, 0.5])
        for _ in range(50):
            device, rows = self.choice("aaab"), []
            for _ in range(self.choice([1, 1, 2, 9])):
                at_s += self.choice([0.25, 0.5, 0.5, 0.75, 1.0, 1e-9])
                last[device] = [self.choice(NEAR) if self.random() < moves else value for value in last[device]]
                rows.append((at_s, [self.choice(ODD) if self.random() < bad else value for value in last[device]]))
            steps.append((device, rows))
            if self.random() < ticks:
                steps.append(("", [(math.ceil(at_s), [])]))
        return steps


def happened(shop: Bench, day: list[Step], together: bool) -> list[tuple[object, ...]]:
    for device, rows in day:
        for part in [rows] if together else [[row] for row in rows]:
            if device:
                shop.feed(device, *part)
            else:
                shop.tick(part[0][0])
    return [(event.source, event.mono_ns, event.body) for event in shop.events]


@pytest.mark.parametrize("seed", range(EXAMPLES // 4))
def test_a_shop_tells_the_same_whoever_evaluates_its_rows(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = Chance(seed)
    rules = [chance.rule(f"r{number}") for number in range(chance.choice([50, 150, 300]))]
    day, machines = chance.day(), [{"name": "m", "states": [{"state": "run", "when": chance.truth()}]}]

    def told(together: bool) -> list[tuple[object, ...]]:
        shop = make_shop({"a": POINTS, "b": POINTS}, rules=rules, machines=machines[seed % 2 :])
        return happened(shop, day, together)

    by_kernel = told(together=False)
    assert len(by_kernel) > 50
    assert told(together=True) == by_kernel
    monkeypatch.setattr(native, "_MOST", 20)  # stages: larger programs are NumPy's
    assert told(together=True) == by_kernel
    monkeypatch.setattr(kernel, "LOADED", None)
    assert told(together=False) == by_kernel
