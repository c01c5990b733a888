"""TSPL and TSPL2 (TSC): the picture as BITMAP, in which a 0 is a black dot.

Source: TSC, TSPL/TSPL2 Programming Manual: SIZE, GAP, BITMAP, PRINT; <ESC>!? for the status.
"""

from typing import Final

from barcodes.labels.parts import INVERTED, Bitmap, Media

ASK: Final = b"\x1b!?"
_BITS: Final = {0: "head", 1: "jam", 2: "paper", 3: "ribbon", 4: "paused", 6: "cover", 7: "other"}  # 5: it prints


def speak(bitmap: Bitmap, media: Media, copies: int = 1) -> bytes:
    """Return what prints the picture on one label."""
    size = f"SIZE {media.width_mm:g} mm,{media.height_mm:g} mm\r\nGAP {media.gap_mm:g} mm,0 mm\r\n"
    head = f"{size}DIRECTION 0\r\nREFERENCE 0,0\r\nCLS\r\nBITMAP 0,0,{bitmap.stride},{bitmap.height},0,"
    return head.encode() + bitmap.data.translate(INVERTED) + f"\r\nPRINT 1,{copies}\r\n".encode()


def trouble(answer: bytes) -> list[str] | None:
    """Return what a printer says is wrong in its answer to `ASK`; None while there is none."""
    return [name for bit, name in _BITS.items() if answer[0] >> bit & 1] if answer else None
