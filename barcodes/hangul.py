"""Hangul from the keys of a Korean keyboard (두벌식, KS X 5002): jamo in the order of typing to syllables. Pure.

A consonant behind a full syllable belongs to it until a vowel follows, which takes it over: 가ㄱ, 각, 각ㅏ, 가가.
The arithmetic of syllables is Unicode's, chapter 3.12.
"""

from typing import Final

_KEYS: Final = "qwertyuiopasdfghjklzxcvbnmQWERTOP"
_JAMO: Final = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ"
OF_KEY: Final = dict(zip(_KEYS, _JAMO, strict=True))

LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS: Final = "-ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_JOINED: Final = {
    **{"ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ"},
    **{"ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㄹㅅ": "ㄽ", "ㄹㅌ": "ㄾ"},
    **{"ㄹㅍ": "ㄿ", "ㄹㅎ": "ㅀ", "ㅂㅅ": "ㅄ"},
}
_APART: Final = {joined: pair for pair, joined in _JOINED.items()}


def of_key(character: str) -> str:
    """Return the jamo of a Latin letter's key; shift means nothing on most of them. Others stay as they are."""
    return OF_KEY.get(character) or OF_KEY.get(character.lower(), character)


def compose(text: str) -> str:
    """Return the text with its jamo put together as a Korean input method does while they are typed."""
    done: list[str] = []
    lead = vowel = tail = ""

    def close() -> None:
        nonlocal lead, vowel, tail
        if lead and vowel:
            place = (LEADS.index(lead) * len(VOWELS) + VOWELS.index(vowel)) * len(TAILS)
            done.append(chr(0xAC00 + place + (TAILS.index(tail) if tail else 0)))
        else:
            done.append(lead + vowel)
        lead = vowel = tail = ""

    for sign in text:
        if sign in VOWELS:
            if tail:  # its last consonant begins the next syllable
                pair = _APART.get(tail, tail)
                tail = pair[:-1]
                close()
                lead, vowel = pair[-1], sign
            elif vowel and (joined := _JOINED.get(vowel + sign)):
                vowel = joined
            elif vowel:
                close()
                vowel = sign
            else:
                vowel = sign
        elif sign in LEADS:
            if lead and vowel and not tail and sign in TAILS:
                tail = sign
            elif tail and (joined := _JOINED.get(tail + sign)):
                tail = joined
            else:
                close()
                lead = sign
        else:
            close()
            done.append(sign)
    close()
    return "".join(done)
