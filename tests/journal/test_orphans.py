"""Orphans: what a damaged write-ahead log still holds is put back; a log that was merely cut off is left to SQLite."""

import asyncio
import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from witness import BADGE, WORK, coupon

from barcodes.scan import Scan
from gateway.config.root import EdgeConfig
from gateway.event import Event, Row
from gateway.journal import rows
from gateway.journal.journal import Journal
from gateway.journal.orphans import Orphans, find
from gateway.journal.rows import Epoch, Raw, key
from gateway.journal.salvage import Salvaged, salvage
from gateway.journal.schema import PAGE_BYTES, connect
from gateway.journal.wal import HEAD_BYTES, HEADER, orphan_frames
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from sensors.batch import Batch

ROWS = 60
FRAME_BYTES = HEAD_BYTES + PAGE_BYTES


def log_of(folder: Path) -> bytes:
    return (folder / "j.db-wal").read_bytes()


def flipped(log: bytes, at: int, bit: int = 0) -> bytes:
    return log[:at] + bytes([log[at] ^ 1 << bit]) + log[at + 1 :]


def frame(n: int) -> int:
    """Return where the frame begins."""
    return HEADER.size + n * FRAME_BYTES


def orphans(log: bytes) -> Orphans:
    frames = orphan_frames(log)
    return Orphans() if frames is None else find(frames)


async def all_events(journal: Journal) -> list[Row]:
    found: list[Row] = []
    while more := await journal.events(found[-1].position if found else None, frozen_only=False):
        found += more
    return found


async def scans(journal: Journal, count: int, kind: str = "scan") -> None:
    for i in range(count):
        await journal.append([Event(kind, "scanner_1", i, {"raw": "x" * 400, "i": i})])


@pytest.fixture
def cut(tmp_path: Path, clock: Any) -> Path:
    """A journal of one start as a power cut leaves it: 60 scans and 5 blocks, all of them in the log."""
    return run_and_cut(tmp_path, clock)


