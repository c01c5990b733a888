"""`gongbang journal`: a journal is read beside whoever writes it, and what is damaged or missing is found."""

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest
from rig import ROOT

from gateway.clock import SystemClock
from gateway.event import Event
from gateway.journal.journal import Journal
from sensors.batch import Batch

MESSAGE = {"ko": "프레스 과열", "en": "Press is overheating"}


async def write(path: Path, scans: int) -> None:
    """A run of the daemon: scans, an alarm, a block of samples, a cursor."""
    clock = SystemClock(trust=True)
    async with await Journal.open(path, "gw_1", clock) as journal:
        now_ns = clock.mono_ns()
        schema = await journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
        rows = await journal.append([Event("scan", "scanner_1", now_ns, {"n": n}) for n in range(scans)])
        await journal.append([Event("alarm", "press_overheat", now_ns, {"action": "raise", "message": MESSAGE})])
        times = now_ns + np.arange(20, dtype=np.int64)
        journal.stage(Batch(0, 0, times, np.ones((20, 1)), np.zeros((20, 1), np.uint8)), schema)
        await journal.commit_block()
        await journal.move_cursor("broker", "e", rows[0].position)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the journal of two runs."""
    folder = tmp_path_factory.mktemp("written")
    for _ in range(2):
        asyncio.run(write(folder / "journal.db", 30))
    return folder


@pytest.fixture
def journal(written: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(written, tmp_path / "copy")
    return tmp_path / "copy" / "journal.db"


def change(journal: Path, sql: str, *values: object) -> None:
    """Change the file behind the journal's back."""
    with closing(apsw.Connection(str(journal))) as db:
        db.execute(sql, values)


def test_stats_tell_rows_by_kind_and_how_far_publishers_are(call: Any, journal: Path) -> None:
    answer = call("journal", "stats", "--path", journal, "--json")
    stats = answer.json
    assert answer.code == 0
    assert (stats["starts"], stats["events"], stats["blocks"]) == (2, 63, 2)
    assert stats["kinds"] == {"alarm": 2, "scan": 60, "schema": 1}
    assert stats["last_time_ns"] > stats["first_time_ns"] > 1_700_000_000 * 10**9
    assert stats["cursors"] == {"broker/e": 30}
    said = call("journal", "stats", "--path", journal)
    assert (said.code, "scan 60" in said.out, "30  (broker: 일 / events)" in said.out) == (0, True, True)


def test_tail_shows_the_newest_events_the_newest_last(call: Any, journal: Path) -> None:
    entries = call("journal", "tail", "--path", journal, "--json", "--limit", 3).json
    assert [entry["kind"] for entry in entries] == ["scan", "scan", "alarm"]
    assert [entry["body"].get("n") for entry in entries] == [28, 29, None]
    assert [entry["at"].split(":")[1] for entry in entries] == ["29", "30", "31"]
    said = call("journal", "tail", "--path", journal)
    assert said.out.count("\n") == 20
    assert "프레스 과열" in said.out.splitlines()[-1]


