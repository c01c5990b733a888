"""The clock's states: rows wait for UTC, are corrected within their boot, and a frozen time never changes."""

import asyncio
import ctypes
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway import clock as clocks
from gateway.clock import SystemClock
from gateway.event import Event
from gateway.journal.freeze import increasing
from gateway.journal.journal import Journal
from sensors.batch import Batch, one_row

FIELDS = {"fields": ["power"], "units": ["W"]}


def event(mono_ns: int) -> Event:
    return Event("scan", "scanner_1", mono_ns, {})


def poll(mono_ns: int) -> Batch:
    return one_row(0, 0, mono_ns, np.array([1.0]), np.zeros(1, np.uint8))


def test_the_system_clock_agrees_with_the_wall_clock_and_the_boot() -> None:
    clock = SystemClock()
    assert clock.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert abs(clock.time_ns(clock.mono_ns()) - time.time_ns()) < 50_000_000
    assert clock.time_ns(1_000) - clock.time_ns(0) == pytest.approx(1_000, abs=5_000_000)


@pytest.mark.parametrize(
    ("state", "status", "synced"), [(0, 0x2001, True), (5, 0x0, False), (0, 0x40, False), (5, 0x40, False)]
)
def test_the_kernels_word_on_ntp_is_read_from_adjtimex(
    monkeypatch: pytest.MonkeyPatch, state: int, status: int, synced: bool
) -> None:
    class Libc:  # the kernel's answer cannot be set without the right to set the machine's clock
        @staticmethod
        def adjtimex(timex: Any) -> int:
            timex._obj.status = status
            return state

    monkeypatch.setattr(clocks, "_libc", Libc)
    assert SystemClock().synced is synced
    assert SystemClock(trust=True).synced


def test_adjtimex_is_asked_with_a_structure_that_the_kernel_fills_as_documented() -> None:
    timex = clocks._Timex(modes=0)
    assert clocks._libc.adjtimex(ctypes.byref(timex)) >= 0
    assert 0 <= timex.status < 0x10000
    assert timex.maxerror >= timex.esterror >= 0


