"""Pictures drawn for the tests: printed labels on a bench, and plain things on a belt."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
BENCH = 90  # grey of what lies below
SYMBOLS = {"code128": zxingcpp.BarcodeFormat.Code128, "qr": zxingcpp.BarcodeFormat.QRCode}


def label(content: str, symbology: str = "qr", scale: int = 4, **options: Any) -> Picture:
    """A printed label, grey [H, W], with its quiet zone."""
    symbol = SYMBOLS.get(symbology) or getattr(zxingcpp.BarcodeFormat, symbology)
    code = zxingcpp.create_barcode(content, symbol, **options)
    printed = np.array(zxingcpp.write_barcode_to_image(code, scale=scale, add_quiet_zones=True), np.uint8)
    return printed[: 30 * scale] if symbology == "code128" else printed


def bench(height_px: int = 720, width_px: int = 1280, grey: int = BENCH) -> Picture:
    """An empty bench, in colour [H, W, 3]."""
    return np.full((height_px, width_px, 3), grey, np.uint8)


def lay(picture: Picture, printed: Picture, x: int, y: int) -> Picture:
    """A label laid on a copy of a picture with its upper left corner at x, y; what leaves the picture is cut off."""
    laid = picture.copy()
    left, top = max(0, x), max(0, y)
    part = printed[top - y : picture.shape[0] - y, left - x : picture.shape[1] - x]
    if part.size:
        laid[top : top + part.shape[0], left : left + part.shape[1]] = part[..., None]
    return laid


def tilted(picture: Picture, degrees: float) -> Picture:
    """A picture turned about its middle, as large as it must be, on the bench's grey."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    across, up = abs(turn[0, 0]), abs(turn[0, 1])
    size = (round(height * up + width * across), round(height * across + width * up))
    turn[:, 2] += (size[0] / 2 - width / 2, size[1] / 2 - height / 2)
    return np.asarray(cv2.warpAffine(picture, turn, size, borderValue=(BENCH,) * 3), np.uint8)


def smeared(picture: Picture, length_px: int) -> Picture:
    """What a shutter open for so many pixels of sideways movement sees."""
    return np.asarray(cv2.blur(picture, (length_px, 1)), np.uint8)


def noisy(picture: Picture, seed: int, sigma: float = 4.0) -> Picture:
    """A picture with the noise of a sensor."""
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def lit(picture: Picture, factor: float) -> Picture:
    """A picture in other light."""
    return np.clip(picture * factor, 0, 255).astype(np.uint8)


def box(picture: Picture, x: float, y: float, size_px: int = 80, grey: int = 200) -> Picture:
    """A plain thing with its middle at x, y on a copy of a picture."""
    drawn = picture.copy()
    half = size_px // 2
    cv2.rectangle(drawn, (round(x) - half, round(y) - half), (round(x) + half, round(y) + half), (grey,) * 3, -1)
    return drawn


def film(path: Path, frames: list[Picture], rate_hz: float = 10.0) -> str:
    """Write frames as a video file and return its name."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate_hz, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame)
    writer.release()
    return str(path)
