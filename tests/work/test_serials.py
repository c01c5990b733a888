"""Serials: issued once, whatever happens to the database."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barcodes.scan import Scan
from barcodes.ticket import Badge, BundleTicket, Command, Coupon, QuantityTicket, encode
from gateway.desk import record
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.rows import Epoch
from gateway.journal.writer import Transaction
from gateway.work import fold, making, serials
from gateway.work.entries import NotRecorded
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from gateway.work.projections import prints
from tests.work.conftest import config
from tests.work.test_on_the_journal import HandClock

CUT, AGAIN = Coupon("0231", "CUT", 20), Command("SPLIT")
SPLIT = (Badge(101), CUT, AGAIN, CUT, QuantityTicket(12), QuantityTicket(8), AGAIN)
tokens = st.text("0123456789abcdef", min_size=4, max_size=4)
starts = st.integers(1, 5000)
numbers = st.integers(0, 36**4 - 1)


@given(st.lists(st.tuples(starts, tokens, numbers), min_size=2, max_size=50, unique=True))
def test_serials_of_different_starts_or_numbers_differ(places: list[tuple[int, str, int]]) -> None:
    made = {serials.of(Epoch(start, token, "boot"), n) for start, token, n in places}
    assert len(made) == len(places)


@given(starts, tokens, numbers)
def test_a_serial_fits_a_ticket_and_tells_its_number(start: int, token: str, n: int) -> None:
    serial = serials.of(Epoch(start, token, "boot"), n)
    assert len(serial) <= 12
    assert encode(BundleTicket(serial)).startswith(f"T-{serial}-")
    assert serials.number(serial) == n
    assert serial.startswith(serials.head(Epoch(start, token, "boot")))


def test_when_there_are_no_more_it_says_what_to_do() -> None:
    with pytest.raises(NotRecorded, match="restart the gateway"):
        serials.of(Epoch(1, "a1b2", "boot"), 36**4)


def issue(books: Any, how_many: int) -> list[str]:
    """Print bundles: serials are issued and kept in one transaction."""
    with books.db:
        issued = prints.issue(books.db, Epoch(books.start, "a1b2", books.boot), how_many)
        entry = {"do": "print", "what": "bundle", "printer": "p", "copy": 0, "labels": how_many, "issued": issued}
        fold.project(books.db, books.append(Event("work", "print", books.mono_ns, {"by": "x", "entries": [entry]})))
    return issued


def test_in_one_run_they_go_on(books: Any) -> None:
    issued = issue(books, 3) + issue(books, 2)
    assert [serials.number(serial) for serial in issued] == [1, 2, 3, 4, 5]


def test_what_was_not_committed_is_not_issued(books: Any) -> None:
    prints.issue(books.db, Epoch(1, "a1b2", "boot"), 5)
    assert [serials.number(serial) for serial in issue(books, 1)] == [1]


def test_made_anew_from_the_events_the_table_goes_on_where_it_was(books: Any) -> None:
    before = issue(books, 7)
    making.rebuild(books.db, books.rows)
    assert not set(before) & set(issue(books, 7))


@given(st.lists(st.sampled_from(["print", "restart", "copy", "restore", "rebuild"]), max_size=25))
@settings(max_examples=60)
def test_no_serial_comes_twice_even_when_an_old_copy_is_put_back(new_books: Any, happens: list[str]) -> None:
    """A copy put back is followed by a start, whose counter stands outside the database and goes on."""
    books, copy, rows = new_books(), None, []
    issued: list[str] = []
    for what in happens:
        if what == "print":
            issued += issue(books, 3)
        elif what == "restart":
            books.reboot()
        elif what == "copy":
            copy, rows = _copied(books.db), list(books.rows)
        elif what == "restore" and copy:
            books.db.close()
            books.db, books.rows = _copied(copy), list(rows)
            books.reboot()
        elif what == "rebuild":
            making.rebuild(books.db, books.rows)
    assert len(issued) == len(set(issued))
    books.db.close()
    if copy:
        copy.close()


def _copied(db: apsw.Connection) -> apsw.Connection:
    copied = apsw.Connection(":memory:")
    with copied.backup("main", db, "main") as backup:
        backup.step()
    return copied


def test_on_a_real_journal_a_restored_file_issues_what_was_never_issued(tmp_path: Path) -> None:
    """The file is put back as it was; the watermark beside it is of today, and the next start is a new one."""
    clock = HandClock()

    async def run(how_many: int) -> list[str]:
        async with await Journal.open(tmp_path / "journal.db", "gw_1", clock) as journal:
            await open_ledger(journal)

            def work(tx: Transaction) -> list[str]:
                issued = prints.issue(tx.db, tx.epoch, how_many)
                entry = {"do": "print", "what": "bundle", "printer": "p", "copy": 0, "labels": 1, "issued": issued}
                record(tx, clock.mono_ns(), "print", "owner", [entry])
                return issued

            return await journal.transact(work)

    first = asyncio.run(run(5))
    shutil.copy(tmp_path / "journal.db", tmp_path / "old.db")
    second = asyncio.run(run(5))
    shutil.copy(tmp_path / "old.db", tmp_path / "journal.db")
    third = asyncio.run(run(5))
    assert len({*first, *second, *third}) == 15


@pytest.mark.parametrize("card", [False, True])
def test_parts_of_a_split_that_a_restored_copy_does_not_know_are_named_otherwise(tmp_path: Path, card: bool) -> None:
    """Their tickets are in the shop: the same names would be other pieces. A restored card has its counter back too."""
    clock = HandClock()

    async def split() -> list[str]:
        clock.now_ns += 60_000_000_000
        async with await Journal.open(tmp_path / "journal.db", "gw_1", clock) as journal:
            await open_ledger(journal)
            ledger, answer = Ledger(config(), "gw_1", clock.boot_id), None
            for ticket in (
                Badge(101),
                CUT,
                Command("SPLIT"),
                CUT,
                QuantityTicket(12),
                QuantityTicket(8),
                Command("SPLIT"),
            ):
                clock.now_ns += 5_000_000_000
                scan = Scan("scanner_1", clock.now_ns, encode(ticket).encode())
                now_ns = clock.time_ns(clock.now_ns)
                answer = await journal.transact(lambda tx, scan=scan, now_ns=now_ns: ledger.decide(tx, scan, now_ns))
            assert answer is not None
            return [part["bundle"] for part in answer.row.body["entries"][-1]["into"]]

    async def begin() -> None:
        async with await Journal.open(tmp_path / "journal.db", "gw_1", clock) as journal:
            await open_ledger(journal)

    asyncio.run(begin())
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tmp_path.glob("journal.db*"):
        if card or file.name == "journal.db":
            shutil.copy(file, copy)
    first = asyncio.run(split())
    for file in copy.iterdir():
        shutil.copy(file, tmp_path)
    second = asyncio.run(split())
    assert len(first) == len(second) == 2
    assert not {*first} & {*second}
