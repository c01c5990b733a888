"""Every production by example: `accepted/<production>.txt` with trees, `refused/<production>.txt` with messages."""

import re
from pathlib import Path

import pytest

from gateway.language import ExpressionError, normalise, parse
from gateway.language.functions import FUNCTIONS
from gateway.language.messages import MENDS, WHATS
from gateway.language.parser import LONGEST_TEXT
from tests.language.shop import Shop, short

HERE = Path(__file__).parent
SHOP = Shop()
# What is too large for a line of a file: nested and long texts, with the message's name.
LARGE = {
    "(" * 30 + "1" + ")" * 30: "too_deep",
    "abs(" * 5000: "too_long",
    "1 + " * 500 + "1": "too_deep",
    "meter_1.power - " * 240 + "1": "too_deep",
    "-(" * 500 + "1" + ")" * 500: "too_deep",
    "not (" * 300 + "true" + ")" * 300: "too_deep",
    "1" * (LONGEST_TEXT + 1): "too_long",
    " " * (LONGEST_TEXT + 1): "too_long",
}


def accepted() -> list[tuple[str, ...]]:
    """Return (text, tree) of each case."""
    paths = sorted((HERE / "accepted").glob("*.txt"))
    return [tuple(line.rsplit(" => ", 1)) for path in paths for line in path.read_text("utf-8").splitlines()]


def refused() -> list[tuple[str, str, str]]:
    """Return (text, English message, Korean message) of each case; its second line is the Korean one."""
    cases = []
    for path in sorted((HERE / "refused").glob("*.txt")):
        lines = path.read_text("utf-8").splitlines()
        for english, korean in zip(lines[::2], lines[1::2], strict=True):
            text, message = english.rsplit(" => ", 1)
            cases.append((text, message, korean.rsplit(" => ", 1)[1]))
    return cases


@pytest.mark.parametrize(("text", "tree"), accepted())
def test_an_expression_becomes_its_tree(text: str, tree: str) -> None:
    assert short(parse(text, SHOP)) == tree


@pytest.mark.parametrize(("text", "tree"), accepted())
def test_the_canonical_text_means_the_same_and_is_its_own_canonical_text(text: str, tree: str) -> None:
    canonical = normalise(text)
    assert parse(canonical, SHOP) == parse(text, SHOP)
    assert normalise(canonical) == canonical


@pytest.mark.parametrize(("text", "english", "korean"), refused())
def test_a_wrong_expression_gets_its_message_in_both_languages(text: str, english: str, korean: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, SHOP)
    assert caught.value.text("en") == english == str(caught.value)
    assert caught.value.text("ko") == korean
    assert 0 <= caught.value.position <= len(text)


@pytest.mark.parametrize(("text", "message"), list(LARGE.items()), ids=range(len(LARGE)))
def test_what_is_too_long_or_too_deep_is_an_error_and_never_a_crash(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text, SHOP)
    assert re.match(pattern(WHATS[message][1]), caught.value.what["en"])


def test_a_sum_of_a_hundred_points_is_not_too_deep() -> None:
    text = " + ".join(["meter_1.power"] * 100) + " > 5 kW for 3s"
    assert short(parse(text, SHOP)).count("meter_1.power") == 100


def test_accepted_and_refused_examples_are_of_the_same_productions() -> None:
    folders = [{path.stem for path in (HERE / folder).glob("*.txt")} for folder in ("accepted", "refused")]
    assert folders[0] == folders[1]


def test_every_message_has_an_example() -> None:
    seen = [message for _, message, _ in refused()]
    shown = {name for name, texts in WHATS.items() if any(re.search(pattern(texts[1]), one) for one in seen)}
    assert set(WHATS) - shown <= {"too_long", "too_deep", "result_unit"}


def test_every_message_is_korean_and_english_with_the_same_values_in_it() -> None:
    for name, (korean, english) in [*WHATS.items(), *MENDS.items()]:
        assert set(re.findall(r"{\w+}", korean)) == set(re.findall(r"{\w+}", english)), name
        assert re.search("[가-힣]", korean), name
        assert not re.search("[가-힣]", english), name


def test_every_function_has_an_accepted_example_and_a_description() -> None:
    texts = " ".join(text for text, _ in accepted())
    for function in FUNCTIONS:
        assert f"{function.name}(" in texts
        assert re.search("[가-힣]", function.description["ko"])
        assert function.description["en"]


def pattern(template: str) -> str:
    """Return a regular expression for what a message's template can become."""
    return ".+".join(re.escape(part) for part in re.split(r"{\w+}", template))
