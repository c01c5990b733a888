"""The catalogue of words: the same in both languages, nothing dead or missing, and the right particles."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.calling import calls

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "dashboard"
PARTS = ["gateway", "center"]  # whose screens have words of their own
PLACE = re.compile(r"\{(\w+)")
SAID = re.compile(r'"([a-z_]+\.[a-z0-9_]+|close)"')
SAID_BY_PART = re.compile(r"`([a-z_]+\.[a-z0-9_]*)\$\{")


def catalogue(language: str, part: str = "gateway") -> dict[str, str]:
    """Return the texts of one language by their keys."""
    texts: dict[str, str] = json.loads((ROOT / part / "words" / f"{language}.json").read_text("utf-8"))
    return texts


def said(part: str) -> tuple[set[str], tuple[str, ...]]:
    """Return the keys that a part's sources may say, and the beginnings of those that they put together."""
    paths = [p for p in (DASHBOARD / "src").rglob("*") if p.suffix in (".ts", ".svelte")]
    center = DASHBOARD / "src/center"
    sources = "\n".join(p.read_text("utf-8") for p in paths if part == "center" or not p.is_relative_to(center))
    return set(SAID.findall(sources)), tuple(SAID_BY_PART.findall(sources))


def fill(*given: list[Any]) -> list[str]:
    """Call the screen's own formatter."""
    return calls("fill", "fill", given)


@pytest.mark.parametrize("part", PARTS)
def test_both_languages_have_the_same_keys_in_the_same_order(part: str) -> None:
    assert list(catalogue("ko", part)) == list(catalogue("en", part))


@pytest.mark.parametrize("part", PARTS)
def test_no_text_is_empty_and_both_languages_take_the_same_values(part: str) -> None:
    korean, english = catalogue("ko", part), catalogue("en", part)
    assert all(text.strip() for text in [*korean.values(), *english.values()])
    uneven = [key for key in korean if set(PLACE.findall(korean[key])) != set(PLACE.findall(english[key]))]
    assert not uneven


@pytest.mark.parametrize("part", PARTS)
def test_a_text_is_in_its_language_and_avoids_the_ambiguous_word(part: str) -> None:
    korean, english = catalogue("ko", part), catalogue("en", part)
    assert not [key for key, text in english.items() if re.search("[가-힣]", text) and key != "language.other"]
    assert not [key for key, text in korean.items() if "이상" in text.replace("자 이상", "")]


@pytest.mark.parametrize("part", PARTS)
def test_the_screen_says_every_word_of_its_catalogue_and_no_other(part: str) -> None:
    own = set(catalogue("ko", part))
    known = own | set(catalogue("ko"))  # the center's page says words of the gateway's screens too
    whole, parts = said(part)
    beginnings = {key.partition(".")[0] for key in known}
    assert {key for key in whole if key.partition(".")[0] in beginnings and key != "gongbang.language"} <= known
    assert not [key for key in own - whole if not key.startswith(parts)]


def test_no_word_stands_in_both_catalogues() -> None:
    assert not set(catalogue("ko")) & set(catalogue("ko", "center"))


@pytest.mark.parametrize(
    ("name", "filled"),
    [
        ("프레스 1호", "프레스 1호가"),
        ("미싱", "미싱이"),
        ("bus_1", "bus_1이"),
        ("meter_2", "meter_2가"),
        ("30", "30이"),
        ("「앞판」", "「앞판」이"),
        ("panel", "panel이"),
        ("broker", "broker이"),
        ("CNC", "CNC가"),
        ("", "가"),
    ],
)
def test_a_particle_follows_how_the_word_is_read(name: str, filled: str) -> None:
    assert fill(["{name:이/가}", {"name": name}, "ko"]) == [filled]


def test_after_a_final_rieul_the_particle_is_ro() -> None:
    names = ["서울", "부산", "대구", "7", "3"]
    texts = fill(*(["{to:으로/로}", {"to": name}, "ko"] for name in names))
    assert texts == ["서울로", "부산으로", "대구로", "7로", "3으로"]


def test_english_chooses_between_one_and_many_and_numbers_are_grouped() -> None:
    amounts = [["{n:piece/pieces}", {"n": n}, "en"] for n in (1, 2, 1234)]
    assert fill(*amounts, ["{n}개", {"n": 1234}, "ko"]) == ["1 piece", "2 pieces", "1,234 pieces", "1,234개"]


def test_a_count_is_said_in_what_the_shop_counts() -> None:
    korean = [["{n:counted}", {"n": 1200}, "ko", unit] for unit in ("piece", "pair", "sheet")]
    assert fill(*korean) == ["1,200개", "1,200켤레", "1,200장"]
    english = [["{n:counted}", {"n": n}, "en", unit] for unit in ("piece", "pair", "sheet") for n in (1, 2)]
    assert fill(*english) == ["1 piece", "2 pieces", "1 pair", "2 pairs", "1 sheet", "2 sheets"]
    short = [["{n:pcs}", {"n": 1}, "en", unit] for unit in ("piece", "pair", "sheet")]
    assert fill(*short) == ["1 pcs", "1 pair", "1 sheet"]
    assert fill(["{n:counted}", {"n": "1,200"}, "en"]) == ["1,200 pieces"]


def test_a_value_that_was_not_given_stays_visible() -> None:
    assert fill(["{missing} {there}", {"there": "x"}, "ko"]) == ["{missing} x"]
