"""Schemas: declared once and not again while they mean the same, anew when a column's meaning changed."""

import asyncio
from typing import Any

import pytest

from gateway.config.root import EdgeConfig
from gateway.engine.windows import WINDOWS_S
from gateway.event import Row
from gateway.journal.journal import Journal
from gateway.schemas import Schemas


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
