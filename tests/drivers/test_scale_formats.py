"""What scales send, by the examples of their manuals (sources in drivers/scale_formats.py), and by anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale_formats import FORMATS, Weight

GOLDEN = [
    # A&D GX-A/GF-A communication manual, 7-2: stable, dump print
    ("and", b"ST,+00123.45  g", Weight(123.45, "g", stable=True)),
    ("and", b"WT   +123.45  g", Weight(123.45, "g", stable=True)),
    # A&D GX series manual, 10-8: stable, unstable, overload positive and negative
    ("and", b"ST,+00001.27  g", Weight(1.27, "g", stable=True)),
    ("and", b"US,-00183.69  g", Weight(-183.69, "g", stable=False)),
    ("and", b"OL,+999999E+19", Weight(None, "", stable=False)),
    ("and", b"OL,-999999E+19", Weight(None, "", stable=False)),
    # A&D GC series manual, 16.2: weight, count, both with a comparison, out of range
    ("and", b"ST,+0001.234 kg", Weight(1.234, "kg", stable=True)),
    ("and", b"QT,+00001234 PC", Weight(1234.0, "PC", stable=True)),
    ("and", b"ST,OK,+0001.234 kg", Weight(1.234, "kg", stable=True)),
    ("and", b"QT,HI,+00001234 PC", Weight(1234.0, "PC", stable=True)),
    ("and", b"OL,+0000.234 PC", Weight(None, "PC", stable=False)),
    # CAS CI-400 owner's manual, appendix 1; the data of CI-600D's manual, 10-1: 13.5 kg is "000013.5"
    (
        "cas22",
        b"ST,GS,1\xe4,000013.5 kg",
        Weight(13.5, "kg", stable=True, net=False, zero=False, tare=False, hold=False),
    ),
    (
        "cas22",
        b"US,NT,1\xa2,  -13.50 kg",
        Weight(-13.5, "kg", stable=False, net=True, zero=False, tare=True, hold=False),
    ),
    (
        "cas22",
        b"ST,GS,=\xf5,00000.00 t ",
        Weight(0.0, "t", stable=True, net=False, zero=True, tare=False, hold=True),
    ),
    (
        "cas22",
        b"OL,GS,1\xa4,         kg",
        Weight(None, "kg", stable=False, net=False, zero=False, tare=False, hold=False),
    ),
    ("and18", b"ST,GS,+   13.5kg", Weight(13.5, "kg", stable=True, net=False)),
    ("and18", b"US,NT,-  0.250kg", Weight(-0.25, "kg", stable=False, net=True)),
    ("and18", b"OL,GS,        kg", Weight(None, "kg", stable=False, net=False)),
    ("cas10", b"000013.5", Weight(13.5)),
    ("cas10", b"  -12.50", Weight(-12.5)),
]
WRONG = [
    ("and", b"ST,+0012-3.45  g"),
    ("and", b"ST,+.  g"),
    ("and", b"XX,+00123.45  g"),
    ("and", b"ST,+00123.4.5  g"),
    ("and", b"+00123.45  g"),
    ("cas22", b"ST,GS,1\x44,000013.5 kg"),  # a lamp byte without bit 7: a line that was cut and joined
    ("cas22", b"ST,GS,1\xc4,00001x.5 kg"),
    ("cas22", b"ST,GS,1\xc4,000013.5 k"),
    ("and18", b"ST,GS,+   13.5k"),
    ("and18", b"ST,GS,+ 1 3.5 kg"),
    ("cas10", b"13.5"),
    ("cas10", b"0013.5.0"),
    ("cas10", b"        "),
]


@pytest.mark.parametrize(("name", "line", "weight"), GOLDEN)
def test_a_line_of_the_manual_is_the_weight_that_it_shows(name: str, line: bytes, weight: Weight) -> None:
    assert FORMATS[name].read(line) == weight  # type: ignore[index] # it is a format


@pytest.mark.parametrize("name", FORMATS)
def test_frames_are_as_long_as_the_manual_says(name: str) -> None:
    lengths = {len(line) + 2 for format, line, _ in GOLDEN if format == name}
    assert name == "and" or lengths == {{"cas22": 22, "and18": 18, "cas10": 10}[name]}


@pytest.mark.parametrize(("name", "line"), WRONG)
def test_a_line_that_is_damaged_is_no_weight(name: str, line: bytes) -> None:
    assert FORMATS[name].read(line) is None  # type: ignore[index] # it is a format


@pytest.mark.parametrize("name", FORMATS)
@given(line=st.binary(max_size=64))
def test_whatever_comes_is_a_weight_or_none(name: str, line: bytes) -> None:
    weight = FORMATS[name].read(line)  # type: ignore[index] # it is a format
    assert weight is None or weight.value is None or abs(weight.value) < 1e12
