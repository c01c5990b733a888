"""Labels say what the ledger's masters say, over the configuration: names, routes, and the rates of the day."""

from collections.abc import Iterator
from typing import Any

import apsw
import pytest

from barcodes.labels.arrange import Card
from gateway import people
from gateway.config.root import EdgeConfig
from gateway.event import Event
from gateway.journal import schema
from gateway.printing import orders
from gateway.printing.shop import Shop
from gateway.work import fold
from tests.work.conftest import Books

CONFIG = EdgeConfig.model_validate(
    {
        "workshop": {"id": "shop-1", "name": "공방"},
        "stations": [{"name": "sewing_3"}],
        "work": {
            "workers": [{"badge": "0101", "name": "은하"}, {"badge": "102", "name": "순복"}],
            "operations": [
                {"code": "CUT", "label": {"ko": "재단", "en": "cutting"}},
                {"code": "FRONT", "label": {"ko": "앞판", "en": "front"}},
            ],
        },
    }
)
MASTERS: list[dict[str, Any]] = [
    {"do": "operation", "operation": "FRONT", "ko": "앞판 봉제", "en": "front"},
    {"do": "operation", "operation": "HEM", "ko": "밑단", "en": "hem"},
    {"do": "operation", "operation": "CUT", "ko": "재단", "en": "cutting", "retired": True},
    {"do": "route", "steps": [["FRONT"], ["HEM"]], "from": "2026-01-01"},
    {"do": "rate", "operation": "FRONT", "won": "120", "from": "2026-01-01"},
    {"do": "rate", "operation": "FRONT", "won": "130", "from": "2026-12-01"},
    {"do": "rate", "operation": "FRONT", "style": "A-100", "won": "150", "from": "2026-01-01"},
    {"do": "defect_code", "code": "STAIN", "ko": "얼룩", "en": "stain"},
]


@pytest.fixture
def db() -> Iterator[apsw.Connection]:
    books = Books()
    books.db.execute(schema.PEOPLE)
    fold.project(books.db, books.append(Event("work", "api", books.mono_ns, {"by": "owner", "entries": MASTERS})))
    yield books.db
    books.db.close()


def made(shop: Shop, **order: Any) -> list[Card]:
    return orders.made(orders.with_serials(orders.ORDER.validate_python(order), ["2K3X0001"]), shop)


@pytest.mark.parametrize(
    ("today", "style", "told"),
    [("2026-11-30", None, "단가 120원"), ("2026-12-01", None, "단가 130원"), ("2026-12-01", "A-100", "단가 150원")],
)
def test_coupons_follow_the_route_and_tell_the_rate_of_the_day(
    db: apsw.Connection, today: str, style: str | None, told: str
) -> None:
    shop = Shop.of(CONFIG).with_ledger(db, today)
    strip = made(shop, what="bundle", quantity=20, style=style)
    assert [card.title for card in strip[1:]] == ["앞판 봉제", "밑단"]
    assert told in strip[1].lines
    assert not any("단가" in line for line in strip[2].lines)


def test_what_is_told_in_the_order_goes_before_all(db: apsw.Connection) -> None:
    shop = Shop.of(CONFIG).with_ledger(db, "2026-12-01")
    step = {"code": "FRONT", "label": "앞판 특별", "won": "200"}
    (_, coupon) = made(shop, what="bundle", quantity=20, operations=[step])
    assert coupon.title == "앞판 특별"
    assert "단가 200원" in coupon.lines


def test_sheets_hold_what_the_ledger_knows_and_nothing_that_was_retired(db: apsw.Connection) -> None:
    shop = Shop.of(CONFIG).with_ledger(db, "2026-12-01")
    assert [card.title for card in made(shop, what="operations")] == ["앞판 봉제", "밑단"]
    assert [card.title for card in made(shop, what="defects")] == ["얼룩"]
    assert [card.title for card in made(shop, what="stations")] == ["sewing_3"]


def test_a_badge_has_the_name_of_the_table_of_people_and_none_of_whoever_was_forgotten(db: apsw.Connection) -> None:
    people.keep(db, [people.Person(101, "김은하"), people.Person(102, "")])
    shop = Shop.of(CONFIG).with_ledger(db, "2026-12-01")
    assert [card.title for card in made(shop, what="badge", numbers=[101, 102])] == ["김은하", ""]
