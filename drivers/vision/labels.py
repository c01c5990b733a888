"""Labels: the codes in a picture, and which of them are new."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import zxingcpp

from drivers.vision.closer import Floats, cuts
from drivers.vision.motion import Grey, differs
from drivers.vision.options import Symbology

FORMATS: Final[dict[Symbology, zxingcpp.BarcodeFormat]] = {
    "code128": zxingcpp.BarcodeFormat.Code128,
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "ean13": zxingcpp.BarcodeFormat.EAN13,
    "ean8": zxingcpp.BarcodeFormat.EAN8,
    "code39": zxingcpp.BarcodeFormat.Code39,
    "code93": zxingcpp.BarcodeFormat.Code93,
    "codabar": zxingcpp.BarcodeFormat.Codabar,
    "itf": zxingcpp.BarcodeFormat.ITF,
    "databar": zxingcpp.BarcodeFormat.DataBar,
    "pdf417": zxingcpp.BarcodeFormat.PDF417,
    "aztec": zxingcpp.BarcodeFormat.Aztec,
    "maxicode": zxingcpp.BarcodeFormat.MaxiCode,
}
SQUARES: Final = ("qr", "datamatrix", "aztec", "maxicode", "pdf417")
# A symbology of two dimensions corrects errors. Bars have one check character or none, and in a blurred picture one in
# a thousand readings of Code 128 is wrong in spite of it: one sight may be a misreading, two alike are told.
CORRECTED: Final = (b"]Q", b"]d", b"]z", b"]L", b"]U")
SAME: Final[Floats] = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Label:
    """One code in a picture."""

    raw: bytes  # the AIM identifier and the content, as a hand scanner sends them
    box: tuple[int, int, int, int]  # left, top, right, bottom; px


class Reader:
    """Finds the codes of some symbologies in a grey picture: in the whole of it, then closer where it may hold more."""

    def __init__(self, symbologies: tuple[Symbology, ...]) -> None:
        self._squares = [FORMATS[name] for name in symbologies if name in SQUARES]
        self._bars = [FORMATS[name] for name in symbologies if name not in SQUARES]

    def read(self, grey: Grey) -> list[Label]:
        """Return the labels, from left to right."""
        found = [_label(code, SAME) for code in self._codes(grey)]
        for cut in cuts(grey, [label.box for label in found]):
            codes = (cut.bars and _read(cut.sharpened(), self._bars, try_rotate=False)) or self._codes(cut.grey)
            found += [_label(code, cut.back) for code in codes]
        return sorted(found, key=lambda label: label.box[:2])

    def _codes(self, grey: Grey) -> list[zxingcpp.Barcode]:
        return _read(grey, self._bars) + _read(grey, self._squares, try_downscale=True)


def _read(
    grey: Grey, formats: list[zxingcpp.BarcodeFormat], try_rotate: bool = True, try_downscale: bool = False
) -> list[zxingcpp.Barcode]:
    """Return the codes of these formats. Bars are never read in a reduced picture: in blurred ones, zxing-cpp finds
    wrong contents there whose check character is right (measured: in 2 of 100)."""
    if not formats:  # zxing-cpp would read all there are
        return []
    return list(
        zxingcpp.read_barcodes(
            grey,
            formats=zxingcpp.BarcodeFormats(formats),
            try_rotate=try_rotate,
            try_downscale=try_downscale,
            try_invert=False,
        )
    )


def _label(code: zxingcpp.Barcode, back: Floats) -> Label:
    """Return a code as a label; `back` leads from the pixels in which it was found to those of the whole picture."""
    place = code.position
    corners = np.array(
        [(at.x, at.y, 1) for at in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)]
    )
    across, down = np.rint(back @ corners.T).astype(int)
    raw = code.symbology_identifier.encode("ascii") + bytes(code.bytes)
    return Label(raw, (int(across.min()), int(down.min()), int(across.max()), int(down.max())))


@dataclass(slots=True)
class _Known:
    """A label that was seen lately."""

    seen_ns: int
    told: bool
    place: tuple[slice, slice]  # in the small picture
    patch: Grey  # how its place looked when it was read


class Presence:
    """Tells a label once for as long as it stays. A label that lies still is there though it is not read again."""

    def __init__(self, same_label_s: float) -> None:
        self._same_ns = round(same_label_s * 1e9)
        self._known: dict[bytes, _Known] = {}

    def stay(self, small: Grey, now_ns: int) -> None:
        """Keep the labels whose place looks as it did when they were read; forget those gone for too long."""
        for known in self._known.values():
            if not differs(small[known.place], known.patch, 1 + known.patch.size // 16):
                known.seen_ns = now_ns
        self._known = {raw: known for raw, known in self._known.items() if now_ns - known.seen_ns <= self._same_ns}

    def news(self, labels: list[Label], small: Grey, scale: float, now_ns: int) -> list[bytes]:
        """Return what is told now of the labels just read; `scale` leads from their pixels to those of `small`."""
        told = []
        for raw, box in {label.raw: label.box for label in labels}.items():
            known = self._known.get(raw)
            if new := not (known and known.told) and (known is not None or raw.startswith(CORRECTED)):
                told.append(raw)
            place = _place(box, scale, small)
            self._known[raw] = _Known(now_ns, new or bool(known and known.told), place, small[place])
        return told


def _place(box: tuple[int, int, int, int], scale: float, small: Grey) -> tuple[slice, slice]:
    """Return the rows and columns of a box in the small picture, at least a pixel: a corner may lie outside."""
    height, width = small.shape
    left, top, right, bottom = (round(edge * scale) for edge in box)
    left, top = min(max(0, left), width - 1), min(max(0, top), height - 1)
    return slice(top, max(top, bottom) + 1), slice(left, max(left, right) + 1)