def test_rows_wait_for_the_clock_and_are_corrected_when_it_is_right(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        clock.synced = False
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            schema = await journal.declare("meter_1", FIELDS)
            kept = await journal.append([event(clock.now_ns), event(clock.now_ns)])
            assert kept[0].clock == "unsynced"
            assert journal.stage(poll(clock.now_ns), schema) is None
            await journal.commit_block()
            assert await journal.freeze() == 0
            assert await journal.events(None) == []
            assert await journal.blocks(None) == []
            assert await journal.events(schema.position, frozen_only=False) == kept

            clock.offset_ns += 86_400_000_000_000
            clock.synced = True
            assert journal.stage(poll(clock.now_ns), schema) is None  # behind the block that waits
            assert await journal.freeze() == 4
            sent = (await journal.events(None))[1:]
            right = clock.time_ns(clock.now_ns)
            assert [(row.time_ns - right, row.clock) for row in sent] == [(0, "synced"), (1, "synced")]
            (block,) = await journal.blocks(None)
            assert (block.clock, block.columns.time_ns.tolist()) == ("synced", [right])

            await journal.commit_block()
            await journal.freeze()
            assert [b.columns.time_ns[0] - right for b in await journal.blocks(None)] == [0, 1]
            while journal.stage(poll(clock.now_ns), schema) is None:  # noqa: ASYNC110 - the loop learns it a moment later
                await asyncio.sleep(0.001)
            clock.offset_ns -= 5_000
            assert (await journal.events(None))[1:] == sent

    asyncio.run(main())


def test_after_the_hold_rows_go_out_unsynced_and_are_never_changed_again(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        clock.synced = False
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, hold_s=900) as journal:
            early = (await journal.append([event(clock.now_ns)]))[0]
            clock.pass_s(600)
            await journal.append([event(clock.now_ns)])
            clock.pass_s(300)
            assert await journal.freeze() == 1
            assert await journal.events(None) == [early]
            clock.offset_ns += 1_000_000_000
            clock.synced = True
            assert await journal.freeze() == 1
            assert [row.clock for row in await journal.events(None)] == ["unsynced", "synced"]
            assert (await journal.events(None))[0] == early

    asyncio.run(main())


def test_reading_never_jumps_over_a_row_that_waits(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            first = await journal.append([event(1)])
            clock.synced = False
            await journal.append([event(2)])
            clock.synced = True
            late = await journal.append([event(3)])  # synced, but behind one that waits
            assert late[0].clock == "unsynced" or [r.mono_ns for r in await journal.events(None)] == [1, 2, 3]
            assert (await journal.events(None))[:1] == first
            await journal.freeze()
            rows = await journal.events(None)
            assert [(row.mono_ns, row.clock) for row in rows] == [(1, "synced"), (2, "synced"), (3, "synced")]
            assert [row.time_ns for row in rows] == sorted({row.time_ns for row in rows})

    asyncio.run(main())


def test_rows_of_an_earlier_boot_are_frozen_as_they_were(tmp_path: Path, clock: Any) -> None:
    async def main() -> list[Any]:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            schema = await journal.declare("meter_1", FIELDS)
            kept = await journal.append([event(clock.now_ns)])
            journal.stage(poll(clock.now_ns), schema)
            await journal.commit_block()
            await journal.freeze()
            return [kept, await journal.events(None), await journal.blocks(None)]

    clock.synced = False
    (old,), *_ = asyncio.run(main())
    clock.boot_id, clock.synced, clock.offset_ns = "boot-2", True, clock.offset_ns + 10**15
    _, events, blocks = asyncio.run(main())
    assert events[1] == old
    assert [row.clock for row in events] == ["unsynced"] * 2 + ["synced"]
    assert [(block.clock, block.boot) for block in blocks] == [("unsynced", "boot-1"), ("synced", "boot-2")]


def test_a_restart_within_the_boot_still_corrects_its_rows(tmp_path: Path, clock: Any) -> None:
    async def main(synced: bool) -> list[Any]:
        clock.synced = synced
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await journal.append([event(clock.now_ns)])
            await journal.freeze()
            return await journal.events(None)

    assert asyncio.run(main(False)) == []
    clock.offset_ns += 10**15
    times = [(row.clock, row.time_ns - clock.time_ns(clock.now_ns)) for row in asyncio.run(main(True))]
    assert times == [("synced", 0), ("synced", 1)]


def test_the_writer_freezes_by_itself_when_the_clock_becomes_right(tmp_path: Path, clock: Any) -> None:
    async def main() -> None:
        clock.synced = False
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            with journal.watch() as news:
                await journal.append([event(1)])
                await news.wait()
                clock.synced = True
                await asyncio.wait_for(news.wait(), 20)
                assert len(await journal.events(None)) == 1

    asyncio.run(main())


def test_sample_times_of_one_device_are_strictly_increasing_across_restarts(tmp_path: Path, clock: Any) -> None:
    async def main() -> list[int]:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            schema = await journal.declare("meter_1", FIELDS)
            for _ in range(3):
                journal.stage(poll(clock.now_ns), schema)
            await journal.commit_block()
            return np.concatenate([block.columns.time_ns for block in await journal.blocks(None)]).tolist()

    asyncio.run(main())
    clock.offset_ns -= 60_000_000_000
    times = asyncio.run(main())
    assert [t - times[0] for t in times] == [0, 1, 2, 3, 4, 5]


def test_increasing_moves_only_what_must_be_moved() -> None:
    assert increasing(np.array([5, 5, 4, 9]), None).tolist() == [5, 6, 7, 9]
    assert increasing(np.array([5, 8]), 6).tolist() == [7, 8]
