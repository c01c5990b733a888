"""Korean particles fit the word before them."""

import pytest

from gateway.work.josa import with_josa


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        ("재단", "이"),
        ("소매", "가"),
        ("「다림질」", "이"),
        ("「소매」", "가"),
        ("1", "이"),
        ("2", "가"),
        ("FRON", "이"),
        ("A", "가"),
    ],
)
def test_the_particle_depends_on_how_the_word_is_read(word: str, ends: str) -> None:
    assert with_josa(word, "이/가") == word + ends
