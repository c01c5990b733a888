"""What a database must have of a journal: told by the journal's own rows, not by the publisher, and compared."""

import math
from typing import Any

import numpy as np
from databases import VictoriaMetrics

from gateway.event import Event
from sensors.batch import Batch


async def everything(journal: Any, gateway: str = "gw_1", workshop: str = "shop-1") -> dict[Any, dict[str, Any]]:
    """Return what a database must have of a journal, by (measurement, tags, time): read from its rows themselves."""
    origin = (("gateway", gateway), ("workshop", workshop))
    wanted: dict[Any, dict[str, Any]] = {}
    at = None
    while blocks := await journal.blocks(at):
        at = blocks[-1].position
        for block in blocks:
            schema, columns = block.schema, block.columns
            tags = (*origin, ("device", schema.device), *schema.tags.items())
            for t, time_ns in enumerate(columns.time_ns.tolist()):
                fields: dict[str, Any] = {"unsynced": 1} if block.clock == "unsynced" else {}
                name = schema.profile or "device"
                if schema.window_s is None:
                    for k, field in enumerate(schema.fields):
                        if columns.quality[t, k] < 16 and np.isfinite(columns.values[t, k]):
                            fields[field] = columns.values[t, k]
                else:
                    name += f"_{schema.window_s:g}s"
                    for s, statistic in enumerate(("count", "mean", "min", "max", "last")):
                        for k, field in enumerate(schema.fields):
                            if block.windows[t, 0, k] > 0:
                                fields[f"{field}_{statistic}"] = block.windows[t, s, k]
                if fields:
                    wanted[name, tuple(sorted(tags)), time_ns] = fields
    place = None
    while rows := await journal.events(place):
        place = rows[-1].position
        for row in rows:
            if row.kind != "schema":
                tags = (*origin, ("kind", row.kind), ("source", row.source))
                numbers = {name: value for name, value in row.body.items() if isinstance(value, int | float)}
                wanted["event", tuple(sorted(tags)), row.time_ns] = {"id": row.id(gateway)} | numbers
    return wanted


def same(found: dict[Any, dict[str, Any]], wanted: dict[Any, dict[str, Any]]) -> None:
    """See that rows are equal, value by value and ns by ns; of an event's texts the identity alone is looked at."""
    missing, extra = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    assert not missing, f"{len(missing)} are missing: {sorted(missing)[:5]}"
    assert not extra, f"{len(extra)} should not be there: {sorted(extra)[:5]}"
    for place, fields in wanted.items():
        texts = {name for name, value in found[place].items() if isinstance(value, str)} - {"id"}
        assert {name: value for name, value in found[place].items() if name not in texts} == fields, place


Labels = tuple[tuple[str, str], ...]
Series = dict[Labels, list[tuple[int, float]]]


def in_ms(wanted: dict[Any, dict[str, Any]]) -> dict[Labels, dict[int, list[float]]]:
    """Return what a database must have that knows ms and no texts: it keeps a text as 0, and one number of each ms.

    Polls that a busy machine put off may come in the same.
    """
    series: dict[Labels, dict[int, list[float]]] = {}
    for (measurement, tags, time_ns), fields in sorted(wanted.items(), key=lambda item: item[0][2]):
        for name, value in fields.items():
            labels = tuple(sorted((*tags, ("__name__", f"{measurement}_{name}"))))
            of_ms = series.setdefault(labels, {}).setdefault(time_ns // 1_000_000, [])
            of_ms.append(0.0 if isinstance(value, str) else float(value))
    return series


def shown(victoria: VictoriaMetrics, wanted: dict[Any, dict[str, Any]]) -> bool:
    """Return whether the database shows as many numbers as it must; it takes a second or two to show what it took."""
    series = victoria.series()
    return all(len(series.get(labels, ())) >= len(samples) for labels, samples in in_ms(wanted).items())


def same_in_ms(series: Series, wanted: dict[Any, dict[str, Any]]) -> None:
    """See that numbers are equal, and that nothing else is there but other texts of events."""
    expected = in_ms(wanted)
    for labels in series.keys() - expected.keys():
        assert dict(labels)["__name__"].startswith("event_"), labels
        assert {value for _, value in series[labels]} == {0}, labels
    for labels, samples in expected.items():
        assert [ms for ms, _ in series[labels]] == list(samples), labels
        # it keeps decimals of 18 digits and one exponent for a block of values: not every float64 to its last bit
        for ms, found in series[labels]:
            assert any(math.isclose(found, value, rel_tol=1e-12) for value in samples[ms]), (labels, ms)


async def fill(gateway: Any, clock: Any, seconds: int) -> None:
    """Let a shop run: two devices at 1 Hz with gaps and bad values, windows, counts, committed every 10 s."""
    meter = await gateway.schema("meter_1", tags={"machine": "press 1", "station": "line_2"})
    press = await gateway.schema("press_1", profile="maker-press")
    windows = await gateway.journal.declare(
        "meter_1", {"fields": ["power", "voltage"], "units": ["W", "V"], "window_s": 10.0}
    )
    random = np.random.default_rng(seconds)
    for start in range(0, seconds, 10):
        mono_ns = clock.now_ns + np.arange(10) * 1_000_000_000
        values = np.round(random.normal(400, 90, (10, 2)), 2)
        values[3] = np.nan
        quality = random.choice(np.array([0, 0, 0, 1, 18], np.uint8), (10, 2))
        gateway.offer(Batch(0, 0, mono_ns, values, quality), meter)
        strokes = np.column_stack((start + np.arange(10.0), np.arange(10) % 2))
        gateway.offer(Batch(1, 2, mono_ns + 5, strokes, np.zeros((10, 2), np.uint8)), press)
        clock.now_ns += 10_000_000_000
        gateway.journal.stage_window(HandWindow(clock.now_ns, values), windows)
        event = Event(
            "count", "press_1", clock.now_ns, {"delta": 10, "total": start + 10, "raw": start, "reset": False}
        )
        await gateway.journal.commit_block(events=[event])


class HandWindow:
    """What the engine hands over, of the one point that has values."""

    def __init__(self, mono_ns: int, values: Any) -> None:
        self.mono_ns = mono_ns
        good = values[~np.isnan(values[:, 0])]
        self.count = np.array([len(good), 0.0])
        nothing = np.nan
        self.mean, self.min, self.max, self.last = (
            np.array([number, nothing])
            for number in (good[:, 0].mean(), good[:, 0].min(), good[:, 0].max(), good[-1, 0])
        )
