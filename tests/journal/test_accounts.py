"""The ledger of losses on the journal's file: whatever happens, the sums close or say what they lack."""

import asyncio
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from gateway.event import Event, Position, Row
from gateway.journal import census, places, upkeep, writer
from gateway.journal.journal import Journal
from gateway.journal.rows import key
from gateway.losses import Account
from sensors.batch import Batch

FIELDS = {"fields": ["x"], "units": ["mm/s"]}


def states(n: int) -> list[Event]:
    return [Event("state", "press_1", i, {"state": "run"}) for i in range(n)]


async def keep_block(journal: Journal, mono_ns: int, rows: int = 5) -> None:
    schema = await journal.declare("shaker", FIELDS)
    values = np.random.default_rng(mono_ns).normal(0, 1, (rows, 1))
    times = mono_ns + np.arange(rows, dtype=np.int64)
    journal.stage(Batch(0, 0, times, values, np.zeros((rows, 1), np.uint8)), schema)
    await journal.commit_block()


async def account(journal: Journal, stream: str, publisher: str | None = None) -> Account:
    await journal.count()
    (found,) = [one for one in journal.accounts(publisher) if one.stream == stream]
    return found


def of(account: Account) -> dict[Any, int]:
    return {what if not why else (what, why): rows for what, why, rows in account.all_parts()}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upkeep without waiting, and the census again and again."""
    monkeypatch.setattr(upkeep, "RETENTION_S", 0.0)
    monkeypatch.setattr(writer, "UPKEEP_S", 0.01)
    monkeypatch.setattr(places, "LINGER_S", 0.0)
    monkeypatch.setattr(census, "AGAIN_S", 0.0)


def test_a_publishers_rows_are_sent_refused_skipped_or_wait_and_it_survives_a_restart(
    tmp_path: Path, clock: Any, quick: None
) -> None:
    async def begin() -> Account:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            rows = await journal.append(states(10))
            await journal.cursor("broker", "e")
            await journal.dead_letter("broker", rows[2], "not authorized (0x87)")
            await journal.dead_letter("broker", rows[8], "not authorized (0x87)")  # not passed yet
            await journal.move_cursor("broker", "e", rows[3].position, 2, 1)
            await journal.append([])
            return await account(journal, "e", "broker")

    async def go_on() -> tuple[Account, Account]:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            before = await account(journal, "e", "broker")
            rows = await journal.events(await journal.cursor("broker", "e"))
            await journal.move_cursor("broker", "e", rows[-1].position, 5)
            await journal.append([])
            return before, await account(journal, "e", "broker")

    first = {"sent": 2, "skipped": 1, ("refused", "not authorized (0x87)"): 1, "waiting": 6}
    assert of(asyncio.run(begin())) == first
    before, after = asyncio.run(go_on())
    assert of(before) == first
    assert of(after) == {"sent": 7, "skipped": 1, ("refused", "not authorized (0x87)"): 2}
    assert (after.whole, after.unexplained) == (10, 0)


def test_a_row_that_a_publisher_passed_and_says_nothing_of_is_unexplained(
    tmp_path: Path, clock: Any, quick: None
) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            rows = await journal.append(states(10))
            await journal.move_cursor("broker", "e", rows[9].position, 8)
            await journal.append([])
            assert of(await account(journal, "e", "broker")) == {"sent": 8, "unexplained": 2}

    asyncio.run(main())


def test_what_goes_is_over_or_evicted_and_what_a_publisher_missed_is_gone_before_it_could_read_it(
    tmp_path: Path, clock: Any, quick: None
) -> None:
    async def main() -> None:
        path = tmp_path / "j.db"
        async with await Journal.open(path, "gw_1", clock, samples_keep_d=1, max_bytes=400_000) as journal:
            for i in range(3):
                await keep_block(journal, clock.now_ns + i * 100)
            clock.pass_s(86_401)
            await _soon(journal, lambda account: account.sum_of("over") == 3)
            await journal.cursor("broker", "s")  # from here on samples are held for it, until space ends
            for i in range(30):
                await keep_block(journal, clock.now_ns + i * 10_000, rows=3000)
            kept = await _soon(journal, lambda account: account.sum_of("lost") > 3)
            assert of(kept).keys() - {"kept"} == {"over", ("lost", "space")}
            assert (kept.whole, kept.unexplained) == (33, 0)
            (sent,) = [one for one in journal.accounts("broker") if one.stream == "s"]  # as of the same moment
            assert of(sent).get("waiting", 0) == kept.sum_of("kept")  # all may have gone
            assert of(sent)["lost", "gone"] == kept.sum_of("lost", "over")

    asyncio.run(main())


async def _soon(journal: Journal, true: Any) -> Account:
    deadline = time.monotonic() + 60
    while not true(found := await account(journal, "s")):
        assert time.monotonic() < deadline, of(found)
        await asyncio.sleep(0.02)
    return found


def test_rows_that_vanish_are_unexplained_until_they_are_told(tmp_path: Path, clock: Any, quick: None) -> None:
    path = tmp_path / "j.db"

    async def fill() -> list[Row]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            return await journal.append(states(1200))

    rows = asyncio.run(fill())
    with closing(apsw.Connection(str(path))) as db:
        for n in (1, 600, 601, 1200):  # the first, two in the middle, and the last of an epoch
            db.execute("DELETE FROM events WHERE id = ?", (key(rows[0].position.start, n),))

    async def look() -> tuple[dict[Any, int], dict[Any, int]]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            deadline = time.monotonic() + 60
            while (found := await account(journal, "e")).sum_of("unexplained") < 3:
                assert time.monotonic() < deadline, of(found)
                await asyncio.sleep(0.02)
            place: Position | None = None
            while more := await journal.events(place):
                place = more[-1].position
            return of(found), of(await account(journal, "e"))

    vanished, told = asyncio.run(look())
    # The last of a run that ended well is known by the watermark, and told; that gap is an event, too.
    assert vanished == {"kept": 1197, "unexplained": 3, ("lost", "lost"): 1}
    assert told["lost", "missing"] == 3
    assert "unexplained" not in told


def test_samples_that_the_disk_refused_for_too_long_are_lost_by_storage(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.journal.staging.MOST_BYTES", 3000)

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await keep_block(journal, 10)
            schema = await journal.declare("shaker", FIELDS)
            for i in range(5):
                times = np.array([1000 + i], np.int64)
                journal.stage(Batch(0, 0, times, np.zeros((1, 1)), np.zeros((1, 1), np.uint8)), schema)
            taken = journal._staging.take()
            assert of(await account(journal, "rows")) == {"kept": 5, "waiting": 5}, "what is being committed waits"
            assert journal._staging.put_back(taken) == 2
            assert of(await account(journal, "rows")) == {"kept": 5, "waiting": 3, ("lost", "storage"): 2}

    asyncio.run(main())
