"""Korean particles that depend on how the word before them ends: `{name:이/가}` on the screens, `with_josa` here."""

from typing import Final

_DIGITS_WITH_FINAL: Final = frozenset("013678")  # 영 일 삼 육 칠 팔
_LETTERS_WITH_FINAL: Final = frozenset("lmnrLMNR")  # 엘 엠 엔 알, as they are read aloud


def ends_in_consonant(word: str) -> bool:
    """Return whether the word, read in Korean, ends in a consonant; brackets and blanks behind it do not count."""
    last = word.rstrip(" )]」』\"'")[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 != 0
    return last in _DIGITS_WITH_FINAL or last in _LETTERS_WITH_FINAL


def with_josa(word: str, pair: str) -> str:
    """Return the word with the particle that fits; `pair` is `after a consonant/after a vowel`, such as 이/가."""
    after_consonant, after_vowel = pair.split("/")
    return word + (after_consonant if ends_in_consonant(word) else after_vowel)
