"""Where things stand on a label, and what is said when they cannot."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barcodes.labels import cards
from barcodes.labels.arrange import Form, arrange
from barcodes.labels.design import Designs
from barcodes.labels.parts import DOTS_PER_MM, Bars, Label, Media, NoRoom, Squares, Text
from barcodes.labels.symbols import BAR_QUIET, QR_QUIET
from barcodes.ticket import Badge, Coupon
from tests.barcodes.labels.shop import kinds

COUPON = kinds("ko")["bundle"][1]
BADGE = cards.badge(101, "김은하", Designs.ours("ko"))


def symbol(label: Label) -> Bars | Squares:
    """The code of a label."""
    found = label.parts[0]
    assert isinstance(found, Bars | Squares)
    return found


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("form", ["auto", "code128", "qr"])
def test_modules_are_whole_dots_and_the_quiet_zone_lies_on_the_label(dpi: Any, form: Form) -> None:
    for width, height in ((25, 60), (60, 25), (104, 150)):
        media = Media(width, height, dpi)
        part = symbol(arrange(BADGE, media, form))
        dots = part.module * DOTS_PER_MM[media.dpi]
        assert dots == pytest.approx(round(dots), abs=1e-6)
        if isinstance(part, Squares):
            assert min(part.x, part.y) >= QR_QUIET * part.module - 1e-6
        else:
            start, room = (part.y, height) if part.turned else (part.x, width)
            assert start >= BAR_QUIET * part.module - 1e-6
            assert start + sum(part.runs) * part.module + BAR_QUIET * part.module <= room + 1e-6


def test_every_ticket_of_ours_fits_on_a_label_25_mm_wide_at_203_dpi() -> None:
    for cards_of_kind in kinds("ko").values():
        for card in cards_of_kind:
            assert symbol(arrange(card, Media(25, 40, 203)))


def test_what_does_not_fit_says_how_large_each_form_would_be() -> None:
    with pytest.raises(NoRoom) as refused:
        arrange(COUPON, Media(25, 15, 203), "code128")
    assert "Code 128 needs" in refused.value.text["en"]
    assert "a QR needs" in refused.value.text["en"]  # which is narrower
    assert "라벨에 자리가 없어요" in refused.value.text["ko"]


@pytest.mark.parametrize("dpi", [203, 300])
def test_the_sizes_that_the_error_names_do_fit(dpi: Any) -> None:
    with pytest.raises(NoRoom) as refused:
        arrange(COUPON, Media(15, 8, dpi))
    sizes = re.findall(r"([\d.]+) x ([\d.]+) mm", refused.value.text["en"])[1:]
    along, down, beside = (Media(float(w) + 0.1, float(h) + 0.1, dpi) for w, h in sizes)
    assert not symbol(arrange(COUPON, along, "code128")).turned  # type: ignore[union-attr]
    assert symbol(arrange(COUPON, down, "code128")).turned  # type: ignore[union-attr]
    assert isinstance(symbol(arrange(COUPON, beside, "qr")), Squares)


@given(
    width=st.floats(15, 110),
    height=st.floats(8, 150),
    form=st.sampled_from(["auto", "code128", "qr"]),
    lines=st.lists(st.text(max_size=40), max_size=6),
)
@settings(max_examples=200)
def test_nothing_stands_beyond_the_label_nor_on_something_else(
    width: float, height: float, form: Form, lines: list[str]
) -> None:
    card = cards.Card(Coupon("2K3X0001", "FRONT", 20), "앞판", tuple(lines), "재발행/REPRINT 2")
    try:
        label = arrange(card, Media(width, height), form)
    except NoRoom:
        return
    boxes = [_box(part) for part in label.parts]
    for left, top, right, bottom in boxes:
        assert min(left, top) >= -1e-6
        assert right <= width + 1e-6
        assert bottom <= height + 1e-6
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            assert (
                one[2] <= other[0] + 1e-6
                or other[2] <= one[0] + 1e-6
                or one[3] <= other[1] + 1e-6
                or (other[3] <= one[1] + 1e-6)
            )


def _box(part: Any) -> tuple[float, float, float, float]:
    """A part with its quiet zone across the bars, or around the squares."""
    match part:
        case Text(x, y, wide, high):
            return x, y, x + wide, y + high
        case Bars(x, y, module, length, runs, turned):
            long, quiet = sum(runs) * module, BAR_QUIET * module
            return (
                (x, y - quiet, x + length, y + long + quiet) if turned else (x - quiet, y, x + long + quiet, y + length)
            )
        case Squares(x, y, module, rows):
            quiet, side = QR_QUIET * module, len(rows) * module
            return x - quiet, y - quiet, x + side + quiet, y + side + quiet
    raise AssertionError(part)


def test_a_reprint_says_so_on_the_label() -> None:
    label = arrange(cards.again(BADGE, 2), Media(60, 40))
    assert "재발행/REPRINT 2" in [part.text for part in label.parts if isinstance(part, Text)]
    assert cards.again(BADGE, 0) == BADGE


def test_a_ticket_that_the_grammar_cannot_hold_is_no_label() -> None:
    with pytest.raises(ValueError, match="does not fit the ticket grammar"):
        arrange(cards.Card(Badge(10_000_000), "x"), Media(60, 40))


def test_every_command_has_a_name_in_both_languages() -> None:
    from barcodes.ticket_kinds import WORDS

    assert set(cards.COMMANDS) == set(WORDS)
    assert all(name["ko"] and name["en"] for name in cards.COMMANDS.values())
