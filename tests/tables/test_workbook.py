"""A workbook from outside: what is too much, damaged or locked is refused in a sentence; merged cells are filled."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from gateway.tables import file, records
from gateway.tables.grid import MOST_BYTES, MOST_ROWS
from gateway.tables.problem import Problem, Unreadable
from gateway.tables.workbook import MOST_UNPACKED_BYTES


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def of_rows(*rows: Any, merged: tuple[str, ...] = ()) -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for place in merged:
        book.active.merge_cells(place)
    return saved(book)


def packed(**parts: bytes) -> bytes:
    """A ZIP file of these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name.replace("__", "/") + ".xml", data)
    return written.getvalue()


def refused(data: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(Unreadable) as why:
        file.grids(data)
    assert all(why.value.text.values())
    return why.value.text["en"]


def test_the_value_of_merged_cells_belongs_to_all_of_them() -> None:
    (grid,) = file.grids(of_rows(["제목", None, None], ["A101", "검정", 1], [None, None, 2], merged=("A1:C1", "A2:A3")))
    assert grid.rows == (("제목", "제목", "제목"), ("A101", "검정", 1), ("A101", None, 2))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert "unpacks to too much" in refused(packed(xl__workbook=b" " * (MOST_UNPACKED_BYTES + 1)))


def test_entities_that_grow_are_refused() -> None:
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    sheet = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]><worksheet>&l9;</worksheet>"
    whole = zipfile.ZipFile(io.BytesIO(of_rows(["a"])))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for name in whole.namelist():
            made.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else whole.read(name))
    assert "damaged" in refused(written.getvalue())


@pytest.mark.parametrize("size", [10, 500, 2000])
def test_a_workbook_that_was_cut_off_is_refused(size: int) -> None:
    assert refused(of_rows(*[[n] for n in range(200)])[:size])


def test_another_zip_file_is_no_workbook() -> None:
    assert "not a workbook" in refused(packed(word__document=b"<a/>"))


def test_a_row_far_below_is_too_much() -> None:
    book = openpyxl.Workbook()
    book.active.cell(MOST_ROWS + 1, 1, "x")
    assert "too large" in refused(saved(book))
    assert "too large" in refused(b"a\n" * (MOST_ROWS + 1))
    assert "too large" in refused(b"a," * 100 + b"\n")


def test_a_file_that_is_too_large_or_empty_is_refused() -> None:
    assert "split it" in refused(b"a" * (MOST_BYTES + 1))
    assert "empty" in refused(b"\r\n \n")


def test_days_are_counted_as_the_file_says() -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in (["사번", "입사일"], [1, datetime(2026, 12, 1)], [2, 46357 - 1462]):
        book.active.append(row)
    book.active["B3"].number_format = "General"
    table = records.read(file.grids(saved(book))[0])
    assert isinstance(table, records.Table)
    assert [one.values["since"] for one in table.records] == [date(2026, 12, 1)] * 2


def test_a_sheet_without_a_list_says_what_the_nearest_list_lacks() -> None:
    found = records.read(file.grids(of_rows(["이름", "입사일"], ["김민서", "2026.1.5"]))[0])
    assert isinstance(found, Problem)
    assert "사번" in found.text["ko"]


def test_a_list_that_was_chosen_is_read_as_that() -> None:
    data = of_rows(["스타일", "공정", "적용일", "단가"], ["A101", "CUT", "2026.1.5", 120])
    kinds = [records.read(file.grids(data)[0], kind) for kind in (None, "routes")]
    assert [one.kind for one in kinds if isinstance(one, records.Table)] == ["rates", "routes"]
