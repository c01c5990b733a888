"""A year is folded in bulk as it was scan by scan: whatever its events are, the tables are the same."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.event import Event, Row
from gateway.journal import rows
from gateway.work import fold, making
from gateway.work.coupons import Reader
from gateway.work.entries import entries_in
from gateway.work.projections import ALL

WHO = {"worker": "7", "station": "sewing_3"}
DONE = {"do": "done", "bundle": "0231", "operation": "CUT", "quantity": 20, **WHO}
BEGIN = {"do": "begin", "bundle": "0231", "operation": "ASSEM", **WHO}
BUNDLES = st.sampled_from(("1", "2", "3", None))
OPERATIONS = st.sampled_from(("CUT", "SEW", "ASSEM"))
WORKERS = st.sampled_from(("7", "102"))
DONES = st.fixed_dictionaries(
    {"do": st.just("done"), "operation": OPERATIONS, "quantity": st.integers(1, 5), "worker": WORKERS},
    optional={"bundle": BUNDLES, "last": st.booleans(), "order": st.just("O7"), "style": st.just("S1")},
)
OTHERS = st.one_of(
    st.fixed_dictionaries({"do": st.just("undo"), "back": st.integers(1, 9)}),
    st.fixed_dictionaries({"do": st.just("begin"), "bundle": BUNDLES, "operation": OPERATIONS, "worker": WORKERS}),
    st.fixed_dictionaries({"do": st.just("shares"), "bundle": BUNDLES, "operation": OPERATIONS}),
    st.fixed_dictionaries({"do": st.just("bundle"), "bundle": BUNDLES, "quantity": st.integers(5, 9)}),
    st.fixed_dictionaries({"do": st.just("defect"), "operation": OPERATIONS, "quantity": st.integers(1, 3)}),
    st.fixed_dictionaries({"do": st.just("close"), "back": st.integers(-3, 3)}),
    st.fixed_dictionaries({"do": st.just("split"), "bundle": BUNDLES}),
    st.fixed_dictionaries({"do": st.just("badge"), "worker": WORKERS}),
    st.just({"do": "done"}),
    st.just({"do": "teleport"}),
)
SCRIPTS = st.lists(st.tuples(st.one_of(DONES, DONES, OTHERS), st.sampled_from((0, 0, 1, 700, -600))), max_size=40)


def kept(books: Any, *entries: Any) -> Row:
    """Keep an event with these entries; return its row."""
    books.wait(1)
    row: Row = books.append(Event("work", "api", books.mono_ns, {"by": "owner", "entries": list(entries)}))
    fold.project(books.db, row)
    return row


def told(books: Any, entry: dict[str, Any]) -> dict[str, Any] | None:
    """Return an entry as it would have been said after the events that there are; None where it cannot have been."""
    done = books.db.execute("SELECT operation FROM work_paid WHERE bundle = ?", (entry.get("bundle"),)).fetchall()
    match entry["do"]:
        case "undo" | "close" if len(books.rows) < abs(entry["back"]):
            return None
        case "undo":
            return {"do": "undo", "of": books.rows[-entry["back"]].id("gw_1"), "station": "sewing_3"}
        case "close":
            stop_ns = books.now_ns + entry["back"] * 1_000_000_000
            days = {"from": "2026-12-01", "to": "2026-12-31", "start_ns": 0, "stop_ns": stop_ns}
            return {"do": "close", **days, "sums": {}, "hash": ""}
        case "shares":
            about = {"do": "done", "station": "sewing_3", "worker": "7", "quantity": 3, "shares": {"7": 2, "102": 1}}
            return None if (entry["operation"],) in done else entry | about
        case "done" if entry.get("bundle") and (entry.get("operation"),) in done:
            return None
        case "done" if len(entry) > 1:
            return entry | {"station": "sewing_3"}
        case "begin" | "bundle" | "split" if entry["bundle"] is None:
            return None
        case "split":
            parts = [{"bundle": f"{entry['bundle']}{part}{len(books.rows)}", "quantity": 3} for part in "AB"]
            return entry | {"into": parts}
        case "begin" | "badge":
            return entry | {"station": "sewing_3"}
        case "defect":
            return entry | {"code": "HOLE", "worker": "7", "station": "sewing_3"}
    return entry


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=SCRIPTS, size=st.sampled_from((1, 3, 2000)))
def test_whatever_a_year_was_its_tables_are_made_again_as_they_were(script: Any, size: int, new_books: Any) -> None:
    books = new_books()
    for entry, seconds in script:
        books.wait(seconds)
        said = told(books, entry)
        if said is None:
            continue
        row = books.append(Event("work", "api", books.mono_ns, {"by": "owner", "entries": [said]}))
        if said == {"do": "done"}:
            continue  # no scan says so: what makes the tables counts it
        with books.db:
            fold.project(books.db, row)
    before = books.tables()
    fold.begin(books.db)
    for first in range(0, len(books.rows), size):
        one = making.Making(books.db)
        raws, boots = making.raws(books.rows[first : first + size])
        one.add(Reader().runs(raws), boots)
        one.end()
    fold.finish(books.db)
    after = books.tables()
    after["work_unknown"] = [one for one in after["work_unknown"] if not str(one[0]).startswith("malformed")]
    assert after == before
    books.db.close()


def test_a_bundle_that_was_open_for_long_is_closed_again_as_it_was(books: Any) -> None:
    """Of thousands of rows that gather the last one of each bundle counts, in whichever order they are written."""
    kept(books, DONE)
    kept(books, BEGIN)
    kept(books, DONE | {"bundle": "0232"})
    kept(books, DONE | {"operation": "ASSEM", "last": True})
    kept(books, BEGIN | {"bundle": "0232"})
    kept(books, DONE | {"bundle": "0232", "operation": "ASSEM", "last": True})
    before = books.tables()
    assert before["work_open"] == []
    fold.begin(books.db)
    raws, boots = making.raws(books.rows)
    for some in (raws[:1], raws[1:]):
        one = making.Making(books.db)
        one.add(Reader().runs(some), boots)
        one.end()
    fold.finish(books.db)
    assert books.tables() == before


@pytest.mark.parametrize(
    "entries",
    [
        [{"do": "x", "note": 'a ", [{ and }]', "z": 1}],
        [{"do": "x", "into": [{"bundle": "1"}], "z": [1]}],
        [{"do": "x", "note": '"entries":[{"do":"y"}]'}],
        [],
    ],
)
def test_entries_are_read_whatever_stands_in_their_texts(entries: Any) -> None:
    bodies = [{"entries": [DONE]}, {"about": {"entries": []}, "entries": entries, "note": "}]"}, {"entries": [BEGIN]}]
    raws = [(0, b"work", b"", 0, 0, 0, rows.dumps(body), 0) for body in bodies]
    assert [entries_in(raw) for raw in raws] == [[DONE], entries, [BEGIN]]
    assert orjson.loads(raws[1][6])["entries"] == entries


TEXTS = st.one_of(st.sampled_from(("CUT", "", "a}]", '"entries":[{', "재단", "\\", '"', "\n")), st.text(max_size=4))
FIELDS = {
    "do": st.sampled_from(("done", "begin")),
    "operation": TEXTS,
    "quantity": st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(), TEXTS),
    "worker": TEXTS,
    "station": TEXTS,
}
MORE = {
    "bundle": st.none() | TEXTS,
    "order": st.none() | TEXTS,
    "style": TEXTS,
    "last": st.booleans(),
    "shares": st.just({"7": 2}),
    "note": TEXTS,
    "entries": st.just([DONE]),
}


@settings(max_examples=300, deadline=None)
@given(entry=st.fixed_dictionaries(FIELDS, optional=MORE), beside=st.dictionaries(TEXTS, TEXTS | st.just([DONE])))
def test_a_coupon_is_read_as_the_entry_that_it_is(entry: dict[str, Any], beside: dict[str, Any]) -> None:
    body = rows.dumps(beside | {"entries": [entry]})
    ((made, last, other), *_) = Reader().runs([body_of(body)])
    if other is None:
        (found,) = entries_in(body_of(body))
        names = ("bundle", "operation", "order", "style", "worker", "station", "quantity")
        assert found.keys() <= {"do", "last", *names}
        assert made == [(7, 9, *(found.get(name) for name in names))]
        assert last == [found.get("last", False)]


def body_of(body: bytes) -> rows.Raw:
    """Return an event with this body, as it stands in the file."""
    return (7, b"work", b"", 0, 9, rows.SYNCED, body, 0)


def test_most_of_a_year_is_coupons() -> None:
    entries: list[dict[str, Any]] = [DONE, {**DONE, "last": True, "order": "주문 7", "style": "S1"}]
    entries.append({key: value for key, value in DONE.items() if key != "bundle"})
    found = list(Reader().runs(body_of(rows.dumps({"by": "x", "entries": [entry], "text": "}]"})) for entry in entries))
    assert [(len(made), other) for made, _, other in found] == [(3, None)]


def test_what_cannot_be_written_is_counted_and_costs_no_other_row(books: Any) -> None:
    for quantity in (20, "many", 20.5, [20]):
        books.append(Event("work", "api", books.mono_ns, {"entries": [DONE | {"bundle": None, "quantity": quantity}]}))
    making.rebuild(books.db, books.rows)
    assert list(books.db.execute("SELECT quantity FROM work_lines")) == [(20,)]
    assert sum(entries for _, entries in books.db.execute("SELECT * FROM work_unknown")) == 3
    assert list(books.db.execute("SELECT sum(quantity) FROM work_quarters")) == [(20,)]


def test_whoever_hears_of_work_done_takes_coupons() -> None:
    assert [one for one in ALL if "done" in one.words and not one.words["done"].coupons] == []
