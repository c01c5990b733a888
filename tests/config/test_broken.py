"""Each folder of `broken/` is a configuration with errors, and beside it all that must be said about it."""

import json
import re
from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.errors import ConfigurationError

BROKEN = Path(__file__).parent / "broken"
CASES = sorted(folder.name for folder in BROKEN.iterdir())
LINE = re.compile(r"^edge_config\.yaml:\d+: [^;]+(; [^;]+){2,}$")


def problems(language=None):
    with pytest.raises(ConfigurationError) as raised:
        load("edge_config.yaml", language)
    return raised.value.problems


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("case", CASES)
def test_a_broken_configuration_gets_exactly_what_is_written_beside_it(case, language, monkeypatch):
    monkeypatch.chdir(BROKEN / case)
    expected = Path(f"expected.{language}.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in problems(language)) == expected


@pytest.mark.parametrize("case", CASES)
def test_every_problem_is_one_line_of_place_and_what_and_nearest_and_mend(case, monkeypatch):
    monkeypatch.chdir(BROKEN / case)
    for language in ("ko", "en"):
        assert not [problem for problem in problems(language) if not LINE.match(problem)]


@pytest.mark.parametrize("case", CASES)
def test_both_languages_tell_of_the_same_lines(case, monkeypatch):
    monkeypatch.chdir(BROKEN / case)
    places = [[problem.split(" ")[0] for problem in problems(language)] for language in ("ko", "en")]
    assert places[0] == places[1]


def test_there_are_twenty_cases_or_more_and_many_have_several_problems():
    several = [
        case for case in CASES if (BROKEN / case / "expected.ko.txt").read_text(encoding="utf-8").count("\n") > 1
    ]
    assert len(CASES) >= 20
    assert len(several) >= 10


def test_without_a_language_the_shop_is_told_in_its_own(monkeypatch):
    monkeypatch.chdir(BROKEN / "english_shop")
    assert problems() == problems("en")
    monkeypatch.chdir(BROKEN / "unknown_options")
    assert problems() == problems("ko")


def test_no_message_shows_a_word_of_the_libraries_beneath(monkeypatch):
    for case in CASES:
        monkeypatch.chdir(BROKEN / case)
        told = json.dumps(problems("en"))
        assert not re.search(r"pydantic|ruamel|Input should|validation error|Traceback|errors\.", told), case
