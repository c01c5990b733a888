"""ZPL II (Zebra, and many printers that speak it): the picture as a graphic field.

Source: Zebra, ZPL II Programming Guide: ^GF, "Alternative Data Compression Scheme", and ~HS for the status.
"""

from typing import Final

from barcodes.labels.parts import Bitmap, Media

ASK: Final = b"~HS"
_ONES: Final = "GHIJKLMNOPQRSTUVWXY"  # 1 to 19 times the digit behind it
_TWENTIES: Final = "ghijklmnopqrstuvwxyz"  # 20, 40 ... 400 times


def speak(bitmap: Bitmap, media: Media, copies: int = 1) -> bytes:
    """Return what prints the picture on one label."""
    total = bitmap.stride * bitmap.height
    field = f"^FO0,0^GFA,{total},{total},{bitmap.stride},{_packed(bitmap)}^FS"
    tracking = "^MNY" if media.gap_mm else "^MNN"
    return f"^XA{tracking}^PW{bitmap.width}^LL{bitmap.height}^LH0,0{field}^PQ{copies}^XZ\r\n".encode()


def trouble(answer: bytes) -> list[str] | None:
    """Return what a printer says is wrong in its answer to `ASK`; None while the answer is not whole."""
    lines = [line.strip(b"\x02\x03\r\n").split(b",") for line in answer.split(b"\x03")]
    if len(lines) < 3 or len(lines[0]) < 12 or len(lines[1]) < 9:
        return None
    flags = {"paper": lines[0][1], "paused": lines[0][2], "head": lines[1][2], "ribbon": lines[1][3]}
    return [name for name, flag in flags.items() if flag.strip() == b"1"]


def _packed(bitmap: Bitmap) -> str:
    """Return the rows in hexadecimal: runs counted, a comma for white to the end, a colon for the row before again."""
    rows, before = [], ""
    for at in range(0, len(bitmap.data), bitmap.stride):
        digits = bitmap.data[at : at + bitmap.stride].hex().upper()
        rows.append(":" if digits == before else _row(digits))
        before = digits
    return "".join(rows)


def _row(digits: str) -> str:
    dark = digits.rstrip("0")
    packed, at = [], 0
    while at < len(dark):
        digit = dark[at]
        end = at
        while end < len(dark) and dark[end] == digit:
            end += 1
        packed.append(_run(digit, end - at))
        at = end
    return "".join(packed) + ("," if len(dark) < len(digits) else "")


def _run(digit: str, length: int) -> str:
    most = len(_TWENTIES) * 20
    words = (_TWENTIES[-1] + digit) * (length // most)
    twenties, ones = divmod(length % most, 20)
    count = (_TWENTIES[twenties - 1] if twenties else "") + (_ONES[ones - 1] if ones else "")
    if not count:
        return words
    return words + (digit if count == "G" else count + digit)
