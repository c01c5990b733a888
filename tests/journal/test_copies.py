"""Rows as they stand in the file, for the center: the same rows as the others read, neither parsed nor unpacked."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import orjson

from gateway.event import Event, Position
from gateway.journal.blocks import decode
from gateway.journal.journal import Journal
from sensors.batch import one_row


def events(*numbers: int) -> list[Event]:
    return [Event("count", "press_1", n, {"delta": n, "말": "가"}) for n in numbers]


async def sampled(journal: Journal, clock: Any) -> None:
    schema = await journal.declare("meter_1", {"fields": ["power", "voltage"], "units": ["W", "V"]})
    for _ in range(3):
        clock.pass_s(1)
        batch = one_row(0, 0, clock.mono_ns(), np.array([431.2, 230.0]), np.zeros(2, np.uint8))
        journal.stage(batch, schema)
    await journal.commit_block()


def test_copies_say_what_the_rows_say(tmp_path: Path, clock: Any) -> None:
    async def run() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, linger_s=0) as journal:
            await journal.append(events(1, 2, 3))
            await sampled(journal, clock)
            rows, copies = await journal.events(None), await journal.event_copies(None)
            assert [copy._replace(body=orjson.loads(copy.body)) for copy in copies] == [
                (row.position, row.kind, row.source, row.mono_ns, row.boot, row.time_ns, row.clock, row.body)
                for row in rows
            ]
            (block,), (copy,) = await journal.blocks(None), await journal.block_copies(None)
            assert (copy.position, copy.schema, copy.boot) == (block.position, block.schema.position, block.boot)
            assert (copy.clock, copy.time_ns) == ("synced", int(block.columns.time_ns[-1]))
            np.testing.assert_array_equal(decode(copy.data).values, block.columns.values)
            assert await journal.event_copies(copies[0].position, 1) == [copies[1]]
            assert await journal.block_copies(copy.position) == []

    asyncio.run(run())


def test_copies_wait_for_the_clock_as_rows_do(tmp_path: Path, clock: Any) -> None:
    async def run() -> None:
        clock.synced = False
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, linger_s=0) as journal:
            await journal.append(events(1))
            assert await journal.event_copies(None) == []
            assert journal.behind("e", None) == 1
            assert await journal.oldest_ns("e", None) is None
            clock.synced = True
            await journal.freeze()
            assert await journal.oldest_ns("e", None) == clock.time_ns(1)
            (copy,) = await journal.event_copies(None)
            assert copy.clock == "synced"

    asyncio.run(run())


def test_a_damaged_row_is_left_out_of_the_copies_and_told(tmp_path: Path, clock: Any) -> None:
    async def run() -> None:
        place = tmp_path / "j.db"
        async with await Journal.open(place, "gw_1", clock, linger_s=0) as journal:
            await journal.append(events(1, 2, 3))
            await sampled(journal, clock)
        db = apsw.Connection(str(place))
        db.execute("UPDATE events SET source = 'press_2' WHERE mono_ns = 2")
        db.execute("UPDATE blocks SET data = x'00'")
        db.close()
        async with await Journal.open(place, "gw_1", clock, linger_s=0) as journal:
            assert await journal.block_copies(None) == []
            assert [copy.mono_ns for copy in await journal.event_copies(None, 3)][:2] == [1, 3]
            gaps = [orjson.loads(copy.body) for copy in await journal.event_copies(None) if copy.kind == "gap"]
            assert [(gap["stream"], gap["cause"]) for gap in gaps] == [("s", "damaged"), ("e", "damaged")]

    asyncio.run(run())


def test_a_place_is_known_by_its_token_and_rows_behind_it_are_counted_without_reading(
    tmp_path: Path, clock: Any
) -> None:
    async def run() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, linger_s=0) as journal:
            first = (await journal.append(events(1, 2, 3)))[0].position
            assert (journal.behind("e", None), journal.behind("e", first), journal.behind("s", None)) == (3, 2, 0)
            assert await journal.oldest_ns("s", None) is None
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, linger_s=0) as journal:
            last = (await journal.append(events(4, 5)))[1].position
            assert (journal.behind("e", first), journal.behind("e", last)) == (4, 0)
            assert journal.has("e", first)
            assert journal.has("e", last)
            assert not journal.has("s", first)
            assert not journal.has("e", last._replace(n=3))
            assert not journal.has("e", first._replace(n=0))
            assert not journal.has("e", Position(last.start + 1, last.token, 1))
            other = "0000" if first.token != "0000" else "0001"
            assert not journal.has("e", first._replace(token=other))

    asyncio.run(run())
