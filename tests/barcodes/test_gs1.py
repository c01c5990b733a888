"""GS1 element strings, by the examples of the General Specifications and by anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.gs1 import Gs1Error, check_digit, number, parse

GS = b"\x1d"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        # GS1 General Specifications: GTIN and expiry of predefined length, then a lot; a lot in the middle needs FNC1
        (b"01095212345432131725080110ABC123", {"01": "09521234543213", "17": "250801", "10": "ABC123"}),
        (b"10ABC123" + GS + b"0109521234543213", {"10": "ABC123", "01": "09521234543213"}),
        (b"00095211234567890123", None),
        (b"00395011015300000011", {"00": "395011015300000011"}),
        (b"3103001750", {"3103": "001750"}),
        (b"0109521234543213" + GS + b"21X-1", {"01": "09521234543213", "21": "X-1"}),
        (b"8008170101120000", {"8008": "170101120000"}),
        (b"91own things" + GS + b"9912", {"91": "own things", "99": "12"}),
        (b"17250800", {"17": "250800"}),
    ],
)
def test_fields_are_told_apart(data: bytes, fields: dict[str, str] | None) -> None:
    if fields is None:
        with pytest.raises(Gs1Error, match="check digit"):
            parse(data)
    else:
        assert parse(data) == fields


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no fields"),
        (GS, "no fields"),
        (b"010952123454321", "needs 14 digits"),
        (b"0109521234543214", "the check digit is 3, not 4"),
        (b"01095212345432X3", "needs 14 digits"),
        (b"17251301", "is no date"),
        (b"10", "1 to 90 characters"),
        (b"10" + b"x" * 91, "1 to 90 characters"),
        (b"10A\x00B", "can be printed"),
        (b"88", "no application identifier"),
        (b"31", "no application identifier"),
        (b"hello", "no application identifier at character 0"),
        (b"10A" + GS + b"10B", "twice"),
        ("10한글".encode(), "byte 2 is not ASCII"),
    ],
)
def test_what_breaks_the_rules_says_where(data: bytes, why: str) -> None:
    with pytest.raises(Gs1Error, match=why):
        parse(data)


def test_a_weight_has_the_decimals_that_its_identifier_says() -> None:
    assert number("3103", "001750") == 1.75
    assert number("3100", "000012") == 12


def test_the_check_digit_is_the_one_of_known_numbers() -> None:
    assert [check_digit(text) for text in ("880123456789", "0952123454321", "9638507")] == [3, 3, 4]


@given(st.binary(max_size=60) | st.text("0123456789\x1dAB", max_size=60).map(str.encode))
def test_whatever_comes_is_fields_or_an_error_of_ours(data: bytes) -> None:
    try:
        fields = parse(data)
    except Gs1Error:
        return
    assert fields
    assert parse(GS.join((ai + value).encode() for ai, value in fields.items())) == fields
