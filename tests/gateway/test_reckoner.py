"""Figures by the real process, from a real journal and a real history."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.config.root import EdgeConfig
from gateway.errors import StorageFailed
from gateway.event import Event, Position
from gateway.history.buckets import empty
from gateway.history.file import MINUTES_KEEP_S, HistoryFile
from gateway.history.history import History
from gateway.journal.journal import Journal
from gateway.reckoner import Reckoner
from gateway.table import PointTable

HOUR = 3600
SECOND = 1_000_000_000


def config() -> EdgeConfig:
    points = [
        {"name": "power", "unit": "W", "address": 0, "type": "f32"},
        {"name": "energy", "unit": "Wh", "kind": "counter", "address": 2, "type": "u32"},
        {"name": "strokes", "kind": "counter", "address": 4, "type": "u16"},
    ]
    device = {"name": "meter", "unit": 1, "points": points}
    press = {
        "name": "press", "count": "meter.strokes", "ideal_cycle_s": 10, "energy": "meter.energy",
        "states": [{"state": "run", "when": "meter.power > 100 W"}],
    }  # fmt: skip
    return EdgeConfig.model_validate(
        {
            "workshop": {"id": "w-1", "name": "공방", "day_start": "00:00", "day_end": "00:00"},
            "drivers": [{"name": "plc", "type": "modbus_tcp", "host": "127.0.0.1", "devices": [device]}],
            "machines": [press],
        }
    )


@asynccontextmanager
async def reckoner(folder: Path, clock: Any, chunks: dict[tuple[int, str], Any]) -> AsyncIterator[tuple[Any, Journal]]:
    """A reckoner of a journal, and of a history that holds these hours."""
    async with await Journal.open(folder / "j.db", "gw_1", clock) as journal:
        await journal.append([Event("config", "gateway", clock.now_ns, {})])
        now_s = clock.time_ns(clock.now_ns) // SECOND
        file = HistoryFile(folder / "h", 10**8)
        file.open()
        file.keep(chunks, Position(1, "0000", 1), now_s)
        file.close()
        history = History(folder / "h", journal, clock, 10**8)
        running = asyncio.create_task(history.run())
        for _ in range(1000):
            await asyncio.sleep(0.005)
            if history._opened:
                break
        yield Reckoner(folder / "j.db", history, clock), journal
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await history.close()


def state(clock: Any, after: str, before: str) -> Event:
    return Event("state", "press", clock.now_ns, {"machine": "press", "state": after, "before": before, "after_s": 1})


def hour_of(column: int, values: Any) -> Any:
    minutes = empty(60)
    minutes[:, 0] = 60
    minutes[:, column] = values
    return minutes


def test_oee_and_energy_of_an_hour(tmp_path: Path, clock: Any) -> None:
    """Half an hour of running at 6 kW, half an hour idle at 0.6; the counter says the same as the power."""

    async def main() -> None:
        begin_s = clock.time_ns(clock.now_ns) // SECOND
        hour = begin_s // HOUR
        assert begin_s % HOUR == 0
        watts = np.where(np.arange(60) < 30, 6000.0, 600.0)
        chunks = {
            (hour, "meter.power"): hour_of(1, watts),
            (hour, "meter.energy"): hour_of(4, 5000 + np.cumsum(watts) / 60),
            (hour - 1, "meter.energy"): hour_of(4, np.full(60, 5000.0)),
        }
        async with reckoner(tmp_path, clock, chunks) as (figures, journal):
            await journal.append([state(clock, "run", "unknown")])
            clock.pass_s(1800)
            body = {"machine": "press", "delta": 90, "total": 90, "reset": False, "raw": 90, "cycle_s": 20.0}
            await journal.append([Event("count", "press", clock.now_ns, body), state(clock, "idle", "run")])
            clock.pass_s(1800)
            peak = {"machine": "press", "from": (begin_s + 900) * 1000, "kwh": 1.75, "kw": 7.0, "known_s": 900.0}
            short = peak | {"from": (begin_s + 1800) * 1000, "kw": 99.0, "known_s": 60.0}
            await journal.append(
                [Event("energy", "press", clock.now_ns + n, one) for n, one in enumerate((peak, short))]
            )
            span = (begin_s * SECOND, (begin_s + HOUR) * SECOND)
            shop = config()
            (press,) = (await figures.oee(shop, None, span))["machines"]
            assert (press["machine"], press["planned_s"], press["pieces"]["produced"]) == ("press", 3600, 90)
            assert (press["oee"]["availability"]["value"], press["oee"]["effectiveness"]["value"]) == (0.5, 0.5)
            assert press["oee"]["not_known"] == ["quality"]
            table = PointTable.of(shop)
            counted = await figures.energy(shop, table, "press", span)
            assert (counted["kwh"], counted["standby_kwh"]) == pytest.approx((3.3, 0.3))
            assert counted["per_piece"]["value"] == pytest.approx(3.3 / 90, abs=1e-6)
            assert counted["peak"] == {"ts": (begin_s + 900) * 1000, "kw": 7.0, "minutes": 15}, "by its events"
            power = await figures.energy(shop, table, "meter.power", span)
            assert (power["kwh"], power["machine"], power["by_state_kwh"]["unknown"]) == (3.3, None, 3.3)
            assert power["peak"] == {"ts": begin_s * 1000, "kw": pytest.approx(6.0), "minutes": 15}, "by minutes"
            part = await figures.energy(shop, table, "press", (span[0] + 900 * SECOND, span[0] + 1830 * SECOND))
            assert part["kwh"] == pytest.approx(1.505)
            for name in ("lathe", "meter.strokes"):
                with pytest.raises(KeyError):
                    await figures.energy(shop, table, name, span)
            with pytest.raises(KeyError):
                await figures.oee(shop, "lathe", span)

    asyncio.run(main())


def test_where_only_hours_are_kept_sums_are_right_and_there_is_no_peak(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        hour = clock.time_ns(clock.now_ns) // SECOND // HOUR
        chunks = {
            (hour + place, "meter.energy"): hour_of(4, 1000.0 * (place + 1) + 1000.0 * (np.arange(60) + 1) / 60)
            for place in range(-1, 48)
        }
        async with reckoner(tmp_path, clock, chunks) as (figures, _):
            clock.pass_s(MINUTES_KEEP_S + 36 * HOUR)
            span = (hour * HOUR * SECOND, (hour + 24) * HOUR * SECOND)
            shop = config()
            old = await figures.energy(shop, PointTable.of(shop), "meter.energy", span)
            assert (old["kwh"], old["peak"], old["coverage"]) == (pytest.approx(24.0), None, 0)
            both = (span[0], (hour + 40) * HOUR * SECOND)
            mixed = await figures.energy(shop, PointTable.of(shop), "meter.energy", both)
            assert mixed["kwh"] == pytest.approx(40.0)
            assert mixed["coverage"] == pytest.approx(4 / 40, abs=0.001)
            assert mixed["peak"]["kw"] == pytest.approx(1.0)

    asyncio.run(main())


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with reckoner(tmp_path, clock, {}) as (figures, _):
            with pytest.raises(StorageFailed, match="no journal"):
                await Reckoner(tmp_path / "none.db", figures._history, clock).oee(config(), None, (0, SECOND))

    asyncio.run(main())


def test_a_tool_is_worn_by_the_minutes_that_its_machine_ran_since_it_was_changed(tmp_path: Path, clock: Any) -> None:
    """Running from before the change: 25 minutes of it count, then 10 of 20 idle, 15 more; then nobody could see it."""
    tool = {"tool": "tip", "machine": "press", "life_min": 40.0, "worn": False, "pieces": None}

    async def main() -> None:
        async with reckoner(tmp_path, clock, {}) as (reckoner_, journal):
            begin_ns = clock.now_ns

            async def turns(minute: int, after: str, before: str) -> None:
                clock.now_ns = begin_ns + minute * 60 * SECOND
                await journal.append([state(clock, after, before)])

            async def life(minute: int, changed: int = 5) -> Any:
                clock.now_ns = begin_ns + minute * 60 * SECOND
                at_ms = (clock.time_ns(begin_ns) + changed * 60 * SECOND) // 1_000_000
                told = [
                    tool | {"changed": at_ms},
                    tool | {"changed": None},
                    tool | {"changed": at_ms, "life_min": None},
                ]
                one, *rest = await reckoner_.tools(config(), told, clock.time_ns(clock.now_ns))
                assert [(other["run_min"], other["worn"]) for other in rest] == [(None, False)] * 2
                return one["run_min"], one["unknown_min"], one["worn"]

            await turns(0, "run", "off")
            assert await life(6) == (1.0, 0.0, False)
            await turns(30, "idle", "run")
            await turns(40, "run", "idle")
            assert await life(54) == (39.0, 0.0, False)
            await turns(55, "unknown", "run")
            assert await life(60) == (40.0, 5.0, True), "what nobody saw is told apart"
            assert await life(60, changed=58) == (0.0, 2.0, False), "its life begins anew"
            assert await life(60, changed=61) == (0.0, 0.0, False), "changed by a clock that was ahead"

    asyncio.run(main())
