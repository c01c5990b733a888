"""GS1 element strings, by the examples of the General Specifications and by anything else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.gs1 import Gs1Error, check_digit, number, parse
from barcodes.gs1_table import CHARACTERS, DIGITS, FIELDS, PREDEFINED

GS = b"\x1d"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        # GS1 General Specifications: GTIN and expiry of predefined length, then a lot; a lot in the middle needs FNC1
        (b"01095212345432131725080110ABC123", {"01": "09521234543213", "17": "250801", "10": "ABC123"}),
        (b"10ABC123" + GS + b"0109521234543213", {"10": "ABC123", "01": "09521234543213"}),
        (b"00395011015300000011", {"00": "395011015300000011"}),
        (b"3103001750", {"3103": "001750"}),
        (b"0109521234543213" + GS + b"21X-1", {"01": "09521234543213", "21": "X-1"}),
        (b"80081701011200", {"8008": "1701011200"}),
        (b"8008170101120059" + GS + b"20" + b"01", {"8008": "170101120059", "20": "01"}),
        (b"91own_things" + GS + b"9912", {"91": "own_things", "99": "12"}),
        (b"17250800", {"17": "250800"}),
        (b"17240229", {"17": "240229"}),
        (b"253952123454321312A", {"253": "952123454321312A"}),
        (b"800309521234543213XYZ", {"8003": "09521234543213XYZ"}),
        (b"800309521234543214XYZ", None),
        (b"80060952123454321301" + b"04", {"8006": "095212345432130104"}),
        (b"7011250131" + GS + b"7007250101250131", {"7011": "250131", "7007": "250101250131"}),
        (b"42341" + b"0124" + GS + b"426410", {"423": "410124", "426": "410"}),
        (b"4330002500-", {"4330": "002500-"}),
        (b"3932410150000", {"3932": "410150000"}),
        (b"725019800229", {"7250": "19800229"}),
        (b"8010#A-1/2", {"8010": "#A-1/2"}),
    ],
)
def test_fields_are_told_apart(data: bytes, fields: dict[str, str] | None) -> None:
    if fields is None:
        with pytest.raises(Gs1Error, match="check digit"):
            parse(data)
    else:
        assert parse(data) == fields


@pytest.mark.parametrize(
    ("data", "ai", "column", "why"),
    [
        (b"", None, 1, "no fields"),
        (GS, None, 1, "no fields"),
        (b"010952123454321", "01", 3, "needs 14 digits, has 13"),
        (b"0109521234543214", "01", 3, "ends in 4: the check digit is 3"),
        (b"00095211234567890123", "00", 3, "check digit"),
        (b"01095212345432X3", "01", 15, "'X' is not a digit"),
        (b"17251301", "17", 3, "is no date"),
        (b"17250230", "17", 3, "is no date"),
        (b"17250229", "17", 3, "is no date"),
        (b"7006250100", "7006", 5, "is no date"),
        (b"70032501012460", "7003", 5, "is no date"),
        (b"10", "10", 3, "needs 1 to 20 characters, has 0"),
        (b"10" + b"x" * 21, "10", 23, "is longer than 1 to 20 characters"),
        (b"91" + b"x" * 91, "91", 93, "is longer than 1 to 90 characters"),
        (b"10A\x00B", "10", 4, "is not a character of GS1's set"),
        (b"10A B", "10", 4, "is not a character of GS1's set"),
        (b"8010ab", "8010", 5, "is not a character"),
        (b"402952123454321" + b"99", "402", 4, "needs 17 digits, has 14"),
        (b"7011250131123", "7011", 5, "needs 6 to 10 digits"),
        (b"4321" + b"2", "4321", 5, "neither 0 nor 1"),
        (b"4307kr", "4307", 5, "no country"),
        (b"42341012", "423", 7, "no list of country codes"),
        (b"88", None, 1, "'88' is no application identifier"),
        (b"3109000000", None, 1, "'3109' is no application identifier"),
        (b"0109521234543213" + b"31", None, 17, "'31' is no application identifier"),
        (b"hello", None, 1, "no application identifier"),
        (b"10A" + GS + b"10B", "10", 5, "twice"),
        ("10한글".encode(), None, 3, "0xED is not ASCII"),
    ],
)
def test_what_breaks_the_rules_names_its_field_and_column(data: bytes, ai: str | None, column: int, why: str) -> None:
    with pytest.raises(Gs1Error) as wrong:
        parse(data)
    assert why in str(wrong.value)
    assert (wrong.value.ai, wrong.value.column) == (ai, column)
    assert f"column {column}" in str(wrong.value)


def test_a_weight_has_the_decimals_that_its_identifier_says() -> None:
    assert number("3103", "001750") == Decimal("1.750")
    assert number("3100", "000012") == 12
    assert number("3922", "12345") == Decimal("123.45")
    assert number("3930", "410150000") == 150000


def test_the_check_digit_is_the_one_of_known_numbers() -> None:
    assert [check_digit(text) for text in ("880123456789", "0952123454321", "9638507")] == [3, 3, 4]


def test_the_table_holds_together() -> None:
    """Each first two digits have AIs of one length; a predefined length is that of the parts."""
    assert {(ai[:2], len(ai)) for ai in FIELDS} == set(DIGITS.items())
    assert len(FIELDS) > 400
    for ai, parts in FIELDS.items():
        most = sum(part.most for part in parts)
        if ai[:2] in PREDEFINED:
            assert len(ai) + most == PREDEFINED[ai[:2]], ai
            assert all(part.least == part.most for part in parts)
        assert all(part.least == part.most for part in parts[:-1]), ai  # only the last may vary
    assert [len(CHARACTERS[name]) for name in "nxy"] == [10, 82, 39]


def outcome(data: bytes) -> dict[str, str] | Gs1Error:
    """The fields, or what is wrong."""
    try:
        return parse(data)
    except Gs1Error as error:
        return error


values = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda ai: st.tuples(
        st.just(ai),
        st.tuples(
            *(
                st.text(sorted(CHARACTERS[part.characters]), min_size=part.least, max_size=part.most)
                for part in FIELDS[ai]
            )
        ).map("".join),
    )
)


@given(st.lists(values, min_size=1, max_size=4, unique_by=lambda pair: pair[0]))
def test_what_has_the_form_is_told_apart_whole_or_breaks_a_rule(pairs: list[tuple[str, str]]) -> None:
    """Behind a field of predefined length no separator is needed, and one does no harm."""
    for always in (True, False):
        data = "".join(ai + value + ("\x1d" if always or ai[:2] not in PREDEFINED else "") for ai, value in pairs)
        told = outcome(data.encode())
        assert told == dict(pairs) or (isinstance(told, Gs1Error) and told.ai in dict(pairs))


@given(st.binary(max_size=60) | st.text("0123456789\x1dAB", max_size=60).map(str.encode))
def test_whatever_comes_is_fields_or_an_error_of_ours(data: bytes) -> None:
    told = outcome(data)
    if isinstance(told, Gs1Error):
        assert 1 <= told.column <= len(data) + 1
    else:
        assert told
        assert parse(GS.join((ai + value).encode() for ai, value in told.items())) == told
