"""The guide's examples are real tickets, and its program computes what ours does."""

import re
from pathlib import Path

import pytest

from barcodes.ticket import Coupon, Unknown, encode, parse
from barcodes.ticket_kinds import KINDS, WORDS

GUIDE = Path(__file__).parents[2] / "docs" / "guide"


@pytest.mark.parametrize("page", ["tickets.md", "tickets.ko.md"])
def test_every_ticket_in_the_guide_is_a_real_one(page: str) -> None:
    text = (GUIDE / page).read_text(encoding="utf-8")
    tickets = list(map(parse, re.findall(rb"`([A-Z]-[0-9A-Z-]+-[0-9A-Z])`", text.encode())))
    assert not [ticket for ticket in tickets if isinstance(ticket, Unknown)]
    assert {type(ticket) for ticket in tickets} == {type(kind.example) for kind in KINDS.values()}


@pytest.mark.parametrize("page", ["tickets.md", "tickets.ko.md"])
def test_the_guide_lists_the_words_of_commands(page: str) -> None:
    text = (GUIDE / page).read_text(encoding="utf-8")
    listed = next(line for line in text.splitlines() if "`NEARMISS`" in line)
    assert sorted(re.findall("`([A-Z]+)`", listed)) == sorted(WORDS)


@pytest.mark.parametrize("page", ["tickets.md", "tickets.ko.md"])
def test_the_guides_program_computes_the_check_character(page: str) -> None:
    text = (GUIDE / page).read_text(encoding="utf-8")
    program = text.split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}
    exec(program, names)
    assert names.get("check", names.get("확인")) == encode(Coupon("0231", "FRONT", 20))[-1]
