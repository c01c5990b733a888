"""Golden cases: lines of a ledger in, pay and reports out, worked out by hand in each folder's README."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.commands.main import main
from gateway.config.load import load
from tests.pay import journals

CASES = Path(__file__).with_name("cases")


def differences(told: Any, expected: Any, place: str = "") -> list[str]:
    """Return where a report says something else than what is expected; what is not expected is not looked at."""
    if isinstance(expected, dict):
        return [one for key, value in expected.items() for one in differences(told[key], value, f"{place}.{key}")]
    if isinstance(expected, list):
        found = [] if len(told) == len(expected) else [f"{place}: {len(told)} instead of {len(expected)}"]
        pairs = enumerate(zip(told, expected, strict=False))
        return found + [one for at, pair in pairs for one in differences(*pair, f"{place}[{at}]")]
    return [] if told == expected else [f"{place}: {told!r} instead of {expected!r}"]


@pytest.mark.parametrize("case", [folder.name for folder in sorted(CASES.iterdir()) if folder.is_dir()])
def test_the_reports_of_a_case_are_those_that_were_worked_out_by_hand(case: str, tmp_path: Path) -> None:
    config = tmp_path / "edge_config.yaml"
    shop = (CASES / "edge_config.yaml").read_text("utf-8")
    config.write_text(f"{shop}journal: {{path: {tmp_path / 'journal.db'}}}\n", "utf-8")
    journals.write(tmp_path / "journal.db", load(config), CASES / case / "lines.jsonl")
    for at, one in enumerate(json.loads((CASES / case / "expected.json").read_text("utf-8"))):
        out = tmp_path / f"{at}.json"
        assert main(["report", *one["report"], "-c", str(config), "--format", "json", "-o", str(out)]) == 0
        assert differences(json.loads(out.read_text("utf-8")), one["told"]) == []
