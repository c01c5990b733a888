"""What the page on watches says in its tables, the program does."""

import re

import pytest

from gateway.config.watch import WATCHES
from gateway.config.watch_kinds import SensorWatch, SpcWatch
from gateway.figures.run_rules import SAID
from gateway.figures.vibration import BOUNDARIES
from gateway.language.normalise import show_number
from tests.guide import FILES, part


def rows(language: str, number: int) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    lines = re.findall(r"^\|(.+)\|$", part("watch", language, number), re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


@pytest.mark.parametrize("language", FILES)
def test_every_kind_of_watch_is_told(language: str) -> None:
    assert {row[0].strip("`") for row in rows(language, 2)} == set(WATCHES)
    assert f"`missing_s: {SensorWatch.model_fields['missing_s'].default:g}`" in part("watch", language, 2)


@pytest.mark.parametrize("language", FILES)
def test_the_zones_are_those_of_the_program(language: str) -> None:
    told = {row[0].strip("`"): row[2:] for row in rows(language, 4)}
    assert told == {kind: [show_number(one) for one in boundaries] for kind, boundaries in BOUNDARIES.items()}


@pytest.mark.parametrize("language", FILES)
def test_the_rules_of_charts_are_those_of_the_program(language: str) -> None:
    table = rows(language, 5)
    for place, rules in ((1, "western_electric"), (2, "nelson")):
        assert [row[place] for row in table if row[place]] == [said[language] for said in SAID[rules]]
    assert SpcWatch.model_fields["rule_set"].default == "western_electric"
