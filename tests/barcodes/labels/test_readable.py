"""Every label of every kind is read back, from what each printer's language burns, even as a bad print."""

from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from barcodes.labels import bitmap
from barcodes.labels.arrange import Form, arrange
from barcodes.labels.cards import again
from barcodes.labels.languages import SPEAK
from barcodes.labels.parts import Bitmap, Media, NoRoom
from barcodes.ticket import encode
from tests.barcodes.labels.printers import PRINTERS
from tests.barcodes.labels.shop import kinds

KINDS = sorted(kinds("ko"))
MEDIA = ((25.0, 40.0), (60.0, 40.0), (100.0, 60.0))


def read(image: Image.Image) -> list[str]:
    """What a scanner reads in a picture."""
    return [found.text for found in zxingcpp.read_barcodes(image.convert("L"))]


def in_hand(dots: Bitmap) -> Image.Image:
    """The label on a table, lighter than a scan of paper and with paper around."""
    label = bitmap.to_image(dots).convert("L")
    paper = Image.new("L", (label.width + 80, label.height + 80), 255)
    paper.paste(label, (40, 40))
    return paper


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dpi", [203, 300])
def test_each_printer_burns_what_is_read_back(kind: str, dpi: Any, typeface: Any) -> None:
    for width, height in MEDIA:
        media = Media(width, height, dpi)
        for card in kinds("ko")[kind]:
            drawn = bitmap.draw(arrange(again(card, 1), media), dpi, typeface)
            burnt = {language: PRINTERS[language](speak(drawn, media, 1)) for language, speak in SPEAK.items()}
            assert {dots.data for dots in burnt.values()} == {drawn.data}
            assert read(in_hand(burnt["zpl"])) == [encode(card.ticket)]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("form", ["code128", "qr"])
@pytest.mark.parametrize("turn", [7, 90, 180, 263])
def test_a_bad_print_is_still_read(dpi: Any, form: Form, turn: int, typeface: Any) -> None:
    """Turned, out of focus, and grey on grey."""
    media = Media(70, 30, dpi)
    for cards in kinds("en").values():
        label = in_hand(bitmap.draw(arrange(cards[0], media, form), dpi, typeface))
        turned = label.resize((label.width * 2, label.height * 2)).rotate(turn, expand=True, fillcolor=255)
        pale = turned.filter(ImageFilter.GaussianBlur(1.5)).point(lambda value: 120 + value * 60 // 255)
        assert read(pale) == [encode(cards[0].ticket)]


def test_bars_down_the_label_are_read(typeface: Any) -> None:
    media = Media(25, 80, 203)
    card = kinds("ko")["bundle"][1]
    label = arrange(card, media, "code128")
    assert label.parts[0].turned  # type: ignore[union-attr] # Bars
    burnt = PRINTERS["zpl"](SPEAK["zpl"](bitmap.draw(label, 203, typeface), media, 1))
    assert read(in_hand(burnt)) == read(in_hand(burnt).rotate(90, expand=True)) == [encode(card.ticket)]


@given(
    width=st.floats(20, 110),
    height=st.floats(12, 150),
    dpi=st.sampled_from([203, 300]),
    kind=st.sampled_from(KINDS),
    form=st.sampled_from(["auto", "code128", "qr"]),
)
@settings(max_examples=40)
def test_on_any_label_it_is_read_or_refused(
    typeface: Any, width: float, height: float, dpi: Any, kind: str, form: Form
) -> None:
    media = Media(width, height, dpi)
    for card in kinds("ko")[kind]:
        try:
            label = arrange(card, media, form)
        except NoRoom:
            continue
        assert read(in_hand(bitmap.draw(label, dpi, typeface))) == [encode(card.ticket)]


def test_the_readers_of_the_tests_find_a_lost_dot(typeface: Any) -> None:
    """The comparison above would notice."""
    media = Media(60, 40, 203)
    drawn = bitmap.draw(arrange(kinds("ko")["badge"][0], media), 203, typeface)
    stream = SPEAK["tspl"](drawn, media, 1)
    at = stream.index(b",0,", stream.index(b"BITMAP")) + 30
    assert PRINTERS["tspl"](stream[:at] + bytes([stream[at] ^ 1]) + stream[at + 1 :]).data != drawn.data
