"""Five scripted days, one a trade: what was scanned, counted and weighed gives the reports worked out by hand."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from barcodes.ticket import Unknown, parse
from gateway.trades.templates import TRADES
from tests.work.scripted_day import DAYS, Day, run, script


@pytest.fixture(scope="module", params=TRADES)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Day]:
    return request.param, run(request.param, tmp_path_factory.mktemp(request.param))


def test_each_scan_is_answered_as_the_script_says(lived: tuple[str, Day]) -> None:
    _, day = lived
    said = [(line.time, line.value, answer.kind) for line, answer in day.answers]
    assert said == [(line.time, line.value, line.answer) for line, _ in day.answers]


def test_answers_count_as_the_trade_does(lived: tuple[str, Day]) -> None:
    trade, day = lived
    said: dict[str, Any] = json.loads((DAYS / trade / "said.json").read_text("utf-8"))
    assert {line.time: answer.text for line, answer in day.answers if line.time in said} == said


def test_the_reports_are_those_that_were_worked_out_by_hand(lived: tuple[str, Day]) -> None:
    trade, day = lived
    files = sorted((DAYS / trade / "reports").glob("*.json"))
    assert files
    for file in files:
        expected: Any = json.loads(file.read_text("utf-8"))
        assert day.reports[file.stem] == expected, file.name
    empty = {name for name, found in day.reports.items() if not _has(found)}
    assert {file.stem for file in files} == day.reports.keys() - empty


def _has(found: Any) -> bool:
    return any(map(_has, found.values())) if isinstance(found, dict) else bool(found)


@pytest.mark.parametrize("trade", TRADES)
def test_a_day_says_what_it_is_in_both_languages_with_its_sums(trade: str) -> None:
    """The sums of money, grams and pieces in the reports stand in both texts."""
    korean, english = ((DAYS / trade / name).read_text("utf-8") for name in ("README.ko.md", "README.md"))
    assert re.search("[가-힣]", korean)
    assert not re.search("[가-힣]", english.replace("한국어", ""))
    pay = DAYS / trade / "reports" / "pay.json"
    told = json.loads(pay.read_text("utf-8")) if pay.exists() else {"workers": {}, "shortfall": {}}
    sums = [f"{won:,}" for part in ("workers", "shortfall") for won in told[part].values()]
    if (loss := DAYS / trade / "reports" / "loss.json").exists():
        sums += [one["loss_g"] for one in json.loads(loss.read_text("utf-8"))["balances"]]
    found = json.loads((DAYS / trade / "reports" / "figures.json").read_text("utf-8"))
    for of, scale in (("efficiency", 100), ("dhu", 1)):
        sums += [f"{scale * value:.2f}".rstrip("0").rstrip(".") for value in [found[of]["value"]] if value is not None]
    assert sums
    for one in sums:
        assert one in korean
        assert one in english


@pytest.mark.parametrize("trade", TRADES)
def test_the_codes_of_a_script_are_tickets_of_ours_in_the_order_of_the_day(trade: str) -> None:
    lines = list(script(trade))
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert not [line for line in lines if line.what == "scan" and isinstance(parse(line.value.encode()), Unknown)]


def test_there_is_a_day_for_each_trade() -> None:
    assert {path.name for path in DAYS.iterdir() if path.is_dir()} == set(TRADES)


def test_a_day_gives_the_same_reports_whenever_it_is_lived(lived: tuple[str, Day], tmp_path: Path) -> None:
    trade, day = lived
    assert run(trade, tmp_path).reports == day.reports
