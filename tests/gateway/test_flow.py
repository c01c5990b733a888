"""The flow: events leave in their order or wait, samples go to the journal and the sinks with one time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from gateway import flow as flow_module
from gateway.component import Component
from gateway.engine.windows import Window
from gateway.errors import StorageFailed
from gateway.event import Event, Row
from gateway.flow import Flow
from gateway.journal.journal import Journal
from gateway.schemas import Schemas
from sensors.batch import Batch, Int64s
from sensors.measurement import Measurement
from sensors.text import TextReading

SECOND = 1_000_000_000


@dataclass
class Sink:
    """A publisher that keeps what it is offered."""

    offered: list[tuple[Batch | Window, Int64s | None]] = field(default_factory=list)

    def offer(self, part: Batch | Window, time_ns: Int64s | None) -> None:
        self.offered.append((part, time_ns))


@dataclass
class Line:
    """A flow with a real engine and a real journal, and what it told."""

    shop: Any
    journal: Journal
    schemas: Schemas

    def __post_init__(self) -> None:
        self.kept: list[Row] = []
        self.component = Component("engine", "engine")
        self.flow = Flow(self.journal, self.shop.engine, self.schemas, self.component, self.kept.extend)

    async def told(self) -> list[Row]:
        """Return what the journal holds of the flow's events, in its order."""
        found: list[Row] = []
        while more := await self.journal.events(found[-1].position if found else None):
            found += more
        return [row for row in found if row.kind != "schema"]


def events(*numbers: int) -> list[Event]:
    """Events with numbers."""
    return [Event("state", "press", number, {"n": number}) for number in numbers]


def numbers(rows: list[Row]) -> list[Any]:
    """The numbers of such events."""
    return [row.body["n"] for row in rows if row.kind == "state"]


Body = Callable[[Line], Awaitable[None]]


def on_a_line(shop: Any, body: Body, vfs: str | None = None) -> None:
    """Run a test's body with an open journal."""

    @asynccontextmanager
    async def line() -> AsyncIterator[Line]:
        async with await Journal.open(shop.journal_path, "gw_1", shop.clock, vfs=vfs) as journal:
            yield Line(shop, journal, await Schemas.declare(journal, shop.config, shop.table))

    async def main() -> None:
        async with line() as opened:
            await body(opened)

    asyncio.run(main())


def test_a_reading_becomes_events_that_are_held_until_they_are_kept(shop: Any) -> None:
    async def body(line: Line) -> None:
        line.flow.batch(shop.row(power=300, temperature=84.1))
        assert line.component.queued() > 0
        assert line.kept == []
        await line.flow.flush()
        assert line.component.queued() == 0
        assert ("alarm", "overheat") in [(row.kind, row.source) for row in line.kept]
        assert line.kept == await line.told()
        assert line.component.counters.received == 1
        assert line.component.counters.sent == len(line.kept)

    on_a_line(shop, body)


def test_every_sink_gets_the_samples_with_the_time_that_is_kept(shop: Any) -> None:
    async def body(line: Line) -> None:
        first, second = Sink(), Sink()
        line.flow.sinks = {"broker": first, "history": second}
        batch = shop.row(power=300)
        line.flow.batch(batch)
        await line.flow.commit_samples()
        (block,) = [block for block in await line.journal.blocks(None) if block.schema.device == "press_1"]
        for sink in (first, second):
            ((part, time_ns),) = sink.offered
            assert part is batch
            assert time_ns is not None
            np.testing.assert_array_equal(time_ns, block.columns.time_ns)

    on_a_line(shop, body)


def test_windows_come_with_the_ticks_and_are_kept_too(shop: Any) -> None:
    async def body(line: Line) -> None:
        sink = line.flow.sinks["broker"] = Sink()
        for _ in range(12):
            line.flow.batch(shop.row(power=300))
            shop.clock.pass_s(1)
            line.flow.tick(shop.clock.mono_ns())
        press, scanner = [part for part, _ in sink.offered if isinstance(part, Window)]
        assert (press.device, press.window_s, list(press.mean)) == (0, 10, [300, 20, 0])
        assert (scanner.device, list(scanner.count)) == (1, [0]), "nothing was scanned; a shop without signals has none"
        await line.flow.commit_samples()
        kept = [block for block in await line.journal.blocks(None) if block.schema.device == "press_1"]
        (block,) = [block for block in kept if block.schema.window_s]
        assert list(block.windows[0, 1]) == [300, 20, 0]

    on_a_line(shop, body)


