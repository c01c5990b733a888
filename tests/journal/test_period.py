"""What a journal tells of machines in a period is what was written into it, through restarts and losses."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np

from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.period import records
from gateway.journal.reader import open_reader
from gateway.states import IDLE, RUN, UNKNOWN

SECOND = 1_000_000_000


def state(clock: Any, name: str, after: str) -> Event:
    return Event("state", name, clock.now_ns, {"machine": name, "state": after, "before": "off", "after_s": 1.0})


def count(clock: Any, name: str, **more: Any) -> Event:
    body = {"machine": name, "delta": 1, "total": 5, "reset": False, "raw": 5}
    return Event("count", name, clock.now_ns, body | more)


async def write(path: Path, clock: Any, *steps: Any) -> None:
    """Run a daemon: seconds that pass, and events at those times."""
    async with await Journal.open(path, "gw_1", clock) as journal:
        await journal.append([Event("config", "gateway", clock.now_ns, {})])
        for step in steps:
            if isinstance(step, int):
                clock.pass_s(step)
            else:
                await journal.append([step(clock)])


def press(after: str) -> Any:
    return lambda clock: state(clock, "press", after)


def piece(**more: Any) -> Any:
    return lambda clock: count(clock, "press", **more)


def other(clock: Any) -> Event:
    return count(clock, "lathe")


def test_a_period_begins_with_the_state_before_it_and_ends_before_its_end(tmp_path: Path, clock: Any) -> None:
    start = clock.time_ns(clock.now_ns)
    hour = [other, 60] * 60
    steps = [press("run"), *hour, *hour, piece(cycle_s=2.5), 5, press("idle"), 5, piece(missed=2, bounced=1), 5]
    asyncio.run(write(tmp_path / "j.db", clock, *steps, press("off"), 600, press("run")))
    at = start + 7200 * SECOND
    with open_reader(tmp_path / "j.db") as reader:
        found, gaps = records(reader, ["press", "mill"], (at, at + 15 * SECOND))
        assert found["press"].before == RUN
        assert found["press"].changes == [(at + 5 * SECOND, IDLE)]
        times, parts = found["press"].counts.columns()
        assert times.tolist() == [at, at + 10 * SECOND]
        assert np.nan_to_num(parts).T.tolist() == [[1, 2.5, 0, 0], [1, 0, 2, 1]]
        assert (found["mill"].before, found["mill"].changes, gaps) == (UNKNOWN, [], [])
        (whole, _) = records(reader, ["press"], (0, at + 10**15))
        assert [code for _, code in whole["press"].changes] == [4, 2, 1, 4]


def test_what_was_before_the_journal_and_between_two_runs_is_a_gap(tmp_path: Path, clock: Any) -> None:
    start = clock.time_ns(clock.now_ns)

    async def main() -> None:
        await write(tmp_path / "j.db", clock, 10, press("run"), 20, other)
        clock.pass_s(300)
        await write(tmp_path / "j.db", clock, 5, piece())

    asyncio.run(main())
    with open_reader(tmp_path / "j.db") as reader:
        found, gaps = records(reader, ["press"], (start - 60 * SECOND, start + 400 * SECOND))
        assert gaps == [(start - 60 * SECOND, start), (start + 30 * SECOND, start + 330 * SECOND)]
        assert (found["press"].before, len(found["press"].counts.columns()[0])) == (UNKNOWN, 1)
        later, none = records(reader, ["press"], (start + 331 * SECOND, start + 400 * SECOND))
        assert (later["press"].before, none) == (RUN, [])


def test_a_damaged_row_and_rows_that_had_to_go_are_gaps(tmp_path: Path, clock: Any) -> None:
    start = clock.time_ns(clock.now_ns)
    path = tmp_path / "j.db"

    async def main() -> None:
        await write(
            path, clock, press("run"), 10, piece(), 10, press("idle"), 10, piece(), 10, press("run"), 10, piece()
        )
        async with await Journal.open(path, "gw_1", clock) as journal:

            def spoil(tx: Any) -> None:
                db = tx._store.db
                ids = [row_id for (row_id,) in db.execute("SELECT id FROM events WHERE kind = 'state' ORDER BY id")]
                db.execute("UPDATE events SET crc = crc + 1 WHERE id = ?", (ids[1],))
                db.execute("DELETE FROM events WHERE id = ?", (ids[2],))
                db.execute("INSERT INTO gaps VALUES ('e', ?, ?, 'space')", (ids[2], ids[2]))

            await journal.transact(spoil)

    asyncio.run(main())
    with open_reader(path) as reader:
        found, gaps = records(reader, ["press"], (start, start + 50 * SECOND))
    assert len(found["press"].counts.columns()[0]) == 2
    assert gaps == [(start + 10 * SECOND, start + 50 * SECOND)]
