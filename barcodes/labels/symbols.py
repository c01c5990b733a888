"""The symbols on labels: Code 128 as runs of modules, QR as a matrix, and how large they have to be.

Sources: ISO/IEC 15417 (Code 128: quiet zones of 10 modules) and ISO/IEC 18004 (QR: of 4).
"""

from functools import lru_cache
from itertools import groupby
from typing import Final

BAR_QUIET: Final = 10
QR_QUIET: Final = 4
BAR_MODULE_MM: Final = (0.25, 0.375)  # the least that a hand-held scanner reads well on paper that was used, the most
QR_MODULE_MM: Final = (0.33, 0.75)


@lru_cache(1024)
def bars(text: str) -> tuple[int, ...]:
    """Return the widths of the bars and spaces of a Code 128 symbol in modules, a bar first and last."""
    from barcode.codex import Code128  # here and below: who only lists what can be printed does not load it

    return tuple(len(list(run)) for _, run in groupby(Code128(text).build()[0]))


@lru_cache(1024)
def squares(text: str) -> tuple[tuple[int, ...], ...]:
    """Return a QR symbol of level M, in the smallest version that holds the text.

    Readers take any of the eight masks; to try all for the evenest takes nine times as long, and a sheet has dozens.
    """
    import segno

    return tuple(tuple(row) for row in segno.make_qr(text, error="m", boost_error=False, mask=3).matrix)


def bars_mm(text: str, module_mm: float) -> float:
    """Return the length of a Code 128 symbol with its quiet zones."""
    return (sum(bars(text)) + 2 * BAR_QUIET) * module_mm


def squares_mm(text: str, module_mm: float) -> float:
    """Return the side of a QR symbol with its quiet zone."""
    return (len(squares(text)) + 2 * QR_QUIET) * module_mm


def modules_mm(limits: tuple[float, float], dot_mm: float) -> list[float]:
    """Return the widths that a module may have, largest first: whole dots, for half a dot is printed as none or one."""
    least, most = limits
    dots = range(int(most / dot_mm + 1e-6), 0, -1)
    return [n * dot_mm for n in dots if n * dot_mm >= least - 1e-6]
