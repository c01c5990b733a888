"""What a list would change, before it does: new, changed, the same; names are looked up; nothing half."""

from typing import Any

import pytest

from gateway.tables import file, records
from gateway.tables.plan import Plan, plan
from gateway.tables.present import Present, of_configuration
from gateway.tables.records import Table

BASE: dict[str, Any] = {
    "workers": [{"badge": "0101", "name": "은하"}],
    "operations": [
        {"code": "CUT", "label": {"ko": "재단", "en": "cutting"}, "after": [], "sam_s": 20.0},
        {"code": "FRONT", "label": {"ko": "앞판", "en": "front"}, "after": ["CUT"]},
        {"code": "FRONT2", "label": {"ko": "앞판 2", "en": "front 2"}, "after": []},
    ],
    "equipment": [{"name": "cmm_1", "label": {"ko": "3차원측정기", "en": "CMM"}}],
}
STYLES = "스타일,품명\nA101,셔츠\n"


@pytest.fixture
def shop() -> Present:
    """A shop with its configuration alone."""
    present = Present()
    for entry in of_configuration(BASE):
        present.add(entry)
    return present


def planned(shop: Present, *texts: str, bundle_of: int | None = None) -> Plan:
    """The plan for CSV texts, each a list."""
    tables = [records.read(file.grids(text.encode())[0]) for text in texts]
    assert all(isinstance(table, Table) for table in tables), tables
    return plan([table for table in tables if isinstance(table, Table)], shop, bundle_of)


def counts(made: Plan) -> dict[str, tuple[int, int, int]]:
    return {kind: (count.new, count.changed, count.same) for kind, count in made.counts.items()}


def told(made: Plan) -> list[tuple[str, str | None, str]]:
    return [(one.cell, one.found, one.text["ko"]) for one in made.problems]


def test_what_the_configuration_says_is_the_same(shop: Present) -> None:
    made = planned(
        shop,
        "공정코드,공정,영문,앞공정,표준시간(초)\nCUT,재단,cutting,,20\nFRONT,앞판,front,재단,50\nPRESS,다림질,,앞판2,\n",
    )
    assert counts(made) == {"operations": (1, 1, 1)}
    assert made.units == [
        [{"do": "operation", "operation": "FRONT", "ko": "앞판", "en": "front", "after": ["CUT"], "sam_s": "50"}],
        [{"do": "operation", "operation": "PRESS", "ko": "다림질", "en": "다림질", "after": ["FRONT2"]}],
    ]


def test_an_operation_may_be_called_by_its_name_and_an_unknown_one_gets_its_nearest(shop: Present) -> None:
    rates = "스타일,공정,공임,적용일\n모두,재단,120,2026.12.1\n모두,앞핀,90,2026.12.1\nA102,CUT,130,2026.12.1\n"
    made = planned(shop, rates, STYLES)
    assert made.units[1] == [{"do": "rate", "style": None, "operation": "CUT", "won": "120", "from": "2026-12-01"}]
    assert told(made) == [
        ("B3", "앞핀", "이런 공정이 없어요. 가장 가까운 것: FRONT(앞판). 새것이면 공정 표를 먼저 올려 주세요."),
        ("A4", "A102", "이런 스타일이 없어요. 가장 가까운 것: A101. 새것이면 스타일 표를 먼저 올려 주세요."),
    ]


def test_what_a_row_of_an_operation_leaves_empty_stays(shop: Present) -> None:
    made = planned(shop, "공정코드,공정\nCUT,재단하기\n")
    assert made.units == [[{"do": "operation", "operation": "CUT", "ko": "재단하기", "en": "cutting", "sam_s": "20"}]]


def test_a_step_that_is_unknown_is_told_where_it_stands(shop: Present) -> None:
    made = planned(shop, STYLES, "품번,공정\nA101,CUT\nA101,FRONT\nA101,SLEVE\n")
    assert [cell for cell, _, _ in told(made)] == ["B4"]


def test_lists_of_one_file_may_build_on_one_another_in_any_order(shop: Present) -> None:
    made = planned(shop, "품번,순서,공정\nA101,2,FRONT\nA101,1,CUT\nA101,2,FRONT2\n", STYLES)
    assert [unit[0]["do"] for unit in made.units] == ["style", "route"]
    assert made.units[1][0]["steps"] == [["CUT"], ["FRONT", "FRONT2"]]


def test_a_thing_of_several_rows_is_not_taken_by_half(shop: Present) -> None:
    orders = "작지,스타일,색상,수량\nW-1,A101,검정,20\nW-1,A101,흰색,x\nW-2,A101,검정,5\n"
    made = planned(shop, orders, STYLES)
    assert [unit[0].get("order") for unit in made.units] == [None, "W2"]
    assert [(one.cell, one.text["ko"]) for one in made.skipped] == [
        ("2", "같은 것의 다른 줄이 틀려서 함께 넣지 않아요.")
    ]
    nobodys = planned(Present(), STYLES, orders.replace("W-1,A101,흰색", ",A101,흰색"))
    assert [unit[0]["do"] for unit in nobodys.units] == ["style"]


