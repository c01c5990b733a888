"""The typeface at a size, for dots. Imports Pillow."""

from functools import lru_cache

from PIL import ImageFont

from gateway.printing import fonts


@lru_cache(256)
def of(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """Return the typeface at a size in dots."""
    return ImageFont.truetype(str(fonts.path("Bold" if bold else "Regular")), size)
