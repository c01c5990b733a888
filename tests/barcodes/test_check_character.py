"""ISO/IEC 7064 MOD 37,36: what it finds, counted."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.check_character import ALPHABET, check_character, is_valid

texts = st.text(ALPHABET, min_size=1, max_size=30)


def test_the_published_example_of_the_global_release_identifier_agrees() -> None:
    """A1-2425G-ABC1234002-M stands in the GRid handbook, which uses MOD 37,36."""
    assert check_character("A12425GABC1234002") == "M"


@given(texts)
def test_a_text_with_its_check_character_is_valid_and_with_any_other_is_not(text: str) -> None:
    assert [c for c in ALPHABET if is_valid(text + c)] == [check_character(text)]


@given(texts, st.data())
def test_every_single_wrong_character_is_found(text: str, data: st.DataObject) -> None:
    whole = text + check_character(text)
    at = data.draw(st.integers(0, len(whole) - 1))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET if c != whole[at]]))
    assert not is_valid(whole[:at] + wrong + whole[at + 1 :])


def test_of_swapped_neighbours_only_those_that_follow_one_another_can_be_missed() -> None:
    """All pairs behind every running value: 36 of 22,680 are missed, one for each pair of followers."""
    prefixes = {check_character(c): c for c in ALPHABET}  # 36 prefixes with 36 different running values
    assert len(prefixes) == 36
    missed = [
        (a, b)
        for prefix in prefixes.values()
        for i, a in enumerate(ALPHABET)
        for b in ALPHABET[i + 1 :]
        if check_character(prefix + a + b) == check_character(prefix + b + a)
    ]
    assert sorted(missed) == sorted([*itertools.pairwise(ALPHABET), ("0", "Z")])


@pytest.mark.parametrize("text", ["", "A", "a1", "12-3", "한글"])
def test_what_is_too_short_or_outside_the_alphabet_is_not_valid(text: str) -> None:
    assert not is_valid(text)