def test_tail_tells_each_kind_in_a_few_words(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    answer_text = {"ko": "등록 — 묶음 0231", "en": "Recorded: bundle 0231"}
    told: dict[str, tuple[dict[str, Any], str]] = {
        "state": ({"before": "run", "state": "idle", "after_s": 5.50981}, "run (6 s) → idle"),
        "count": ({"delta": 2, "total": 73, "raw": 9}, "+2 = 73"),
        "scan": ({"raw": "B-1", "answer_text": answer_text}, "B-1  등록 — 묶음 0231 / Recorded: bundle 0231"),
        "alarm": (
            {"action": "raise", "message": MESSAGE, "value": 84.06, "unit": "degC", "by": None},
            "raise 84.06 degC  프레스 과열 / Press is overheating",
        ),
        "config": ({"by": "start", "hash": ""}, '{"by": "start"}'),
    }

    async def write() -> None:
        clock = SystemClock(trust=True)
        async with await Journal.open(path, "gw_1", clock) as open_journal:
            await open_journal.append([Event(kind, "x", clock.mono_ns(), body) for kind, (body, _) in told.items()])

    asyncio.run(write())
    lines = call("journal", "tail", "--path", path).out.splitlines()
    for line, (_, words) in zip(lines, told.values(), strict=True):
        assert line.endswith(f" {words}")


def test_tail_shows_one_kind_only_when_asked(call: Any, journal: Path) -> None:
    entries = call("journal", "tail", "--path", journal, "--kind", "alarm", "--json").json
    assert [entry["kind"] for entry in entries] == ["alarm", "alarm"]


def test_a_whole_journal_verifies(call: Any, journal: Path) -> None:
    answer = call("journal", "verify", "--path", journal, "--json")
    assert answer.code == 0
    assert (answer.json["ok"], answer.json["events"], answer.json["blocks"]) == (True, 63, 2)
    assert "온전해요" in call("journal", "verify", "--path", journal).out


def test_a_journal_that_is_being_written_is_read_and_stays_as_it_is(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"

    async def beside() -> tuple[Any, Any]:
        clock = SystemClock(trust=True)
        async with await Journal.open(path, "gw_1", clock) as open_journal:
            await open_journal.append([Event("scan", "scanner_1", clock.mono_ns(), {"n": 1})])
            seen = await asyncio.to_thread(call, "journal", "tail", "--path", path, "--json")
            verified = await asyncio.to_thread(call, "journal", "verify", "--path", path)
            await open_journal.append([Event("scan", "scanner_1", clock.mono_ns(), {"n": 2})])
            return seen, verified

    seen, verified = asyncio.run(beside())
    assert [entry["body"] for entry in seen.json] == [{"n": 1}]
    assert verified.code == 0
    assert [entry["body"]["n"] for entry in call("journal", "tail", "--path", path, "--json").json] == [1, 2]


def test_reading_changes_no_byte_of_the_journal(call: Any, journal: Path) -> None:
    before = journal.read_bytes()
    for action in ("stats", "tail", "verify"):
        assert call("journal", action, "--path", journal).code == 0
    assert journal.read_bytes() == before


def test_a_changed_event_is_found_and_named(call: Any, journal: Path) -> None:
    change(journal, "UPDATE events SET body = '{\"n\":7000}' WHERE id & 0xff = 15 AND id >> 40 = 2")
    answer = call("journal", "verify", "--path", journal, "--json")
    assert (answer.code, answer.json["damaged"]) == (1, 1)
    (name,) = answer.json["names"]
    assert name.startswith("damaged e:2-")
    assert name.endswith(":15")
    said = call("journal", "verify", "--path", journal)
    assert (said.code, name in said.out) == (1, True)


def test_a_changed_block_is_found(call: Any, journal: Path) -> None:
    change(journal, "UPDATE blocks SET data = zeroblob(length(data)) WHERE id = (SELECT max(id) FROM blocks)")
    answer = call("journal", "verify", "--path", journal, "--json")
    assert (answer.code, answer.json["damaged"]) == (1, 1)


@pytest.mark.parametrize(
    ("where", "missing", "lost"),
    [
        ("id & 0xff IN (10, 11) AND id >> 40 = 1", 2, 0),
        ("id & 0xff >= 30 AND id >> 40 = 1", 3, 0),  # the end of a run: nothing comes behind it there
        ("id & 0xff >= 30 AND id >> 40 = 2", 0, 2),  # the end of all
    ],
)
def test_numbers_that_are_gone_are_found(call: Any, journal: Path, where: str, missing: int, lost: int) -> None:
    change(journal, f"DELETE FROM events WHERE {where}")
    answer = call("journal", "verify", "--path", journal, "--json")
    assert (answer.code, answer.json["missing"], answer.json["lost"]) == (1, missing, lost)


def test_a_gap_that_was_told_is_not_an_error(call: Any, journal: Path) -> None:
    change(journal, "INSERT INTO gaps SELECT 's', min(id), min(id), 'space' FROM blocks")
    change(journal, "DELETE FROM blocks WHERE id = (SELECT min(id) FROM blocks)")
    answer = call("journal", "verify", "--path", journal, "--json")
    assert (answer.code, answer.json["missing"], answer.json["told"]) == (0, 1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_a_flipped_bit_in_a_row_never_passes(call: Any, journal: Path, seed: int) -> None:
    body = b'{"n":%d}' % (5 * seed + 1)
    flipped = body[:5] + bytes([body[5] ^ 1 << seed % 3]) + body[6:]
    data = journal.read_bytes()
    assert body in data
    journal.write_bytes(data.replace(body, flipped))  # wherever it stands: pages that were split leave copies
    answer = call("journal", "verify", "--path", journal, "--json")
    assert answer.code == 1
    assert answer.json["ok"] is False


def test_a_file_that_is_no_journal_says_so(call: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("this is a letter, not a journal " * 100)
    for path, code in ((other, 1), (tmp_path / "nothing.db", 2)):
        for action in ("stats", "tail", "verify"):
            answer = call("journal", action, "--path", path)
            assert answer.code == code
            assert str(path) in answer.err


def test_the_journals_place_comes_from_the_configuration(call: Any, journal: Path, tmp_path: Path) -> None:
    config = tmp_path / "edge_config.yaml"
    config.write_text(f"workshop: {{id: w-1, name: 공방}}\njournal: {{path: {journal}}}\n", "utf-8")
    assert call("journal", "stats", "-c", config, "--json").json["starts"] == 2


def test_a_reader_that_has_gone_is_no_error(journal: Path) -> None:
    gone, ours = os.pipe()
    os.close(gone)
    command = [sys.executable, "-m", "gateway.commands.main", "journal", "tail", "--path", str(journal)]
    done = subprocess.run(command, stdout=ours, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, b"")
