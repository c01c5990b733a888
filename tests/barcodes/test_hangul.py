"""Hangul from the keys of a Korean keyboard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.hangul import LEADS, OF_KEY, TAILS, VOWELS, compose, of_key

APART = {"ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ"}
APART |= {"ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ", "ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ"}
APART |= {"ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"}


def typed(text: str) -> str:
    """The jamo by which a text is typed."""
    jamo = ""
    for sign in text:
        place = ord(sign) - 0xAC00
        if 0 <= place < 11172:
            lead, rest = divmod(place, 21 * 28)
            vowel, tail = divmod(rest, 28)
            parts = LEADS[lead] + VOWELS[vowel] + (TAILS[tail] if tail else "")
            jamo += "".join(APART.get(part, part) for part in parts)
        else:
            jamo += sign
    return jamo


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("gksrmf", "한글"),
        ("dnjseks 3gh", "원단 3호"),
        ("rkr", "각"),
        ("rkrk", "가가"),
        ("ekfrdl", "닭이"),
        ("ekfrl", "달기"),
        ("dksgdms", "않은"),
        ("Qkf", "빨"),
        ("rr", "ㄱㄱ"),
        ("kk", "ㅏㅏ"),
        ("dml", "의"),
        ("A-1", "ㅁ-1"),
    ],
)
def test_keys_are_what_a_korean_keyboard_makes_of_them(keys: str, text: str) -> None:
    assert compose("".join(of_key(key) for key in keys)) == text


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3) | st.sampled_from(" -0A1"), max_size=12))
def test_every_text_of_whole_syllables_comes_back(text: str) -> None:
    assert compose(typed(text)) == text


@given(st.text(st.sampled_from([*sorted(set(OF_KEY.values())), "A", " "]), max_size=30))
def test_whatever_is_typed_no_jamo_gets_lost(text: str) -> None:
    def apart(text: str) -> str:
        return "".join(APART.get(sign, sign) for sign in typed(text))

    assert apart(compose(text)) == apart(text)
