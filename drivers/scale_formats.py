"""What scales and indicators send, format by format: a line of bytes to a Weight. Pure.

Sources:
- A&D: GX-A/GF-A communication manual, 7-2 "Weighing data format"; GC series manual, 16.2 (a second header LO, OK, HI).
- CAS 22, CAS 10, AND 18: CAS CI-400 owner's manual, appendix 1 "Data format"; CI-600D manual, 10 "Serial data
  information"; NT-200 manual, 14. The lamp byte has bit 7 set, so these lines are bytes and no text.

A Weight keeps the unit as it is written; whoever knows what is configured judges it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Format = Literal["and", "cas22", "cas10", "and18"]


@dataclass(frozen=True, slots=True)
class Weight:
    """What one line says. None: this format does not tell it. `value` is None when the scale is overloaded."""

    value: float | None
    unit: str = ""  # as the scale writes it
    stable: bool | None = None
    net: bool | None = None
    zero: bool | None = None
    tare: bool | None = None
    hold: bool | None = None


# Everything is bounded, so that no line takes long to be refused.
_AND = re.compile(
    rb"(ST|US|QT|OL|WT)(?:,(?:LO|OK|HI|--))?[, ] {0,6}"
    rb"([-+]?[ 0-9.]{1,12})(?:E[-+]?[0-9]{2})? {0,3}([A-Za-z%\x80-\xff][!-~\x80-\xff]{0,2})?\s?"
)
_HEADED = rb"(ST|US|OL),(GS|NT|TR),"
_NUMBER = re.compile(rb"([-+]?)[ ]*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_CAS22 = re.compile(_HEADED + rb"(.)([\x80-\xff]),(.{8}) (..)", re.DOTALL)
_AND18 = re.compile(_HEADED + rb"(.{8})(..)", re.DOTALL)
_CAS10 = re.compile(rb"[-+ 0-9.]{8}")


def read_and(line: bytes) -> Weight | None:
    """`ST,+00123.45  g`: A&D's standard format. QT is a stable count, OL overload (its digits mean nothing)."""
    found = _AND.fullmatch(line)
    if found is None:
        return None
    header, data, unit = found.groups()
    value = _number(data)
    if header == b"OL":
        return Weight(None, _text(unit), stable=False)
    return None if value is None else Weight(value, _text(unit), stable=header != b"US")


def read_cas22(line: bytes) -> Weight | None:
    """`ST,GS,<id><lamps>,   13.50 kg`: lamps b6 stable, b4 hold, b2 gross, b1 tare, b0 zero."""
    found = _CAS22.fullmatch(line)
    if found is None:
        return None
    header, kind, _, (lamps,), data, unit = found.groups()
    flags = {"zero": bool(lamps & 1), "tare": bool(lamps & 2), "hold": bool(lamps & 16)}
    return _headed(header, kind, data, unit, flags)


def read_and18(line: bytes) -> Weight | None:
    """`ST,GS,+   13.5kg`: A&D's format as CAS indicators send it."""
    found = _AND18.fullmatch(line)
    if found is None:
        return None
    header, kind, data, unit = found.groups()
    return _headed(header, kind, data, unit, {})


def read_cas10(line: bytes) -> Weight | None:
    """Eight characters of data and nothing else: neither a unit, nor whether it is stable."""
    value = _number(line) if _CAS10.fullmatch(line) else None
    return None if value is None else Weight(value)


def _headed(header: bytes, kind: bytes, data: bytes, unit: bytes, flags: dict[str, bool]) -> Weight | None:
    net = kind == b"NT"
    if header == b"OL":
        return Weight(None, _text(unit), stable=False, net=net, **flags)
    value = _number(data)
    return None if value is None else Weight(value, _text(unit), stable=header == b"ST", net=net, **flags)


def _number(data: bytes) -> float | None:
    found = _NUMBER.fullmatch(data.strip())
    return float(found[1] + found[2]) if found else None


def _text(unit: bytes | None) -> str:
    """Return a unit as text; two bytes may be Hangul."""
    unit = (unit or b"").strip()
    try:
        return unit.decode("utf-8")
    except UnicodeDecodeError:
        return unit.decode("cp949", "replace")


@dataclass(frozen=True, slots=True)
class Kind:
    """One format: how a line is read, what it tells, and what asks for a line where that is the same everywhere."""

    read: Callable[[bytes], Weight | None]
    tells: tuple[Literal["net", "zero", "tare", "hold"], ...] = ()
    request: str | None = None


FORMATS: Final[Mapping[Format, Kind]] = {
    "and": Kind(read_and, request="Q\r\n"),
    "cas22": Kind(read_cas22, ("net", "zero", "tare", "hold")),
    "cas10": Kind(read_cas10),
    "and18": Kind(read_and18, ("net",)),
}
