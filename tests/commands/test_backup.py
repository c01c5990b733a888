"""`gongbang backup` and `restore` where no daemon runs."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rig import free_port
from workload import plc, write

from gateway.clock import SystemClock
from gateway.event import Event
from gateway.journal.journal import Journal


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a journal, a place for copies on another folder, and one that is away."""

    async def fill() -> None:
        clock = SystemClock(trust=True)
        async with await Journal.open(tmp_path / "journal.db", "bench", clock) as journal:
            await journal.append([Event("scan", f"scanner_{n}", clock.mono_ns(), {}) for n in range(3)])

    asyncio.run(fill())
    (tmp_path / "share").mkdir()
    known: list[dict[str, Any]] = [
        {"name": "share", "to": "folder", "path": str(tmp_path / "share"), "same_disk": True},
        {"name": "stick", "to": "usb", "label": "NOT-THERE-1"},
    ]
    return write(tmp_path / "edge_config.yaml", [plc(1, 1, 1, 0.2)], 9, free_port(), backup=known)


def test_without_a_daemon_a_copy_is_made_at_once(call: Any, config: Path) -> None:
    (made,) = call("backup", "share", "--now", "-c", config, "--json").json
    assert (made["trouble"], made["last"]["verified"], made["last"]["events"]) == ("", True, 3)
    assert call("backup", "--verify", made["last"]["file"], "--json").json["ok"]
    said = call("backup", "--now", "-c", config)
    assert (said.code, "✓ share" in said.out, "Plug the backup stick in" in said.out) == (1, True, True)


def test_a_copy_that_is_none_and_a_name_that_is_none_are_told(call: Any, config: Path, tmp_path: Path) -> None:
    (tmp_path / "no.backup").write_bytes(b"PK nothing")
    said = call("backup", "--verify", tmp_path / "no.backup")
    assert (said.code, "no whole copy" in said.err) == (1, True)
    assert call("backup", "--verify", tmp_path / "share").code == 2, "there is none in the folder"
    wrong = call("backup", "shre", "-c", config)
    assert (wrong.code, "share, stick" in wrong.err) == (2, True)
    restored = call("restore", tmp_path / "no.backup", "-c", config)
    assert (restored.code, "Not restored" in restored.err) == (1, True)


def test_a_journal_with_more_in_it_is_left_alone_and_what_to_do_is_said(call: Any, config: Path) -> None:
    (made,) = call("backup", "share", "--now", "-c", config, "--json").json

    async def more() -> None:
        clock = SystemClock(trust=True)
        async with await Journal.open(config.with_name("journal.db"), "bench", clock) as journal:
            await journal.append([Event("scan", "scanner_9", clock.mono_ns(), {})])

    asyncio.run(more())
    refused = call("restore", made["last"]["file"], "-c", config)
    assert (refused.code, "1 events stand here" in refused.err, "--over" in refused.err) == (2, True, True)
    told = call("restore", made["last"]["file"], "-c", config, "--over", "--json").json
    assert (told["report"]["events"], told["aside"]) == (4, f"{config.with_name('journal.db')}.replaced-1")


def test_the_doctor_says_how_old_the_copies_are(call: Any, config: Path) -> None:
    found = {one["what"]: one for one in call("doctor", "-c", config, "--json").json}
    assert (found["share"]["state"], found["share"]["found"]["en"]) == ("warning", "no copy was made yet")
    text = config.read_text("utf-8")
    config.write_text(text[: text.index("backup:")], "utf-8")
    found = {one["what"]: one for one in call("doctor", "-c", config, "--json").json}
    assert found["backup"]["state"] == "warning"
