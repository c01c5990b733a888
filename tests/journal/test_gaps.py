"""Gaps name exactly what is gone: each number once, and nothing that is still there."""

import asyncio
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from gateway.event import Event, Row
from gateway.journal import gaps, upkeep
from gateway.journal.journal import Journal
from gateway.journal.rows import key
from sensors.batch import one_row

FIRST = key(1, 0)


async def everything(journal: Journal) -> list[Row]:
    found: list[Row] = []
    while more := await journal.events(found[-1].position if found else None):
        found += more
    return found


def test_neighbouring_keys_are_one_range_and_an_epoch_ends_it() -> None:
    assert list(gaps.runs([])) == []
    assert list(gaps.runs([1, 2, 3, 5, key(1, 1), key(1, 2)])) == [(1, 3), (5, 5), (key(1, 1), key(1, 2))]


def test_what_overlaps_is_told_once_and_neighbours_are_joined(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:

            def tell(tx: Any) -> list[int]:
                told = [(5, 5, "damaged"), (4, 6, "missing"), (7, 9, "missing"), (1, 10, "missing"), (2, 8, "lost")]
                return [gaps.tell(tx._store, "e", FIRST + a, FIRST + b, cause) for a, b, cause in told]

            assert await journal.transact(tell) == [1, 2, 1, 2, 0]
            rows = await journal.read(lambda db: list(db.execute("SELECT first, last, cause FROM gaps")))
            told = [(first - FIRST, last - FIRST, cause) for first, last, cause in rows]
            assert told == [(1, 3, "missing"), (4, 4, "missing"), (5, 5, "damaged"), (6, 10, "missing")]

    asyncio.run(main())


def test_a_scan_that_is_lost_among_evicted_events_is_told_all_the_same(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "RETENTION_S", 0.0)
    path = tmp_path / "j.db"

    def pair(n: int) -> list[Event]:
        return [Event("scan", "scanner_1", n, {"raw": "x" * 99}), Event("state", "press_1", n, {"text": "y" * 500})]

    async def fill() -> Row:
        async with await Journal.open(path, "gw_1", clock, max_bytes=600_000) as journal:
            rows = await journal.append([event for n in range(800) for event in pair(n)])
            deadline = time.monotonic() + 60
            while any(row.position == rows[401].position for row in await journal.events(rows[400].position, 1)):
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            return rows[200]

    lost = asyncio.run(fill())
    with closing(apsw.Connection(str(path))) as db:
        db.execute("DELETE FROM events WHERE id = ?", (key(lost.position.start, lost.position.n),))

    async def look() -> list[Row]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await everything(journal)
            return [row for row in await everything(journal) if row.body.get("cause") == "missing"]

    (told,) = asyncio.run(look())
    assert told.body["from"] == told.body["to"] == f"{lost.position.epoch}:{lost.position.n}"


@pytest.mark.parametrize("stream", ["e", "s"])
def test_a_last_row_that_is_gone_is_told_at_the_next_start_though_nothing_follows_it(
    tmp_path: Path, clock: Any, stream: str
) -> None:
    """Whoever reads finds a hole by the row behind it. A start that could not tell leaves it to the next one."""
    path = tmp_path / "j.db"

    async def fill() -> None:
        async with await Journal.open(path, "gw_1", clock) as journal:
            schema = await journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
            for n in range(3):
                journal.stage(one_row(0, 0, clock.mono_ns() + n + 1, np.array([1.0]), np.zeros(1, np.uint8)), schema)
                await journal.commit_block(events=[Event("scan", "scanner_1", n, {"raw": "x"})])

    asyncio.run(fill())
    table = {"e": "events", "s": "blocks"}[stream]
    with closing(apsw.Connection(str(path))) as db:
        db.execute(f"DELETE FROM {table} WHERE id = (SELECT max(id) FROM {table})")

    async def look() -> list[Row]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await journal.count()
            (account,) = [one for one in journal.accounts() if one.stream == stream]
            assert account.sum_of("unexplained") == 0
            return [row for row in await everything(journal) if row.kind == "gap"]

    (told,) = asyncio.run(look())
    assert told.body["stream"] == stream
    assert told.body["from"].endswith(":4" if stream == "e" else ":3")
    assert asyncio.run(look()) == [told], "and once"
