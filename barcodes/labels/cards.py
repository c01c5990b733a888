"""The labels of each kind of thing: tickets with the words that people read, as the shop's designs have them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from barcodes.labels.arrange import Card
from barcodes.labels.design import Designs, Language
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


def bundle(of: Bundle, steps: Iterable[Step], designs: Designs) -> list[Card]:
    """Return a bundle's strip: its ticket, and one coupon an operation."""
    about = asdict(of)
    serial, about["bundle"] = of.serial, about.pop("serial")
    head = designs.card("bundle", BundleTicket(serial), **about)
    coupons = (
        designs.card(
            "coupon", Coupon(serial, step.code, of.quantity), operation=step.label, **about, **_told(step, designs)
        )
        for step in steps
    )
    return [head, *coupons]


def traveller(order: str, title: str, steps: Iterable[Step], designs: Designs, **about: str | int | None) -> list[Card]:
    """Return a work order's traveller: the order, and each of its operations. `about`: quantity, drawing, programme."""
    told = {"order": order, "title": title, **about}
    head = designs.card("traveller", Traveller(order), **told)
    rest = (
        designs.card("step", Traveller(order, step.code), operation=step.label, **told, **_told(step, designs))
        for step in steps
    )
    return [head, *rest]


def badge(number: int, name: str, designs: Designs) -> Card:
    """Return a worker's badge."""
    return designs.card("badge", Badge(number), name=name, number=f"{number:04d}")


def commands(words: Iterable[str], designs: Designs) -> list[Card]:
    """Return a sheet of commands; KeyError for one that there is not."""
    return [designs.card("command", Command(word), name=COMMANDS[word][designs.language], code=word) for word in words]


def operations(steps: Iterable[Step], designs: Designs) -> list[Card]:
    """Return a sheet of operations."""
    return [
        designs.card("operation", OperationTicket(step.code), name=step.label, **_told(step, designs)) for step in steps
    ]


def defects(steps: Iterable[Step], designs: Designs) -> list[Card]:
    """Return a sheet of defects."""
    return [designs.card("defect", DefectTicket(step.code), name=step.label, code=step.code) for step in steps]


def reasons(steps: Iterable[Step], designs: Designs) -> list[Card]:
    """Return a sheet of reasons for standing still."""
    return [designs.card("reason", ReasonTicket(step.code), name=step.label, code=step.code) for step in steps]


def quantities(numbers: Iterable[int], designs: Designs) -> list[Card]:
    """Return a sheet of quantities."""
    return [designs.card("quantity", QuantityTicket(number), quantity=number) for number in numbers]


def equipment(name: str, label: str, designs: Designs) -> Card:
    """Return the tag of a machine or instrument."""
    return designs.card("equipment", EquipmentTicket(name), name=label, code=name)


def station(name: str, label: str, designs: Designs) -> Card:
    """Return the tag of a station."""
    return designs.card("station", StationTicket(name), name=label, code=name)


def lot(serial: str, label: str, designs: Designs) -> Card:
    """Return the tag of a lot of material."""
    return designs.card("lot", LotTicket(serial), name=label, lot=serial)


def again(card: Card, copy: int) -> Card:
    """Return the card of a reprint, which says so; `copy` 0 is the first print."""
    return replace(card, note=f"재발행/REPRINT {copy}") if copy else card


def _told(step: Step, designs: Designs) -> dict[str, str | None]:
    won = "원" if designs.language == "ko" else " won"
    return {"code": step.code, "price": step.won and f"{step.won}{won}"}
