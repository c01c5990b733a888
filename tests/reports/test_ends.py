"""Output: each piece once, at the last operation of its order, and never more where nobody knows which that is."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.journal.reader import open_reader
from gateway.pay.terms import Terms
from gateway.reports.ends import End, Sum, end
from gateway.reports.figures import figures
from gateway.reports.plan import Plan
from gateway.trades.templates import template
from tests.pay import journals

LOOSE = dict[str, tuple[str, ...]].fromkeys(("SAW", "TURN", "MILL", "DEBURR"), ())


def of(**done: int) -> list[Sum]:
    """Return what an order has done, one operation after the other."""
    return [Sum("1", "", code, pieces, n) for n, (code, pieces) in enumerate(done.items())]


@pytest.mark.parametrize(
    ("done", "found"),
    [
        (of(TURN=57, DEBURR=57), "DEBURR"),  # equals: the one that came last
        (of(MILL=60, TURN=40), "TURN"),  # not the last of the list: 20 are still to be turned
        (of(TURN=30), "TURN"),
        (of(SAW=0, TURN=30), "TURN"),  # what was taken back was not done
    ],
)
def test_without_an_order_of_operations_the_least_done_is_counted_as_a_guess(done: list[Sum], found: str) -> None:
    assert end(LOOSE, False, done) == End(found, False)


def test_of_two_ends_the_one_that_has_done_less_counts_once_it_was_begun() -> None:
    route = {"SEW": (), "BUTTON": ("SEW",), "PRESS": ("SEW",)}
    assert end(route, False, of(SEW=20, BUTTON=20, PRESS=5)) == End("PRESS", True)
    other_goods = {"CUT": (), "SEWA": ("CUT",), "FINA": ("SEWA",), "SEWB": ("CUT",), "FINB": ("SEWB",)}
    assert end(other_goods, False, of(CUT=20, SEWA=20, FINA=12)) == End("FINA", True)
    assert end(route, True, of(SEW=20, BUTTON=20)) == End("PRESS", True), "a told route needs all of its last step"


def test_what_was_not_begun_ends_nowhere_yet_and_one_operation_is_its_own_end() -> None:
    assert end(LOOSE, False, []) is None
    assert end({"SEW": ()}, False, of(SEW=3)) == End("SEW", True)


def done(at: str, order: str, operation: str, quantity: int, **more: str) -> dict[str, Any]:
    about = {"order": order, "operation": operation, "quantity": quantity, "worker": "101", "station": "lathe"}
    return {"at": at, "scanned": True, "entries": [{"do": "done", **about, **more}]}


# 57 turned and deburred, 30 turned, and 40 of a style with a route: turned and milled, 25 of them deburred.
DAY = [
    {
        "at": "2026-11-30T09:00",
        "entries": [
            {"do": "style", "style": "V2", "name": "밸브"},
            {"do": "route", "style": "V2", "steps": [["TURN"], ["MILL"], ["DEBURR"]], "from": "2026-01-01"},
            {"do": "order", "order": "2613C", "style": "V2", "lines": [{"quantity": 50}]},
            {"do": "order", "order": "2611A", "style": "V1", "lines": [{"quantity": 60}]},
        ],
    },
    done("2026-12-01T10:00", "2611A", "TURN", 57, style="V1"),
    done("2026-12-01T11:00", "2612B", "TURN", 30),
    done("2026-12-01T12:00", "2613C", "TURN", 40, style="V2"),
    done("2026-12-01T13:00", "2613C", "MILL", 40),  # before its style was told: the order's
    done("2026-12-01T14:00", "2613C", "DEBURR", 25, style="V2"),
    done("2026-12-01T14:30", "2613C", "INSPECT", 3, style="V2"),  # a sample, in no route
    done("2026-12-01T15:00", "2611A", "DEBURR", 57, style="V1"),
    {
        "at": "2026-12-01T15:10",
        "entries": [
            {"do": "defect", "order": "2611A", "operation": "TURN", "code": "DIM", "quantity": 7, "worker": "101"}
        ],
    },
]


@pytest.fixture
def metal() -> EdgeConfig:
    return load(template("metal"))


def told(config: EdgeConfig, journal: Path) -> dict[str, Any]:
    terms, day = Terms.of(config), date(2026, 12, 1)
    span = terms.bounds(day, day)
    with open_reader(journal) as reader:
        return figures(reader.db, Plan.now(terms, config.work, reader.db, span[1]), span, span[1])


def test_pieces_of_two_operations_are_output_once_and_a_route_says_at_which(metal: EdgeConfig, tmp_path: Path) -> None:
    journals.write_lines(tmp_path / "journal.db", metal, DAY)
    found = told(metal, tmp_path / "journal.db")
    by_order = {one["order"]: (one["output"], one["sure"]) for one in found["orders"]}
    assert by_order == {"2611A": (57, False), "2612B": (30, False), "2613C": (25, True)}
    assert found["output"] == 57 + 30 + 25
    assert (found["quality"]["dhu"]["numerator"], found["quality"]["dhu"]["denominator"]) == (7, 112)
    assert found["quality"]["dhu"]["value"] == 6.25
    progress = {one["order"]: one["progress"] for one in found["orders"]}
    assert (progress["2613C"]["made"], progress["2613C"]["left"], progress["2613C"]["ratio"]["value"]) == (25, 25, 0.5)
    assert (progress["2611A"]["made"], progress["2611A"]["left"], progress["2611A"]["ratio"]) == (57, None, None)


def test_an_order_is_output_where_it_ends_however_its_days_are_cut(metal: EdgeConfig, tmp_path: Path) -> None:
    """Turned on one day, deburred on the next: it is output of the next day, and of both together once."""
    lines = [done("2026-11-30T10:00", "1", "TURN", 57), done("2026-12-01T10:00", "1", "DEBURR", 50)]
    journals.write_lines(tmp_path / "journal.db", metal, lines)
    terms = Terms.of(metal)
    with open_reader(tmp_path / "journal.db") as reader:
        both = [terms.bounds(*days) for days in ((date(2026, 11, 30),) * 2, (date(2026, 12, 1),) * 2)]
        both.append((both[0][0], both[1][1]))
        plan = Plan.now(terms, metal.work, reader.db, both[2][1])
        assert [figures(reader.db, plan, span, span[1])["output"] for span in both] == [0, 50, 50]
