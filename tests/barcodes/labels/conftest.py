"""What draws labels in the tests: the typeface of the product."""

from collections.abc import Callable
from functools import lru_cache

import pytest
from PIL import ImageFont

from gateway.printing import fonts


@lru_cache(256)
def font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """The typeface at a size in dots."""
    return ImageFont.truetype(str(fonts.path("Bold" if bold else "Regular")), size)


@pytest.fixture(scope="session")
def typeface() -> Callable[[int, bool], ImageFont.FreeTypeFont]:
    return font
