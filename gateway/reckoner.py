"""Reckoner: OEE, energy, states and samples of a period, worked out beside the loop; a month is 100 000 events.

States and pieces come from the journal. Energy comes from the history: its minutes tile monotonic time, so a quarter
hour is right to half a minute at its ends; where only hours are kept, sums are right and there is no peak.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway import apart
from gateway.clock import Clock
from gateway.config.root import EdgeConfig
from gateway.engine.plan import meter_of
from gateway.engine.roots import MeterRoot
from gateway.errors import StorageFailed
from gateway.figures.timeline import Span
from gateway.history.buckets import HOUR_S, LAST, MEAN, MINUTE_S
from gateway.history.file import MINUTES, MINUTES_KEEP_S
from gateway.history.history import History
from gateway.journal.blocks import STATISTICS
from gateway.table import PointTable
from gateway.workday import Workday
from sensors.batch import Float64s

Answer = dict[str, Any]
SECOND_NS: Final = 1_000_000_000


class Reckoner:
    """Has one process at work at a time. The plan of a period is that of the present configuration."""

    def __init__(self, journal: Path, history: History, clock: Clock) -> None:
        self._journal, self._history, self._clock = journal, history, clock
        self._one = asyncio.Semaphore(1)

    async def oee(
        self, config: EdgeConfig, machine: str | None, span: Span, layers: Mapping[str, Answer] | None = None
    ) -> Answer:
        """Return OEE, stops and cycles of one machine, or all. KeyError without such a machine, StorageFailed.

        `layers`: what people told of machines, see `figures.machine.Layer`.
        """
        chosen = [one for one in config.machines if machine in (None, one.name)]
        if machine is not None and not chosen:
            raise KeyError(machine)
        known = {"name", "station", "ideal_cycle_s", "micro_stop_s"}
        options = [one.model_dump(include=known) | {"layer": (layers or {}).get(one.name, {})} for one in chosen]
        return {"machines": await self._ask(config, span, machines=options) if options else []}

    async def tools(self, config: EdgeConfig, tools: Sequence[Answer], now_ns: int) -> list[Answer]:
        """Return tools as `floor_reports.tools_report` tells them, with the minutes that their machines ran since they
        were changed, planned or not, and those of which nobody knows whether they did. StorageFailed.
        """
        known, found = {one.name for one in config.machines}, []
        for tool in tools:
            run_min = unknown_min = None
            if tool["life_min"] and tool["changed"] and tool["machine"] in known:
                span = min(tool["changed"] * 1_000_000, now_ns), now_ns
                asked = [{"name": tool["machine"], "ideal_cycle_s": None, "micro_stop_s": 0}]
                (told,) = await self._ask(config, span, machines=asked, planned=[span])
                run_min, unknown_min = (round(told["seconds"][state] / 60, 1) for state in ("run", "unknown"))
            worn = tool["worn"] or (run_min is not None and run_min >= tool["life_min"])
            found.append(tool | {"run_min": run_min, "unknown_min": unknown_min, "worn": worn})
        return found

    async def energy(self, config: EdgeConfig, table: PointTable, name: str, span: Span) -> Answer:
        """Return the energy of a machine that names its meter, by its states and pieces, or of a point.

        KeyError for what has no energy, StorageFailed.
        """
        machine = next((one for one in config.machines if one.name == name), None)
        point = name if machine is None else machine.energy or ""
        meter = meter_of(table, point)
        from_s, to_s = span[0] // SECOND_NS - MINUTE_S, -(-span[1] // SECOND_NS)
        begin_s, values, fine_s = await self._values(point, meter, from_s, to_s)
        asked = {"begin_s": begin_s, "values": values, "fine_s": fine_s, "counts": meter.counts}
        found = await self._ask(config, span, energy=asked | {"machine": machine and machine.name})
        return {"machine": machine and machine.name, "point": point, **found}

    async def states(self, machines: Sequence[str], span: Span) -> Answer:
        """Return when each state of each machine began, `[ts, state]`; gaps are unknown. StorageFailed."""
        return {"states": await self._ask_past(span, machines=machines) if machines else {}}

    async def samples(self, point: str, span: Span) -> Answer:
        """Return a point's samples as they were kept, in the shape of the history. StorageFailed."""
        found: Answer = await self._ask_past(span, point=point)
        return {"fields": ["ts", *STATISTICS], **found}

    async def _values(self, point: str, meter: MeterRoot, from_s: int, to_s: int) -> tuple[int, Float64s, int]:
        """Return where values by the minute begin, the values, and from when on they are more than an hour's."""
        fine_s = (self._clock.time_ns(self._clock.mono_ns()) // SECOND_NS - MINUTES_KEEP_S) // HOUR_S * HOUR_S
        if from_s >= fine_s:
            begin_s, minutes = await self._history.minutes(point, from_s, to_s)
            return begin_s, minutes[:, LAST if meter.counts else MEAN] * meter.scale, fine_s
        begin_s, hours = await self._history.hours(point, from_s, to_s)
        values = np.repeat(hours[:, LAST if meter.counts else MEAN], MINUTES)
        if meter.counts:  # what an hour ends with is not known before
            values[np.arange(len(values)) % MINUTES != MINUTES - 1] = np.nan
        if to_s > fine_s:
            fine_at, minutes = await self._history.minutes(point, max(fine_s, begin_s), to_s)
            at = (fine_at - begin_s) // MINUTE_S
            part = minutes[: len(values) - at, LAST if meter.counts else MEAN]
            values[at : at + len(part)] = part
        return begin_s, values * meter.scale, fine_s

    async def _ask(self, config: EdgeConfig, span: Span, **what: Any) -> Any:
        planned = Workday.of(config.workshop, config.shifts).planned(span)
        return await self._apart("gateway.journal.figures", {"span": span, "planned": planned, **what})

    async def _ask_past(self, span: Span, **what: Any) -> Any:
        return await self._apart("gateway.journal.past", {"span": span, **what})

    async def _apart(self, module: str, question: dict[str, Any]) -> Any:
        async with self._one:
            try:
                return await apart.ask(module, {"journal": str(self._journal), **question})
            except apart.Failed as failed:
                raise StorageFailed(f"the figures could not be worked out: {failed}") from failed
