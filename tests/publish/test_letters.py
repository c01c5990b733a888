"""Dead letters that are sent again: under the same id, behind all else, and off the list once they are taken."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.component import Component
from gateway.config.parts import Workshop
from gateway.config.publish import CenterPublisher as CenterConfig
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.letters import Letter, listed
from gateway.publish.center import CenterPublisher
from gateway.supervisor import Backoff, Supervisor
from tests.publish.other_side import ODD, Broker


async def letters(journal: Journal) -> list[Letter]:
    return await journal.read(listed)


async def come(true: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Wait until something that the journal is asked holds; return it."""
    deadline = time.monotonic() + 60
    while not (found := await true()):
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.01)
    return found


async def refused(journal: Journal) -> bool:
    """Return whether no letter waits to be sent again."""
    return not any(letter.again for letter in await letters(journal))


async def none(journal: Journal) -> bool:
    return not await letters(journal)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor is kept at once: only what it has passed can be asked for."""
    monkeypatch.setattr("gateway.journal.places.LINGER_S", 0.0)


def test_a_broker_that_changed_its_mind_gets_what_it_refused_and_one_that_did_not_says_why_anew(
    running: Any, soon: Any, port: int
) -> None:
    async def run() -> None:
        broker = Broker(refuses=True)
        server = await asyncio.start_server(broker.serve, "127.0.0.1", port)
        async with server, running(port=port) as gateway:
            await gateway.up()
            odd = await gateway.event(text=ODD)
            later = await gateway.event()
            await soon(lambda: gateway.publisher.queued == 0, "all answered")
            await soon(lambda: gateway.publisher.detail()["refused_events"] == 1, "set aside")
            await come(lambda: gateway.journal.letters.redrive("broker", "owner"), "the cursor passes it")
            (command,) = await gateway.journal.recent(1, ["command"])
            assert command.body == {"what": "redrive", "publisher": "broker", "rows": 1, "by": "owner"}
            await soon(lambda: len(broker.taken) == 2, "the event that tells of it is sent")
            await come(lambda: refused(gateway.journal), "refused again")
            assert [letter.reason for letter in await letters(gateway.journal)] == ["not authorized (0x87)"]
            broker.refuses = False
            assert await gateway.journal.letters.redrive("broker", "owner") == 1
            await soon(lambda: odd in broker.taken, "it is taken under its id")
            assert broker.taken.index(odd) > broker.taken.index(later), "behind what was sent meanwhile"
            await come(lambda: none(gateway.journal), "it is off the list")
            await gateway.journal.append([])
            await gateway.journal.count()
            events = next(one for one in gateway.journal.accounts("broker") if one.stream == "e")
            assert events.sum_of("refused", "unexplained") == 0
        broker.go()

    asyncio.run(run())


@asynccontextmanager
async def to_center(path: Path, port: int) -> AsyncIterator[tuple[Journal, Component]]:
    clock = SystemClock(trust=True)
    async with await Journal.open(path, "gw_1", clock, linger_s=0.0) as journal:
        supervisor, component = Supervisor(clock.mono_ns), Component("center", "publisher")
        publisher = CenterPublisher(
            CenterConfig(name="center", type="center", host="127.0.0.1", port=port),
            workshop=Workshop(id="shop-1", name="공방"),
            gateway="gw_1",
            journal=journal,
            clock=clock,
        )
        component.queued = lambda: publisher.queued
        supervisor.start(component, publisher.run, Backoff(0.01, 0.02))
        try:
            yield journal, component
        finally:
            await supervisor.stop_all()


def test_the_center_takes_beside_its_chain_what_no_broker_took_before(tmp_path: Path, soon: Any, port: int) -> None:
    async def run() -> None:
        broker = Broker(most_bytes=3000)
        server = await asyncio.start_server(broker.serve, "127.0.0.1", port)
        async with server:
            async with to_center(tmp_path / "j.db", port) as (journal, component):
                (large,) = await journal.append([Event("scan", "scanner_1", 1, {"raw": "x" * 5000})])
                (last,) = await journal.append([Event("scan", "scanner_1", 2, {})])
                rows = broker.center.rows["e"]
                await soon(lambda: last.position in rows and component.queued() == 0, "all others are there")
                assert large.position not in rows
                await come(partial(journal.letters.redrive, "center", "owner"), "the cursor passes it")
                await come(partial(refused, journal), "refused again")
                assert "more than the broker takes" in (await letters(journal))[0].reason
            broker.most_bytes = 1 << 20
            async with to_center(tmp_path / "j.db", port) as (journal, component):
                assert await journal.letters.redrive("center", "owner") == 1
                await soon(lambda: large.position in broker.center.rows["e"], "the center has it")
                assert broker.center.at["e"] > large.position, "and its chain stays where it is"
                await come(partial(none, journal), "it is off the list")
        broker.go()

    asyncio.run(run())
