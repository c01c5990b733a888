"""The journal on a real file: what is appended comes back, in order, once, with its identity."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.errors import ConfigurationError
from gateway.event import Event, Row
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from sensors.batch import Batch, one_row

FIELDS = {"fields": ["voltage", "power"], "units": ["V", "W"], "profile": "eastron-sdm120", "version": 1}


def event(kind: str = "state", source: str = "press_1", mono_ns: int = 5, **body: object) -> Event:
    return Event(kind, source, mono_ns, body)


def poll(mono_ns: int, power: float) -> Batch:
    return one_row(0, 0, mono_ns, np.array([220.0, power]), np.zeros(2, np.uint8))


def test_appended_events_come_back_in_order_with_numbers_without_holes(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            kept = await journal.append([event(before="run"), event("alarm", "hot", value=81.5)])
            kept += await journal.append([event(state="off")])
            assert await journal.events(None) == kept
            assert [row.position.n for row in kept] == [1, 2, 3]
            assert kept[1].id("gw_1") == f"gw_1:e:{journal.epoch}:2"
            assert await journal.events(kept[0].position, 1) == kept[1:2]
            assert await journal.recent(2) == kept[:0:-1]

    asyncio.run(main())


def test_the_newest_of_a_kind_are_found_without_holding_up_the_writer_for_the_whole_file(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.journal.pages.LOOKED_AT", 50)

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            old = await journal.append([event("scan", raw="A-1"), event("alarm", "hot")])
            states = await journal.append([event() for _ in range(30)])
            assert await journal.recent(1, ["scan"]) == old[:1]
            states += await journal.append([event() for _ in range(19)])
            assert await journal.recent(1, ["scan"]) == [], "a common kind is looked for among the newest 50"
            assert await journal.recent(1, ["scan"], states[0].position) == old[:1], "and before a place among as many"
            assert await journal.recent(1, ["alarm"]) == old[1:], "a rare one has an index"
            assert await journal.recent(2, ["scan", "state"]) == states[:-3:-1]

    asyncio.run(main())


def test_events_of_one_kind_and_source_have_strictly_increasing_utc_across_restarts(tmp_path: Path, clock: Any) -> None:
    async def main() -> list[Row]:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            return await journal.append([event(mono_ns=9), event(mono_ns=9), event(source="press_2", mono_ns=9)])

    first = asyncio.run(main())
    clock.offset_ns -= 1_000
    second = asyncio.run(main())
    times = [row.time_ns - first[0].time_ns for row in first + second]
    assert times == [0, 1, 0, 2, 3, 1]
    assert second[0].position > first[2].position


def test_a_work_that_raises_rolls_back_alone(tmp_path: Path, clock: Any) -> None:
    def pay(tx: Transaction) -> Row:
        tx.db.execute("INSERT INTO paid VALUES ('A-1')")
        return tx.append(event("scan", "scanner_1", raw="A-1"))

    def fail(tx: Transaction) -> None:
        pay(tx)
        raise LookupError("no such worker")

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await journal.transact(lambda tx: tx.db.execute("CREATE TABLE paid (serial TEXT)"))
            works = [journal.transact(work) for work in (pay, fail, pay, fail, pay)]
            done = await asyncio.gather(*works, return_exceptions=True)
            assert [type(result) for result in done] == [Row, LookupError, Row, LookupError, Row]
            assert [row.position.n for row in await journal.events(None)] == [1, 2, 3]
            assert await journal.transact(lambda tx: tx.db.execute("SELECT count(*) FROM paid").fetchone()) == (3,)

    asyncio.run(main())


def test_a_body_that_json_cannot_say_is_refused_and_others_are_kept(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            good, bad = journal.append([event()]), journal.append([event(), event(value={1, 2})])
            assert [type(done) for done in await asyncio.gather(good, bad, return_exceptions=True)] == [list, TypeError]
            assert len(await journal.events(None)) == 1

    asyncio.run(main())


def test_blocks_hold_what_was_staged_and_the_order_in_which_it_came(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            one, two = await journal.declare("meter_1", FIELDS), await journal.declare("meter_2", FIELDS)
            live = [journal.stage(poll(10, 1.0), one), journal.stage(poll(11, 2.0), two)]
            live.append(journal.stage(poll(12, np.nan), one))
            await journal.commit_block()
            first, second = await journal.blocks(None)
            assert (first.schema, second.schema) == (one, two)
            assert first.columns.order.tolist() == [0, 2]
            assert first.columns.mono_ns.tolist() == [10, 12]
            np.testing.assert_array_equal(first.columns.values, [[220.0, 1.0], [220.0, np.nan]])
            assert first.columns.time_ns.tolist() == [int(live[0][0]), int(live[2][0])]  # type: ignore[index] # synced
            assert await journal.blocks(second.position) == []

    asyncio.run(main())


def test_a_block_that_the_reader_knows_comes_without_rows(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            schemas = [await journal.declare(name, FIELDS) for name in ("meter_1", "meter_2")]
            for mono_ns, schema in zip((10, 11), schemas, strict=True):
                journal.stage(poll(mono_ns, 1.0), schema)
            await journal.commit_block()
            asked: list[tuple[str, int]] = []

            def known(boot: str, mono_ns: Any) -> bool:
                asked.append((boot, *mono_ns.tolist()))
                return 10 in mono_ns

            first, second = await journal.blocks(None, known=known)
            assert asked == [(clock.boot_id, 10), (clock.boot_id, 11)]
            assert (first.schema, first.columns.values.size) == (schemas[0], 0)
            assert second.columns.mono_ns.tolist() == [11]

    asyncio.run(main())


def test_a_window_is_a_block_of_its_own_schema(tmp_path: Path, clock: Any) -> None:
    @dataclass(frozen=True)
    class Window:
        mono_ns: int
        count: Any
        mean: Any
        min: Any
        max: Any
        last: Any

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            schema = await journal.declare("meter_1", {**FIELDS, "window_s": 10})
            columns = [np.array([i, i + 0.5]) for i in range(5)]
            journal.stage_window(Window(10_000_000_000, *columns), schema)
            await journal.commit_block()
            (block,) = await journal.blocks(None)
            assert block.schema.window_s == 10
            np.testing.assert_array_equal(block.windows, [columns])

    asyncio.run(main())


def test_a_schema_is_declared_again_only_when_it_changed(tmp_path: Path, clock: Any) -> None:
    async def main(version: int) -> Any:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            window = await journal.declare("meter_1", {**FIELDS, "window_s": 10})
            schema = await journal.declare("meter_1", {**FIELDS, "version": version})
            journal.stage(poll(10, 1.0), schema)
            await journal.commit_block()
            assert (await journal.blocks(None))[-1].schema == schema
            return window, schema

    first, again, other = [asyncio.run(main(version)) for version in (1, 1, 2)]
    assert first == again
    assert other[0] == first[0]
    assert other[1].version == 2


def test_places_go_with_the_samples_and_cost_no_other_commit_a_page(tmp_path: Path, clock: Any) -> None:
    """The files are copied while the journal is open: that is all that a power cut leaves."""

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            (kept,) = await journal.append([event()])
            assert await journal.cursor("broker", "e") is None
            await journal.move_cursor("broker", "e", kept.position)
            await journal.append([event()])
            assert await place_in_a_copy(tmp_path, clock) is None
            await journal.commit_block()
            assert await place_in_a_copy(tmp_path, clock) == kept.position

    asyncio.run(main())


def test_places_are_kept_by_themselves_where_no_samples_come(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.journal.places.LINGER_S", 0.01)

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            (kept,) = await journal.append([event()])
            await journal.cursor("broker", "e")
            await journal.move_cursor("broker", "e", kept.position)
            place = None
            async with asyncio.timeout(60):
                while place is None:
                    place = await place_in_a_copy(tmp_path, clock)
            assert place == kept.position

    asyncio.run(main())


async def place_in_a_copy(folder: Path, clock: Any) -> Any:
    """Return where the broker stands after a power cut now."""
    async with await Journal.open(copied(folder), "gw_1", clock) as journal:
        return await journal.cursor("broker", "e")


def copied(folder: Path) -> Path:
    """Copy the journal's files as they stand; return the copy."""
    left = folder / f"left {len(list(folder.iterdir()))}"
    left.mkdir()
    for file in folder.glob("j.db*"):
        shutil.copy(file, left)
    return left / "j.db"


