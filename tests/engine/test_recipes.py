"""The rules of the guide's page of recipes, each on a day of its own: `recipes/<rule>.yaml` tells what was read.

`told` has the readings of a point as steps [second, value] (null: no reply), or a counter's pulses; other points of
the page are not read, but the fridge, whose rule tells just that. `alarms` is all that must come of it.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.table import PointTable
from sensors.batch import Batch
from sensors.quality import GOOD, NO_REPLY
from tests.guide import BLOCK, FILES, text

RECIPES = sorted((Path(__file__).parent / "recipes").glob("*.yaml"))
MIDNIGHT_S = 1_764_514_800  # 2025-12-01, a Monday, 00:00 in Seoul
SECOND_NS = 1_000_000_000


def page(language: str, shortened: tuple[str, str] = ("", "")) -> EdgeConfig:
    """All snippets of the page together; `shortened` is what no test waits for, and instead of it."""
    tree: dict[str, Any] = {"workshop": {"id": "w-1", "name": "공방"}}
    for kind, code in BLOCK.findall(text("rules", language)):
        for name, part in (YAML(typ="safe").load(code.replace(*shortened)) or {}).items() if kind == "yaml" else ():
            tree.setdefault(name, []).extend(part)
    return EdgeConfig.model_validate(tree)


class Day:
    """What was read, as rows of whole devices."""

    def __init__(self, recipe: Path, table: PointTable) -> None:
        day = YAML(typ="safe").load(recipe)
        self.start_s = MIDNIGHT_S + day["hours"][0] * 3600 + day["hours"][1] * 60
        self.every_s = day.get("every_s", 1)
        self.told = {"fridge.temperature": [[0, 4]]} | day["told"]
        self.alarms = [tuple(one) for one in day["alarms"]]
        self.table = table
        self.end_s = max(_end(how) for how in self.told.values()) + 10

    def rows(self, at_s: int) -> list[Batch]:
        """Return the rows of a second."""
        found = []
        for number, entry in enumerate(self.table.devices[:-2]):
            names = [f"{entry.name}.{point.name}" for point in entry.points]
            if not any(name in self.told for name in names):
                continue
            values = np.array([[_value(self.told[name], at_s) if name in self.told else np.nan for name in names]])
            quality = np.where(np.isnan(values), NO_REPLY, GOOD).astype(np.uint8)
            found.append(Batch(number, entry.first, np.array([at_s * SECOND_NS], np.int64), values, quality))
        return found


def _end(how: Any) -> int:
    return how["again"][1] if isinstance(how, dict) else how[-1][0]


def _value(how: Any, at_s: int) -> float:
    if isinstance(how, dict):
        spans = [(how["from"], how["to"]), tuple(how["again"])]
        return float(sum(max(0, min(at_s, end) - begin) // how["every_s"] for begin, end in spans))
    value = [value for begin, value in how if begin <= at_s][-1]
    return float("nan") if value is None else float(value)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_raises_its_alarm_and_nothing_else(recipe: Path) -> None:
    config = page("en", tuple(YAML(typ="safe").load(recipe).get("shortened", ("", ""))))
    table = PointTable.of(config)
    engine, day = Engine(config, table), Day(recipe, table)
    engine.season.offset_ns = day.start_s * SECOND_NS
    events = []
    for at_s in range(0, day.end_s, day.every_s):
        for batch in day.rows(at_s):
            events += engine.feed(batch).events
        events += engine.tick(at_s * SECOND_NS).events
    told = [
        (round(event.mono_ns / SECOND_NS), event.body["rule"], event.body["action"])
        for event in events
        if event.kind == "alarm" and event.body["rule"] != "first_rule"
    ]
    assert told == day.alarms


def test_both_pages_have_the_same_rules_and_each_has_a_day() -> None:
    korean, english = (page(language) for language in FILES)
    assert korean == english
    tried = {name for recipe in RECIPES for _, name, _ in YAML(typ="safe").load(recipe)["alarms"]}
    assert {rule.name for rule in english.rules} - tried == {"first_rule", "idle_long"}
