"""Thinning: a journal that is nearly full keeps old samples that everybody has as a row a minute, before it evicts."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.event import Event, Position
from gateway.journal import rows, upkeep, writer
from gateway.journal.blocks import Block, Columns, Window
from gateway.journal.journal import Journal
from gateway.journal.retention import Retention
from gateway.journal.store import Store
from gateway.journal.verify import verify
from sensors.batch import Batch

FIELDS = {"fields": ["x", "y"], "units": ["mm/s", "mm/s"]}
SECOND = 1_000_000_000
DAY_S = 86_400
MAX_BYTES = 1_150_000


class Minute:
    """A window as the engine makes it."""

    def __init__(self, mono_ns: int) -> None:
        self.mono_ns = mono_ns
        self.count = np.full(2, 60.0)
        self.mean = self.min = self.max = self.last = np.random.default_rng(mono_ns).normal(0, 1, 2)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upkeep comes at once, and a cursor is kept when it moves."""
    monkeypatch.setattr(upkeep, "RETENTION_S", 0.0)
    monkeypatch.setattr(writer, "UPKEEP_S", 0.01)
    monkeypatch.setattr("gateway.journal.places.LINGER_S", 0.0)


def seconds(mono_ns: int, rows: int) -> Batch:
    """Rows a second apart."""
    noise = np.random.default_rng(mono_ns).normal(0, 1, (rows, 2))
    return Batch(0, 0, mono_ns + np.arange(rows) * SECOND, noise, np.zeros((rows, 2), np.uint8))


async def fill(journal: Journal, clock: Any, blocks: int, rows: int = 300) -> list[Block]:
    """Keep so many blocks of samples, each with a window beside it, as time passes."""
    schema = await journal.declare("shaker", FIELDS)
    windows = await journal.declare("shaker", FIELDS | {"window_s": 60})
    for _ in range(blocks):
        journal.stage(seconds(clock.now_ns, rows), schema)
        window: Window = Minute(clock.now_ns)
        journal.stage_window(window, windows)
        clock.pass_s(rows)
        await journal.commit_block()
    return await kept(journal)


async def kept(journal: Journal) -> list[Block]:
    found: list[Block] = []
    at: Position | None = None
    while more := await journal.blocks(at):
        found += more
        at = more[-1].position
    return found


async def until(journal: Journal, true: Callable[[Retention], bool]) -> None:
    """Wait for what is so; looked at in the writer's thread, as the retention does."""
    deadline = time.monotonic() + 60
    while not await journal.read(lambda _: true(journal._retention)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def rows_of(blocks: list[Block]) -> int:
    return sum(len(block.columns.mono_ns) for block in blocks if block.schema.window_s is None)


def same(one: Columns, other: Columns) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__slots__)


def last_of_each_minute(columns: Columns) -> list[int]:
    minutes = (columns.time_ns // (60 * SECOND)).tolist()
    return [row for row, minute in enumerate(minutes) if minute not in minutes[row + 1 :]]


async def told(journal: Journal) -> list[dict[str, Any]]:
    return [row.body for row in await journal.recent(50, ["incident", "gap"])]


def test_near_full_old_samples_keep_the_last_row_of_each_minute_and_windows_stay(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "j.db"

    async def main() -> None:
        async with await Journal.open(path, "gw_1", clock, max_bytes=MAX_BYTES) as journal:
            before = await fill(journal, clock, 200)
            assert rows_of(before) == 200 * 300
            await until(journal, lambda it: it.used_bytes() > 0.85 * MAX_BYTES)
            clock.pass_s(2 * DAY_S)
            await until(journal, lambda it: it.used_bytes() < 0.8 * MAX_BYTES)

            after = await kept(journal)
            assert [block.position for block in after] == [block.position for block in before]
            thin = [new for old, new in zip(before, after, strict=True) if not same(old.columns, new.columns)]
            assert 20 < len(thin) < 150  # as many as are needed
            assert thin == [block for block in after if block.schema.window_s is None][: len(thin)]  # the oldest
            for old, new in zip(before, after, strict=True):
                if new in thin:
                    rows = last_of_each_minute(old.columns)
                    assert np.array_equal(new.columns.time_ns, old.columns.time_ns[rows])
                    assert np.array_equal(new.columns.values, old.columns.values[rows])

            await journal.append([Event("text", "x", clock.now_ns, {})])
            gone = rows_of(before) - rows_of(after)
            await until(journal, lambda it: it.thinned == journal.counters.thinned == gone)
            assert journal.counters.evicted == 0
            (incident,) = await told(journal)
            assert (incident["what"], incident["severity"]) == ("samples thinned", "info")
        assert verify(path).well
        async with await Journal.open(path, "gw_1", clock, max_bytes=MAX_BYTES // 16) as journal:
            await until(journal, lambda it: it.evicted > 0)  # all is thin, and it is not enough
            again = await kept(journal)
            assert all(len(b.columns.mono_ns) <= 6 for b in again if b.schema.window_s is None)
            assert {"samples thinned", "space"} <= {body.get("what", body.get("cause")) for body in await told(journal)}

    asyncio.run(main())


def test_what_a_publisher_has_not_passed_and_what_is_of_today_is_not_thinned(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, max_bytes=MAX_BYTES) as journal:
            await journal.cursor("broker", "s")
            old = await fill(journal, clock, 100)
            await journal.move_cursor("broker", "s", old[19].position)
            clock.pass_s(2 * DAY_S)
            before = await fill(journal, clock, 100)
            await until(journal, lambda it: it.thinned == 10 * 294)
            await asyncio.sleep(0.3)
            after = await kept(journal)
            assert rows_of(after[:20]) == 10 * 6
            assert all(same(old.columns, new.columns) for old, new in zip(before[20:], after[20:], strict=True))

            await journal.move_cursor("broker", "s", before[-1].position)
            await until(journal, lambda it: it.used_bytes() < 0.8 * MAX_BYTES)
            after = await kept(journal)
            assert all(same(old.columns, new.columns) for old, new in zip(before[200:], after[200:], strict=True))

    asyncio.run(main())


def test_without_a_clock_that_can_be_trusted_nothing_is_thinned(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, max_bytes=MAX_BYTES) as journal:
            before = await fill(journal, clock, 200)
            clock.synced = False
            clock.pass_s(2 * DAY_S)
            await asyncio.sleep(0.3)
            assert rows_of(await kept(journal)) == rows_of(before)

    asyncio.run(main())


def test_a_damaged_block_is_passed_over_and_gets_no_crc_that_fits(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "j.db"

    async def main() -> None:
        async with await Journal.open(path, "gw_1", clock, max_bytes=MAX_BYTES) as journal:
            before = await fill(journal, clock, 200)
            hit = before[10].position

            def flip(store: Store) -> None:
                key = rows.key(hit.start, hit.n)
                store.db.execute("UPDATE blocks SET data = zeroblob(100) WHERE id = ?", (key,))

            await journal._writer.submit(flip)
            clock.pass_s(2 * DAY_S)
            await until(journal, lambda it: it.used_bytes() < 0.8 * MAX_BYTES)
            after = await kept(journal)
            assert [b.position for b in after] == [b.position for b in before if b.position != hit]
            assert [len(after[at].columns.mono_ns) for at in (8, 11)] == [6, 6]  # on either side of it
            assert [b["cause"] for b in await told(journal) if "cause" in b] == ["damaged"]

    asyncio.run(main())
