"""The guide's page on the trades says what the program does: its trades, tickets, limits and addresses."""

import re

import pytest

from barcodes.ticket_kinds import WORDS
from gateway.config.floor import Equipment
from gateway.config.work import Work
from gateway.figures.stops import TOLD_LATE_NS
from gateway.trades.templates import TRADES
from gateway.web.api import PREFIX
from gateway.web.table import ROUTES
from gateway.work.dialogues import jobs, safety, weighing
from tests.guide import FILES, INLINE, part, prose

WORK = "/work"


@pytest.mark.parametrize("language", FILES)
def test_the_trades_are_those_that_there_are(language: str) -> None:
    named = {one for one in INLINE.findall(part("trades", language, 1)) if one.isalpha()}
    assert named - {"demo"} == set(TRADES)


@pytest.mark.parametrize("language", FILES)
def test_the_commands_of_the_page_are_words_that_its_dialogues_take(language: str) -> None:
    named = set(re.findall(r"`C-([A-Z]+)`", prose("trades", language)))
    taken = {*jobs.PART.words, *weighing.PART.words, *safety.PART.words}
    assert named == taken
    assert taken <= set(WORDS)


@pytest.mark.parametrize("language", FILES)
def test_the_addresses_of_the_page_are_routes(language: str) -> None:
    named = set(re.findall(rf"`{PREFIX}(/work/\w+)`", prose("trades", language)))
    nouns = ("jobs", "tools", "weighing", "lots", "equipment", "downtime", "incidents")
    assert named == {f"{WORK}/{noun}" for noun in nouns}
    assert named <= {route.path for route in ROUTES if route.method == "GET"}
    assert named - {f"{WORK}/lots"} <= {route.path for route in ROUTES if route.method == "POST"}


@pytest.mark.parametrize("language", FILES)
def test_the_options_and_times_of_the_page_are_those_of_the_program(language: str) -> None:
    text = prose("trades", language)
    assert {"left_on_min", "no_show_min"} <= Equipment.model_fields.keys()
    assert {"weigh_hold_s", "tools", "metals", "equipment"} <= Work.model_fields.keys()
    assert {"ko": "30분 안에", "en": "within 30 minutes"}[language] in text
    assert TOLD_LATE_NS == 30 * 60 * 10**9
