"""A full disk: what could not be kept is not acknowledged, what was acknowledged stays, samples go first."""

import asyncio
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from gateway.errors import StorageFailed
from gateway.event import Event, Row
from gateway.journal import upkeep, writer
from gateway.journal.journal import Journal
from sensors.batch import Batch

FIELDS = {"fields": ["x", "y"], "units": ["mm/s", "mm/s"]}
MB = 1 << 20


class SmallDisk(apsw.VFS):
    """The real file system, which is full at `quota_bytes` of the folder, all files counted."""

    def __init__(self, folder: Path, quota_bytes: int) -> None:
        self.folder, self.quota_bytes = folder, quota_bytes
        super().__init__("small-disk", "")

    def room(self, path: str, end: int) -> bool:
        sizes = {str(file): file.stat().st_size for file in self.folder.iterdir()}
        more = end - sizes.get(path, 0)
        return more <= 0 or sum(sizes.values()) + more <= self.quota_bytes

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: SmallDisk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        if not self.disk.room(self.path, offset + len(data)):
            raise apsw.FullError("the disk is full")
        super().xWrite(data, offset)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    small = SmallDisk(tmp_path, 3 * MB)
    yield small
    small.unregister()


def scans(n: int) -> list[Event]:
    return [Event("scan", "scanner_1", i, {"raw": "x" * 300}) for i in range(n)]


def waveform(mono_ns: int) -> Batch:
    noise = np.random.default_rng(mono_ns).normal(0, 1, (2000, 2))
    return Batch(0, 0, mono_ns + np.arange(2000, dtype=np.int64), noise, np.zeros((2000, 2), np.uint8))


def largest(folder: Path) -> int:
    return max(file.stat().st_size for file in folder.iterdir())


async def everything(journal: Journal) -> list[Row]:
    found: list[Row] = []
    while more := await journal.events(found[-1].position if found else None):
        found += more
    return found


def test_samples_go_first_and_a_gap_tells_it_then_nothing_is_acknowledged_until_there_is_room(
    tmp_path: Path, clock: Any, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "WATERMARK_S", 0.5)  # the ballast, too, is laid down again that often
    monkeypatch.setattr(writer, "UPKEEP_S", 0.01)

    async def main() -> None:
        path = tmp_path / "j.db"
        async with await Journal.open(path, "gw_1", clock, max_bytes=20 * MB, vfs="small-disk") as journal:
            schema = await journal.declare("shaker", FIELDS)
            for i in range(20):  # about 1.2 MB, beside 1 MB of ballast
                journal.stage(waveform(i * 10_000), schema)
                await journal.commit_block()
            acknowledged: list[Row] = []
            refused = 0
            while refused < 3:
                try:
                    acknowledged += await journal.append(scans(50))
                except StorageFailed:
                    refused += 1
            assert journal.storage_error
            assert await journal.blocks(None) == []
            assert len(acknowledged) > 2000
            journal.stage(waveform(10**9), schema)
            with pytest.raises(StorageFailed):
                await journal.commit_block()

            disk.quota_bytes *= 4
            acknowledged += await journal.append(scans(1))
            assert journal.storage_error == ""
            await journal.commit_block()  # the rows that were refused were staged again
            assert len((await journal.blocks(None))[-1].columns.mono_ns) == 2000

            kept = await everything(journal)
            assert [row for row in kept if row.kind == "scan"] == acknowledged
            assert [row.position.n for row in kept] == list(range(1, len(kept) + 1))
            gaps = [row.body for row in kept if row.kind == "gap"]
            assert {"stream": "s", "from": f"{journal.epoch}:1", "cause": "disk full"}.items() <= gaps[0].items()
            assert sum(gap["rows"] for gap in gaps) == 20 == journal.counters.evicted
            deadline = time.monotonic() + 60
            while not (tmp_path / "j.db.ballast").exists():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)

    asyncio.run(main())


