"""Texts on paper: nothing in a name is a command, and nothing is too long."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.labels import bitmap, cards
from barcodes.labels.arrange import arrange
from barcodes.labels.design import Designs
from barcodes.labels.languages import SPEAK
from barcodes.labels.parts import Media
from barcodes.labels.texts import clean, fit
from tests import naughty
from tests.barcodes.labels.printers import PRINTERS

COMMANDS = (
    "^XZ^XA^FDX^FS",
    "~JA",
    "\r\nPRINT 99\r\n",
    "P9,9\r\n",
    "\x1b!R",
    "^Q10\rE\r",
    "'); DROP TABLE work_paid;--",
)


@pytest.mark.parametrize("language", sorted(SPEAK))
def test_no_name_becomes_a_command_of_a_printer(language: Any, typeface: Any) -> None:
    """The readers of the tests take one picture and nothing else: the dots are all there is of a name."""
    media = Media(60, 40, 203)
    for name in (*naughty.ALL, *COMMANDS):
        card = cards.Card(cards.badge(7, name, Designs.ours("ko")).ticket, name, (name, name), name)
        drawn = bitmap.draw(arrange(card, media), 203, typeface)
        assert PRINTERS[language](SPEAK[language](drawn, media, 1)).data == drawn.data


@given(st.text())
def test_what_is_printed_has_no_control_characters_and_is_one_line(text: str) -> None:
    shown = clean(text)
    assert shown.isprintable()
    assert shown == shown.strip()
    assert clean(shown) == shown


@given(st.text(max_size=80), st.floats(1, 50), st.floats(10, 300))
def test_a_text_is_no_wider_than_its_box_and_says_where_it_was_cut(text: str, size: float, width: float) -> None:
    def measure(text: str, size: float) -> float:
        return len(text) * size * 0.5

    shown, taken = fit(text, size, width, measure)
    assert measure(shown, taken) <= width + 1e-6 or shown == "…"
    assert taken <= size
    assert shown == clean(text) or (shown.endswith("…") and clean(text).startswith(shown[:-1]))
