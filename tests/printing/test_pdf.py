"""Sheets of labels as PDF, looked at as a printer draws them."""

import io

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from barcodes.labels.arrange import arrange
from barcodes.labels.cards import badge
from barcodes.labels.design import Designs
from barcodes.labels.parts import Media
from barcodes.ticket import encode
from gateway.printing.pdf import Sheet, pdf
from tests import naughty
from tests.barcodes.labels.shop import kinds

MEDIA = Media(64, 34, 600)
OURS = Designs.ours("ko")


def pages(document: bytes, dpi: float = 200) -> list[Image.Image]:
    """The sheets as a printer of this resolution draws them."""
    with io.BytesIO(document) as file:
        opened = pypdfium2.PdfDocument(file)
        drawn = [page.render(scale=dpi / 72).to_pil().convert("L") for page in opened]
        opened.close()
    return drawn


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_label_of_every_kind_is_read_from_the_sheet(language: str) -> None:
    cards = [card for kind in kinds(language).values() for card in kind]  # type: ignore[arg-type] # ko, en
    (sheet,) = pages(pdf([arrange(card, MEDIA) for card in cards], Sheet(64, 34)), dpi=300)
    assert sorted(found.text for found in zxingcpp.read_barcodes(sheet)) == sorted(
        encode(card.ticket) for card in cards
    )


@pytest.mark.parametrize("turn", [90, 187])
def test_a_sheet_in_the_dots_of_a_label_printer_is_read_turned_and_grey_on_grey(turn: int) -> None:
    cards = [card for kind in kinds("ko").values() for card in kind]
    (sheet,) = pages(pdf([arrange(card, MEDIA) for card in cards], Sheet(64, 34)), dpi=203)
    dots = sheet.point(lambda value: 255 * (value > 127)).resize((sheet.width * 2, sheet.height * 2))
    turned = dots.rotate(turn, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(1))
    pale = turned.point(lambda value: 120 + value * 60 // 255)
    assert sorted(found.text for found in zxingcpp.read_barcodes(pale)) == sorted(encode(card.ticket) for card in cards)


def test_labels_go_on_over_sheets_and_used_places_are_left_out() -> None:
    labels = [arrange(badge(number, "은하", OURS), MEDIA) for number in range(24)]
    sheet = Sheet(64, 34)
    assert (sheet.columns, sheet.rows) == (3, 8)
    drawn = pages(pdf(labels, sheet, first=23))
    assert len(drawn) == 2
    assert [len(zxingcpp.read_barcodes(page)) for page in drawn] == [1, 23]
    alone = zxingcpp.read_barcodes(drawn[0])[0].position.top_left
    assert alone.x > drawn[0].width * 0.6
    assert alone.y > drawn[0].height * 0.8


def test_the_names_on_a_sheet_can_be_found_as_text() -> None:
    document = pypdfium2.PdfDocument(pdf([arrange(kinds("ko")["badge"][0], MEDIA)], Sheet(64, 34)))
    assert "김은하" in document[0].get_textpage().get_text_bounded()
    document.close()


def test_the_same_labels_are_the_same_bytes_and_no_name_breaks_the_document() -> None:
    labels = [arrange(badge(number, name, OURS), MEDIA) for number, name in enumerate(naughty.ALL)]
    document = pdf(labels, Sheet(64, 34))
    assert document == pdf(labels, Sheet(64, 34))
    assert sum(len(zxingcpp.read_barcodes(page)) for page in pages(document)) == len(labels)


def test_a_label_wider_than_the_sheet_still_has_a_place() -> None:
    assert (Sheet(300, 400).columns, Sheet(300, 400).rows) == (1, 1)
