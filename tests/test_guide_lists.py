"""The pages on lists and people: their tables are the program's, their example is read as they say."""

import re

import pytest

from gateway.tables import file, records
from gateway.tables.grid import MOST_BYTES, MOST_ROWS
from gateway.tables.layout import LAYOUTS
from gateway.tables.records import Table
from gateway.web.people import ConsentForm
from gateway.web.table import ROUTES
from tests.guide import BLOCK, FILES, INLINE, part, prose, text

ROW = re.compile(r"^\| `(\w+)`[^|]*\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("language", FILES)
def test_the_table_of_lists_is_what_the_program_reads(language: str) -> None:
    told = {
        kind: (needed.split(", "), more.split(", ")) for kind, needed, more in ROW.findall(part("lists", language, 1))
    }
    assert list(told) == list(LAYOUTS)
    for kind, layout in LAYOUTS.items():
        needed = [column.ko for column in layout.columns if column.needed]
        more = [column.ko for column in layout.columns if not column.needed] or ["-"]
        assert (sorted(told[kind][0]), sorted(told[kind][1])) == (sorted(needed), sorted(more)), kind


@pytest.mark.parametrize("language", FILES)
def test_the_example_is_read_as_the_page_says(language: str) -> None:
    (code,) = [code for kind, code in BLOCK.findall(text("lists", language)) if kind == "csv"]
    table = records.read(file.grids(code.encode("cp949"))[0])
    assert isinstance(table, Table)
    assert table.problems == []
    rates = [tuple(records.written(value) for value in one.values.values()) for one in table.records]
    assert rates == [("A101", "CUT", "1200", "2026-12-01"), ("*", "FRONT", "90", "2026-12-01")]


@pytest.mark.parametrize("language", FILES)
def test_the_limits_are_the_programs(language: str) -> None:
    page = prose("lists", language)
    assert f"{MOST_BYTES >> 20} MB" in page
    assert {"ko": f"{MOST_ROWS // 10000}만 줄", "en": f"{MOST_ROWS:,} rows"}[language] in page


@pytest.mark.parametrize("page", ["lists", "people"])
@pytest.mark.parametrize("language", FILES)
def test_every_route_that_a_page_names_is_there(page: str, language: str) -> None:
    named = [
        code.removeprefix("/api/v1") for code in INLINE.findall(prose(page, language)) if code.startswith("/api/v1")
    ]
    assert named
    for path in named:
        assert any(re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", route.path), path) for route in ROUTES), path


@pytest.mark.parametrize("language", FILES)
def test_the_purposes_of_a_consent_are_the_programs(language: str) -> None:
    told = re.findall(r"^- `(\w+)`: ", part("people", language, 3), re.MULTILINE)
    assert told == ConsentForm.model_json_schema()["properties"]["purpose"]["enum"]
