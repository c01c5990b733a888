"""The ledger on the real journal: what was answered is paid after a restart, and what failed was never answered."""

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import pytest

from barcodes.scan import Scan
from barcodes.ticket import Badge, Command, Coupon, encode
from gateway.journal.journal import Journal
from gateway.work import fold, making
from gateway.work.answer import Answer
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from gateway.work.summary import summary

SECOND = 1_000_000_000
CUT = Coupon("0231", "CUT", 20)
SQL = "SELECT sql FROM sqlite_master WHERE name = 'work_paid'"


@dataclass
class HandClock:
    """A clock moved by hand."""

    now_ns: int = 1000 * SECOND
    offset_ns: int = 1_795_316_400_000_000_000
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns + self.offset_ns


class Shop:
    """An open journal with the ledger's tables."""

    def __init__(self, journal: Journal, clock: HandClock, config: Any) -> None:
        self.journal, self.clock = journal, clock
        self.ledger = Ledger(config, journal.gateway, clock.boot_id)

    async def scan(self, ticket: Badge | Coupon | Command, scanner: str = "scanner_1") -> Answer:
        self.clock.now_ns += 5 * SECOND
        scan = Scan(scanner, self.clock.now_ns, encode(ticket).encode())
        now_ns = self.clock.time_ns(self.clock.now_ns)
        return await self.journal.transact(lambda tx: self.ledger.decide(tx, scan, now_ns))

    async def rows(self) -> list[Any]:
        found: list[Any] = []
        after = None
        while more := await self.journal.events(after, 50, frozen_only=False):
            found += more
            after = more[-1].position
        return found

    async def paid(self) -> list[Any]:
        return await self.journal.transact(lambda tx: list(tx.db.execute("SELECT * FROM work_paid")))


def copied(folder: Path) -> Path:
    """Copy the journal's files as they stand; return the copy."""
    left = folder / "left"
    left.mkdir()
    for file in folder.glob("journal.db*"):
        shutil.copy(file, left)
    return left / "journal.db"


async def opened(path: Path, clock: HandClock, config: Any) -> Shop:
    journal = await Journal.open(path, "gw_1", clock)
    await open_ledger(journal)
    return Shop(journal, clock, config)


@pytest.fixture
def config(books: Any) -> Any:
    return books.settings


def test_what_was_answered_is_paid_after_the_daemon_was_killed(tmp_path: Path, config: Any) -> None:
    """The files are copied while the journal is open: that is all that a killed daemon leaves."""

    async def play() -> None:
        clock = HandClock()
        shop = await opened(tmp_path / "journal.db", clock, config)
        await shop.scan(Badge(101))
        assert (await shop.scan(CUT)).kind == "accepted"
        left = copied(tmp_path)
        await shop.journal.close()

        again = await opened(left, clock, config)
        assert (await again.scan(CUT)).kind == "duplicate"
        answers = [row.body["answer"] for row in await again.rows() if row.kind == "scan"]
        assert answers == ["badge", "accepted", "duplicate"]
        await again.journal.close()

    asyncio.run(play())


def test_a_label_that_is_read_again_is_one_reading_after_a_restart_too(tmp_path: Path, config: Any) -> None:
    async def play() -> None:
        clock = HandClock()
        shop = await opened(tmp_path / "journal.db", clock, config)
        await shop.scan(Badge(101))
        first = await shop.scan(CUT)
        await shop.scan(Badge(102), "scanner_2")
        await shop.journal.close()
        again = await opened(tmp_path / "journal.db", clock, config)
        clock.now_ns -= 9 * SECOND  # a second after the coupon
        second = await again.scan(CUT)
        assert (second.kind, second.text) == ("accepted", first.text)
        assert first.row
        assert second.row
        assert second.row.body["repeats"] == first.row.id("gw_1")
        assert len(await again.paid()) == 1
        await again.journal.close()

    asyncio.run(play())