def test_samples_of_a_clock_that_is_not_synchronised_are_offered_without_a_time(shop: Any) -> None:
    shop.clock.synced = False

    async def body(line: Line) -> None:
        sink = line.flow.sinks["broker"] = Sink()
        line.flow.batch(shop.row(power=300))
        ((_, time_ns),) = sink.offered
        assert time_ns is None

    on_a_line(shop, body)


def test_every_measurement_is_an_event_though_its_value_is_the_same(shop: Any) -> None:
    async def body(line: Line) -> None:
        for _ in range(2):
            line.flow.measurement(Measurement("scale_1", "weight", shop.clock.pass_s(1), 12.5, "g", stable=True))
        await line.flow.flush()
        assert [(row.kind, row.source, row.body) for row in line.kept] == 2 * [
            (
                "measurement",
                "scale_1",
                {"device": "scale_1", "point": "weight", "value": 12.5, "unit": "g", "stable": True},
            )
        ]

    on_a_line(shop, body)


def test_a_text_is_an_event_when_it_changed_only(shop: Any) -> None:
    async def body(line: Line) -> None:
        for text in ("A-1", "A-1", "B-2", "B-2", "A-1"):
            line.flow.text(TextReading("press_1", "program", shop.clock.pass_s(1), text))
        line.flow.text(TextReading("press_1", "die", shop.clock.pass_s(1), "A-1"))
        await line.flow.flush()
        assert [(row.kind, row.source, row.body["text"]) for row in line.kept] == [
            ("text", "press_1.program", "A-1"),
            ("text", "press_1.program", "B-2"),
            ("text", "press_1.program", "A-1"),
            ("text", "press_1.die", "A-1"),
        ]

    on_a_line(shop, body)


def test_while_the_disk_is_full_events_wait_and_leave_in_their_order_when_it_is_not(shop: Any, disk: Any) -> None:
    async def body(line: Line) -> None:
        line.flow.add(events(1, 2))
        await line.flow.flush()
        disk.full = True
        line.flow.add(events(3, 4))
        with pytest.raises(StorageFailed):
            await line.flow.flush()
        line.flow.add(events(5))
        with pytest.raises(StorageFailed):
            await line.flow.commit_samples()
        assert line.component.queued() == 3
        assert numbers(line.kept) == [1, 2]
        disk.full = False
        line.flow.add(events(6))
        await line.flow.flush()
        assert numbers(line.kept) == numbers(await line.told()) == [1, 2, 3, 4, 5, 6]
        assert line.component.counters.dropped == 0

    on_a_line(shop, body, disk.name)


def test_events_that_come_while_a_commit_fails_stand_behind_it(shop: Any, disk: Any) -> None:
    async def body(line: Line) -> None:
        disk.full = True
        line.flow.add(events(1))
        failing = asyncio.create_task(line.flow.flush())
        await asyncio.sleep(0)
        line.flow.add(events(2))
        also_failing = asyncio.create_task(line.flow.flush())
        assert [type(r) for r in await asyncio.gather(failing, also_failing, return_exceptions=True)] == (
            [StorageFailed] * 2
        )
        disk.full = False
        await line.flow.flush()
        assert numbers(await line.told()) == [1, 2]

    on_a_line(shop, body, disk.name)


def test_what_there_was_no_room_for_is_counted_and_told_by_a_gap(
    shop: Any, disk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_module, "EVENTS_HELD", 5)

    async def body(line: Line) -> None:
        disk.full = True
        for number in range(1, 9):
            line.flow.add(events(number))
            with pytest.raises(StorageFailed):
                await line.flow.flush()
        assert line.component.counters.dropped == 3
        disk.full = False
        await line.flow.flush()
        gap, *rest = await line.told()
        assert numbers(rest) == [4, 5, 6, 7, 8]
        assert gap.kind == "gap"
        assert gap.body == {"stream": "e", "from": None, "to": None, "cause": "storage", "rows": 3}
        line.flow.add(events(9))
        await line.flow.flush()
        assert [row.kind for row in await line.told()].count("gap") == 1

    on_a_line(shop, body, disk.name)


