"""Schemas: declared once and not again while they mean the same, anew when a column's meaning changed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.config.root import EdgeConfig
from gateway.engine.windows import WINDOWS_S
from gateway.event import Row
from gateway.journal.journal import Journal
from gateway.schemas import Schemas
from sensors import profile

MY_METER = """
id: my-meter
version: {version}
category: energy_meter
maker: Me
model: Meter
source: the label on its back
conf: measured
tcp: {{}}
points:
  - {{name: power, label: {{ko: 전력, en: Power}}, unit: W, address: 0}}
"""


def declared(shop: Any, config: EdgeConfig) -> tuple[Schemas, list[Row]]:
    """Start with a configuration; return its schemas and all the events of the journal."""

    async def main() -> tuple[Schemas, list[Row]]:
        async with await Journal.open(shop.journal_path, "gw_1", shop.clock) as journal:
            schemas = await Schemas.declare(journal, config, type(shop)(config, shop.clock, shop.folder).table)
            return schemas, await journal.events(None)

    return asyncio.run(main())


def test_each_device_has_one_schema_for_samples_and_one_for_each_length_of_window(shop: Any) -> None:
    schemas, events = declared(shop, shop.config)
    assert len(events) == len(shop.table.devices) * (1 + len(WINDOWS_S))
    samples, windows = schemas.of(0), schemas.of_windows(0, WINDOWS_S[0])
    assert (samples.device, samples.fields, samples.units) == (
        "press_1",
        ("power", "temperature", "strokes"),
        ("W", "degC", "1"),
    )
    assert (samples.window_s, windows.window_s) == (None, WINDOWS_S[0])
    assert samples.tags == {"machine": "press", "station": "metal_1"}


def test_an_unchanged_schema_keeps_the_event_that_it_has(shop: Any) -> None:
    first, events = declared(shop, shop.config)
    second, events_later = declared(shop, shop.config)
    assert events_later == events
    assert second.of(0).position == first.of(0).position


def test_a_schema_names_the_version_of_its_devices_profile(shop: Any, tmp_path: Path) -> None:
    """A profile whose point changed its meaning is another version: another schema."""
    tree = shop.config.model_dump(mode="json") | {"machines": [], "rules": []}
    tree["drivers"][0]["devices"][0] = {"name": "press_1", "profile": "my-meter"}
    named = []
    for version in (2, 3):
        (tmp_path / "my-meter.yaml").write_text(MY_METER.format(version=version), "utf-8")
        profile._read.cache_clear()  # two versions within one tick of the file system's clock
        with profile.beside(tmp_path):
            _, events = declared(shop, EdgeConfig.model_validate(tree))
        named.append([event.body["version"] for event in events if event.source == "press_1"])
    assert named == [[2] * (1 + len(WINDOWS_S)), [2] * (1 + len(WINDOWS_S)) + [3] * (1 + len(WINDOWS_S))]


@pytest.mark.parametrize("changed", [{"unit": "kW"}, {"name": "load"}])
def test_a_changed_column_is_a_new_schema_of_its_device_alone(shop: Any, changed: dict[str, str]) -> None:
    before, events = declared(shop, shop.config)
    tree = shop.config.model_dump(mode="json")
    tree["machines"], tree["rules"] = [tree["machines"][0]], []
    tree["drivers"][0]["devices"][0]["points"][0].update(changed)
    tree["machines"][0]["states"] = []
    after, events_later = declared(shop, EdgeConfig.model_validate(tree))
    new = [row.source for row in events_later[len(events) :]]
    assert new.count("press_1") == 1 + len(WINDOWS_S)
    assert set(new) <= {"press_1", "machines"}, "the machines' own fields changed with the machines"
    assert after.of(0).position > before.of(0).position