def test_an_order_is_cut_into_bundles_once(shop: Present) -> None:
    orders = "작지,스타일,색상,사이즈,수량,묶음수량\n2026-11-003,A101,검정,S,25,\n2026-11-003,A101,검정,M,7,4\n"
    made = planned(shop, STYLES, orders, bundle_of=10)
    order, *bundles = made.units[1]
    assert (order["order"], order["label"]) == ("202611003", "2026-11-003")
    assert [(one["size"], one["quantity"]) for one in bundles] == [("S", 10), ("S", 10), ("S", 5), ("M", 4), ("M", 3)]
    assert made.bundles == 5
    again = planned(shop, orders.replace("25", "26"), bundle_of=10)
    assert counts(again) == {"orders": (0, 1, 0)}
    assert again.bundles == 0


def test_more_bundles_than_a_shop_can_mean_are_refused(shop: Present) -> None:
    made = planned(shop, STYLES, "작지,스타일,수량\nW1,A101,2001\n", bundle_of=1)
    assert [cell for cell, _, _ in told(made)] == ["C2"]
    assert [unit[0]["do"] for unit in made.units] == ["style"]


def test_two_orders_that_tickets_would_not_tell_apart_are_refused(shop: Present) -> None:
    made = planned(shop, STYLES, "작지,스타일,수량\nA-11,A101,5\nA1-1,A101,5\nㄱ-1,A101,5\n")
    assert told(made) == [
        ("A3", "A1-1", "표에는 「A-11」과 같게 찍혀요: A11."),
        ("A4", "ㄱ-1", "작업지시서 번호는 숫자와 영문자 12자까지예요(붙임표는 세지 않아요). 예: 1"),
    ]


def test_one_order_has_one_style_and_one_due_day(shop: Present) -> None:
    made = planned(shop, STYLES + "B7,바지\n", "작지,스타일,색상,수량\nW1,A101,검정,5\nW1,B7,흰색,5\n")
    assert told(made) == [("B3", "B7", "한 작업지시서에 스타일이 둘이에요(2번째 줄과 달라요).")]


def test_names_of_workers_are_in_no_entry(shop: Present) -> None:
    made = planned(shop, "사번,이름,입사일\n101,은하수,\n102,박순복,2026.1.5\n102,박순복,2026.1.5\n")
    assert [(one.number, one.name) for one in made.people] == [(101, "은하수"), (102, "박순복")]
    assert made.units == [[{"do": "worker", "worker": "0102"}]]
    assert counts(made) == {"workers": (1, 1, 0)}


def test_what_a_row_of_a_worker_leaves_empty_stays(shop: Present) -> None:
    planned(shop, "사번,이름,언어,입사일\n102,박순복,ko,2026.1.5\n")
    made = planned(shop, "사번,이름,언어,퇴사일\n102,박순복,,2026.12.31\n103,이영자,ko,\n")
    assert made.people[0]._asdict() == {
        "number": 102,
        "name": "박순복",
        "language": "ko",
        "since": "2026-01-05",
        "left": "2026-12-31",
        "note": None,
    }
    early = planned(shop, "사번,퇴사일\n102,2025.1.1\n")
    assert told(early) == [("B2", "2025-01-01", "퇴사일이 입사일보다 앞이에요.")]


def test_a_booking_knows_its_equipment_and_its_user_by_the_badge(shop: Present) -> None:
    planned(shop, "사번,이름\n102,박순복\n")
    bookings = (
        "예약번호,장비,예약일,시작,종료,사번,예약자\nR-1,3차원측정기,2026.12.1,14:00,오후 4시 30분,,박순복\n"
        "R-2,CMM-1,2026.12.1,9:00,10:00,101,\nR-3,cmm_1,2026.12.1,11:00,10:00,,\nR-4,CMM,2026.12.1,9:00,10:00,,\n"
        "R-5,cmm_1,2026.12.2,9:00,10:00,,누구\nR-6,cmm_1,2026.12.3,9:00,10:00,999,\n"
    )
    made = planned(shop, bookings)
    assert made.units[0] == [
        {
            "do": "booking",
            "booking": "R-1",
            "equipment": "cmm_1",
            "from": "2026-12-01T14:00",
            "to": "2026-12-01T16:30",
            "worker": "0102",
        }
    ]
    assert [unit[0].get("worker") for unit in made.units] == ["0102", "0101", None]
    assert [(cell, found) for cell, found, _ in told(made)] == [("E4", "10:00:00"), ("B5", "CMM"), ("F7", "999")]
    assert [one.cell for one in made.skipped] == ["G6"]
    assert "박순복" not in repr(made.units)
    assert made.skipped[0].found is None


def test_the_same_file_over_the_same_shop_makes_the_same_plan() -> None:
    plans = [planned(Present(), STYLES).digest for _ in range(2)]
    assert plans[0] == plans[1] != planned(Present(), STYLES.replace("셔츠", "바지")).digest
