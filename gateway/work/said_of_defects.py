"""The texts of dialogues about defects, in Korean and English."""

from gateway.config.parts import Text
from gateway.work.answer import Words
from gateway.work.counts import Count
from gateway.work.josa import with_josa


def which_is_defective(defect: Text | str, pieces: Count) -> Words:
    """Ask at which operation a defect came about."""
    ko, en = _named(defect)
    return {
        "ko": f"불량 「{ko}」 {pieces.ko} — 불량이 생긴 공정의 표를 찍어 주세요.",
        "en": f"Defect {en}, {pieces.en}: scan the ticket of where it came about.",
    }


def defect(bundle: str, operation: Text, what: Text | str, pieces: Count) -> Words:
    """Say what has a defect."""
    ko, en = _named(what)
    return {
        "ko": f"불량 등록 — 묶음 {bundle} {operation.ko} 「{ko}」 {pieces.ko}",
        "en": f"Defect recorded: bundle {bundle}, {operation.en}, {en}, {pieces.en}",
    }


def not_done_yet(operation: Text) -> Words:
    """Say that what is not done cannot have a defect."""
    return {
        "ko": f"아직 하지 않은 공정이에요: 「{operation.ko}」.",
        "en": f"That is not done yet: {operation.en}.",
    }


def nothing_done(bundle: str) -> Words:
    """Say that nothing is done of a bundle."""
    return {
        "ko": f"묶음 {bundle}에는 끝난 공정이 없어요.",
        "en": f"Nothing is done of bundle {bundle} yet.",
    }


def no_defects(bundle: str) -> Words:
    """Say that there is nothing to repair, or that it must be said where."""
    return {
        "ko": f"수선할 불량이 없거나 여러 공정에 있어요 — 묶음 {bundle}. 그 공정의 표를 찍어 주세요.",
        "en": f"Bundle {bundle} has no defects, or at several operations: scan the ticket of one.",
    }


def fewer_defects(pieces: int, has: Count, bundle: str) -> Words:
    """Say that fewer pieces have a defect."""
    ko, many = with_josa(has.ko, "이에요/예요"), with_josa(has.of(pieces).ko, "을/를")
    return {
        "ko": f"묶음 {bundle}에 남은 불량은 {ko}. {many} 수선할 수 없어요.",
        "en": f"Bundle {bundle} has {has.en} with defects, not {pieces}.",
    }


def repaired(bundle: str, operation: Text, pieces: Count) -> Words:
    """Say what was repaired."""
    return {
        "ko": f"수선 등록 — 묶음 {bundle} {operation.ko} {pieces.ko}",
        "en": f"Repaired: bundle {bundle}, {operation.en}, {pieces.en}",
    }


def scrapped(bundle: str, pieces: Count, left_over: Count) -> Words:
    """Say what was scrapped, and what is left."""
    return {
        "ko": f"폐기 등록 — 묶음 {bundle} {pieces.ko}, 남은 것 {left_over.ko}",
        "en": f"Scrapped: bundle {bundle}, {pieces.en}; {left_over.en} left",
    }


def undone_defect(bundle: str, pieces: Count) -> Words:
    """Say that a defect was none."""
    return {
        "ko": f"되돌림 — 묶음 {bundle} 불량 {with_josa(pieces.ko, '을/를')} 뺐어요.",
        "en": f"Undone: bundle {bundle}, {pieces.en} with a defect",
    }


def undone_repair(bundle: str, pieces: Count) -> Words:
    """Say that a repair was none."""
    return {
        "ko": f"되돌림 — 묶음 {bundle} 수선 {with_josa(pieces.ko, '을/를')} 뺐어요.",
        "en": f"Undone: bundle {bundle}, {pieces.en} repaired",
    }


def undone_scrap(bundle: str, pieces: Count) -> Words:
    """Say that pieces are back."""
    return {
        "ko": f"되돌림 — 묶음 {bundle} 폐기 {with_josa(pieces.ko, '을/를')} 뺐어요.",
        "en": f"Undone: bundle {bundle}, {pieces.en} scrapped",
    }


def _named(what: Text | str) -> tuple[str, str]:
    return (what, what) if isinstance(what, str) else (what.ko, what.en)
