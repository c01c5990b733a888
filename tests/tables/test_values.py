"""What stands in a cell is understood as people write it here; what cannot be meant is said, with the nearest thing."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tables import days, values
from gateway.tables.grid import cell_name
from gateway.tables.problem import Wrong
from tests import naughty

WAYS = (
    "%Y-%m-%d",
    "%Y.%m.%d",
    "%Y.%m.%d.",
    "%Y/%m/%d",
    "%Y. %m. %d.",
    "%Y년 %m월 %d일",
    "%y.%m.%d",
    "%m/%d/%y",
    "%Y%m%d",
)
EXCEL_ZERO = date(1899, 12, 30)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(WAYS))
def test_a_day_is_read_in_every_way_in_which_it_is_written(day: date, way: str) -> None:
    assert days.day(day.strftime(way)) == day


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_is_read_as_the_spreadsheet_keeps_it(day: date) -> None:
    serial = (day - EXCEL_ZERO).days
    assert {days.day(cell) for cell in (serial, float(serial), str(serial), day, datetime(*day.timetuple()[:5]))} == {
        day
    }


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026.12.1 (화)", date(2026, 12, 1)),
        ("2026년 12월 6일 일요일", date(2026, 12, 6)),
        ("２０２６．１２．１", date(2026, 12, 1)),
        ("2026-12-01T09:30:00", date(2026, 12, 1)),
    ],
)
def test_a_day_may_have_its_weekday_or_a_time_behind_it(cell: str, day: date) -> None:
    assert days.day(cell) == day


@pytest.mark.parametrize(
    ("cell", "nearest"),
    [
        ("12/1", "2026-12-01"),
        ("12월 1일", "2026-12-01"),
        ("13/1/26", "2026-01-13"),
        ("2026.2.30", "2026-12-01"),
        ("1899-12-31", "2026-12-01"),
        (True, "2026-12-01"),
        (-5, "2026-12-01"),
        ("내일", "2026-12-01"),
    ],
)
def test_what_is_no_day_is_told_with_one_that_is(cell: Any, nearest: str) -> None:
    with pytest.raises(Wrong) as wrong:
        days.day(cell)
    assert nearest in wrong.value.text["ko"]
    assert nearest in wrong.value.text["en"]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("14:30", time(14, 30)),
        ("오후 2시 30분", time(14, 30)),
        ("오전 12:05", time(0, 5)),
        ("2:05 PM", time(14, 5)),
        ("9시", time(9)),
        (0.375, time(9)),
        (time(9, 0, 30), time(9)),
    ],
)
def test_a_time_of_the_day(cell: Any, found: time) -> None:
    assert days.clock(cell) == found


@pytest.mark.parametrize("cell", ["25:00", "9", "13:61", "오후 13시", "", "아침", None, True])
def test_what_is_no_time_is_told(cell: Any) -> None:
    with pytest.raises(Wrong):
        days.clock(cell)


def test_a_moment_is_a_day_with_a_time() -> None:
    wanted = datetime(2026, 12, 1, 14, 30)
    assert [days.moment(cell) for cell in (wanted, "2026.12.1 14:30", "2026-12-01T14:30", 46357 + 14.5 / 24)] == [
        wanted
    ] * 4
    assert days.moment("14:30") == time(14, 30)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,200", "1200"),
        ("1,200원", "1200"),
        ("₩1,200", "1200"),
        ("￦ 1,200", "1200"),
        ("１２０", "120"),
        (" 20 장", "20"),
        (1200.0, "1200"),
        (0.1 + 0.2, "0.3"),
        ("-3", "-3"),
        ("85.50", "85.50"),
    ],
)
def test_a_number_may_have_commas_full_width_digits_and_marks(cell: Any, number: str) -> None:
    assert values.number(cell) == Decimal(number)


@pytest.mark.parametrize(
    ("cell", "nearest"),
    [("12O", "12"), ("1,5", "1.5"), ("1,00", "1.00"), ("약 300", "300"), ("1-2", "1"), ("2E10", "2")],
)
def test_what_is_no_number_is_told_with_the_nearest(cell: str, nearest: str) -> None:
    with pytest.raises(Wrong, match=f"Is it {nearest}\\?"):
        values.number(cell)


@pytest.mark.parametrize(
    "cell", [True, None, date(2026, 1, 1), float("nan"), float("inf"), "", *naughty.MARKUP, "NaN", "1e309", "²"]
)
def test_what_cannot_be_a_number_is_none(cell: Any) -> None:
    with pytest.raises(Wrong):
        values.number(cell)


def test_money_is_exact_and_has_at_most_two_decimals() -> None:
    assert [str(values.won(cell)) for cell in ("120", "85.5", 85.1, "0")] == ["120", "85.5", "85.1", "0"]
    for cell in ("85.555", "-1", "100,000,001"):
        with pytest.raises(Wrong):
            values.won(cell)


@pytest.mark.parametrize(
    ("cell", "code"), [("cut", "CUT"), ("ＣＵＴ", "CUT"), (1001.0, "1001"), (7, "7"), (" AP ", "AP")]
)
def test_a_code_is_of_digits_and_capitals(cell: Any, code: str) -> None:
    assert values.code(cell, 8) == code


@pytest.mark.parametrize(("cell", "nearest"), [("A-P", "AP"), ("앞판", ""), ("TOOLONGCODE", "TOOLONGC"), (1.5, "15")])
def test_what_is_no_code_is_told_with_the_nearest(cell: Any, nearest: str) -> None:
    with pytest.raises(Wrong) as wrong:
        values.code(cell, 8)
    assert f"such as {nearest}." in wrong.value.text["en"] if nearest else "such as" not in wrong.value.text["en"]


def test_a_badge_is_a_number_whatever_the_spreadsheet_made_of_it() -> None:
    assert [values.badge(cell) for cell in ("0101", 101, 101.0, "W-0101-9", "０１０１")] == [101] * 5


@pytest.mark.parametrize("text", naughty.ALL)
def test_a_text_is_kept_as_it_is_or_told(text: str) -> None:
    """No text comes in with a control character, a second line, or a sign that turns what follows around."""
    try:
        found = values.text(text, 6000)
    except Wrong as wrong:
        found = wrong.text["ko"]
    assert all(sign.isprintable() or sign == "\u200d" for sign in found)
    assert values.text(found, 6000) == found


def test_a_text_that_is_too_long_is_told_with_how_long_it_may_be() -> None:
    with pytest.raises(Wrong, match="At most 100 characters; this has 101"):
        values.text("가" * 101)


def test_a_date_where_a_text_should_be_is_told() -> None:
    with pytest.raises(Wrong, match="made a date of it"):
        values.text(datetime(2026, 1, 2))


@pytest.mark.parametrize(("at", "name"), [((7, 2), "B7"), ((1, 26), "Z1"), ((1, 27), "AA1"), ((3, 702), "ZZ3")])
def test_a_cell_has_the_name_that_the_spreadsheet_shows(at: tuple[int, int], name: str) -> None:
    assert cell_name(*at) == name
