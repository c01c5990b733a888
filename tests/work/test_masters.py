"""Master data: the newest of a key is in force, from its day on, and lies over the configuration's."""

from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import apsw
import pytest

from barcodes.scan import Scan
from barcodes.ticket import Badge, Coupon, encode
from gateway import people
from gateway.config.parts import Text
from gateway.event import Event
from gateway.journal import schema
from gateway.people import Person
from gateway.work import fold, making, stock
from gateway.work.ledger import Ledger
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.projections import masters

SECOND = 1_000_000_000
SLEEVE = {"do": "operation", "operation": "SLEEVE", "ko": "소매 달기", "en": "sleeve"}


@pytest.fixture
def shop(books: Any) -> Any:
    """Books with the table of people."""
    books.db.execute(schema.PEOPLE)
    return books


def keep(books: Any, *entries: dict[str, Any]) -> Any:
    """Keep an event with these entries; return its row."""
    books.wait(1)
    row = books.append(Event("work", "api", books.mono_ns, {"by": "owner", "entries": list(entries)}))
    fold.project(books.db, row)
    return row


def catalogue(books: Any) -> LedgerCatalogue:
    return LedgerCatalogue(books.settings.work, ZoneInfo("Asia/Seoul"), lambda: books.now_ns)


def rate(won: str, since: str, style: str | None = None, **more: Any) -> dict[str, Any]:
    return {"do": "rate", "operation": "CUT", "style": style, "won": won, "from": since, **more}


def paid_on(books: Any, day: str, style: str | None = None) -> str | None:
    found = masters.one(books.db, "rate", masters.rate_key(style, "CUT"), day)
    return found and found.body["won"]


def test_a_rate_is_in_force_from_its_day_on(shop: Any) -> None:
    keep(shop, rate("120", "2026-01-01"), rate("130", "2026-12-01"), rate("150", "2026-06-01", "A101"))
    days = ("2025-12-31", "2026-01-01", "2026-11-30", "2026-12-01", "2030-01-01")
    assert [paid_on(shop, day) for day in days] == [None, "120", "120", "130", "130"]
    assert [paid_on(shop, day, "A101") for day in days] == [None, None, "150", "150", "150"]


def test_a_rate_that_was_withdrawn_gives_way_to_the_one_before(shop: Any) -> None:
    keep(shop, rate("120", "2026-01-01"), rate("130", "2026-12-01"))
    keep(shop, rate("130", "2026-12-01", retired=True))
    assert paid_on(shop, "2026-12-01") == "120"


def test_what_a_voided_event_replaced_is_in_force_again(shop: Any) -> None:
    keep(shop, rate("120", "2026-01-01"))
    wrong = keep(shop, rate("12", "2026-01-01"))
    before = masters.version(shop.db)
    keep(shop, {"do": "void", "of": wrong.id("gw_1"), "reason": "typing error", "by": "owner"})
    assert paid_on(shop, "2026-02-01") == "120"
    assert masters.version(shop.db) != before


def test_the_ledgers_operations_lie_over_those_of_the_configuration(shop: Any) -> None:
    known = catalogue(shop)
    keep(shop, SLEEVE, {"do": "operation", "operation": "PRESS", "ko": "다림질", "en": "pressing", "sam_s": "30"})
    assert [one.code for one in known.operations(shop.db)] == ["CUT", "FRONT", "SLEEVE", "ASSEM", "PRESS"]
    sleeve = known.operation(shop.db, "SLEEVE")
    assert sleeve is not None
    assert sleeve.label == Text(ko="소매 달기", en="sleeve")
    keep(shop, SLEEVE | {"retired": True})
    assert known.operation(shop.db, "SLEEVE") is None
    assert known.nearest_operation(shop.db, "PRES") == "PRESS"


def test_a_style_with_a_route_follows_it_from_its_day_on(shop: Any) -> None:
    keep(
        shop,
        {"do": "bundle", "bundle": "0231", "style": "A101", "quantity": 20},
        {"do": "route", "style": "A101", "from": "2026-11-01", "steps": [["FRONT", "SLEEVE"], ["CUT"]]},
        {"do": "route", "style": "A101", "from": "2026-12-01", "steps": [["CUT"], ["FRONT"]]},
    )
    known = catalogue(shop)
    cut, front = known.operation(shop.db, "CUT"), known.operation(shop.db, "FRONT")
    assert cut is not None
    assert front is not None
    assert known.before(shop.db, cut, "A101") == ("FRONT", "SLEEVE")
    assert [one.code for one in known.after(shop.db, "FRONT", "A101")] == ["CUT", "ASSEM"]
    assert known.before(shop.db, front, "B7") == ("CUT",)
    shop.wait(10 * 86400)
    assert known.before(shop.db, cut, "A101") == ()


def scan(books: Any, ticket: Badge | Coupon) -> Any:
    books.wait(5)
    ledger = Ledger(books.settings, "gw_1", books.boot, catalogue(books))
    return ledger.decide(books, Scan("scanner_1", books.mono_ns, encode(ticket).encode()), books.now_ns)