def test_what_was_paid_in_a_day_is_found_whatever_the_clock_did_between(tmp_path: Path, config: Any) -> None:
    """Sums begin at the first row of an hour: none may be missed that was written before it, in another order."""

    async def play() -> None:
        clock = HandClock()
        today_ns = clock.offset_ns
        shop = await opened(tmp_path / "journal.db", clock, config)
        day_ns = 86_400 * SECOND
        for number, offset_ns in enumerate([0, 3 * day_ns, -day_ns, 0]):
            clock.offset_ns = today_ns + offset_ns
            await shop.scan(Badge(101), f"scanner_{number}")
            await shop.scan(Coupon(f"02{number}0", "CUT", 10 + number), f"scanner_{number}")
        for since_ns, pieces in ((0, 46), (today_ns, 34), (today_ns + day_ns, 11), (today_ns + 9 * day_ns, 0)):
            assert (await shop.journal.read(partial(summary, since_ns=since_ns)))["pieces"] == pieces
        await shop.journal.close()

    asyncio.run(play())


def test_a_transaction_that_fails_after_the_ledger_pays_nothing(tmp_path: Path, config: Any) -> None:
    def decide_and_fail(shop: Shop, scan: Scan, tx: Any) -> None:
        assert shop.ledger.decide(tx, scan, shop.clock.time_ns(scan.mono_ns)).kind == "accepted"
        raise ValueError("something else in the transaction")

    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        await shop.scan(Badge(101))
        scan = Scan("scanner_1", shop.clock.now_ns + SECOND, encode(CUT).encode())
        with pytest.raises(ValueError, match="something else"):
            await shop.journal.transact(partial(decide_and_fail, shop, scan))
        assert await shop.paid() == []
        assert (await shop.scan(CUT)).kind == "accepted"
        await shop.journal.close()

    asyncio.run(play())


def test_the_primary_key_refuses_what_a_wrong_ledger_would_pay_twice(tmp_path: Path, config: Any) -> None:
    """A copy of the accepting event, appended by hand, fails in the projection and is not kept either."""

    def pay_again(body: dict[str, Any], shop: Shop, tx: Any) -> None:
        from gateway.event import Event

        fold.project(tx.db, tx.append(Event("scan", "scanner_1", shop.clock.now_ns, body)))

    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        await shop.scan(Badge(101))
        first = await shop.scan(CUT)
        assert first.row
        with pytest.raises(apsw.ConstraintError):
            await shop.journal.transact(partial(pay_again, first.row.body, shop))
        assert len([row for row in await shop.rows() if row.kind == "scan"]) == 2
        assert len(await shop.paid()) == 1
        await shop.journal.close()

    asyncio.run(play())


def test_the_projections_made_again_from_the_journal_are_the_same(tmp_path: Path, config: Any) -> None:
    def contents(tx: Any) -> list[Any]:
        return [list(tx.db.execute(f"SELECT * FROM {table}")) for table in ("work_paid", *fold.TABLES)]

    def made_again(rows: Iterable[Any], tx: Any) -> list[Any]:
        making.rebuild(tx.db, rows)
        return contents(tx)

    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        for ticket in (Badge(101), CUT, Coupon("0231", "FRONT", 20), Command("UNDO"), CUT, Coupon("0232", "CUT", 15)):
            await shop.scan(ticket)
        before = await shop.journal.transact(contents)
        assert before == await shop.journal.transact(partial(made_again, await shop.rows()))
        assert len(before[0]) == 2
        await shop.journal.close()

    asyncio.run(play())


def test_tables_that_were_lost_or_are_not_as_they_were_made_are_made_again_when_the_ledger_is_opened(
    tmp_path: Path, config: Any
) -> None:
    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        await shop.scan(Badge(101))
        await shop.scan(CUT)
        assert await open_ledger(shop.journal) == 0
        for harm in ("DROP TABLE work_paid", "ALTER TABLE work_session RENAME COLUMN worker TO wosker"):
            await shop.journal.transact(lambda tx, harm=harm: list(tx.db.execute(harm)))
            assert await open_ledger(shop.journal) == 2
        assert (await shop.scan(CUT)).kind == "duplicate"
        await shop.journal.close()

    asyncio.run(play())


def test_a_coupon_whose_undo_is_among_rows_that_are_lost_is_paid_to_whom_it_was_paid_last(
    tmp_path: Path, config: Any
) -> None:
    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        for ticket in (Badge(101), CUT, Command("UNDO"), Badge(102), CUT):
            await shop.scan(ticket)
        rows = [row for row in await shop.rows() if "corrects" not in row.body]
        paid = await shop.paid()
        await shop.journal.transact(lambda tx: making.rebuild(tx.db, rows))
        assert await shop.paid() == paid
        await shop.journal.close()

    asyncio.run(play())


