"""Whatever is scanned, in whatever order, and wherever the power fails: a coupon pays once."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from barcodes.ticket import Badge, Command, Coupon, encode
from gateway.work.making import rebuild
from gateway.work.raw import raw_of
from gateway.work.summary import summary
from gateway.work.when import when

codes = st.one_of(
    st.sampled_from([Badge(101), Badge(102), Badge(999), Command("UNDO"), Command("LOGOUT"), b"8801", b"\xff"]),
    st.builds(Coupon, st.sampled_from(["1", "2"]), st.sampled_from(["CUT", "FRONT", "SLEEVE"]), st.integers(1, 2)),
)
steps = st.tuples(
    codes,
    st.sampled_from(["scanner_1", "scanner_2"]),
    st.sampled_from([0.5, 3.0, 10.0, 20000.0]),
    st.sampled_from(["kept", "kept", "kept", "power lost", "restart", "reboot"]),
)


def play(books: Any, script: list[Any]) -> None:
    for code, scanner, after_s, fate in script:
        books.wait(after_s)
        if fate == "reboot":
            books.reboot()
        elif fate == "restart":
            books.start += 1
        if fate == "power lost":
            books.scan_and_lose_power(code, scanner)
        else:
            books.scan(code, scanner, after_s=0)


def paid_by_hand(rows: list[Any]) -> dict[tuple[str, str], str]:
    """Add up the events as an outsider would: accepted ones pay, and what an event corrects is free again."""
    paid: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.body["answer"] == "accepted":
            key = (row.body["ticket"]["bundle"], row.body["ticket"]["operation"])
            assert key not in paid, f"{key} was paid twice"
            paid[key] = row.id("gw_1")
        if "corrects" in row.body:
            assert row.body["corrects"] in paid.values()
            paid = {key: event for key, event in paid.items() if event != row.body["corrects"]}
    return paid


@settings(max_examples=150)
@given(script=st.lists(steps, max_size=40))
def test_no_sequence_of_scans_and_crashes_pays_a_coupon_twice(new_books: Any, script: list[Any]) -> None:
    books = new_books()
    play(books, script)
    kept = {
        (bundle, operation): when(books.db, row, "gw_1").event for bundle, operation, row in books.tables()["work_paid"]
    }
    assert kept == paid_by_hand(books.rows)


@settings(max_examples=200)
@given(script=st.lists(steps, max_size=40))
def test_the_projections_can_be_made_again_from_the_events(new_books: Any, script: list[Any]) -> None:
    books = new_books()
    play(books, script)
    before = books.tables()
    rebuild(books.db, books.rows)
    assert books.tables() == before


@settings(max_examples=100)
@given(script=st.lists(steps, max_size=40))
def test_every_scan_is_kept_raw_and_the_sums_agree_with_the_events(new_books: Any, script: list[Any]) -> None:
    books = new_books()
    play(books, script)
    kept = Counter(raw_of(row.body) for row in books.rows)
    scanned = Counter(
        code if isinstance(code, bytes) else encode(code).encode()
        for code, _, _, fate in script
        if fate != "power lost"
    )
    assert kept == scanned
    live = set(paid_by_hand(books.rows).values())
    pieces = sum(row.body["ticket"]["quantity"] for row in books.rows if row.id("gw_1") in live)
    sums = summary(books.db, 0)
    assert (sums["pieces"], sums["coupons"]) == (pieces, len(live))
    assert sum(worker["pieces"] for worker in sums["workers"]) == pieces