def test_a_worker_of_the_ledger_may_scan_until_the_last_day(shop: Any) -> None:
    assert scan(shop, Badge(333)).kind == "unknown"
    keep(shop, {"do": "worker", "worker": "0333"})
    people.keep(shop.db, [Person(333, "Nguyễn Thị Hoa", "vi", left="2026-11-22")])
    answer = scan(shop, Badge(333))
    assert answer.kind == "badge"
    assert answer.row is not None
    assert answer.row.body["worker"] == "0333"
    shop.wait(86400)
    assert scan(shop, Badge(333)).kind == "unknown"


@pytest.mark.parametrize(("own", "spoken"), [("en", "en"), ("ko", "ko"), ("vi", None), (None, None)])
def test_an_answer_is_in_the_worker_s_language_where_answers_are_told_in_it(shop: Any, own: Any, spoken: Any) -> None:
    people.keep(shop.db, [Person(101, language=own)])
    assert scan(shop, Badge(101)).language == spoken
    assert scan(shop, Coupon("0231", "CUT", 20)).language == spoken


def test_a_worker_keeps_the_badge_as_the_configuration_spells_it(shop: Any) -> None:
    keep(shop, {"do": "worker", "worker": "101"})
    known = catalogue(shop).worker(shop.db, 101)
    assert known is not None
    assert known.badge == "0101"


def test_a_name_is_in_no_event(shop: Any) -> None:
    people.keep(shop.db, [Person(101, "Nguyễn Thị Hoa")])
    scan(shop, Badge(101))
    assert "Nguy" not in repr(shop.rows)


def test_masters_made_again_are_the_same(shop: Any) -> None:
    keep(shop, rate("120", "2026-01-01"), SLEEVE)
    wrong = keep(shop, rate("12", "2026-01-01"))
    keep(shop, {"do": "void", "of": wrong.id("gw_1"), "reason": "typing error", "by": "owner"})
    keep(shop, {"do": "consent", "worker": "0101", "purpose": "camera", "granted": True})
    names = ("work_masters", "work_masters_version")
    before = [list(shop.db.execute(f"SELECT * FROM {name}")) for name in names]
    making.rebuild(shop.db, shop.rows)
    assert [list(shop.db.execute(f"SELECT * FROM {name}")) for name in names] == before


def test_what_was_taken_back_with_its_transaction_is_not_remembered(shop: Any) -> None:
    """What a transaction wrote that failed afterwards is not in the catalogue, though its numbers are used again."""
    known = catalogue(shop)
    kept = len(shop.rows)

    shop.db.execute("BEGIN")
    keep(shop, SLEEVE | {"ko": "틀린 것"})
    known.operation(shop.db, "SLEEVE")
    shop.db.execute("ROLLBACK")
    del shop.rows[kept:]
    keep(shop, SLEEVE)
    sleeve = known.operation(shop.db, "SLEEVE")
    assert sleeve is not None
    assert sleeve.label.ko == "소매 달기"


def test_what_its_route_was_told_without_never_waits_for_a_bundle(shop: Any) -> None:
    """Its way ends with the route: else a bundle that is done would stay open for an operation nobody does."""
    keep(shop, {"do": "route", "style": "A101", "from": "2026-11-01", "steps": [["CUT"], ["FRONT"]]})
    keep(shop, {"do": "bundle", "bundle": "0231", "quantity": 20, "style": "A101"})
    known = catalogue(shop)
    waits = [stock.waiting(shop.db, known, "0231")]
    scan(shop, Badge(101))
    for operation in ("CUT", "FRONT"):
        assert scan(shop, Coupon("0231", operation, 20)).kind == "accepted"
        waits.append(stock.waiting(shop.db, known, "0231"))
    assert waits == [["CUT"], ["FRONT"], []]


def test_people_survive_when_the_projections_are_dropped() -> None:
    with closing(apsw.Connection(":memory:")) as db:
        db.execute(schema.TABLES + schema.PEOPLE)
        people.keep(db, [Person(7, "민서")])
        schema.drop_projections(db)
        assert people.names(db) == {"7": "민서"}


def test_bookings_of_days_are_found_by_an_index_as_they_are_now(shop: Any) -> None:
    def booking(key: str, start: str) -> dict[str, Any]:
        return {"do": "booking", "booking": key, "equipment": "laser_1", "from": start, "to": start}

    keep(shop, *(booking(f"OLD{n}", f"2025-12-01T09:{n:02d}") for n in range(60)))
    keep(shop, booking("B1", "2026-12-01T14:00"), booking("B2", "2026-12-01T15:00"), booking("B3", "soon"))
    keep(shop, booking("B2", "2026-12-02T15:00"), booking("OLD7", "2026-12-03T09:00"))
    found = [(one.key, one.body["from"]) for one in masters.booked(shop.db, "2026-12-01")]
    assert sorted(found) == [
        ("B1", "2026-12-01T14:00"),
        ("B2", "2026-12-02T15:00"),
        ("B3", "soon"),
        ("OLD7", "2026-12-03T09:00"),
    ]
    asked: list[str] = []
    shop.db.trace_v2(apsw.SQLITE_TRACE_PROFILE, lambda told: asked.append(told["sql"]))
    masters.booked(shop.db, "2026-12-01")
    shop.db.trace_v2(0, None)
    plan = [row[3] for row in shop.db.execute(f"EXPLAIN QUERY PLAN {asked[0]}", ("2026-12-01",))]
    assert "work_masters_booked" in plan[0]
