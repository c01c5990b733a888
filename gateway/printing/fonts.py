"""The typeface of everything that is printed: Pretendard, with all 11,172 syllables of Hangul (OFL 1.1).

The dashboard's build copies its files beside this module, and the package ships them; a checkout whose screens are
not built yet has them among the dashboard's own packages. For a PDF: `register()`, then `setFont(fonts.REGULAR, 9)`.
"""

from functools import cache
from pathlib import Path
from typing import Final, Literal

Weight = Literal["Regular", "Bold"]

REGULAR: Final = "Gongbang"  # the names under which reportlab knows them after `register`
BOLD: Final = "Gongbang-Bold"
_PLACES: Final = (
    Path(__file__).parent / "static",
    Path(__file__).parents[2] / "dashboard/node_modules/pretendard/dist/public/static/alternative",
)


@cache
def path(weight: Weight = "Regular") -> Path:
    """Return where the TrueType file lies; FileNotFoundError, which says how to get it, when it is nowhere."""
    name = f"Pretendard-{weight}.ttf"
    for place in _PLACES:
        if (file := place / name).exists():
            return file
    raise FileNotFoundError(f"{name}: 글꼴이 없어요. / The typeface is not there:  tools/screens.sh")


@cache
def register() -> None:
    """Make the typeface known to reportlab as `REGULAR` and `BOLD`; documents get the part of it that they use."""
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    registerFont(TTFont(REGULAR, str(path("Regular"))))
    registerFont(TTFont(BOLD, str(path("Bold"))))
    addMapping(REGULAR, 0, 0, REGULAR)
    addMapping(REGULAR, 1, 0, BOLD)  # <b> in a paragraph
