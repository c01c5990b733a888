"""A label as dots: black or white and nothing between, as a thermal head prints. Needs Pillow."""

from collections.abc import Callable, Iterator
from itertools import accumulate

from PIL import Image, ImageDraw, ImageFont

from barcodes.labels.parts import DOTS_PER_MM, INVERTED, Bars, Bitmap, Dpi, Label, Part, Rule, Squares, Text
from barcodes.labels.texts import INK, fit

Fonts = Callable[[int, bool], ImageFont.FreeTypeFont]  # (size in dots, bold)


def draw(label: Label, dpi: Dpi, fonts: Fonts) -> Bitmap:
    """Return the label as dots."""
    per_mm = DOTS_PER_MM[dpi]
    image = Image.new("1", (round(label.width_mm * per_mm), round(label.height_mm * per_mm)), 1)
    canvas = ImageDraw.Draw(image)
    for part in label.parts:
        if isinstance(part, Text):
            _write(canvas, part, per_mm, fonts)
        else:
            for x, y, width, height in _boxes(part, per_mm):
                canvas.rectangle((x, y, x + width - 1, y + height - 1), fill=0)
    return of_image(image)


def of_image(image: Image.Image) -> Bitmap:
    """Return a picture of mode 1 as dots; white beyond its right edge."""
    data = image.tobytes().translate(INVERTED)
    spare = -image.width % 8
    stride = (image.width + 7) // 8
    if spare:  # the bits behind the last dot are no dots
        mask = 0xFF << spare & 0xFF
        data = b"".join(
            data[at : at + stride - 1] + bytes([data[at + stride - 1] & mask]) for at in range(0, len(data), stride)
        )
    return Bitmap(image.width, image.height, data)


def to_image(bitmap: Bitmap) -> Image.Image:
    """Return dots as a picture of mode 1: the inverse of `of_image`."""
    return Image.frombytes("1", (bitmap.width, bitmap.height), bitmap.data.translate(INVERTED))


def _boxes(part: Part, per_mm: float) -> Iterator[tuple[int, int, int, int]]:
    """Yield the black rectangles of a part in dots: (x, y, width, height). Modules are whole dots already."""
    match part:
        case Bars(x, y, module, length, runs, turned):
            left, top, wide, long = (round(value * per_mm) for value in (x, y, module, length))
            starts = accumulate(runs, initial=0)
            for place, (start, run) in enumerate(zip(starts, runs, strict=False)):
                if place % 2 == 0:
                    along = (start * wide, run * wide)
                    yield (left, top + along[0], long, along[1]) if turned else (left + along[0], top, along[1], long)
        case Squares(x, y, module, rows):
            left, top, wide = (round(value * per_mm) for value in (x, y, module))
            for down, row in enumerate(rows):
                for across, dark in enumerate(row):
                    if dark:
                        yield left + across * wide, top + down * wide, wide, wide
        case Rule(x, y, width, height):
            left, top = round(x * per_mm), round(y * per_mm)
            yield left, top, max(1, round(width * per_mm)), max(1, round(height * per_mm))


def _write(canvas: ImageDraw.ImageDraw, part: Text, per_mm: float, fonts: Fonts) -> None:
    def measure(text: str, size: float) -> float:
        return fonts(max(1, int(size)), part.bold).getlength(text)

    text, size = fit(part.text, part.height * per_mm * INK, part.width * per_mm, measure)
    font = fonts(max(1, int(size)), part.bold)
    middle = (part.y + part.height / 2) * per_mm
    canvas.text((round(part.x * per_mm), round(middle)), text, fill=0, font=font, anchor="lm")
