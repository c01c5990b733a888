"""One label of every kind, in both languages of a workshop."""

from typing import Final

from barcodes.labels import cards
from barcodes.labels.arrange import Card
from barcodes.labels.cards import Bundle, Language, Step

STEPS: Final = (Step("FRONT", "앞판 봉제", "120"), Step("SLEEVE", "소매 달기", "95.5"))
BUNDLE: Final = Bundle("2K3X0001", 20, "2611A", "블라우스 A-100", "아이보리", "M", "재단 3")


def kinds(language: Language) -> dict[str, list[Card]]:
    """Every kind of label, by its name."""
    return {
        "bundle": cards.bundle(BUNDLE, STEPS, language),
        "traveller": cards.traveller("2611A", "축 커버", STEPS, language, quantity=40, drawing="D-17 rev B"),
        "badge": [cards.badge(101, "김은하", language)],
        "commands": cards.commands(["UNDO", "NEARMISS"], language),
        "operations": cards.operations(STEPS),
        "defects": cards.defects([Step("STAIN", "얼룩")]),
        "reasons": cards.reasons([Step("NEEDLE", "바늘 부러짐")]),
        "quantities": cards.quantities([20], language),
        "equipment": [cards.equipment("press_1", "프레스 1호")],
        "station": [cards.station("sewing_3", "봉제 3번 자리")],
        "lot": [cards.lot("AU18K0231", "18K 판재 2 mm", language)],
    }
