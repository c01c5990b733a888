"""One label of every kind, in both languages of a workshop."""

from typing import Final

from barcodes.labels import cards
from barcodes.labels.arrange import Card
from barcodes.labels.cards import Bundle, Step
from barcodes.labels.design import Designs, Language

STEPS: Final = (Step("FRONT", "앞판 봉제", "120"), Step("SLEEVE", "소매 달기", "95.5"))
BUNDLE: Final = Bundle("2K3X0001", 20, "2611A", "블라우스 A-100", "아이보리", "M", "재단 3")


def kinds(language: Language) -> dict[str, list[Card]]:
    """Every kind of label, by its name."""
    designs = Designs.ours(language)
    return {
        "bundle": cards.bundle(BUNDLE, STEPS, designs),
        "traveller": cards.traveller("2611A", "축 커버", STEPS, designs, quantity=40, drawing="D-17 rev B"),
        "badge": [cards.badge(101, "김은하", designs)],
        "commands": cards.commands(["UNDO", "NEARMISS"], designs),
        "operations": cards.operations(STEPS, designs),
        "defects": cards.defects([Step("STAIN", "얼룩")], designs),
        "reasons": cards.reasons([Step("NEEDLE", "바늘 부러짐")], designs),
        "quantities": cards.quantities([20], designs),
        "equipment": [cards.equipment("press_1", "프레스 1호", designs)],
        "station": [cards.station("sewing_3", "봉제 3번 자리", designs)],
        "lot": [cards.lot("AU18K0231", "18K 판재 2 mm", designs)],
    }
