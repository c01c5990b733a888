"""Labels: what a thousand coupons take as one PDF, and as dots for a printer, the start of the process included."""

import asyncio
import time
from base64 import b64decode

from rig import emit

from barcodes.labels import cards
from barcodes.labels.cards import Bundle, Step
from barcodes.labels.design import Designs
from barcodes.labels.parts import Media
from gateway import apart
from gateway.printing import render

STEPS = [Step(f"OP{number}", f"공정 {number} 앞판 봉제", "120") for number in range(9)]
BUNDLES = 100
DESIGNS = Designs.ours("ko")


async def measure() -> None:
    """Have the labels drawn as the daemon has."""
    made = [
        card
        for number in range(BUNDLES)
        for card in cards.bundle(
            Bundle(f"2K3X{number:04d}", 20, "2611A", "A-100", "아이보리", "M", "3"), STEPS, DESIGNS
        )
    ]
    for name, media, to in (("pdf", Media(64, 34, 600), "pdf"), ("tspl", Media(60, 40, 203), "tspl")):
        began_s = time.monotonic()
        answer = await apart.ask("gateway.printing.render", render.question(made, media, to))
        took_s = time.monotonic() - began_s
        emit(f"labels.{name}_{len(made)}_s", took_s, "s", bytes=len(b64decode(answer["data"])))


if __name__ == "__main__":
    asyncio.run(measure())
