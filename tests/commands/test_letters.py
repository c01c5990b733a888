"""`gongbang journal dead` and `redrive`: what was refused is listed, and goes out again when somebody asks for it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rig import daemon, free_port, until
from workload import plc, register_server, write

from gateway.clock import SystemClock
from gateway.event import Event
from gateway.journal import letters, places
from gateway.journal.journal import Journal

CLOCK = SystemClock(trust=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of three events, two of which a broker refused."""

    async def fill() -> None:
        async with await Journal.open(tmp_path / "journal.db", "gw_1", CLOCK) as journal:
            rows = await journal.append([Event("scan", f"scanner_{n}", CLOCK.mono_ns(), {}) for n in range(3)])
            for row in rows[:2]:
                await journal.dead_letter("broker", row, "not authorized (0x87)")
            await journal.move_cursor("broker", "e", rows[2].position, 1)

    asyncio.run(fill())
    return tmp_path / "journal.db"


def test_what_was_refused_is_listed_with_its_reason(call: Any, path: Path) -> None:
    listed = call("journal", "dead", "--path", path, "--json").json
    assert [(one["publisher"], one["kind"], one["source"], one["again"]) for one in listed] == [
        ("broker", "scan", "scanner_0", False),
        ("broker", "scan", "scanner_1", False),
    ]
    assert {one["reason"] for one in listed} == {"not authorized (0x87)"}
    said = call("journal", "dead", "broker", "--path", path)
    assert (said.code, said.out.count("not authorized (0x87)")) == (0, 2)
    assert "Nothing was refused" in call("journal", "dead", "history", "--path", path).out


def test_without_a_daemon_the_letters_are_marked_in_the_file_and_go_out_when_one_starts(call: Any, path: Path) -> None:
    assert call("journal", "redrive", "broker", "--path", path, "--json").json == {"publisher": "broker", "rows": 2}
    assert call("journal", "redrive", "broker", "--path", path, "--json").json["rows"] == 0, (
        "they are asked for already"
    )
    assert all(one["again"] for one in call("journal", "dead", "--path", path, "--json").json)

    async def places_asked_for() -> int:
        async with await Journal.open(path, "gw_1", CLOCK) as journal:
            return len(await journal.letters.again("broker", "e", 10))

    assert asyncio.run(places_asked_for()) == 2


def test_whom_to_send_to_must_be_said_and_known(call: Any, tmp_path: Path) -> None:
    config = write(tmp_path / "edge_config.yaml", [plc(1, 1, 4, 0.2)], 9, free_port())
    nobody = call("journal", "redrive", "-c", config)
    assert (nobody.code, "gongbang journal redrive broker" in nobody.err) == (2, True)
    wrong = call("journal", "redrive", "history", "-c", config)
    assert (wrong.code, "history" in wrong.err, "broker" in wrong.err) == (2, True, True)


def test_a_daemon_that_owns_the_journal_is_asked(call: Any, tmp_path: Path) -> None:
    port = free_port()
    with register_server() as registers:
        config = write(tmp_path / "edge_config.yaml", [plc(registers, 1, 4, 0.2)], 9, port)
        with daemon(config, port) as running:
            until(running.ready, "readings flow")
            answer = call("journal", "redrive", "broker", "-c", config, "--json")
            assert (answer.code, answer.json) == (0, {"publisher": "broker", "rows": 0})


def test_only_what_a_cursor_has_passed_is_asked_for_and_no_more_than_so_many_letters_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "KEPT", 3)
    monkeypatch.setattr(places, "LINGER_S", 0.0)

    async def main() -> None:
        async with await Journal.open(tmp_path / "journal.db", "gw_1", CLOCK) as journal:
            rows = await journal.append([Event("scan", "scanner_1", CLOCK.mono_ns(), {}) for n in range(5)])
            for row in rows:
                await journal.dead_letter("broker", row, "no")
            await journal.move_cursor("broker", "e", rows[3].position, 0)
            await journal.append([])
            assert await journal.letters.redrive("broker", "owner") == 2
            assert await journal.letters.again("broker", "e", 10) == [row.position for row in rows[2:4]]
            await journal.letters.begin_behind("broker", "e", rows[2].position)
            assert await journal.letters.again("broker", "e", 10) == [rows[2].position], (
                "what is sent anew is no letter"
            )

    asyncio.run(main())