def run_and_cut(tmp_path: Path, clock: Any) -> Path:

    async def main() -> None:
        async with await Journal.open(tmp_path / "running" / "j.db", "gw_1", clock, linger_s=0) as journal:
            schema = await journal.declare("shaker", {"fields": ["x"], "units": ["mm/s"]})
            for i in range(5):
                await scans(journal, ROWS // 5)
                noise = np.random.default_rng(i).normal(0, 1, (2000, 1))
                times = i * 10_000 + np.arange(2000, dtype=np.int64)
                journal.stage(Batch(0, 0, times, noise, np.zeros((2000, 1), np.uint8)), schema)
                await journal.commit_block()
            await journal._writer.submit(lambda store: store.write_watermark())
            shutil.copytree(tmp_path / "running", tmp_path / "cut")

    asyncio.run(main())
    return tmp_path / "cut"


def test_a_log_that_is_whole_or_was_cut_off_anywhere_holds_no_orphans(cut: Path) -> None:
    log = log_of(cut)
    count = (len(log) - HEADER.size) // FRAME_BYTES
    for end in (0, 10, HEADER.size, *(frame(n) + part for n in range(count) for part in (0, 20, 24, 3000))):
        assert orphan_frames(log[:end]) is None, end


@pytest.mark.parametrize("at", [0, 3, 10, 17, 27, *(frame(4) + byte for byte in (0, 6, 9, 14, 18, 22, 24, 900, 4100))])
def test_all_rows_behind_a_flipped_bit_are_found_wherever_it_is(cut: Path, at: int) -> None:
    found = orphans(flipped(log_of(cut), at))
    assert {raw[1] for raw in found.rows["e"].values()} >= {b"scan"}
    assert len(found.rows["e"]) >= ROWS
    assert len(found.rows["s"]) == 5  # each in many overflow pages
    assert found.seen == {(1, "e"): ROWS + 1, (1, "s"): 5}


@pytest.mark.parametrize("at", [0, 10, 5000])
def test_the_log_of_an_older_file_with_larger_pages_is_read_too(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr("gateway.journal.schema.PAGE_BYTES", 4096)
    found = orphans(flipped(log_of(run_and_cut(tmp_path, clock)), at))
    assert found.seen == {(1, "e"): ROWS + 1, (1, "s"): 5}
    assert len(found.rows["s"]) == 5


def test_the_epochs_of_rows_that_lie_behind_the_damage_are_found_too(cut: Path) -> None:
    found = orphans(flipped(log_of(cut), 0))
    assert [epoch.boot for epoch in found.epochs.values()] == ["boot-1"]


def test_frames_of_an_earlier_round_of_the_log_are_no_orphans(tmp_path: Path) -> None:
    """Written by the SQLite of the machine, which is another than ours."""
    db = sqlite3.connect(tmp_path / "j.db", isolation_level=None)
    db.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
    for i in range(50):
        db.execute("INSERT INTO t VALUES (?, ?)", (i, "x" * 900))
    db.execute("PRAGMA wal_checkpoint(RESTART)")
    db.execute("INSERT INTO t VALUES (1000, 'new')")
    log = log_of(tmp_path)
    db.close()
    assert len(log) > frame(40)
    assert orphan_frames(log) is None
    frames = orphan_frames(flipped(log, frame(0) + 1000))
    assert frames is not None
    assert len(frames.numbers) == 1


def test_a_page_that_points_anywhere_gives_what_can_be_read_and_no_error(cut: Path) -> None:
    log = log_of(cut)
    chance = np.random.default_rng(3)
    count = (len(log) - HEADER.size) // FRAME_BYTES
    for _ in range(30):
        rotten = bytearray(flipped(log, 0))
        for n in range(count):
            at = frame(n) + 24 + int(chance.integers(0, 100))
            rotten[at : at + 8] = chance.bytes(8)
        assert all(1 <= n <= ROWS + 1 for (start, _), n in orphans(bytes(rotten)).seen.items() if start == 1)


def test_what_is_gone_is_told_and_the_rest_goes_on_under_its_own_numbers(cut: Path, clock: Any) -> None:
    """The page of the newest scans is gone from the log in every version, and with it the overflow of a block."""

    async def main() -> tuple[list[Row], str]:
        async with await Journal.open(cut / "j.db", "gw_1", clock) as journal:
            return await all_events(journal), journal.epoch

    log = bytearray(log_of(cut))
    newest = log.rindex(b'{"i":11,')
    for n in range((len(log) - HEADER.size) // FRAME_BYTES):
        if log[frame(n) : frame(n) + 4] == log[(at := frame((newest - HEADER.size) // FRAME_BYTES)) : at + 4]:
            log[frame(n) + 24 : frame(n + 1)] = bytes(PAGE_BYTES)
    (cut / "j.db-wal").write_bytes(log)
    kept_rows, epoch = asyncio.run(main())
    kept = [row.position.n for row in kept_rows if row.position.start == 1]
    gaps = [row.body for row in kept_rows if row.kind == "gap" and row.body["stream"] == "e"]
    told = [range(*(int(gap[end].rpartition(":")[2]) for end in ("from", "to"))) for gap in gaps]
    gone = {n for one in told for n in (*one, one.stop)}
    assert gone
    assert kept == [n for n in range(1, ROWS + 2) if n not in gone]
    assert epoch.startswith("2-")
    assert {gap["cause"] for gap in gaps} == {"lost"}


def test_a_coupon_paid_in_a_damaged_log_is_not_paid_again(tmp_path: Path, clock: Any) -> None:
    config = EdgeConfig.model_validate({"workshop": {"id": "shop", "name": "shop"}, "work": WORK})

    async def main(path: Path, cut_to: Path | None = None) -> list[str]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await open_ledger(journal)
            ledger = Ledger(config, "gw_1", clock.boot_id)
            answers = []
            for code in (BADGE, coupon(1)):
                clock.pass_s(60)
                scan = Scan("scanner_1", clock.mono_ns(), code.encode())
                answer = await journal.transact(lambda tx, scan=scan: ledger.decide(tx, scan, 0))
                answers.append(answer.kind)
            if cut_to:
                await scans(journal, 3, "text")
                shutil.copytree(path.parent, cut_to)
            return answers

    first = asyncio.run(main(tmp_path / "a" / "j.db", tmp_path / "cut"))
    log = log_of(tmp_path / "cut")
    (tmp_path / "cut" / "j.db-wal").write_bytes(flipped(log, frame(3) + 1000))
    assert first == ["badge", "accepted"]
    assert asyncio.run(main(tmp_path / "cut" / "j.db")) == ["badge", "duplicate"]


def test_rows_of_a_transaction_that_failed_are_not_taken_for_orphans(tmp_path: Path, clock: Any) -> None:
    """SQLite had written them to the log already, and wrote over their beginning only."""

    def fail(tx: Any) -> None:
        for i in range(100):
            tx.append(Event("scan", "scanner_1", i, {"raw": "refused " * 80}))
        raise ValueError("the disk is full")

    async def main() -> list[Row]:
        async with await Journal.open(tmp_path / "a" / "j.db", "gw_1", clock) as journal:
            await journal.transact(lambda tx: tx.db.pragma("cache_size", 10))
            await scans(journal, 3)
            with pytest.raises(ValueError, match="the disk"):
                await journal.transact(fail)
            await scans(journal, 1)
            shutil.copytree(tmp_path / "a", tmp_path / "cut")
            return await all_events(journal)

    async def look() -> list[Row]:
        async with await Journal.open(tmp_path / "cut" / "j.db", "gw_1", clock) as journal:
            return await all_events(journal)

    events = asyncio.run(main())
    assert b"refused" in log_of(tmp_path / "cut")
    assert asyncio.run(look()) == events


def test_orphans_that_say_something_else_of_a_row_that_is_kept_are_of_a_commit_that_failed(
    cut: Path, clock: Any
) -> None:
    """Its sync failed: all of it was in the log, its numbers were given again, and its end is not yet written over."""

    def event(n: int, body: bytes) -> Raw:
        cells = (key(1, n), b"scan", b"scanner_1", n, n, 1, body)
        return (*cells, rows.crc(*cells))

    def salvaged(*events: Raw) -> Salvaged:
        found = Orphans({"e": {raw[0]: raw for raw in events}, "s": {}}, {}, {(1, "e"): events[-1][0] - key(1, 0)})
        with contextlib.closing(connect(cut / "j.db")) as db:
            return salvage(db, found, {}, {1: Epoch(1, "abcd", "boot-1")})

    failed = event(ROWS, b'{"refused": true}'), event(ROWS + 2, b"{}")
    assert salvaged(*failed) == Salvaged(0, [])
    assert salvaged(failed[1]) == Salvaged(1, [])


def test_a_time_that_was_frozen_in_the_damaged_part_stays_as_it_was(tmp_path: Path, clock: Any) -> None:
    async def main() -> tuple[list[Row], int]:
        clock.synced = False
        async with await Journal.open(tmp_path / "a" / "j.db", "gw_1", clock) as journal:
            await scans(journal, 5)
            before = len(log_of(tmp_path / "a"))
            clock.offset_ns += 1_000_000_000
            clock.synced = True
            await journal.freeze()
            await scans(journal, 1)
            shutil.copytree(tmp_path / "a", tmp_path / "cut")
            return await all_events(journal), before

    async def look() -> list[Row]:
        clock.boot_id = "boot-2"
        async with await Journal.open(tmp_path / "cut" / "j.db", "gw_1", clock) as journal:
            return await all_events(journal)

    events, before = asyncio.run(main())
    log = log_of(tmp_path / "cut")
    (tmp_path / "cut" / "j.db-wal").write_bytes(flipped(log, before + 20))
    assert asyncio.run(look()) == events


def test_a_salvage_that_was_cut_off_goes_on_at_the_next_start(cut: Path, clock: Any) -> None:
    async def look() -> int:
        async with await Journal.open(cut / "j.db", "gw_1", clock) as journal:
            return len([row for row in await all_events(journal) if row.kind == "scan"])

    (cut / "j.db-wal.orphaned").write_bytes(flipped(log_of(cut), frame(2) + 50))
    (cut / "j.db-wal").write_bytes(b"")
    assert asyncio.run(look()) >= ROWS - 1
    assert not (cut / "j.db-wal.orphaned").exists()
