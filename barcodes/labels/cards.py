"""What stands on each kind of label: tickets with the words that people read. The workshop's language is used."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from barcodes.labels.arrange import Card
from barcodes.ticket import (
    Badge,
    BundleTicket,
    Command,
    Coupon,
    DefectTicket,
    EquipmentTicket,
    LotTicket,
    OperationTicket,
    QuantityTicket,
    ReasonTicket,
    StationTicket,
    Traveller,
)

Language = Literal["ko", "en"]

COMMANDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "UNDO": {"ko": "되돌리기", "en": "Undo"},
    "LOGOUT": {"ko": "자리 비움", "en": "Log out"},
    "IN": {"ko": "시작(들어옴)", "en": "In"},
    "OUT": {"ko": "완료(나감)", "en": "Out"},
    "SPLIT": {"ko": "묶음 나누기", "en": "Split a bundle"},
    "SHORT": {"ko": "수량 모자람", "en": "Short"},
    "REPAIR": {"ko": "수선", "en": "Repair"},
    "SCRAP": {"ko": "폐기", "en": "Scrap"},
    "HANDOVER": {"ko": "넘겨주기", "en": "Hand over"},
    "START": {"ko": "작업 시작", "en": "Start"},
    "STOP": {"ko": "작업 멈춤", "en": "Stop"},
    "SETUP": {"ko": "준비교체", "en": "Setup"},
    "ISSUE": {"ko": "불출", "en": "Issue"},
    "RETURN": {"ko": "반납", "en": "Return"},
    "RECOVER": {"ko": "회수", "en": "Recover"},
    "CANCEL": {"ko": "취소", "en": "Cancel"},
    "HELP": {"ko": "호출", "en": "Call for help"},
    "MATERIAL": {"ko": "호출: 자재", "en": "Call: material"},
    "MACHINE": {"ko": "호출: 기계", "en": "Call: machine"},
    "QUALITY": {"ko": "호출: 품질", "en": "Call: quality"},
    "HELPED": {"ko": "호출 끝", "en": "Help has come"},
    "ESTOP": {"ko": "비상정지", "en": "Emergency stop"},
    "GUARD": {"ko": "안전덮개 열림", "en": "Guard open"},
    "NEARMISS": {"ko": "아차사고", "en": "Near miss"},
}
_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "bundle": {"ko": "묶음", "en": "Bundle"},
    "order": {"ko": "작지", "en": "Order"},
    "style": {"ko": "스타일", "en": "Style"},
    "cut": {"ko": "재단", "en": "Cut"},
    "quantity": {"ko": "수량", "en": "Qty"},
    "price": {"ko": "단가", "en": "Rate"},
    "drawing": {"ko": "도면", "en": "Drawing"},
    "programme": {"ko": "프로그램", "en": "Programme"},
    "badge": {"ko": "번", "en": ""},
    "lot": {"ko": "로트", "en": "Lot"},
}


@dataclass(frozen=True, slots=True)
class Step:
    """An operation as labels show it: its code, its name, and the won a piece pays, as text."""

    code: str
    label: str
    won: str | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle; what is not known is left out of its ticket."""

    serial: str
    quantity: int
    order: str | None = None
    style: str | None = None
    colour: str | None = None
    size: str | None = None
    cut: str | None = None


def bundle(of: Bundle, steps: Iterable[Step], language: Language) -> list[Card]:
    """Return a bundle's strip: its ticket, and one coupon an operation."""
    word = _speaker(language)
    kind = " / ".join(text for text in (of.colour, of.size) if text)
    about = (_told(word("style"), of.style), _told(word("cut"), of.cut))
    head = Card(
        BundleTicket(of.serial),
        f"{word('bundle')} {of.serial}",
        _some(f"{word('quantity')} {of.quantity}", kind, *about, _told(word("order"), of.order)),
    )
    coupons = (
        Card(
            Coupon(of.serial, step.code, of.quantity),
            step.label,
            _some(
                f"{word('bundle')} {of.serial}  {word('quantity')} {of.quantity}",
                _told(word("price"), step.won and f"{step.won}{'원' if language == 'ko' else ' won'}"),
                "  ".join(text for text in (*about, kind) if text),
            ),
        )
        for step in steps
    )
    return [head, *coupons]


def traveller(
    order: str, title: str, steps: Iterable[Step], language: Language, **about: str | int | None
) -> list[Card]:
    """Return a work order's traveller: the order, and each of its operations. `about`: quantity, drawing, programme."""
    word = _speaker(language)
    told = _some(*(_told(word(name), value) for name, value in about.items()))
    head = Card(Traveller(order), title, (f"{word('order')} {order}", *told))
    rest = (
        Card(Traveller(order, step.code), step.label, (f"{word('order')} {order}  {title}", *told)) for step in steps
    )
    return [head, *rest]


def badge(number: int, name: str, language: Language) -> Card:
    """Return a worker's badge."""
    return Card(Badge(number), name, (f"{number:04d}{_speaker(language)('badge')}",))


def commands(words: Iterable[str], language: Language) -> list[Card]:
    """Return a sheet of commands; KeyError for one that there is not."""
    return [Card(Command(word), COMMANDS[word][language], (word,)) for word in words]


def operations(steps: Iterable[Step]) -> list[Card]:
    """Return a sheet of operations."""
    return [Card(OperationTicket(step.code), step.label, (step.code,)) for step in steps]


def defects(steps: Iterable[Step]) -> list[Card]:
    """Return a sheet of defects."""
    return [Card(DefectTicket(step.code), step.label, (step.code,)) for step in steps]


def reasons(steps: Iterable[Step]) -> list[Card]:
    """Return a sheet of reasons for standing still."""
    return [Card(ReasonTicket(step.code), step.label, (step.code,)) for step in steps]


def quantities(numbers: Iterable[int], language: Language) -> list[Card]:
    """Return a sheet of quantities."""
    return [Card(QuantityTicket(number), f"{_speaker(language)('quantity')} {number}") for number in numbers]


def equipment(name: str, label: str) -> Card:
    """Return the tag of a machine or instrument."""
    return Card(EquipmentTicket(name), label, (name,))


def station(name: str, label: str) -> Card:
    """Return the tag of a station."""
    return Card(StationTicket(name), label, (name,))


def lot(serial: str, label: str, language: Language) -> Card:
    """Return the tag of a lot of material."""
    return Card(LotTicket(serial), label, (f"{_speaker(language)('lot')} {serial}",))


def again(card: Card, copy: int) -> Card:
    """Return the card of a reprint, which says so; `copy` 0 is the first print."""
    return replace(card, note=f"재발행/REPRINT {copy}") if copy else card


def _speaker(language: Language) -> Callable[[str], str]:
    return lambda name: _WORDS[name][language]


def _told(word: str, value: str | int | None) -> str:
    return f"{word} {value}" if value not in (None, "") else ""


def _some(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
