"""The catalogue of words: the same in both languages, nothing dead or missing, and the right particles."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DASHBOARD, WORDS = ROOT / "dashboard", ROOT / "gateway/words"
PLACE = re.compile(r"\{(\w+)")
SAID = re.compile(r'"([a-z_]+\.[a-z0-9_]+|close)"')
SAID_BY_PART = re.compile(r"`([a-z_]+\.)\$\{")


def catalogue(language: str) -> dict[str, str]:
    """Return the texts of one language by their keys."""
    texts: dict[str, str] = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    return texts


def fill(*calls: list[Any]) -> list[str]:
    """Call the screen's own formatter."""
    command = ["node", "dev/call.mjs", "fill", "fill"]
    done = subprocess.run(command, cwd=DASHBOARD, input=json.dumps(calls), capture_output=True, text=True, check=True)
    filled: list[str] = json.loads(done.stdout)
    return filled


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(catalogue("ko")) == list(catalogue("en"))


def test_no_text_is_empty_and_both_languages_take_the_same_values() -> None:
    korean, english = catalogue("ko"), catalogue("en")
    assert all(text.strip() for text in [*korean.values(), *english.values()])
    uneven = [key for key in korean if set(PLACE.findall(korean[key])) != set(PLACE.findall(english[key]))]
    assert not uneven


def test_a_text_is_in_its_language_and_avoids_the_ambiguous_word() -> None:
    other = {"language.other"}
    assert not [key for key, text in catalogue("en").items() if re.search("[가-힣]", text) and key not in other]
    assert not [key for key, text in catalogue("ko").items() if "이상" in text.replace("자 이상", "")]


def test_the_screen_says_every_word_of_the_catalogue_and_no_other() -> None:
    sources = "\n".join(p.read_text("utf-8") for p in (DASHBOARD / "src").rglob("*") if p.suffix in (".ts", ".svelte"))
    keys = set(catalogue("ko"))
    whole = {key for key in SAID.findall(sources) if key.partition(".")[0] in {k.partition(".")[0] for k in keys}}
    parts = tuple(SAID_BY_PART.findall(sources))
    assert {key for key in whole if key != "gongbang.language"} <= keys
    assert not [key for key in keys - whole if not key.startswith(parts)]


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
    calls = [["{n:piece/pieces}", {"n": n}, "en"] for n in (1, 2, 1234)]
    assert fill(*calls, ["{n}개", {"n": 1234}, "ko"]) == ["1 piece", "2 pieces", "1,234 pieces", "1,234개"]


def test_a_value_that_was_not_given_stays_visible() -> None:
    assert fill(["{missing} {there}", {"there": "x"}, "ko"]) == ["{missing} x"]
