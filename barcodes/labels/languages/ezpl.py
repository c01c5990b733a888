"""EZPL (Godex): the picture by Q. Lengths are whole millimetres; each command ends with a carriage return.

Source: GoDEX, EZPL Programmer's Manual: ^Q, ^W, ^P, ^L, Q, E; ~S,CHECK for the status.
"""

import math
from typing import Final

from barcodes.labels.parts import Bitmap, Media

ASK: Final = b"^XSET,IMMEDIATE,1\r~S,CHECK\r"
_CODES: Final = {
    **{b"01": "paper", b"02": "paper", b"03": "ribbon", b"04": "head", b"05": "other", b"10": "jam", b"20": "paused"},
    **{b"06": "other", b"07": "other", b"08": "other", b"09": "other", b"11": "other", b"21": "other", b"22": "other"},
}


def speak(bitmap: Bitmap, media: Media, copies: int = 1) -> bytes:
    """Return what prints the picture on one label."""
    gap = f"{round(media.gap_mm)}" if media.gap_mm else "0,0"
    size = f"^Q{math.ceil(media.height_mm)},{gap}\r^W{math.ceil(media.width_mm)}\r^P{copies}\r"
    return f"{size}^L\rQ0,0,{bitmap.stride},{bitmap.height}\r".encode() + bitmap.data + b"\rE\r"


def trouble(answer: bytes) -> list[str] | None:
    """Return what a printer says is wrong in its answer to `ASK`; None while the answer is not whole."""
    code = answer.strip()
    if len(code) < 2:
        return None
    return [_CODES[code[:2]]] if code[:2] in _CODES else []