def test_a_table_of_an_older_version_is_made_anew(tmp_path: Path, config: Any) -> None:
    """It had an index more, that each paid coupon wrote to the disk."""

    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        await shop.scan(Badge(101))
        await shop.scan(CUT)
        (made,) = await shop.journal.read(lambda db: next(db.execute(SQL)))
        older = made.replace("row INTEGER NOT NULL", "row INTEGER NOT NULL UNIQUE")
        await shop.journal.transact(lambda tx: tx.db.execute(f"DROP TABLE work_paid; {older}").fetchall())
        assert await open_ledger(shop.journal) == 2
        assert await shop.journal.read(lambda db: next(db.execute(SQL))) == (made,)
        assert (await shop.scan(CUT)).kind == "duplicate"
        assert (await shop.scan(Command("UNDO"))).row is not None
        await shop.journal.close()

    asyncio.run(play())


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_a_making_that_was_cut_off_is_begun_anew_and_some_scans_at_a_time_make_the_same(
    tmp_path: Path, config: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("gateway.work.ahead.AT_ONCE", at_once)

    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        for ticket in (Badge(101), CUT, Coupon("0232", "CUT", 15)):
            await shop.scan(ticket)
        paid, rows = await shop.paid(), await shop.rows()
        await shop.journal.transact(lambda tx: fold.begin(tx.db))
        await shop.journal.transact(lambda tx: making.rebuild(tx.db, rows[:2]))
        await shop.journal.transact(lambda tx: list(tx.db.execute(f"CREATE TABLE {fold.UNFINISHED}(event INTEGER)")))
        assert await open_ledger(shop.journal) == 3
        assert await shop.paid() == paid
        assert len(paid) == 2
        assert await open_ledger(shop.journal) == 0
        assert (await shop.scan(CUT)).kind == "duplicate"
        await shop.journal.close()

    asyncio.run(play())


@pytest.mark.parametrize("module", ["gateway.work.ahead", "gateway.work.nothing"])
def test_a_long_journal_is_read_ahead_and_one_that_cannot_be_is_made_all_the_same(
    tmp_path: Path, config: Any, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr("gateway.work.opening.ALONE", 0)
    monkeypatch.setattr("gateway.work.ahead.MODULE", module)

    async def play() -> None:
        shop = await opened(tmp_path / "journal.db", HandClock(), config)
        tickets = (Badge(101), CUT, Coupon("0232", "CUT", 15), Command("UNDO"), Coupon("0233", "CUT", 9))
        for ticket in tickets:
            await shop.scan(ticket)
        paid = await shop.paid()
        await shop.scan(Coupon("0234", "CUT", 7))
        await shop.journal.transact(
            lambda tx: list(tx.db.execute("UPDATE events SET crc = crc + 1 WHERE id = (SELECT max(id) FROM events)"))
        )
        await shop.journal.transact(lambda tx: fold.begin(tx.db))
        assert await open_ledger(shop.journal) == len(tickets)
        assert await shop.paid() == paid
        await shop.journal.close()

    asyncio.run(play())


def test_when_the_clock_is_set_right_the_paid_coupon_moves_to_its_day(tmp_path: Path, config: Any) -> None:
    """A machine that woke up in the past records a coupon; later the clock is set right, a month on."""

    async def play() -> None:
        clock = HandClock(synced=False)
        month_ns = 30 * 86400 * SECOND
        shop = await opened(tmp_path / "journal.db", clock, config)
        await shop.scan(Badge(101))
        await shop.scan(CUT)
        clock.offset_ns += month_ns
        clock.synced = True
        since_ns = clock.time_ns(0)
        async with asyncio.timeout(60):
            with shop.journal.watch() as news:
                while any(row.clock == "unsynced" for row in await shop.rows()):
                    await news.wait()
        for badge in (102, 7):  # the first scan settles it, but the sums are right before
            sums = await shop.journal.read(lambda db: summary(db, since_ns))
            assert (sums["pieces"], sums["coupons"]) == (20, 1)
            await shop.scan(Badge(badge))
        await shop.journal.close()

    asyncio.run(play())
