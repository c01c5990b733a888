"""`gongbang report`: what people take out of the shop as files, from a journal."""

import asyncio
import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from gateway.config.load import load
from gateway.journal.journal import Journal
from gateway.tables.file import grids
from tests.pay import journals

CASES = Path(journals.__file__).with_name("cases")
DAY = ("--from", "2025-11-03")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shop")
    file = folder / "edge_config.yaml"
    shop = (CASES / "edge_config.yaml").read_text("utf-8")
    file.write_text(f"{shop}journal: {{path: {folder / 'journal.db'}}}\n", "utf-8")
    journals.write(folder / "journal.db", load(file), CASES / "two_sewers_a_day" / "lines.jsonl")
    return str(file)


@pytest.fixture
def report(config: str, call: Any, tmp_path: Path) -> Callable[..., Path]:
    def made(*words: str) -> Path:
        out = tmp_path / "report"
        called = call("report", *words, "-c", config, "-o", out)
        assert called.code == 0, called.err
        return out

    return made


def pages(file: Path) -> list[str]:
    """Return the text of each page."""
    with pypdfium2.PdfDocument(file) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_wage_slips_are_a_sheet_of_sums_and_a_sheet_for_each_worker(report: Any) -> None:
    first, seven, other = pages(report("pay", *DAY, "--to", "2025-11-03"))
    assert all(text in first for text in ("공임 합계", "은하", "순복", "5,591", "마감 전", "봄날공방"))
    assert all(text in seven for text in ("공임 명세서", "7 순복", "앞판 (FRONT)", "3,900", "46,250"))
    assert "공임이 최저임금보다 46,250원 적어요." in seven
    assert all(text in other for text in ("101 은하", "소매 (SLEEVE)", "80.5", "1,690.5", "1,691"))
    assert "나갈 때 찍지 않은 명찰이 1번 있어요." in other


def test_a_day_is_told_in_english_where_that_is_asked_for(report: Any) -> None:
    (day,) = pages(report("day", *DAY, "--language", "en"))
    assert all(
        text in day for text in ("Day report", "2025-11-03", "Line efficiency", "7.5 %", "4.76", "sleeve (SLEEVE)")
    )
    assert "은하" not in day, "whose work it was is told only where that is asked for"


def test_a_shift_is_told_by_its_name_and_its_workers_where_they_are_asked_for(report: Any) -> None:
    (shift,) = pages(report("shift", *DAY, "--workers"))
    assert all(text in shift for text in ("근무조 보고서", "2025-11-03 day", "작업자별", "은하"))


def test_spreadsheets_get_rows(report: Any) -> None:
    rows = list(csv.reader(io.StringIO(report("pay", *DAY, "--format", "csv").read_text("utf-8-sig"))))
    assert rows[0][:6] == ["명찰", "이름", "스타일", "공정", "수량", "단가(원)"]
    assert [row[:6] for row in rows[1:]] == [
        ["7", "순복", "S1", "앞판 (FRONT)", "20", "120"],
        ["7", "순복", "S2", "앞판 (FRONT)", "10", "150"],
        ["101", "은하", "S1", "소매 (SLEEVE)", "21", "80.5"],
    ]


def test_a_workbook_has_the_sums_and_the_rows(report: Any) -> None:
    sums, rows = grids(report("pay", *DAY, "--format", "xlsx").read_bytes())
    assert [len(sheet.rows) for sheet in (sums, rows)] == [3, 4]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("day", "--from", "2025-11-04", "--to", "2025-11-03"), "is after"),
        (("day", "--from", "yesterday"), "not a date"),
        (("shift", *DAY, "--shift", "night"), "no such shift: day"),
        (("shift", "--from", "2025-11-02"), "no shift day begins on 2025-11-02"),
        (("pay", *DAY, "-o", "/nowhere/slip.pdf"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_told(config: str, call: Any, words: tuple[str, ...], why: str) -> None:
    called = call("report", *words, "-c", config)
    assert (called.code, why in called.err) == (2, True), called.err


def test_a_journal_without_a_ledger_says_what_to_do(tmp_path: Path, call: Any) -> None:
    async def write() -> None:
        async with await Journal.open(tmp_path / "journal.db", "gw_1", journals.Told()):
            pass

    asyncio.run(write())
    file = tmp_path / "edge_config.yaml"
    file.write_text(f"workshop: {{id: w-1, name: w}}\njournal: {{path: {tmp_path / 'journal.db'}}}\n", "utf-8")
    for kind in ("pay", "day", "evidence"):
        called = call("report", kind, "-c", file)
        assert (called.code, "start the gateway once" in called.err) == (1, True), called.err
    file.write_text(f"workshop: {{id: w-1, name: w}}\njournal: {{path: {tmp_path / 'none.db'}}}\n", "utf-8")
    assert call("report", "day", "-c", file).code == 2


def test_a_report_is_written_over_nothing(config: str, call: Any, tmp_path: Path) -> None:
    kept = tmp_path / "slip.pdf"
    kept.write_text("mine")
    assert call("report", "pay", *DAY, "-c", config, "-o", kept).code == 2
    assert kept.read_text() == "mine"
