"""The ledger is a fold over entries: what any of them did can be taken back, made again, and is checked before."""

from typing import Any

import pytest

from gateway.event import Event
from gateway.work import fold, making
from gateway.work.entries import NotRecorded, Shape, check, entries_of
from gateway.work.fold import SHAPES
from gateway.work.projections import bundles, lines, paid

WHO = {"worker": "7", "station": "sewing_3"}
DONE = {"do": "done", "bundle": "0231", "operation": "CUT", "quantity": 20, **WHO}


def kept(books: Any, *entries: dict[str, Any]) -> Any:
    """Keep an event with these entries; return its row."""
    books.wait(1)
    row = books.append(Event("work", "api", books.mono_ns, {"by": "owner", "entries": list(entries)}))
    fold.project(books.db, row)
    return row


def contents(books: Any) -> dict[str, Any]:
    return {table: list(books.db.execute(f"SELECT * FROM {table}")) for table in fold.TABLES}


def pieces(books: Any) -> dict[tuple[str, str], int]:
    found = books.db.execute(
        "SELECT what, worker, sum(quantity) FROM work_lines GROUP BY 1, 2 HAVING sum(quantity) <> 0"
    )
    return {(what, worker): quantity for what, worker, quantity in found}


def test_what_is_taken_back_stays_and_gets_a_negative_line_at_its_own_time(books: Any) -> None:
    done = kept(books, DONE)
    books.wait(86400)
    kept(books, {"do": "void", "of": done.id("gw_1"), "reason": "wrong bundle", "by": "owner"})
    first, second = (lines.Line(*row) for row in books.db.execute("SELECT * FROM work_lines"))
    assert (first.quantity, second.quantity) == (20, -20)
    assert second.corrects_row == first.row
    assert second.time_ns - first.time_ns == 86401 * 1_000_000_000
    assert paid.paid_row(books.db, "0231", "CUT") is None
    assert kept(books, DONE).position.n == 3  # it can be done again


def test_a_thing_is_taken_back_once(books: Any) -> None:
    done = kept(books, DONE)
    for _ in range(2):
        kept(books, {"do": "void", "of": done.id("gw_1"), "reason": "wrong", "by": "owner"})
    assert pieces(books) == {}


def test_shares_of_a_bundle_are_lines_of_their_own_and_are_taken_back_together(books: Any) -> None:
    done = kept(books, DONE | {"shares": {"7": 12, "102": 8}})
    assert pieces(books) == {("done", "7"): 12, ("done", "102"): 8}
    kept(books, {"do": "undo", "of": done.id("gw_1")})
    assert pieces(books) == {}


def test_a_split_and_a_short_bundle_can_be_taken_back(books: Any) -> None:
    kept(books, {"do": "bundle", "bundle": "0231", "style": "S1", "order": "O7", "quantity": 20})
    short = kept(books, {"do": "short", "bundle": "0231", "quantity": 18, "reason": "fabric fault"})
    split = kept(
        books,
        {
            "do": "split",
            "bundle": "0231",
            "into": [{"bundle": "0231A", "quantity": 10}, {"bundle": "0231B", "quantity": 8}],
        },
    )
    part = bundles.known(books.db, "0231B")
    assert part is not None
    assert (part.parent, part.style, part.order_code, part.quantity) == ("0231", "S1", "O7", 8)
    kept(books, {"do": "void", "of": split.id("gw_1"), "reason": "wrong", "by": "owner"})
    assert bundles.parts(books.db, "0231") == []
    kept(books, {"do": "void", "of": short.id("gw_1"), "reason": "wrong", "by": "owner"})
    whole = bundles.known(books.db, "0231")
    assert whole is not None
    assert whole.quantity == 20


def test_a_bundle_is_open_until_its_last_operation_is_done_and_again_when_that_is_taken_back(books: Any) -> None:
    def open_bundles() -> list[str]:
        return [bundle for (bundle,) in books.db.execute("SELECT bundle FROM work_open")]

    kept(books, DONE)
    assert open_bundles() == ["0231"]
    last = kept(books, DONE | {"operation": "ASSEM", "last": True})
    assert open_bundles() == []
    kept(books, {"do": "undo", "of": last.id("gw_1")})
    assert open_bundles() == ["0231"]
    before = contents(books)
    making.rebuild(books.db, books.rows)
    assert contents(books) == before


def test_entries_of_a_newer_version_are_counted_and_passed_over(books: Any) -> None:
    kept(books, {"do": "teleport", "bundle": "0231"}, DONE)
    assert list(books.db.execute("SELECT * FROM work_unknown")) == [("teleport", 1)]
    assert pieces(books) == {("done", "7"): 20}
    before = contents(books)
    making.rebuild(books.db, books.rows)
    assert contents(books) == before


def test_a_malformed_entry_of_another_version_does_not_stop_the_making(books: Any) -> None:
    for entries in ([{"do": "done"}], [{"do": "undo", "of": "nonsense"}], [7], [DONE]):
        books.append(Event("work", "api", books.mono_ns, {"entries": entries}))
    books.append(Event("scan", "gun", books.mono_ns, {"answer": "accepted"}))  # as none was ever kept
    making.rebuild(books.db, books.rows)
    assert pieces(books) == {("done", "7"): 20}
    assert sum(count for _, count in books.db.execute("SELECT * FROM work_unknown")) == 4


@pytest.mark.parametrize(
    ("body", "means"),
    [
        ({"answer": "badge", "worker": "7"}, ["leave", "badge"]),
        ({"answer": "accepted", "worker": "7", "ticket": {"bundle": "1", "operation": "A", "quantity": 2}}, ["done"]),
        ({"answer": "command", "corrects": "gw_1:e:1-a1b2:2", "ticket": {"word": "UNDO"}}, ["undo"]),
        ({"answer": "command", "ticket": {"word": "LOGOUT"}}, ["leave"]),
        ({"answer": "duplicate", "ticket": None}, []),
        ({"answer": "accepted", "entries": []}, []),
    ],
)
def test_a_scan_that_was_kept_before_entries_were_means_what_its_answer_said(
    body: dict[str, Any], means: list[str]
) -> None:
    assert [entry["do"] for entry in entries_of("scan", {"station": "s"} | body)] == means


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"do": "fly"}, "there is no entry 'fly'"),
        ({}, "there is no entry None"),
        (DONE | {"quantity": "20"}, "quantity must be int"),
        (DONE | {"quantity": True}, "quantity must be int"),
        (DONE | {"colour": "red"}, "colour is not known"),
        ({"do": "void", "of": "x"}, "reason must be str"),
    ],
)
def test_an_entry_of_no_known_shape_is_refused_with_what_is_wrong(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(NotRecorded) as refused:
        check([entry], SHAPES)
    assert says in refused.value.text["en"]


def test_a_field_that_may_be_there_may_be_null() -> None:
    assert Shape({"a": str}, {"b": int}).problem({"do": "x", "a": "1", "b": None}) is None
