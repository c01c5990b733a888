"""Drawing: an order as the cards of it, and these as what a printer or a screen takes, in a process of its own."""

from base64 import b64decode
from dataclasses import asdict
from typing import Any, Final

from barcodes.labels.arrange import Card, Form
from barcodes.labels.design import KINDS, Designs, fields
from barcodes.labels.parts import DOTS_PER_MM, Dpi, Media, NoRoom
from barcodes.ticket import encode
from gateway import apart
from gateway.config.printing import Printer
from gateway.printing import orders, render
from gateway.printing.orders import Order
from gateway.printing.shop import Shop
from gateway.work.entries import NotRecorded

MADE_UP: Final = "X" * 9  # a serial as wide as any
PDF_DPI: Final[Dpi] = 600  # of an office printer, more or less: modules are whole dots of it
SHOWN: Final = 20  # labels of a preview
MOST_BYTES: Final = 8_000_000  # of dots in one job: they pass through the daemon's memory
SCREEN_DPI: Final[Dpi] = 300


def cards_of(order: Order, shop: Shop) -> list[Card]:
    """Return the cards of an order, with made-up serials where it has none. Raises NotRecorded."""
    whole = orders.with_serials(order, [MADE_UP] * orders.needed(order))
    try:
        cards = orders.made(whole, shop)
        for card in cards:
            encode(card.ticket)
    except ValueError as error:
        raise NotRecorded(f"찍을 수 없는 표예요: {error}", f"This cannot be a ticket: {error}") from error
    if not cards:
        raise NotRecorded(
            "찍을 것이 없어요: 설정에도 장부에도 없어요.",
            "Nothing to print: neither the configuration nor the ledger has any.",
        )
    if len(cards) > orders.MOST_LABELS:
        most = orders.MOST_LABELS
        raise NotRecorded(f"한 번에 라벨 {most}장까지 찍어요.", f"At most {most} labels are printed at once.")
    return cards


def told(designs: Designs) -> list[dict[str, Any]]:
    """Return each kind of label as a screen gets it: how it looks, how ours does, and the fields that it may show."""
    ours = Designs.ours(designs.language)
    return [
        {"name": kind, **asdict(designs.of(kind)), "ours": asdict(ours.of(kind)), "fields": fields(kind)}
        for kind in KINDS
    ]


def check_size(labels: int, printer: Printer) -> None:
    """Raise NotRecorded when so many labels are more than a label printer is given at once."""
    per_mm = DOTS_PER_MM[printer.dpi]
    most = int(MOST_BYTES / (printer.width_mm * per_mm / 8 * printer.height_mm * per_mm))
    if printer.language != "pdf" and labels > most:
        raise NotRecorded(
            f"이 크기의 라벨은 한 번에 {most}장까지 찍어요. 나누어 찍어 주세요.",
            f"Labels of this size are printed at most {most} at once: make it several orders.",
        )


def media_of(printer: Printer, on_screen: bool = False) -> Media:
    """Return the label in a printer."""
    dpi: Dpi = (SCREEN_DPI if on_screen else PDF_DPI) if printer.language == "pdf" else printer.dpi
    return Media(printer.width_mm, printer.height_mm, dpi, printer.gap_mm)


async def preview(order: Order, shop: Shop, media: Media, form: Form) -> bytes:
    """Return the first labels of an order as PNG, one below the other. Raises NoRoom, NotRecorded, apart.Failed."""
    return await drawn(render.question(cards_of(order, shop)[:SHOWN], media, "png", form))


async def drawn(question: dict[str, Any]) -> bytes:
    """Return what a question asks for. Raises NoRoom, apart.Failed."""
    answer = await apart.ask("gateway.printing.render", question)
    if "refused" in answer:
        raise NoRoom(**answer["refused"])
    return b64decode(answer["data"])
