"""`gongbang journal export`: what is kept as a table, that no spreadsheet takes for formulas."""

import asyncio
import csv
import io
import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from gateway.clock import SystemClock
from gateway.event import Event
from gateway.journal.export import cell
from gateway.journal.journal import Journal
from sensors.batch import Batch
from sensors.quality import NO_REPLY

SECOND_NS = 1_000_000_000


class Day:
    """A clock that is told; UTC and mono are the same."""

    synced, boot_id, now_ns = True, "boot-1", 0

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of three days: a scan, a state and three rows of samples of two devices on each."""
    asyncio.run(_write(tmp_path / "journal.db"))
    return tmp_path / "journal.db"


async def _write(path: Path) -> None:
    clock = Day()
    async with await Journal.open(path, "gw_1", clock) as journal:
        for day in ("2026-11-01T09:00", "2026-11-02T09:00", "2026-11-03T09:00"):
            clock.now_ns = at(day)
            meter = await journal.declare("meter_1", {"fields": ["power", "=cmd"], "units": ["W", ""]})
            press = await journal.declare("press_1", {"fields": ["strokes"], "units": [""]})
            await journal.append([Event("scan", "scanner_1", clock.now_ns, {"raw": "=1+2", "station": "cut"})])
            await journal.append([Event("state", "press_1", clock.now_ns, {"state": "run", "message": {"ko": "가"}})])
            times = clock.now_ns + np.arange(3, dtype=np.int64) * SECOND_NS
            values, quality = np.array([[1.5, -2.0]] * 3), np.zeros((3, 2), np.uint8)
            quality[2, 0] = NO_REPLY
            journal.stage(Batch(0, 0, times, values, quality), meter)
            journal.stage(Batch(1, 2, times, np.ones((3, 1)), np.zeros((3, 1), np.uint8)), press)
            await journal.commit_block()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_events_are_a_table_with_a_column_for_every_field(call: Any, path: Path) -> None:
    answer = call("journal", "export", "--path", path)
    rows = table(answer.out)
    assert answer.code == 0
    assert [row["kind"] for row in rows] == ["schema", "schema"] + ["scan", "state"] * 3
    assert list(rows[0])[:5] == ["at", "time", "clock", "kind", "source"]
    scan, state = rows[2:4]
    assert (scan["raw"], scan["station"], scan["state"]) == ("'=1+2", "cut", "")
    assert json.loads(state["message"]) == {"ko": "가"}
    assert datetime.fromisoformat(scan["time"]).timestamp() * SECOND_NS == at("2026-11-01T09:00")


def test_kind_device_and_days_choose(call: Any, path: Path) -> None:
    def days(*options: str) -> list[str]:
        return [row["time"][8:10] for row in table(call("journal", "export", "--path", path, *options).out)]

    assert days("--kind", "scan") == ["01", "02", "03"]
    assert days("--kind", "scan", "--from", "2026-11-02") == ["02", "03"]
    assert days("--kind", "scan", "--to", "2026-11-02") == ["01", "02"], "a day is until it is over"
    assert days("--kind", "scan", "--to", "2026-11-02T09:00") == ["01"], "a time is left out"
    assert days("--device", "press_1", "--kind", "state") == ["01", "02", "03"]
    assert days("--device", "nobody") == []


def test_samples_are_a_table_too_and_a_bad_value_is_named(call: Any, path: Path) -> None:
    rows = table(call("journal", "export", "--samples", "--device", "meter_1", "--path", path).out)
    assert list(rows[0]) == ["time", "clock", "device", "power", "'=cmd", "bad"]
    assert len(rows) == 9
    assert (rows[0]["power"], rows[0]["'=cmd"], rows[0]["bad"]) == ("1.5", "-2.0", ""), "a number is no formula"
    assert (rows[2]["power"], rows[2]["bad"]) == ("", '{"power": 18}')
    all_rows = table(call("journal", "export", "--samples", "--from", "2026-11-03", "--path", path).out)
    assert sorted(row["device"] for row in all_rows) == ["meter_1"] * 3 + ["press_1"] * 3


def test_json_lines_for_programs_and_a_file_that_a_spreadsheet_opens(call: Any, path: Path, tmp_path: Path) -> None:
    lines = call("journal", "export", "--json", "--kind", "scan", "--path", path).out.splitlines()
    assert [json.loads(line)["raw"] for line in lines] == ["=1+2"] * 3, "as it was: no spreadsheet reads this"
    new = tmp_path / "events.csv"
    assert call("journal", "export", "--path", path, "-o", new).code == 0
    assert new.read_bytes().startswith(b"\xef\xbb\xbfat,time"), "with the mark by which it knows the letters"
    again = call("journal", "export", "--path", path, "-o", new)
    assert (again.code, "events.csv" in again.err) == (2, True), "no file is written over"
    assert call("journal", "export", "--path", path, "--from", "yesterday").code == 2


def test_a_damaged_row_is_left_out_and_told(call: Any, path: Path) -> None:
    with closing(apsw.Connection(str(path))) as db:
        db.execute("UPDATE events SET crc = crc + 1 WHERE kind = 'scan' AND time_ns < ?", (at("2026-11-02"),))
    answer = call("journal", "export", "--kind", "scan", "--path", path)
    assert (answer.code, len(table(answer.out))) == (1, 2)
    assert "left out: 1" in answer.err


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "＝1", "\ufeff=1"])
def test_what_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell(f"\r{text}") == f"\\u000d{text}", "what no cell may hold is shown"


def test_what_is_exported_while_it_is_written_is_whole(call: Any, tmp_path: Path) -> None:
    async def main() -> None:
        clock = SystemClock(trust=True)
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await journal.append([Event("scan", "scanner_1", clock.mono_ns(), {"n": n}) for n in range(1200)])
            rows = table((await asyncio.to_thread(call, "journal", "export", "--path", tmp_path / "j.db")).out)
            assert [row["n"] for row in rows] == [str(n) for n in range(1200)]

    asyncio.run(main())
