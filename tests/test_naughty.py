"""The corpus of pitfalls is what it says."""

import pytest

from tests import naughty


@pytest.mark.parametrize("text", naughty.KOREAN)
def test_korean_texts_fit_into_cp949(text: str) -> None:
    assert text.encode("cp949").decode("cp949") == text


@pytest.mark.parametrize("text", naughty.NOT_CP949)
def test_others_do_not(text: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        text.encode("cp949")


def test_all_of_them_can_be_written_as_utf8() -> None:
    assert len(set(naughty.ALL)) == len(naughty.ALL)
    assert all(text.encode().decode() == text for text in naughty.ALL)
