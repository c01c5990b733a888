"""Printers that are none: each reads its language and gives the dots that would be burnt. Written from the manuals."""

import re
from typing import Final

from barcodes.labels.parts import Bitmap

_COUNTS: Final = {letter: n for n, letter in enumerate("GHIJKLMNOPQRSTUVWXY", 1)}
_COUNTS.update({letter: 20 * n for n, letter in enumerate("ghijklmnopqrstuvwxyz", 1)})


def zpl(stream: bytes) -> Bitmap:
    """A Zebra: the stream must be exactly one label with one picture."""
    form = r"\^XA\^MN[YN]\^PW(\d+)\^LL(\d+)\^LH0,0\^FO0,0\^GFA,(\d+),(\d+),(\d+),([0-9A-Za-z,:]*)\^FS\^PQ\d+\^XZ\r\n"
    found = re.fullmatch(form, stream.decode("ascii"))
    assert found, stream[:120]
    width, height, sent, total, stride = map(int, found.groups()[:5])
    assert sent == total == stride * height
    rows: list[str] = []
    row, count = "", 0
    for sign in found[6]:
        if sign in _COUNTS:
            count += _COUNTS[sign]
        elif sign == ",":
            row += "0" * (stride * 2 - len(row))
        elif sign == ":":
            assert not row
            rows.append(rows[-1])
        else:
            row, count = row + sign * max(1, count), 0
        if len(row) == stride * 2:
            rows.append(row)
            row = ""
    assert not row
    assert len(rows) == height
    return Bitmap(width, height, bytes.fromhex("".join(rows)))


def tspl(stream: bytes) -> Bitmap:
    """A TSC."""
    form = (
        rb"SIZE ([\d.]+) mm,([\d.]+) mm\r\nGAP [\d.]+ mm,0 mm\r\nDIRECTION 0\r\nREFERENCE 0,0\r\nCLS\r\n"
        rb"BITMAP 0,0,(\d+),(\d+),0,"
    )
    head = re.match(form, stream)
    assert head, stream[:120]
    stride, height = int(head[3]), int(head[4])
    data, rest = stream[head.end() : head.end() + stride * height], stream[head.end() + stride * height :]
    assert re.fullmatch(rb"\r\nPRINT 1,\d+\r\n", rest), rest[:40]
    return Bitmap(stride * 8, height, bytes(byte ^ 0xFF for byte in data))


def slcs(stream: bytes) -> Bitmap:
    """A Bixolon."""
    head = re.match(rb"CB\r\nSM0,0\r\nSW(\d+)\r\nSL(\d+),\d+,[GC]\r\nLD", stream)
    assert head, stream[:60]
    numbers = [int.from_bytes(stream[head.end() + at : head.end() + at + 2], "little") for at in (0, 2, 4, 6)]
    x, y, stride, height = numbers
    assert (x, y, height) == (0, 0, int(head[2]))
    start = head.end() + 8
    assert re.fullmatch(rb"\r\nP1,\d+\r\n", stream[start + stride * height :])
    return Bitmap(int(head[1]), height, stream[start : start + stride * height])


def ezpl(stream: bytes) -> Bitmap:
    """A Godex."""
    head = re.match(rb"\^Q\d+,\d+(,0)?\r\^W\d+\r\^P\d+\r\^L\rQ0,0,(\d+),(\d+)\r", stream)
    assert head, stream[:60]
    stride, height = int(head[2]), int(head[3])
    end = head.end() + stride * height
    assert stream[end:] == b"\rE\r"
    return Bitmap(stride * 8, height, stream[head.end() : end])


PRINTERS: Final = {"zpl": zpl, "tspl": tspl, "slcs": slcs, "ezpl": ezpl}
