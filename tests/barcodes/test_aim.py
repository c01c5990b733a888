"""AIM identifiers are taken off, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.aim import Code, split


@pytest.mark.parametrize(
    ("raw", "symbology", "data"),
    [
        (b"]C0B-0231-AP-20-Q", "code128", b"B-0231-AP-20-Q"),
        (b"]C10108801234567893\x1d10A7", "gs1-128", b"0108801234567893\x1d10A7"),
        (b"]E08801234567893", "ean13", b"8801234567893"),
        (b"]E496385074", "ean8", b"96385074"),
        (b"]A0W-0007-5", "code39", b"W-0007-5"),
        (b"]Q1https://example.org", "qr", b"https://example.org"),
        (b"]Q30108801234567893", "gs1-qr", b"0108801234567893"),
        (b"]d20108801234567893\x1d21X", "gs1-datamatrix", b"0108801234567893\x1d21X"),
        (b"]d1plain", "datamatrix", b"plain"),
        (b"]d50108801234567893", "gs1-datamatrix", b"0108801234567893"),
        (b"]Q40108801234567893", "gs1-qr", b"0108801234567893"),
        (b"]J10108801234567893", "gs1-dotcode", b"0108801234567893"),
        (b"]e1(01)", "gs1-composite", b"(01)"),
        (b"]E38801234567893 12", "ean13-addon", b"8801234567893 12"),
        (b"]A4w-0007-5", "code39", b"w-0007-5"),
        (b"]h0text", "han_xin", b"text"),
        (b"]Z0typed", "keys", b"typed"),
        (b"]C0", "code128", b""),
        (b"W-0007-5", None, b"W-0007-5"),
        (b"]", None, b"]"),
        (b"]!0x", None, b"]!0x"),
        (b"]C\x1dx", None, b"]C\x1dx"),
        (b"]C\xb9x", None, b"]C\xb9x"),
        (b"", None, b""),
    ],
)
def test_the_identifier_names_the_symbology_and_the_rest_is_data(raw: bytes, symbology: str, data: bytes) -> None:
    assert split(raw) == Code(symbology, data)


@given(st.binary(max_size=40))
def test_no_byte_of_any_code_gets_lost(raw: bytes) -> None:
    code = split(raw)
    assert raw == (raw[:3] if code.symbology else b"") + code.data


def test_a_code_under_gs1_rules_says_so() -> None:
    assert split(b"]C1010").gs1
    assert not split(b"]C0010").gs1
    assert not split(b"010").gs1
