"""Pay periods: what a closing keeps, what lands in the next one, and what is refused."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pay import closing
from gateway.pay.period import hash_of, lines
from gateway.work import fold
from gateway.work.entries import NotRecorded

NOVEMBER = ("2026-11-01", "2026-11-30")
DECEMBER = ("2026-12-01", "2026-12-31")


def test_a_closed_period_stays_and_a_later_correction_lands_in_the_next_one_and_says_so(books: Any) -> None:
    coupon = books.done("2026-11-20T10:00", "7", "FRONT", 20)
    books.done("2026-11-20T11:00", "0101", "SLEEVE", 10)
    books.close(*NOVEMBER, now="2026-12-02T09:00")
    books.undo("2026-12-03T09:00", coupon)
    books.done("2026-12-03T10:00", "7", "FRONT", 5)

    november, december = books.pay(*NOVEMBER), books.pay(*DECEMBER)
    assert (november.won, november.period.state, november.differs()) == (3205, "closed", [])
    assert (december.won, december.period.state) == (-1800, "open")
    items = december.slips[0].entry()["items"]
    assert [(item["pieces"], item["corrects"]) for item in items] == [(5, None), (-20, 1)]


def test_a_correction_takes_the_rate_of_the_line_that_it_corrects_as_it_was_paid(books: Any) -> None:
    coupon = books.done("2026-11-20T10:00", "7", "FRONT", 20)
    books.close(*NOVEMBER, now="2026-12-02T09:00")
    books.rate("FRONT", "150", "2026-12-01", at="2026-12-02T10:00")
    books.rate("FRONT", "999", "2026-11-01", at="2026-12-02T10:01")  # told too late for November
    books.undo("2026-12-03T09:00", coupon)
    assert books.pay(*DECEMBER).won == -20 * 120
    november = books.pay(*NOVEMBER)
    assert (november.won, november.differs()) == (2400, [])
    assert [one["won"] for one in november.later_rates] == ["999"]


def test_a_correction_within_an_open_period_takes_the_rate_of_its_day(books: Any) -> None:
    books.rate("FRONT", "150", "2026-11-21")
    coupon = books.done("2026-11-20T10:00", "7", "FRONT", 20)
    books.undo("2026-11-22T09:00", coupon)
    books.done("2026-11-22T10:00", "7", "FRONT", 20)
    assert books.won(*NOVEMBER) == {"7": 3000}


def test_what_came_behind_a_closing_with_a_time_before_it_is_paid_in_the_next(books: Any) -> None:
    books.done("2026-11-20T10:00", "7", "FRONT", 20)
    books.close(*NOVEMBER, now="2026-12-02T09:00")
    books.done("2026-11-21T10:00", "7", "FRONT", 3)  # the clock was put back
    assert books.won(*NOVEMBER) == {"7": 2400}
    december = books.pay(*DECEMBER)
    assert december.won == 360
    assert [item["late"] for item in december.slips[0].entry()["items"]] == [1]
    books.close(*DECEMBER, now="2027-01-02T09:00")
    assert (books.won(*NOVEMBER), books.won(*DECEMBER)) == ({"7": 2400}, {"7": 360})


def test_the_tables_made_anew_give_the_same_periods(books: Any) -> None:
    coupon = books.done("2026-11-20T10:00", "7", "FRONT", 20)
    books.enter("2026-11-21T09:00", {"do": "badge", "station": "sewing_1", "worker": "7"})
    books.close(*NOVEMBER, now="2026-12-02T09:00")
    books.done("2026-11-21T10:00", "7", "FRONT", 3)
    books.undo("2026-12-03T09:00", coupon)
    again = books.made_anew()
    for table in ("work_quarters", "work_periods", "work_rates", "work_marks", "work_progress"):
        rows = [list(one.db.execute(f"SELECT * FROM {table}")) for one in (books, again)]
        assert rows[0] == rows[1] != [], table
    assert books.pay(*DECEMBER).entry() == again.pay(*DECEMBER).entry()


def test_lines_that_waited_for_the_clock_are_in_the_sums_once_it_is_right(books: Any) -> None:
    books.done(
        "2026-11-20T10:00",
        "7",
        "FRONT",
        20,
    )
    books.enter(
        "1970-01-01T09:10",
        {"do": "done", "bundle": "9", "operation": "FRONT", "quantity": 2, "worker": "7", "station": "sewing_1"},
        clock="unsynced",
    )
    assert books.pay(*NOVEMBER).waiting == 1
    with pytest.raises(NotRecorded, match="1 lines wait for the clock"):
        books.propose(*NOVEMBER, now="2026-12-02T09:00")
    time_ns = books.rows[-2].time_ns
    books.db.execute("UPDATE events SET clock = 1, time_ns = ? WHERE clock = 0", (time_ns,))
    fold.settle(books.db)
    assert books.won(*NOVEMBER) == {"7": 22 * 120}


REFUSED = [
    (("2026-11-30", "2026-11-01"), "2026-12-02T09:00", "is after the last"),
    (NOVEMBER, "2026-11-30T23:00", "2026-11-30 is not over yet; up to 2026-11-29"),
    (
        ("2026-10-01", "2026-10-31"),
        "2026-12-02T09:00",
        "2026-10-01 to 2026-10-31 is closed already; the next period begins on 2026-11-01",
    ),
    (("2026-10-15", "2026-11-14"), "2026-12-02T09:00", "closed already"),
    (("2026-11-02", "2026-11-30"), "2026-12-02T09:00", "2026-11-01 to 2026-11-01 would be left out"),
    (("2026-11-01", "2027-12-01"), "2028-01-02T09:00", "At most 366 days"),
]


@pytest.mark.parametrize(("period", "now", "why"), REFUSED)
def test_a_closing_that_cannot_be_is_refused_with_what_can(books: Any, period: Any, now: str, why: str) -> None:
    books.close("2026-10-01", "2026-10-31", now="2026-11-02T09:00")
    with pytest.raises(NotRecorded, match=re.escape(why)):
        books.propose(*period, now=now)


def test_pieces_without_a_rate_are_named_before_a_closing(books: Any) -> None:
    books.done("2026-11-20T10:00", "7", "HEM", 20, style="S1")
    with pytest.raises(NotRecorded, match="Without a piece rate: HEM/S1"):
        books.propose(*NOVEMBER, now="2026-12-02T09:00")
    assert books.pay(*NOVEMBER).unrated() == [{"operation": "HEM", "style": "S1", "pieces": 20}]


def test_what_comes_while_a_closing_is_worked_out_makes_it_false(books: Any) -> None:
    books.done("2026-11-20T10:00", "7", "FRONT", 20)
    proposal = books.propose(*NOVEMBER, now="2026-12-02T09:00")
    books.done("2026-12-02T09:00", "7", "FRONT", 20)
    assert closing.still_true(books.db, proposal), "a scan of today changes nothing of November"
    books.done("2026-11-30T23:59", "7", "FRONT", 20)
    assert not closing.still_true(books.db, proposal)
    proposal = books.propose(*NOVEMBER, now="2026-12-02T09:00")
    books.rate("FRONT", "150", "2026-11-30", at="2026-12-02T09:01")
    assert not closing.still_true(books.db, proposal)


def test_a_ledger_that_was_changed_beside_the_journal_is_shown(books: Any) -> None:
    books.done("2026-11-20T10:00", "7", "FRONT", 20)
    kept = books.close(*NOVEMBER, now="2026-12-02T09:00")
    books.db.execute("UPDATE work_quarters SET quantity = quantity + 5")
    books.db.execute("UPDATE work_lines SET quantity = quantity + 5")
    november = books.pay(*NOVEMBER)
    told = {"worker": "7", "closed": {"won": 2400, "pieces": 20}, "now": {"won": 3000, "pieces": 25}}
    assert november.differs() == [told]
    assert hash_of(lines(books.db, november.period))[0] != kept["entry"]["hash"]


def test_shares_of_a_bundle_are_paid_each_to_its_own(books: Any) -> None:
    books.done("2026-11-20T10:00", "7", "FRONT", 20, shares={"7": 12, "8": 8})
    assert books.won(*NOVEMBER) == {"7": 1440, "8": 960}


DAYS = st.integers(1, 28)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["7", "8"]), st.sampled_from(["FRONT", "SLEEVE"]), st.integers(1, 30), DAYS, st.booleans()
    ),
    max_size=12,
)


@settings(max_examples=40)
@given(EVENTS, DAYS)
def test_closing_changes_no_sum_and_corrections_behind_it_land_in_the_next(new_books: Any, made: Any, cut: int) -> None:
    """All that was made is paid once, whichever part of it a period was closed over, and what was taken back is not."""
    books = new_books()
    books.rate("FRONT", "120", "2026-01-01")
    books.rate("SLEEVE", "80.5", "2026-01-01")
    made = sorted(made, key=lambda one: one[3])
    coupons = [
        (books.done(f"2026-11-{day:02d}T10:00", worker, operation, quantity), back)
        for worker, operation, quantity, day, back in made
    ]
    first, second = ("2026-11-01", f"2026-11-{cut:02d}"), (f"2026-11-{cut + 1:02d}", "2026-12-31")
    whole = {slip.worker: slip.amount for slip in books.pay("2026-11-01", "2026-12-31").slips}
    before = books.pay(*first)
    books.close(*first, now="2026-12-02T09:00")
    after = books.pay(*first)
    assert (before.sums(), before.slips) == (after.sums(), after.slips)
    amounts = [slip.amount for slip in [*after.slips, *books.pay(*second).slips]]
    assert sum(amounts) == sum(whole.values())

    for coupon, back in coupons:
        if back:
            books.undo("2026-12-03T09:00", coupon)
    assert books.pay(*first).sums() == after.sums()
    books.close(*second, now="2027-01-02T09:00")
    taken = [one for one in made if one[4]]
    worth = {"FRONT": Decimal(120), "SLEEVE": Decimal("80.5")}
    left = sum(amounts) - sum(worth[one[1]] * one[2] for one in taken)
    assert sum(slip.amount for slip in [*after.slips, *books.pay(*second).slips]) == left
    books.db.close()
