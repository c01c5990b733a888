"""What is written is read again as it was, and no spreadsheet takes a text for a formula."""

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gateway.tables import file, write
from gateway.tables.write import Sheet, Told
from tests import naughty

DANGEROUS = re.compile("[=+\\-@\t\r＝＋－＠]")


def cells(data: bytes) -> list[str]:
    """The second column of what was written, as a program reads it."""
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [row[1] for row in rows][1:]


def sheet(*texts: Any) -> Sheet:
    return Sheet("표", ["번호", "글"], [[number, text] for number, text in enumerate(texts)])


def test_no_cell_of_csv_begins_as_a_formula() -> None:
    written = cells(b"".join(write.csv_lines(sheet(*naughty.ALL, *naughty.LONE_SURROGATES))))
    assert len(written) == len(naughty.ALL) + 2
    assert [text for text in written if DANGEROUS.match(text.lstrip(" \ufeff\u200b"))] == []
    assert [text for text in written if re.search("[\x00-\x08\x0b-\x1f\x7f]", text)] == []


def test_numbers_stay_numbers_and_codes_stay_texts(tmp_path: Path) -> None:
    made = sheet(-5, Decimal("-85.50"), "0101", "-5")
    assert cells(b"".join(write.csv_lines(made))) == ["-5", "-85.50", "0101", "'-5"]
    write.xlsx(tmp_path / "a.xlsx", [made])
    column = [row[1] for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(min_row=2)]
    assert [cell.value for cell in column] == [-5, -85.5, "0101", "-5"]
    assert [cell.data_type for cell in column] == ["n", "n", "s", "s"]


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    write.xlsx(tmp_path / "a.xlsx", [sheet(*naughty.ALL, *naughty.LONE_SURROGATES)])
    column = [row[1] for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in column if cell.value is not None} == {"s"}
    formulas = [cell for cell in column if cell.value and DANGEROUS.match(str(cell.value))]
    assert len(formulas) >= 8
    assert all(cell.quotePrefix for cell in formulas)


@pytest.mark.parametrize("encoding", write.ENCODINGS)
def test_what_is_written_as_csv_is_read_again(encoding: str) -> None:
    texts = ["김민서", "=1+1", "-2+3", "'따옴표", "''=1", '말 "하기", 쉼표', "０１", "두\n줄"]
    (grid,) = file.grids(b"".join(write.csv_lines(sheet(*texts), encoding)))
    assert [row[1] for row in grid.rows[1:]] == texts


def test_what_cp949_cannot_say_is_told_with_its_cell() -> None:
    told = Told()
    lines = b"".join(write.csv_lines(sheet("김민서", "Nguyễn", "👍"), "cp949", told))
    assert "Nguy?n" in lines.decode("cp949")
    assert (told.cells, told.first) == (2, [("B3", "Nguyễn"), ("B4", "👍")])


def test_lines_are_made_one_at_a_time() -> None:
    def endless() -> Any:
        while True:
            yield ["0101", 20]

    lines = write.csv_lines(Sheet("표", ["사번", "수량"], endless()))
    assert [next(lines) for _ in range(3)][1:] == [b"0101,20\r\n"] * 2