def test_a_limit_of_file_size_refuses_and_the_journal_recovers(tmp_path: Path, clock: Any) -> None:
    """The kernel's own refusal: EFBIG from write(2), which SQLite calls an error of I/O."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, max_bytes=MB) as journal:
            acknowledged = await journal.append(scans(50))
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest(tmp_path) + 8192, hard))
            refused = False
            try:
                while not refused:
                    acknowledged += await journal.append(scans(50))
            except StorageFailed:
                refused = True
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            acknowledged += await journal.append(scans(5))
            assert await everything(journal) == acknowledged
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            assert await everything(journal) == acknowledged

    asyncio.run(main())


def test_rows_staged_while_the_disk_refuses_for_too_long_are_counted_and_told(
    tmp_path: Path, clock: Any, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.journal.staging.MOST_BYTES", 200_000)

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, vfs="small-disk") as journal:
            schema = await journal.declare("shaker", FIELDS)
            disk.quota_bytes = 0
            for i in range(10):
                journal.stage(waveform(i * 10_000), schema)
                with pytest.raises(StorageFailed):
                    await journal.commit_block()
            assert journal.counters.dropped > 0
            disk.quota_bytes = 30 * MB
            await journal.commit_block()
            kept = sum(len(block.columns.mono_ns) for block in await journal.blocks(None))
            (gap,) = [row.body for row in await everything(journal) if row.kind == "gap"]
            assert gap["cause"] == "storage"
            assert gap["rows"] == journal.counters.dropped == 10 * 2000 - kept

    asyncio.run(main())


def test_max_bytes_takes_samples_first_and_never_what_pay_depends_on(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "RETENTION_S", 0.0)

    async def main() -> None:
        path = tmp_path / "j.db"
        async with await Journal.open(path, "gw_1", clock, max_bytes=600_000) as journal:
            schema = await journal.declare("shaker", FIELDS)
            paid = await journal.append(scans(500))
            for i in range(10):
                journal.stage(waveform(i * 10_000), schema)
            await journal.commit_block(events=[Event("state", "press_1", i, {"text": "y" * 300}) for i in range(1500)])
            deadline = time.monotonic() + 60
            while sum(row.kind == "state" for row in await everything(journal)) > 1000:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            kept = await everything(journal)
            assert [row for row in kept if row.kind == "scan"] == paid
            assert [row for row in kept if row.kind == "schema"]
            assert await journal.blocks(None) == []
            gaps = [row.body for row in kept if row.kind == "gap"]
            assert [gap["stream"] for gap in gaps][:2] == ["s", "e"]
            assert {gap["cause"] for gap in gaps} == {"space"}
            assert sum(row.kind == "state" for row in kept) + sum(g["rows"] for g in gaps if g["stream"] == "e") == 1500

    asyncio.run(main())


def test_samples_stay_until_their_days_are_over_and_every_publisher_has_them(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "RETENTION_S", 0.0)
    monkeypatch.setattr(writer, "UPKEEP_S", 0.01)

    async def main() -> None:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock, samples_keep_d=1) as journal:
            schema = await journal.declare("shaker", FIELDS)
            for i in range(3):
                journal.stage(waveform(clock.now_ns + i * 10_000), schema)
                await journal.commit_block()
            first, second, third = await journal.blocks(None)
            assert await journal.cursor("broker", "s") is None  # it asked, so it is waited for
            clock.pass_s(86_500)
            await asyncio.sleep(0.3)
            clock.pass_s(-500)
            monkeypatch.setattr("gateway.journal.places.LINGER_S", 0.0)
            await journal.move_cursor("broker", "s", second.position)
            await asyncio.sleep(0.3)
            assert len(await journal.blocks(None)) == 3
            clock.pass_s(500)
            deadline = time.monotonic() + 60
            while [block.position for block in await journal.blocks(None)] != [third.position]:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.3)
            assert [block.position for block in await journal.blocks(first.position)] == [third.position]
            assert [row.kind for row in await everything(journal)] == ["schema"]  # no gap: nothing was lost

    asyncio.run(main())
