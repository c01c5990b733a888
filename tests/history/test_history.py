"""The history reads the journal, goes on where it was, is filled again when lost, and harms nobody when it fails."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.errors import StorageFailed
from gateway.event import Event
from gateway.history import history as module
from gateway.history.history import MOST_BUCKETS, History
from gateway.journal.blocks import Schema
from gateway.journal.journal import Journal
from sensors.batch import one_row

HOUR = 3600
FIELDS = {"fields": ["power", "energy"], "units": ["W", "kWh"], "window_s": 60}


class Minute:
    """A window as the engine makes it: power about `value`, energy unknown."""

    def __init__(self, mono_ns: int, value: float) -> None:
        self.mono_ns = mono_ns
        self.count, self.mean, self.min, self.max, self.last = (
            np.array([first, none])
            for first, none in ((60.0, 0.0), *((value + d, np.nan) for d in (0.0, -1.0, 1.0, 0.5)))
        )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks into the journal all the time."""
    monkeypatch.setattr(module, "READ_EVERY_S", 0.01)
    monkeypatch.setattr(module, "BREATH_S", 0.0)


@asynccontextmanager
async def shop(
    folder: Path, clock: Any, name: str = "j.db", hold_s: float = 900, vfs: str | None = None
) -> AsyncIterator[tuple[Journal, History]]:
    """A journal and its history, which runs."""
    async with await Journal.open(folder / name, "gw_1", clock, hold_s=hold_s) as journal:
        history = History(folder / "h", journal, clock, 10**8, vfs)
        task = asyncio.create_task(history.run())
        try:
            yield journal, history
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await history.close()


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    deadline = time.monotonic() + 60
    while not (found := await true()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    return found


async def minutes(journal: Journal, clock: Any, values: list[float]) -> Schema:
    """Let minutes pass, each with a window, a sample and a window of ten seconds, and commit them."""
    schema = await journal.declare("meter_1", FIELDS)
    short = await journal.declare("meter_1", FIELDS | {"window_s": 10})
    samples = await journal.declare("meter_1", FIELDS | {"window_s": None})
    for value in values:
        clock.pass_s(60)
        journal.stage(one_row(0, 0, clock.now_ns, np.array([value, 7.0]), np.zeros(2, np.uint8)), samples)
        journal.stage_window(Minute(clock.now_ns, value * 2), short)
        journal.stage_window(Minute(clock.now_ns, value), schema)
        await journal.commit_block()
    return schema


async def means(history: History, point: str = "meter_1.power", span_s: int = 20 * HOUR) -> list[float]:
    try:
        now_s = history._now_s()
        return [row[2] for row in (await history.query(point, now_s - span_s, now_s))["rows"]]
    except StorageFailed:
        return []


async def read(history: History, count: int) -> list[float]:
    """Wait until so many minutes are there."""

    async def there() -> bool:
        return len(await means(history)) == count

    await until(there)
    return await means(history)


def test_minutes_come_out_as_they_went_in_and_hours_with_them(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        values = [float(n) for n in range(150)]
        async with shop(tmp_path, clock) as (journal, history):
            await minutes(journal, clock, values)
            assert await read(history, 150) == values
            begin_s = history._now_s() - 150 * 60
            answer = await history.query("meter_1.power", begin_s, begin_s + 600)
            assert (answer["step_s"], answer["from"], answer["to"]) == (60, begin_s * 1000, (begin_s + 600) * 1000)
            assert answer["fields"] == ["ts", "count", "mean", "min", "max", "last"]
            assert answer["rows"][3] == [(begin_s + 180) * 1000, 60, 3.0, 2.0, 4.0, 3.5]
            assert len(answer["rows"]) == 10
            hours = await history.query("meter_1.power", begin_s - 100 * HOUR, begin_s + 150 * 60)
            assert hours["step_s"] == HOUR
            assert [row[1:] for row in hours["rows"]] == [
                [3600, 29.5, -1, 60, 59.5], [3600, 89.5, 59, 120, 119.5], [1800, 134.5, 119, 150, 149.5]
            ]  # fmt: skip
            assert await means(history, "meter_1.energy") == [], "a window without anything good is a gap"
            assert history.component.state == "up"

    asyncio.run(main())


def test_a_start_goes_on_where_it_was_and_a_lost_file_is_filled_again(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "h"

    async def run(values: list[float], count: int) -> tuple[list[float], int]:
        async with shop(tmp_path, clock) as (journal, history):
            await minutes(journal, clock, values)
            return await read(history, count), history.component.counters.received

    whole = [float(n) for n in range(200)]
    assert asyncio.run(run(whole[:100], 100)) == (whole[:100], 100)
    assert asyncio.run(run(whole[100:], 200)) == (whole, 100), "the first ones were not read again"
    path.unlink()
    assert asyncio.run(run([], 200)) == (whole, 200)
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 4096):  # every page but the first
        data[at : at + 16] = bytes(16)
    path.write_bytes(data)
    assert asyncio.run(run([], 200)) == (whole, 200)
    path.write_bytes(b"rubbish" * 1000)
    assert asyncio.run(run([7.0], 201)) == ([*whole, 7.0], 201)


def test_a_history_of_another_journal_is_read_anew(tmp_path: Path, clock: Any) -> None:
    async def run(name: str, values: list[float], count: int) -> list[float]:
        async with shop(tmp_path, clock, name) as (journal, history):
            await minutes(journal, clock, values)
            return await read(history, count)

    asyncio.run(run("old.db", [1.0] * 90, 90))
    assert asyncio.run(run("new.db", [2.0] * 5, 95))[-5:] == [2.0] * 5


def test_minutes_wait_for_the_clock_and_those_that_went_out_unsynced_are_left_out(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        clock.synced = False
        async with shop(tmp_path, clock, hold_s=600) as (journal, history):
            await minutes(journal, clock, [1.0] * 3)
            clock.pass_s(660)  # the hold is over
            await journal.freeze()

            async def left_out() -> bool:
                return history.component.detail() == {"unsynced": 3}

            await until(left_out)
            await minutes(journal, clock, [2.0] * 4)
            clock.offset_ns += 86_400 * 10**9
            clock.synced = True
            await journal.freeze()
            assert await read(history, 4) == [2.0] * 4
            (first, *_) = (await history.query("meter_1.power"))["rows"]
            assert first[0] == (clock.time_ns(clock.now_ns) // 10**9 - 240) * 1000

    asyncio.run(main())


def test_a_disk_that_refuses_the_history_harms_nobody_and_nothing_is_lost(
    tmp_path: Path, clock: Any, disk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with shop(tmp_path, clock, vfs=disk.name) as (journal, history):
            await minutes(journal, clock, [1.0] * 5)
            await read(history, 5)
            disk.full = True
            await minutes(journal, clock, [2.0] * 100)

            async def down() -> bool:
                return history.component.state == "down"

            await until(down)
            assert "full" in history.component.last_error
            (kept,) = await journal.append([Event("scan", "scanner_1", clock.now_ns, {})])
            assert kept.kind == "scan"
            await asyncio.sleep(0.2)
            assert sum("not kept" in record.message for record in caplog.records) == 1
            disk.full = False
            assert await read(history, 105) == [1.0] * 5 + [2.0] * 100
            assert history.component.counters.dropped == 0

    asyncio.run(main())


def test_a_place_where_no_file_can_be_is_told_and_tried_again(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        (tmp_path / "h").mkdir()
        async with shop(tmp_path, clock) as (journal, history):

            async def down() -> bool:
                return history.component.state == "down"

            await until(down)
            with pytest.raises(StorageFailed):
                await history.query("meter_1.power")
            (tmp_path / "h").rmdir()
            await minutes(journal, clock, [1.0])
            assert await read(history, 1) == [1.0]

    asyncio.run(main())


def test_a_long_time_comes_in_as_many_hours_as_keep_it_short_and_gaps_stay(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with shop(tmp_path, clock) as (journal, history):
            for _ in range(3):
                await minutes(journal, clock, [1.0])
                clock.pass_s(200 * 86_400)
            await minutes(journal, clock, [5.0])
            now_s = history._now_s()

            async def all_there() -> Any:
                answer = await history.query("meter_1.power", now_s - 700 * 86_400, now_s)
                return answer if len(answer["rows"]) == 4 else None

            answer = await until(all_there)
            assert answer["step_s"] == 12 * HOUR
            assert 700 * 86_400 / answer["step_s"] <= MOST_BUCKETS
            assert [row[2] for row in answer["rows"]] == [1, 1, 1, 5]
            assert (await history.query("meter_1.power", now_s - 250 * 86_400, now_s - 230 * 86_400))["rows"] == []
            assert (await history.query("meter_1.power", now_s + 5, now_s))["rows"] == []
            assert (await history.query("meter_1.power", 0, 4_000_000_000))["step_s"] > HOUR

    asyncio.run(main())
