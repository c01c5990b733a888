"""The guide's pages on pay and reports say what the program does: its example, its names, its numbers."""

import json
import re
from pathlib import Path

import pytest

from gateway.commands.main import main
from gateway.config.load import load
from gateway.journal.figures import TOLD_D
from gateway.reports.evidence.measure import MEASURES
from gateway.reports.floor import TABLES
from gateway.reports.stays import KNOWN_SHARE, LEAST_PIECES, LEAST_SHARE
from gateway.web.table import ROUTES
from tests.guide import BOTH, FILES, INLINE, prose, text
from tests.pay import journals

CASES = Path(journals.__file__).with_name("cases")
PAGES = ("pay", "reports")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Pay and the day's report of the example, as JSON."""
    folder = tmp_path_factory.mktemp("shop")
    config = folder / "edge_config.yaml"
    shop = (CASES / "edge_config.yaml").read_text("utf-8")
    config.write_text(f"{shop}journal: {{path: {folder / 'journal.db'}}}\n", "utf-8")
    journals.write(folder / "journal.db", load(config), CASES / "two_sewers_a_day" / "lines.jsonl")
    found = {}
    for kind in ("pay", "day"):
        words = ["report", kind, "--from", "2025-11-03", "--to", "2025-11-03", "--workers", "--format", "json"]
        assert main([*words, "-c", str(config), "-o", str(folder / kind)]) == 0
        found[kind] = (folder / kind).read_text("utf-8")
    return found


@pytest.mark.parametrize("language", FILES)
def test_the_day_that_is_worked_out_gives_the_won_and_hours_of_the_page(language: str, told: dict[str, str]) -> None:
    page, pay = text("pay", language), json.loads(told["pay"])
    won = [int(one.replace(",", "")) for one in re.findall(r"\| ([\d,]+)(?:원| won) \|", page)]
    assert won == [worker["won"] for worker in pay["workers"]]
    seven, other = (worker["minimum"] for worker in pay["workers"])
    for number in (seven["due_won"], seven["shortfall_won"]):
        assert f"{number:,}" in page
    assert (seven["hours"], other["hours"], other["doubt_h"]) == (5, 3, 1.25)
    assert "1.25" in page


@pytest.mark.parametrize(("page", "language"), [one for one in BOTH if one[0] in PAGES])
def test_every_field_that_a_page_names_is_told(page: str, language: str, told: dict[str, str]) -> None:
    fields = set(re.findall(r'"(\w+)":', told["pay"] + told["day"])) | set(MEASURES)
    options = {
        "after",
        "badge_hold_s",
        "xlsx",
        "csv",
        "json",
        "verify",
        "differs",
        "scanned_while_still",
        "stays",
        "stays_unclear",
        "unseen_h",
    }
    named = {one for one in INLINE.findall(prose(page, language)) if re.fullmatch(r"[a-z_]+", one)}
    assert named - options <= fields | set(TABLES)
    paths = {one.partition("?")[0] for one in re.findall(r"/api/v1(/work/[\w/{}]+[?\w]*)", text(page, language))}
    assert paths
    assert paths <= {route.path for route in ROUTES}


@pytest.mark.parametrize("language", FILES)
def test_the_numbers_of_the_comparison_are_those_of_the_program(language: str) -> None:
    page = text("reports", language)
    words = {"ko": "{:g} %와 {}개를 넘게", "en": "above {:g} % and {} pieces"}[language]
    assert words.format(LEAST_SHARE * 100, LEAST_PIECES) in page
    assert f"{KNOWN_SHARE:.0%}".replace("%", " %") in page
    assert {"ko": f"{TOLD_D}일 동안", "en": f"for {TOLD_D} days"}[language] in page
