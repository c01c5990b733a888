"""SLCS (Bixolon): the picture by LD, whose numbers are binary, low byte first.

Source: Bixolon, SLCS Programming Manual: SW, SL, SM, CB, LD, P.
"""

import struct

from barcodes.labels.parts import Bitmap, Media


def speak(bitmap: Bitmap, media: Media, copies: int = 1) -> bytes:
    """Return what prints the picture on one label."""
    gap = f"{round(media.gap_mm / media.dot_mm)},G" if media.gap_mm else "0,C"
    head = f"CB\r\nSM0,0\r\nSW{bitmap.width}\r\nSL{bitmap.height},{gap}\r\nLD"
    sizes = struct.pack("<HHHH", 0, 0, bitmap.stride, bitmap.height)
    return head.encode() + sizes + bitmap.data + f"\r\nP1,{copies}\r\n".encode()
