"""Renders labels in a process of its own: what is asked and answered is JSON (`gateway.apart`).

Question: `cards` (each `code`, `title`, `lines`, `note`, `form`), `media` (width_mm, height_mm, dpi, gap_mm), `form`,
`to` (check, png, zpl, tspl, slcs, ezpl, pdf), for pdf `sheet` and `first`. Answer: `data` in base64, or `refused` in
two languages.
"""

import io
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from barcodes.labels.arrange import Card, Form, arrange
from barcodes.labels.parts import Label, Media, NoRoom
from barcodes.ticket import Unknown, encode, parse


def question(
    cards: Iterable[Card],
    media: Media,
    to: str,
    form: Form = "auto",
    sheet: Mapping[str, float] | None = None,
    first: int = 0,
) -> dict[str, Any]:
    """Return the question as JSON. ValueError for a ticket that the grammar cannot hold."""
    asked = [
        {"code": encode(c.ticket), "title": c.title, "lines": c.lines, "note": c.note, "form": c.form} for c in cards
    ]
    size = {"width_mm": media.width_mm, "height_mm": media.height_mm, "dpi": media.dpi, "gap_mm": media.gap_mm}
    return {"cards": asked, "media": size, "form": form, "to": to, "sheet": sheet or {}, "first": first}


def render(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a question."""
    media, to = Media(**asked["media"]), asked["to"]
    try:
        labels = [arrange(_card(card), media, asked["form"]) for card in asked["cards"]]
    except NoRoom as refused:
        return {"refused": refused.text}
    if to == "check":
        return {"data": ""}
    data = _pdf(labels, media, asked) if to == "pdf" else _dots(labels, media, to)
    return {"data": b64encode(data).decode()}


def _card(asked: Mapping[str, Any]) -> Card:
    ticket = parse(asked["code"].encode())
    assert not isinstance(ticket, Unknown), ticket  # `question` wrote it
    return Card(ticket, asked["title"], tuple(asked["lines"]), asked["note"], asked["form"])


def _pdf(labels: list[Label], media: Media, asked: Mapping[str, Any]) -> bytes:
    from gateway.printing.pdf import Sheet, pdf

    return pdf(labels, Sheet(media.width_mm, media.height_mm, **asked["sheet"]), asked["first"])


def _dots(labels: list[Label], media: Media, to: str) -> bytes:
    """Return the labels for a printer, or one below the other as a picture."""
    from barcodes.labels import bitmap
    from barcodes.labels.languages import SPEAK
    from gateway.printing import typeface

    drawn = [bitmap.draw(label, media.dpi, typeface.of) for label in labels]
    if to != "png":
        return b"".join(SPEAK[to](one, media, 1) for one in drawn)  # type: ignore[index] # one of SPEAK's
    from PIL import Image

    gap = 8
    high = sum(one.height + gap for one in drawn) - gap
    whole = Image.new("L", (max(one.width for one in drawn), high), 200)
    y = 0
    for one in drawn:
        whole.paste(bitmap.to_image(one).convert("L"), (0, y))
        y += one.height + gap
    with io.BytesIO() as file:
        whole.save(file, "PNG", optimize=True)
        return file.getvalue()


if __name__ == "__main__":
    from gateway.apart import reply

    reply(render)
