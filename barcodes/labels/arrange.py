"""Where things stand on a label: a ticket's symbol as large as there is room for, its text beside or above it.

A Code 128 is tried along the label, then down it, then a QR; the first that leaves room for the whole text is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Final, Literal

from barcodes.labels import symbols
from barcodes.labels.parts import Bars, Label, Media, NoRoom, Part, Squares, Text
from barcodes.labels.texts import INK, ems
from barcodes.ticket import Ours, encode

Form = Literal["auto", "code128", "qr"]

MARGIN_MM: Final = 1.0
GAP_MM: Final = 0.8
LINE_MM: Final = (1.8, 4.5)  # the least that can be read, the most that is of use
TITLE: Final = 1.4  # as high as so many lines
LEAST_BARS_MM: Final = 5.0
MOST_BARS_MM: Final = 15.0
BESIDE_MM: Final = 10.0  # the narrowest column of text


@dataclass(frozen=True, slots=True)
class Card:
    """What one label says: the ticket, and for people a title, some lines, and a note such as REPRINT.

    `form` is that of its symbol where nobody asks for another.
    """

    ticket: Ours
    title: str
    lines: tuple[str, ...] = ()
    note: str = ""
    form: Form = "auto"


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float
    height: float


def arrange(card: Card, media: Media, form: Form = "auto") -> Label:
    """Return the label of a card. Raises NoRoom, which says what fits, and ValueError for no ticket of the grammar."""
    code = encode(card.ticket)
    form = card.form if form == "auto" else form
    texts = [text for text in (card.title, *card.lines, code, card.note) if text]
    tries = {
        "code128": (_along(code, media), _down(code, media)),
        "qr": (_square(code, media),),
    }
    cut: list[tuple[int, Label]] = []  # with how many of their lines are not whole
    for name in ("code128", "qr") if form == "auto" else (form,):
        for symbol, box in chain(*tries[name]):
            if lines := _lines(texts, box):
                label = Label(media.width_mm, media.height_mm, (symbol, *lines))
                if all(map(_whole, lines)):
                    return label
                cut.append((sum(not _whole(line) for line in lines), label))
    if cut:
        return min(cut, key=itemgetter(0))[1]
    raise _no_room(code, len(texts), media, form)


def _along(code: str, media: Media) -> Iterator[tuple[Part, _Box]]:
    """Yield bars along the foot of the label, the widest first."""
    for module in symbols.modules_mm(symbols.BAR_MODULE_MM, media.dot_mm):
        length = symbols.bars_mm(code, module)
        if length > media.width_mm:
            continue
        for share in (0.45, 0.35, 0.25):
            high = min(MOST_BARS_MM, max(LEAST_BARS_MM, media.height_mm * share))
            y = media.height_mm - MARGIN_MM - high
            x = (media.width_mm - length) / 2 + symbols.BAR_QUIET * module
            yield Bars(x, y, module, high, symbols.bars(code)), _inner(media, below=high + GAP_MM)


def _down(code: str, media: Media) -> Iterator[tuple[Part, _Box]]:
    """Yield bars down the left side of the label."""
    for module in symbols.modules_mm(symbols.BAR_MODULE_MM, media.dot_mm):
        length = symbols.bars_mm(code, module)
        if length > media.height_mm:
            continue
        for share in (0.35, 0.25):
            wide = min(MOST_BARS_MM, max(LEAST_BARS_MM, media.width_mm * share))
            y = (media.height_mm - length) / 2 + symbols.BAR_QUIET * module
            bars = Bars(MARGIN_MM, y, module, wide, symbols.bars(code), turned=True)
            yield bars, _inner(media, left=wide + GAP_MM)


def _square(code: str, media: Media) -> Iterator[tuple[Part, _Box]]:
    """Yield a QR at the left with the text beside it, or above it."""
    rows = symbols.squares(code)
    for module in symbols.modules_mm(symbols.QR_MODULE_MM, media.dot_mm):
        side, quiet = symbols.squares_mm(code, module), symbols.QR_QUIET * module
        if side > min(media.width_mm, media.height_mm):
            continue
        beside = Squares(quiet, (media.height_mm - side) / 2 + quiet, module, rows)
        above = Squares((media.width_mm - side) / 2 + quiet, media.height_mm - side + quiet, module, rows)
        places = [
            (beside, _inner(media, left=side - MARGIN_MM)),
            (above, _inner(media, below=side - MARGIN_MM)),
        ]
        yield from places if media.width_mm >= media.height_mm else reversed(places)


def _inner(media: Media, left: float = 0.0, below: float = 0.0) -> _Box:
    """Return what the symbol leaves of the label inside its margins."""
    width = media.width_mm - 2 * MARGIN_MM - left
    return _Box(MARGIN_MM + left, MARGIN_MM, width, media.height_mm - 2 * MARGIN_MM - below)


def _lines(texts: list[str], box: _Box) -> list[Text]:
    """Return the lines of text, the first as the title; none where they do not fit."""
    line = min(LINE_MM[1], box.height / (len(texts) - 1 + TITLE))
    if line < LINE_MM[0] or box.width < BESIDE_MM:
        return []
    title = Text(box.x, box.y, box.width, line * TITLE, texts[0], bold=True)
    rest = (Text(box.x, box.y + line * (TITLE + n), box.width, line, text) for n, text in enumerate(texts[1:]))
    return [title, *rest]


def _whole(line: Text) -> bool:
    """Return whether a line will not be cut, nor be much smaller than the others."""
    return ems(line.text) * line.height * INK * 0.75 <= line.width


def _no_room(code: str, texts: int, media: Media, form: Form) -> NoRoom:
    """Say how large the label would have to be, in each form."""
    high = (texts - 1 + TITLE) * LINE_MM[0]
    bar = symbols.bars_mm(code, symbols.modules_mm(symbols.BAR_MODULE_MM, media.dot_mm)[-1])
    side = symbols.squares_mm(code, symbols.modules_mm(symbols.QR_MODULE_MM, media.dot_mm)[-1])
    thick = LEAST_BARS_MM + GAP_MM + 2 * MARGIN_MM
    along = f"{bar:.1f} x {high + thick:.1f} mm"
    down = f"{thick + BESIDE_MM:.1f} x {max(bar, high + 2 * MARGIN_MM):.1f} mm"
    beside = f"{side + MARGIN_MM + BESIDE_MM:.1f} x {max(side, high + 2 * MARGIN_MM):.1f} mm"
    size = f"{media.width_mm:g} x {media.height_mm:g} mm"
    ko = {"qr": f"QR은 {beside}", "code128": f"Code 128은 {along}, 세로로는 {down}"}
    en = {"qr": f"a QR needs {beside}", "code128": f"Code 128 needs {along}, or {down} down the label"}
    narrower = form == "code128" and side + MARGIN_MM + BESIDE_MM <= media.width_mm
    names = ("code128", "qr") if form == "auto" or narrower else (form,)
    return NoRoom(
        f"{code}: {size} 라벨에 자리가 없어요. 있어야 하는 크기: {'; '.join(ko[name] for name in names)}",
        f"{code} does not fit on a label of {size}: {'; '.join(en[name] for name in names)}",
    )