def test_a_cursor_stays_and_moves_forward_only(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            kept = await journal.append([event(), event()])
            assert await journal.cursor("broker", "e") is None
            await journal.move_cursor("broker", "e", kept[1].position)
            await journal.move_cursor("broker", "e", kept[0].position)
            await journal.move_cursor("old", "e", kept[0].position)
            await journal.keep_cursors(["broker"])
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            assert await journal.cursor("broker", "e") == kept[1].position
            assert await journal.cursor("old", "e") is None

    asyncio.run(main())


def test_the_snapshot_comes_back_with_the_events_after_it(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            assert await journal.latest_snapshot() is None
            made = asyncio.ensure_future(journal.append([event()]))  # called before the snapshot was taken
            await asyncio.sleep(0)
            inside = await journal.commit_block(b"state", events=[event()])
            outside = await journal.append([event() for _ in range(300)])
            assert inside[0].position.n == (await made)[0].position.n + 1
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            snapshot = await journal.latest_snapshot()
            assert snapshot is not None
            assert (snapshot.data, snapshot.boot, snapshot.mono_ns) == (b"state", clock.boot_id, clock.now_ns)
            assert snapshot.events_since == outside

    asyncio.run(main())


def test_a_watch_misses_nothing_between_reading_and_waiting(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            with journal.watch() as news:
                await journal.append([event()])
                await asyncio.wait_for(news.wait(), 10)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(news.wait(), 0.05)
                await journal.append([event()])
                await asyncio.wait_for(news.wait(), 10)

    asyncio.run(main())


def test_a_second_daemon_on_the_same_journal_is_refused_with_the_reason(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock):
            with pytest.raises(ConfigurationError, match=r"j\.db: another gongbang is writing"):
                await Journal.open(tmp_path / "j.db", "gw_1", clock)

    asyncio.run(main())


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await journal.transact(lambda tx: tx.db.pragma("user_version", 7))
        with pytest.raises(ConfigurationError, match="journal format 7, this program knows 1"):
            await Journal.open(tmp_path / "j.db", "gw_1", clock)

    asyncio.run(main())
