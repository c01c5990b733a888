"""What nobody scans: equipment that is left on, bookings that nobody came to, each told once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.config.floor import Equipment
from gateway.config.work import Work
from gateway.desk import Desk
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.shopfloor import ShopFloor, utc_ns
from gateway.work import pieces
from gateway.work.entries import Entry
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from gateway.work.projections.usage import LOG

MINUTE = 60_000_000_000
SEOUL = ZoneInfo("Asia/Seoul")


@dataclass
class Floor:
    """A shop floor on a real journal, with one machine whose state a test sets."""

    floor: ShopFloor
    desk: Desk
    journal: Journal
    machine: Any
    clock: Any

    async def look(self, after_min: float) -> None:
        mono_ns = self.clock.pass_s(after_min * 60)
        await self.floor.look(mono_ns, self.clock.time_ns(mono_ns))

    async def enter(self, *entries: Entry) -> None:
        await self.desk.record("api", "owner", lambda _: entries)

    async def told(self) -> list[tuple[str, str]]:
        rows = await self.journal.read(LOG.read)
        return [(row["action"], row["worker"]) for row in rows if row["action"] in ("left_on", "no_show")]


def on_a_floor(shop: Any, body: Callable[[Floor], Awaitable[None]]) -> None:
    async def main() -> None:
        async with await Journal.open(shop.journal_path, "gw_1", shop.clock) as journal:
            await open_ledger(journal)
            work = Work(equipment=(Equipment(name="laser_1", machine="cutter_1", left_on_min=10, no_show_min=15),))
            machine = SimpleNamespace(name="cutter_1", state="off")
            live: Any = SimpleNamespace(
                config=SimpleNamespace(work=work, all_rules=()),
                engine=SimpleNamespace(machines=[machine]),
                day=SimpleNamespace(zone=SEOUL),
            )
            desk = Desk(journal, shop.clock, Ledger(shop.config, "gw_1", shop.clock.boot_id), lambda *_: None)
            instruments: Any = None
            floor = ShopFloor(live, journal, desk, instruments, shop.clock, lambda errand: errand.close())
            await body(Floor(floor, desk, journal, machine, shop.clock))

    asyncio.run(main())


def session(action: str) -> Entry:
    return {"do": "session", "equipment": "laser_1", "action": action, "worker": "7"}


def test_what_is_on_with_nobody_using_it_is_told_once_and_again_the_next_time(shop: Any) -> None:
    async def body(floor: Floor) -> None:
        await floor.enter(session("start"))
        floor.machine.state = "run"
        await floor.look(30)
        assert await floor.told() == []  # it is in use
        await floor.enter(session("end"))
        await floor.look(1)
        await floor.look(9)
        assert await floor.told() == []
        await floor.look(1)
        await floor.look(60)
        assert await floor.told() == [("left_on", "7")]
        floor.machine.state = "off"
        await floor.look(1)
        floor.machine.state = "idle"
        await floor.look(1)
        await floor.look(10)
        assert await floor.told() == [("left_on", "7"), ("left_on", "7")]

    on_a_floor(shop, body)


@pytest.mark.parametrize(("came", "told"), [(False, [("no_show", "7")]), (True, [])])
def test_a_booking_that_nobody_came_to_is_a_no_show_once(shop: Any, came: bool, told: list[tuple[str, str]]) -> None:
    async def body(floor: Floor) -> None:
        now_ns = floor.clock.time_ns(floor.clock.mono_ns())
        start, end = (local(now_ns + minutes * MINUTE) for minutes in (5, 65))
        booking = {"do": "booking", "booking": "B1", "equipment": "laser_1", "from": start, "to": end, "worker": "7"}
        await floor.enter(booking)
        await floor.look(10)
        if came:
            await floor.enter(session("start"))
        assert await floor.told() == []
        await floor.look(12)
        await floor.look(1)
        assert await floor.told() == told

    on_a_floor(shop, body)


def test_a_booking_without_a_time_is_told_once_and_stops_no_other(shop: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def body(floor: Floor) -> None:
        now_ns = floor.clock.time_ns(floor.clock.mono_ns())
        right = {"from": local(now_ns), "to": local(now_ns + 60 * MINUTE)}
        for number, times in (("B1", {"from": "soon", "to": "later"}), ("B2", right)):
            await floor.enter({"do": "booking", "booking": number, "equipment": "laser_1", "worker": "7", **times})
        await floor.look(16)
        await floor.look(1)
        assert await floor.told() == [("no_show", "7")]

    on_a_floor(shop, body)
    assert caplog.text.count("booking B1") == 1


def local(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 10**9, SEOUL).replace(tzinfo=None).isoformat()


def test_times_of_bookings_are_those_of_the_shop_s_clock() -> None:
    assert utc_ns("2026-12-01T09:00", SEOUL) == utc_ns("2026-12-01T00:00+00:00", SEOUL)


def test_pieces_of_a_job_are_added_up_before_anybody_scans(shop: Any) -> None:
    """The two thousand of its own machine; those of another one, whose job was stopped, are left."""

    def job(action: str, machine: str) -> Entry:
        told = {"do": "job", "action": action, "order": "A1", "operation": "CUT", "worker": "7"}
        return told | {"station": f"at_{machine}", "machine": machine}

    async def body(floor: Floor) -> None:
        await floor.enter(job("start", "cutter_1"), job("start", "cutter_2"), job("stop", "cutter_2"))
        for machine in ("cutter_1", "cutter_2"):
            count = {"machine": machine, "delta": 2, "total": 2, "reset": False}
            await floor.journal.append([Event("count", machine, floor.clock.mono_ns(), count)] * pieces.PAGE)
        await floor.floor.add_up()
        assert await floor.journal.read(pieces.behind) is None
        select = "SELECT machine, counted FROM tallies"
        assert await floor.journal.read(lambda db: list(db.execute(select))) == [("cutter_1", 2.0 * pieces.PAGE)]

    on_a_floor(shop, body)
