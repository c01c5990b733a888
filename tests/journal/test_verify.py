"""Verify and the reader from outside, on a journal that a daemon is writing and on one that is damaged."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from gateway.errors import StorageFailed
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.reader import open_reader
from gateway.journal.verify import verify
from sensors.batch import one_row


async def fill(journal: Journal) -> None:
    schema = await journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
    rows = await journal.append([Event("scan", "scanner_1", i, {"raw": f"coupon {i}"}) for i in range(50)])
    for i in range(5):
        journal.stage(one_row(0, 0, i, np.array([1.5]), np.zeros(1, np.uint8)), schema)
        await journal.commit_block()
    await journal.move_cursor("broker", "e", rows[39].position)
    await journal.dead_letter("broker", rows[3], "135 not authorised")


def test_a_journal_is_read_and_verified_while_it_is_written(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "j.db"

    async def main() -> None:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await fill(journal)
            with open_reader(path) as reader:
                await journal.append([Event("alarm", "hot", 1, {})])
                stats = reader.stats()
                assert [row.kind for row in reader.tail(2)] == ["scan", "alarm"]
                assert [row.body["raw"] for row in reader.tail(1, ["scan"])] == ["coupon 49"]
            assert stats.kinds == {"alarm": 1, "scan": 50, "schema": 1}
            assert (stats.events, stats.blocks, stats.dead_letters, stats.waiting) == (52, 5, 1, 0)
            assert stats.epoch == journal.epoch
            assert stats.file_bytes > stats.used_bytes > 0
            report = await asyncio.to_thread(verify, path)
            assert report.well
            assert (report.events, report.blocks, report.damaged, report.missing, report.lost) == (52, 5, 0, 0, 0)

    asyncio.run(main())
    with open_reader(path) as reader:
        assert reader.stats().cursors == {"broker/e": 11}
    assert verify(path).well


def test_verify_names_each_row_that_is_damaged_missing_or_lost(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "j.db"

    async def main() -> str:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await fill(journal)
            return journal.epoch

    epoch = asyncio.run(main())
    db = apsw.Connection(str(path))
    db.execute("UPDATE events SET body = replace(body, 'coupon 7\"', 'coupon 8\"')")
    db.execute("DELETE FROM events WHERE id & 0xffffffff IN (20, 21, 22)")
    db.execute("UPDATE blocks SET data = zeroblob(length(data)) WHERE id & 0xffffffff = 2")
    db.execute("DELETE FROM blocks WHERE id & 0xffffffff = 5")
    db.close()
    report = verify(path)
    assert not report.well
    assert (report.damaged, report.missing, report.told, report.lost) == (2, 3, 0, 1)
    assert report.names == [
        f"damaged e:{epoch}:9",
        f"missing e:{epoch}:20..{epoch}:22",
        f"damaged s:{epoch}:2",
        f"lost s:{epoch}:5..{epoch}:5",
    ]


def test_rows_that_a_gap_tells_of_are_no_fault(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "j.db"

    async def main() -> None:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await fill(journal)
            await journal.transact(lambda tx: tx.db.execute("DELETE FROM events WHERE id & 0xffffffff = 20"))
            assert len(await journal.events(None)) == 50
            (gap,) = await journal.recent(1, ["gap"])
            assert gap.body == {
                "stream": "e",
                "from": f"{journal.epoch}:20",
                "to": f"{journal.epoch}:20",
                "cause": "missing",
            }
            await journal.events(None)
            assert len(await journal.recent(10, ["gap"])) == 1

    asyncio.run(main())
    report = verify(path)
    assert report.well
    assert (report.missing, report.told) == (1, 1)


def test_what_is_no_journal_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no journal"):
        verify(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("hello" * 1000)
    with pytest.raises(StorageFailed, match=r"text\.db"):
        verify(tmp_path / "text.db")
    other = apsw.Connection(str(tmp_path / "other.db"))
    other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(StorageFailed, match=r"other\.db: is not a journal"):
        verify(tmp_path / "other.db")
