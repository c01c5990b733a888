"""Where no time server is, an operator's device sets our clock: once, for this boot, until NTP says better."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway import clock as module
from gateway.clock import SystemClock
from gateway.consent import Consent
from gateway.dial import BUILT_NS, Dial
from gateway.event import Event, Row
from gateway.journal.journal import Journal

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
NOW_NS = BUILT_NS + 100 * DAY  # what it is really


class Machine:
    """A machine whose clocks stand until they are told, and NTP's word about them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mono_ns, self.wall_ns, self.boot, self.ntp = 50 * SECOND, 3600 * SECOND, "boot-1", False

    def pass_s(self, seconds: float) -> None:
        self.mono_ns += int(seconds * SECOND)
        self.wall_ns += int(seconds * SECOND)

    def clock(self, trust: bool = False) -> SystemClock:
        """The clock of a daemon that starts now."""
        boot = self.folder / "boot_id"
        boot.write_text(self.boot)
        return SystemClock(trust, Consent.beside(self.folder / "j.db"))

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[tuple[SystemClock, Journal, Dial]]:
        clock = self.clock()
        async with await Journal.open(self.folder / "j.db", "gw_1", clock) as journal:
            yield clock, journal, Dial(clock, journal)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine that woke up in 1970 and knows no better."""
    made = Machine(tmp_path)
    clocks = SimpleNamespace(
        CLOCK_BOOTTIME=7, clock_gettime_ns=lambda _: made.mono_ns, time_ns=lambda: made.wall_ns, sleep=None
    )
    monkeypatch.setattr(module, "time", clocks)
    monkeypatch.setattr(module, "kernel_synced", lambda: made.ntp)
    monkeypatch.setattr(module, "BOOT_ID", tmp_path / "boot_id")
    return made


def scan(machine: Machine) -> Event:
    return Event("scan", "scanner_1", machine.mono_ns, {})


async def frozen(journal: Journal) -> list[Row]:
    await journal.freeze()
    return await journal.events(None)


def test_rows_that_waited_get_the_time_that_was_vouched_for_and_it_is_kept_who_did(machine: Machine) -> None:
    async def main() -> None:
        async with machine.gateway() as (_, journal, dial):
            dial.second()
            assert (dial.component.state, dial.component.detail()) == ("waiting", {"word": "none"})
            await journal.append([scan(machine)])
            machine.pass_s(60)
            assert await frozen(journal) == []
            await journal.append([await dial.vouch(NOW_NS // 10**6, "owner")])
            early, told = await frozen(journal)
            assert (early.time_ns, early.clock) == (NOW_NS - 60 * SECOND, "synced")
            assert (told.kind, told.source, told.time_ns, told.clock) == ("consent", "clock", NOW_NS, "synced")
            assert told.body == {
                "what": "clock",
                "by": "owner",
                "before_word": "none",
                "before_ms": 3_660_000,
                "after_ms": NOW_NS // 10**6,
            }
            assert (dial.component.state, dial.component.detail()) == ("up", {"word": "operator"})
            machine.wall_ns += 5 * DAY  # the machine's own clock is of no concern any more
            machine.pass_s(1)
            (row,) = await journal.append([scan(machine)])
            assert (row.time_ns, row.clock) == (NOW_NS + SECOND, "synced")

    asyncio.run(main())


def test_a_restart_in_the_same_boot_knows_it_and_another_boot_does_not(machine: Machine) -> None:
    machine.clock().vouch(NOW_NS)
    machine.pass_s(600)
    again = machine.clock()
    assert (again.word, again.synced, again.time_ns(machine.mono_ns)) == ("operator", True, NOW_NS + 600 * SECOND)
    assert machine.clock(trust=True).time_ns(machine.mono_ns) == machine.wall_ns
    machine.boot, machine.mono_ns = "boot-2", 10 * SECOND
    assert (machine.clock().word, machine.clock().synced) == ("none", False)


@pytest.mark.parametrize("content", ["", "rubbish", "{}", '{"boot": "boot-1"}', '{"boot": "boot-1", "offset_ns": "x"}'])
def test_a_damaged_file_is_no_consent(machine: Machine, content: str) -> None:
    (machine.folder / "j.db.clock").write_text(content)
    assert machine.clock().word == "none"


def test_ntps_word_wins_and_ends_the_consent_and_no_frozen_time_changes(machine: Machine) -> None:
    async def main() -> None:
        async with machine.gateway() as (clock, journal, dial):
            await journal.append([scan(machine), await dial.vouch(NOW_NS // 10**6, "owner")])
            before = await frozen(journal)
            machine.pass_s(1)
            machine.ntp, machine.wall_ns = True, NOW_NS - 40 * SECOND  # the device was ahead
            (row,) = await journal.append([scan(machine)])
            dial.second()
            assert (clock.word, dial.component.state) == ("ntp", "up")
            assert clock.time_ns(machine.mono_ns) == machine.wall_ns
            assert not (machine.folder / "j.db.clock").exists()
            after = await frozen(journal)
            assert after[:2] == before
            assert row.time_ns > before[0].time_ns, "the times of one scanner never go back"
            with pytest.raises(ValueError, match="right already, by another word: ntp"):
                await dial.vouch(NOW_NS // 10**6, "owner")
            machine.ntp = False
            assert machine.clock().word == "none"

    asyncio.run(main())


def test_a_time_that_cannot_be_is_refused_with_a_clear_text(machine: Machine) -> None:
    async def offered(time_ns: int) -> Any:
        async with machine.gateway() as (_, journal, dial):
            return await journal.append([await dial.vouch(time_ns // 10**6, "owner")])

    built = datetime.fromtimestamp(BUILT_NS / 1e9, UTC).strftime("%Y-%m-%d")
    with pytest.raises(ValueError, match=f"is over: records here are of {built}"):
        asyncio.run(offered(BUILT_NS - DAY))
    with pytest.raises(ValueError, match="is years after the last records"):
        asyncio.run(offered(NOW_NS + 10 * 365 * DAY))
    assert asyncio.run(offered(NOW_NS))
    assert asyncio.run(offered(NOW_NS - DAY)), "whoever was wrong may mend it while this boot lasts"
    assert asyncio.run(offered(NOW_NS))
    machine.boot, machine.mono_ns = "boot-2", 10 * SECOND
    with pytest.raises(ValueError, match="is over: records here are of"):
        asyncio.run(offered(NOW_NS - DAY))
    assert asyncio.run(offered(NOW_NS + DAY))


def test_a_clock_that_the_configuration_trusts_is_not_set(machine: Machine) -> None:
    async def main() -> None:
        clock = machine.clock(trust=True)
        async with await Journal.open(machine.folder / "j.db", "gw_1", clock) as journal:
            with pytest.raises(ValueError, match="trusted"):
                await Dial(clock, journal).vouch(NOW_NS // 10**6, "owner")

    asyncio.run(main())
