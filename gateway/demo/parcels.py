"""Pictures of labelled parcels as a camera above a belt sees them: printed codes, tilt, focus, motion blur.

The codes are written by zxing-cpp; OpenCV does the rest. Both come with the extra `camera`, so this is imported only
where a belt is shown. The same seed gives the same parcel.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Symbology = Literal["qr", "code128"]

PX_PER_MM: Final = 4.0  # 1280 px see 320 mm of the belt
FINE: Final = 2  # pictures are drawn so many times finer, and then seen by the sensor: a pixel is an area
MODULE_MM: Final[dict[Symbology, float]] = {"qr": 1.25, "code128": 0.5}  # 10 and 4 dots of a 203 dpi printer
QUIET: Final[dict[Symbology, int]] = {"qr": 4, "code128": 10}  # modules left white around, as the standards ask
FORMATS: Final = {"qr": zxingcpp.BarcodeFormat.QRCode, "code128": zxingcpp.BarcodeFormat.Code128}
BAR_MM: Final = 26.0  # length of a bar
TEXT_MM: Final = 7.0  # height of the line of text
PAPER: Final = (244, 248, 249)  # BGR
INK: Final = (34, 30, 30)


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed on a label."""

    text: str
    symbology: Symbology


@dataclass(frozen=True, slots=True)
class Optics:
    """What movement and lens do to a picture, and how crooked things lie.

    The blur is exposure_s x the belt's speed. With 1/200 s at 0.3 m/s that is 1.5 mm, 6 px: more than a module of the
    QR code. A Code 128 stands that only along its bars, which is how labels are to be turned on a belt (`across` turns
    them the wrong way: then a bar of 0.5 mm is gone at such an exposure).
    """

    speed_mm_s: float = 300.0
    exposure_s: float = 1 / 200
    focus_px: float = 0.7  # sigma of the lens
    tilt_deg: float = 4.0  # standard deviation; never more than three times that
    across: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """A picture to be laid on the belt: `colour` is premultiplied; `cover` tells how much of the belt is hidden.

    Both are uint8 of shape (height, width, 3), in pixels of the camera.
    """

    label: Label
    colour: Pixels
    cover: Pixels

    @property
    def taken_mm(self) -> float:
        """Return what it takes of the belt's length, in the picture."""
        return float(self.colour.shape[1] / PX_PER_MM)


def draw(label: Label, optics: Optics, seed: int) -> Parcel:
    """Return a parcel with its label, as sharp as the camera sees it."""
    rng = np.random.default_rng(seed)
    paper = print_label(label, optics.across)
    length_mm, height_mm = _box_mm(paper, rng)
    tilt_deg = float(np.clip(rng.normal(0, optics.tilt_deg), -3 * optics.tilt_deg, 3 * optics.tilt_deg))
    box_deg = tilt_deg * float(rng.uniform(0.1, 0.4))  # the rails straighten the box; the label was stuck by hand
    blur_px = optics.speed_mm_s * optics.exposure_s * PX_PER_MM
    size = _canvas(length_mm, height_mm, box_deg, blur_px)
    middle = (size[0] / 2, size[1] / 2)
    box = _box(length_mm, height_mm, rng)
    seen, cover = _lay(box, middle, box_deg, size)
    room = (length_mm * PX_PER_MM * FINE - paper.shape[1]) / 2, (height_mm * PX_PER_MM * FINE - paper.shape[0]) / 2
    stuck = tuple(at + float(rng.uniform(-0.4, 0.4)) * max(0.0, free) for at, free in zip(middle, room, strict=True))
    on_it, paper_cover = _lay(paper, (stuck[0], stuck[1]), tilt_deg, size)
    seen = _over(seen, on_it, paper_cover)
    return Parcel(label, _sensed(seen, optics, blur_px), _sensed(cover, optics, blur_px))


def print_label(label: Label, across: bool = False) -> Pixels:
    """Return the label's paper, FINE x PX_PER_MM pixels a millimetre; a Code 128 has its bars along the belt."""
    modules = np.asarray(zxingcpp.create_barcode(label.text, FORMATS[label.symbology]).to_image(add_quiet_zones=False))
    module_px = round(MODULE_MM[label.symbology] * PX_PER_MM * FINE)
    if label.symbology == "code128":
        bar_px = round(BAR_MM * PX_PER_MM * FINE)
        code = np.repeat(np.repeat(modules[:1], module_px, axis=1), bar_px, axis=0)
    else:
        code = np.repeat(np.repeat(modules, module_px, axis=1), module_px, axis=0)
    quiet_px = QUIET[label.symbology] * module_px
    above_px, text_px = round(4 * PX_PER_MM * FINE), round(TEXT_MM * PX_PER_MM * FINE)
    paper = np.empty((code.shape[0] + 2 * above_px + text_px, code.shape[1] + 2 * quiet_px, 3), np.uint8)
    paper[:] = PAPER
    paper[above_px : above_px + code.shape[0], quiet_px : quiet_px + code.shape[1]][code < 128] = INK
    _write(paper, label.text, above_px + code.shape[0] + text_px)
    turned = label.symbology == "code128" and not across
    return np.ascontiguousarray(np.rot90(paper)) if turned else paper


