"""How labels look: which pieces of a text stay when a field is not known, and designs of a shop's own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.labels import cards
from barcodes.labels.arrange import arrange
from barcodes.labels.design import DESIGNS, KINDS, Design, Designs, fields, filled, named
from barcodes.labels.parts import Bars, Media, Squares
from tests.barcodes.labels.shop import BUNDLE, STEPS


@pytest.mark.parametrize(
    ("text", "values", "told"),
    [
        ("수량 {quantity}", {"quantity": 20}, "수량 20"),
        ("수량 {quantity}", {"quantity": None}, ""),
        ("{colour} / {size}", {"colour": "", "size": "M"}, "M"),
        ("{colour} / {size}", {"colour": "검정"}, "검정"),
        ("스타일 {style}  재단 {cut}  {colour} / {size}", {"style": "A", "size": "M"}, "스타일 A  M"),
        ("{quantity} / {quantity}", {"quantity": 0}, "0 / 0"),
        ("늘 같은 글", {}, "늘 같은 글"),
        ("", {}, ""),
    ],
)
def test_a_piece_without_its_value_is_left_out(text: str, values: dict[str, str | int | None], told: str) -> None:
    assert filled(text, values) == told


@given(st.dictionaries(st.sampled_from(fields("coupon")), st.text(st.characters(exclude_characters="{}"), max_size=5)))
def test_no_brace_and_no_lonely_slash_is_printed(values: dict[str, str | int | None]) -> None:
    for line in DESIGNS["ko"]["coupon"].lines:
        told = filled(line, {name: str(value).strip(" /") for name, value in values.items()})
        assert not set(told) & set("{}")
        assert not told.startswith(" / ")
        assert not told.endswith(" / ")


@pytest.mark.parametrize("language", DESIGNS)
def test_ours_name_only_fields_that_their_label_has(language: str) -> None:
    assert DESIGNS[language].keys() == set(KINDS)  # type: ignore[index] # ko, en
    for kind, design in DESIGNS[language].items():  # type: ignore[index] # ko, en
        assert {name for text in (design.title, *design.lines) for name in named(text)} <= set(fields(kind))


@pytest.mark.parametrize("text", ["{quantity", "quantity}", "{{quantity}}", "}{"])
def test_a_brace_without_a_partner_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        named(text)


def test_a_shop_s_own_design_is_what_its_labels_say_and_the_others_stay() -> None:
    own = Design("{shop}", ("{quantity}개 {size}", "{order}", "{cut}번"), form="qr")
    designs = Designs("ko", {"bundle": own}, {"shop": "은하공방"})
    ticket, coupon, _ = cards.bundle(BUNDLE, STEPS, designs)
    assert (ticket.title, ticket.lines) == ("은하공방", ("20개 M", "2611A", "재단 3번"))
    assert coupon == cards.bundle(BUNDLE, STEPS, Designs.ours("ko"))[1]
    assert isinstance(arrange(ticket, Media(60, 40)).parts[0], Squares)
    assert isinstance(arrange(ticket, Media(60, 40), "code128").parts[0], Bars), "who prints may want another form"
