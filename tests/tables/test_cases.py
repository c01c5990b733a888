"""Each folder in `cases` holds a file as a shop has it, and what is found in it."""

import json
from pathlib import Path

import pytest

from tests.tables.golden import read

CASES = sorted((Path(__file__).parent / "cases").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_shops_file_is_read_as_written_beside_it(case: Path) -> None:
    (file,) = (one for one in case.iterdir() if one.name != "expected.json")
    assert read(file.read_bytes()) == json.loads((case / "expected.json").read_text("utf-8"))
