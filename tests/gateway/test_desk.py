"""The desk: a scan is answered after its commit, and what could not be kept is said to be so and counts nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from barcodes.scan import Scan
from barcodes.ticket import Badge, Coupon, encode
from drivers.base import Counters, Tone
from gateway.clock import Clock
from gateway.desk import Desk
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.work.answer import Answer
from gateway.work.entries import NotRecorded
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger

BADGE, COUPON = Badge(7), Coupon("0231", "SEW", 20)


def on_the_disk(path: Path) -> list[str]:
    """Return the kept scans as another process reads them."""
    with apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY) as db:
        found = [body for (body,) in db.execute("SELECT body ->> 'text' FROM events WHERE kind = 'scan' ORDER BY id")]
    db.close()
    return found


class Beeper:
    """A scanner that, when it is answered, looks whether the scan is in the file."""

    def __init__(self, path: Path) -> None:
        self.counters = Counters()
        self.path = path
        self.answers: list[tuple[Tone, list[str]]] = []

    async def answer(self, tone: Tone) -> None:
        self.answers.append((tone, on_the_disk(self.path)))


class Counter:
    """A real desk with a beeper."""

    def __init__(self, shop: Any, journal: Journal, clock: Clock) -> None:
        self.clock: Any = clock
        self.journal = journal
        self.shown: list[Answer] = []
        self.beeper = Beeper(shop.journal_path)
        ledger = Ledger(shop.config, "gw_1", clock.boot_id)
        self.desk = Desk(journal, clock, ledger, lambda _, answer: self.shown.append(answer))

    async def scan(self, ticket: Badge | Coupon, scanner: Any = None) -> Answer:
        now_ns = self.clock.pass_s(5)
        await self.desk.scan(Scan("scanner_1", now_ns, encode(ticket).encode()), scanner or self.beeper)
        return self.shown[-1]


def at_the_desk(shop: Any, body: Callable[[Counter], Awaitable[None]], vfs: str | None = None) -> None:
    """Run a test's body at a desk."""

    async def main() -> None:
        async with await Journal.open(shop.journal_path, "gw_1", shop.clock, vfs=vfs) as journal:
            await open_ledger(journal)
            await body(Counter(shop, journal, shop.clock))

    asyncio.run(main())


def test_a_scan_is_in_the_file_before_it_is_answered(shop: Any) -> None:
    async def body(counter: Counter) -> None:
        assert (await counter.scan(BADGE)).kind == "badge"
        answer = await counter.scan(COUPON)
        assert answer.kind == "accepted"
        assert answer.row is not None
        assert (await counter.scan(COUPON)).kind == "duplicate"
        badge, coupon = encode(BADGE), encode(COUPON)
        assert counter.beeper.answers == [
            ("ok", [badge]),
            ("ok", [badge, coupon]),
            ("duplicate", [badge, coupon, coupon]),
        ]

    at_the_desk(shop, body)


def test_a_scanner_that_cannot_be_answered_is_none_the_worse(shop: Any) -> None:
    class Silent:
        counters = Counters()

    async def body(counter: Counter) -> None:
        assert (await counter.scan(BADGE, Silent())).kind == "badge"

    at_the_desk(shop, body)


def test_a_scan_that_cannot_be_kept_is_refused_and_counts_nothing(
    shop: Any, disk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def body(counter: Counter) -> None:
        await counter.scan(BADGE)
        disk.full = True
        failed = await counter.scan(COUPON)
        assert (failed.kind, failed.tone, failed.row) == ("failed", "refused", None)
        assert set(failed.text) == {"ko", "en"}
        disk.full = False
        assert (await counter.scan(COUPON)).kind == "accepted", "the first time, for the failed one was never counted"
        rows = await counter.journal.events(None)
        assert [row.body["answer"] for row in rows if row.kind == "scan"] == ["badge", "accepted"]

    shop.clock.synced = True
    at_the_desk(shop, body_without_reader(body), disk.name)
    assert [record.levelname for record in caplog.records if "could not be kept" in record.getMessage()] == ["ERROR"]


def body_without_reader(body: Callable[[Counter], Awaitable[None]]) -> Callable[[Counter], Awaitable[None]]:
    """On the disk of these tests the journal locks its file for itself: the beeper cannot look."""

    async def run(counter: Counter) -> None:
        async def beep(tone: Tone) -> None:
            counter.beeper.answers.append((tone, []))

        counter.beeper.answer = beep  # type: ignore[method-assign] # this beeper only beeps
        await body(counter)
        assert [tone for tone, _ in counter.beeper.answers] == ["ok", "refused", "ok"]

    return run


def test_a_scanner_that_is_gone_when_its_answer_comes_does_not_undo_the_scan(shop: Any) -> None:
    class Gone:
        counters = Counters()

        async def answer(self, tone: Tone) -> None:
            raise OSError("the cable is out")

    async def body(counter: Counter) -> None:
        with pytest.raises(OSError, match="cable"):
            await counter.scan(BADGE, Gone())
        assert counter.shown[-1].kind == "badge"
        assert on_the_disk(shop.journal_path) == [encode(BADGE)]

    at_the_desk(shop, body)


def test_what_the_api_changes_is_kept_with_its_tables_or_not_at_all(shop: Any) -> None:
    done = {"do": "done", "bundle": "0231", "operation": "SEW", "quantity": 20, "worker": "7", "station": "metal_1"}

    def refuse(tx: Any) -> list[dict[str, Any]]:
        tx.append(Event("quality", "metal_1", 1, {}))
        raise NotRecorded("안 돼요", "no")

    async def body(counter: Counter) -> None:
        row = await counter.desk.record("api", "owner", lambda tx: [done], note="by hand")
        assert row.body == {"by": "owner", "entries": [done], "note": "by hand"}
        for wrong in (refuse, lambda tx: [done | {"bundle": "9"}, {"do": "fly"}]):
            with pytest.raises(NotRecorded):
                await counter.desk.record("api", "owner", wrong)
        assert await counter.journal.read(lambda db: list(db.execute("SELECT bundle FROM work_paid"))) == [("0231",)]
        assert [one.kind for one in await counter.journal.recent(5)] == ["work"]

    at_the_desk(shop, body)


def test_what_waited_for_the_clock_is_in_the_sums_without_another_scan(shop: Any) -> None:
    """The last ticket of the evening must not wait for the first one of the morning."""

    async def body(counter: Counter) -> None:
        async def waiting() -> list[Any]:
            return await counter.desk.read(
                lambda db, _: [one for (one,) in db.execute("SELECT waiting FROM work_lines")]
            )

        counter.clock.synced = False
        await counter.scan(BADGE)
        await counter.scan(COUPON)
        await counter.desk.settle()
        assert await waiting() == [1], "nobody knows the time yet"
        counter.clock.synced = True
        async with asyncio.timeout(60):
            with counter.journal.watch() as news:
                while any(row.clock == "unsynced" for row in await counter.journal.events(None, frozen_only=False)):
                    await news.wait()
        await counter.desk.settle()
        assert await waiting() == [0]

    at_the_desk(shop, body)