def test_keeping_events_goes_on_by_itself_after_the_disk_is_well(
    shop: Any, disk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_module, "RETRY_S", 0.01)

    async def body(line: Line) -> None:
        keeping = asyncio.create_task(line.flow.keep_events())
        disk.full = True
        line.flow.add(events(1, 2))
        async with asyncio.timeout(60):
            while not line.journal.storage_error:
                line.flow.add(())
                await asyncio.sleep(0.01)
            line.flow.add(events(3))
            disk.full = False
            while numbers(line.kept) != [1, 2, 3]:
                assert not keeping.done()
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.wait([keeping])

    on_a_line(shop, body, disk.name)


def alarm() -> Event:
    """An event that cannot wait."""
    return Event("alarm", "hot", 9, {"rule": "hot"})


def test_pieces_and_states_wait_for_an_alarm_or_a_scan_to_share_its_commit(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow_module, "PATIENCE_S", 3600)

    async def body(line: Line) -> None:
        keeping = asyncio.create_task(line.flow.keep_events())
        line.flow.add(events(1))
        await line.journal.append([Event("text", "press", 1, {})])
        assert line.kept == []
        line.flow.add([*events(2), alarm()])
        line.flow.add(events(3))
        async with asyncio.timeout(60):
            while len(line.kept) < 4:
                assert not keeping.done()
                await asyncio.sleep(0.001)
        assert [row.kind for row in line.kept] == ["state", "state", "alarm", "state"]
        assert numbers(line.kept) == [1, 2, 3]
        line.flow.add(events(4))
        await line.flow.go_along()
        assert await line.journal.transact(lambda tx: newest_number(tx.db)) == 4, "in the same transaction, before it"
        keeping.cancel()
        await asyncio.wait([keeping])

    on_a_line(shop, body)


def newest_number(db: Any) -> int:
    """The number of the newest event."""
    ((number,),) = db.execute("SELECT body ->> 'n' FROM events ORDER BY id DESC LIMIT 1")
    return int(number)


def test_a_piece_that_nothing_takes_along_is_kept_in_a_moment(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_module, "PATIENCE_S", 0.01)

    async def body(line: Line) -> None:
        keeping = asyncio.create_task(line.flow.keep_events())
        for number in (1, 2):
            line.flow.add(events(number))
            async with asyncio.timeout(60):
                while len(line.kept) < number:
                    assert not keeping.done()
                    await asyncio.sleep(0.001)
        keeping.cancel()
        await asyncio.wait([keeping])

    on_a_line(shop, body)


def test_a_snapshot_includes_just_the_events_that_were_committed_with_it(shop: Any) -> None:
    async def body(line: Line) -> None:
        line.flow.batch(shop.row(temperature=84.1))
        await line.flow.commit_samples()
        found = await line.journal.latest_snapshot()
        assert found is not None
        assert found.events_since == []
        shop.clock.pass_s(1)
        line.flow.batch(shop.row(temperature=20))
        await line.flow.flush()
        found = await line.journal.latest_snapshot()
        assert found is not None
        assert [(row.source, row.body["action"]) for row in found.events_since if row.kind == "alarm"] == [
            ("warm", "clear"),
            ("overheat", "clear"),
        ]
        anew = type(shop)(shop.config, shop.clock, shop.folder).engine
        anew.restore(found.data, found.events_since, same_boot=True)
        assert anew.alarms == []

    on_a_line(shop, body)


def test_after_a_restart_an_alarm_that_was_told_is_not_told_again(shop: Any) -> None:
    async def first(line: Line) -> None:
        line.flow.batch(shop.row(power=300, temperature=84.1))
        await line.flow.commit_samples()

    async def second(line: Line) -> None:
        found = await line.journal.latest_snapshot()
        assert found is not None
        line.flow.engine.restore(found.data, found.events_since, same_boot=True)
        shop.clock.pass_s(30)
        line.flow.batch(shop.row(power=300, temperature=85))
        await line.flow.flush()
        assert [row.source for row in line.kept if row.kind == "alarm"] == []
        assert [alarm.rule for alarm in shop.engine.alarms] == ["warm", "overheat"]

    on_a_line(shop, first)
    shop.__post_init__()
    on_a_line(shop, second)