def _write(paper: Pixels, text: str, bottom_px: int) -> None:
    """Write the human-readable line in the middle, as large as fits."""
    font, thick = cv2.FONT_HERSHEY_SIMPLEX, 2
    (width, height), _ = cv2.getTextSize(text, font, 1.0, thick)
    scale = min((paper.shape[1] - 16) / width, 0.6 * TEXT_MM * PX_PER_MM * FINE / height)
    at = (round((paper.shape[1] - scale * width) / 2), bottom_px)
    cv2.putText(paper, text, at, font, scale, INK, thick, cv2.LINE_AA)


def _box_mm(paper: Pixels, rng: np.random.Generator) -> tuple[float, float]:
    """Return a box's length along the belt and its height in the picture: the label fits on it."""
    height, length = (side / FINE / PX_PER_MM for side in paper.shape[:2])
    return max(length + 14, float(rng.uniform(80, 130))), max(height + 8, float(rng.uniform(110, 145)))


def _box(length_mm: float, height_mm: float, rng: np.random.Generator) -> Pixels:
    """Return a cardboard box from above: a brown of its own, coarse fibre, a strip of tape, darker edges."""
    height, width = round(height_mm * PX_PER_MM * FINE), round(length_mm * PX_PER_MM * FINE)
    brown = np.array([95, 140, 185]) * rng.uniform(0.65, 1.05) + rng.uniform(-8, 8, 3)
    fibre = rng.normal(0, 6, (height // 12 + 1, width // 40 + 1, 1))
    box = cv2.resize(np.clip(brown + fibre, 0, 255).astype(np.uint8), (width, height))
    for part, gain in (
        (box[height // 2 - 60 : height // 2 + 60], 1.1),
        *((edge, 0.75) for edge in (box[:10], box[-10:], box[:, :10], box[:, -10:])),
    ):
        part[:] = cv2.convertScaleAbs(part, alpha=gain)
    return np.asarray(box, np.uint8)


def _canvas(length_mm: float, height_mm: float, deg: float, blur_px: float) -> tuple[int, int]:
    """Return width and height, in fine pixels, of what holds the turned box and its blur; multiples of FINE."""
    sin, cos = abs(math.sin(math.radians(deg))), abs(math.cos(math.radians(deg)))
    width = (length_mm * cos + height_mm * sin) * PX_PER_MM + blur_px + 8
    height = (length_mm * sin + height_mm * cos) * PX_PER_MM + 8
    return math.ceil(width) * FINE, math.ceil(height) * FINE


def _lay(picture: Pixels, middle: tuple[float, float], deg: float, size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Return a picture turned about its middle and moved there, on black, and what it covers."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), deg, 1.0)
    turn[:, 2] += middle[0] - width / 2, middle[1] - height / 2
    cover = cv2.warpAffine(np.full((height, width), 255, np.uint8), turn, size)
    return np.asarray(cv2.warpAffine(picture, turn, size), np.uint8), np.asarray(cv2.merge((cover,) * 3), np.uint8)


def _over(below: Pixels, above: Pixels, cover: Pixels) -> Pixels:
    """Return a premultiplied picture laid over another."""
    return np.asarray(cv2.add(cv2.multiply(below, 255 - cover, scale=1 / 255), above), np.uint8)


def _sensed(picture: Pixels, optics: Optics, blur_px: float) -> Pixels:
    """Return the picture in the camera's pixels: moved while the shutter was open, then through the lens."""
    length = blur_px * FINE
    taps = np.ones(2 * math.ceil(length / 2) + 1, np.float32)
    taps[[0, -1]] = max(0.0, 1 - (len(taps) - length) / 2)  # a blur need not be a whole number of pixels long
    moved = cv2.filter2D(picture, -1, (taps / taps.sum())[None, :], borderType=cv2.BORDER_CONSTANT)
    shrunk = cv2.resize(moved, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(shrunk, (0, 0), optics.focus_px), np.uint8)
