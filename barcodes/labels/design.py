"""How a kind of label looks: texts with fields in braces, and the form of its symbol.

A line is made of pieces, with two spaces or a slash between them. A piece whose field is not known is left out, and so
is a line of which nothing is left: `{colour} / {size}` is `M` where there is no colour.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from barcodes.labels.arrange import Card, Form
from barcodes.ticket import Ours

Language = Literal["ko", "en"]
Kind = Literal[
    "bundle", "coupon", "traveller", "step", "badge", "command", "operation", "defect", "reason", "quantity",
    "equipment", "station", "lot",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

ANYWHERE: Final = ("shop", "day")  # the workshop's name, and the day of the print
FIELDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "bundle": ("bundle", "quantity", "colour", "size", "style", "cut", "order"),
    "coupon": ("operation", "code", "price", "bundle", "quantity", "colour", "size", "style", "cut", "order"),
    "traveller": ("title", "order", "quantity", "drawing", "programme"),
    "step": ("operation", "code", "title", "order", "quantity", "drawing", "programme"),
    "badge": ("name", "number"),
    "command": ("name", "code"),
    "operation": ("name", "code", "price"),
    "defect": ("name", "code"),
    "reason": ("name", "code"),
    "quantity": ("quantity",),
    "equipment": ("name", "code"),
    "station": ("name", "code"),
    "lot": ("name", "lot"),
}
_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_BETWEEN: Final = re.compile(r"(  | / )")


@dataclass(frozen=True, slots=True)
class Design:
    """The title, the lines below it, and the form of the symbol; all but the title may be empty."""

    title: str
    lines: tuple[str, ...] = ()
    form: Form = "auto"

    def card(self, ticket: Ours, values: Mapping[str, str | int | None]) -> Card:
        """Return the label of a ticket with these values of fields; None and '' are not known."""
        title, *lines = (filled(text, values) for text in (self.title, *self.lines))
        return Card(ticket, title, tuple(line for line in lines if line), form=self.form)


_CODED: Final = Design("{name}", ("{code}",))
DESIGNS: Final[Mapping[Language, Mapping[Kind, Design]]] = {
    "ko": {
        "bundle": Design(
            "묶음 {bundle}", ("수량 {quantity}", "{colour} / {size}", "스타일 {style}", "재단 {cut}", "작지 {order}")
        ),
        "coupon": Design(
            "{operation}",
            ("묶음 {bundle}  수량 {quantity}", "단가 {price}", "스타일 {style}  재단 {cut}  {colour} / {size}"),
        ),
        "traveller": Design("{title}", ("작지 {order}", "수량 {quantity}", "도면 {drawing}", "프로그램 {programme}")),
        "step": Design(
            "{operation}", ("작지 {order}  {title}", "수량 {quantity}", "도면 {drawing}", "프로그램 {programme}")
        ),
        "badge": Design("{name}", ("{number}번",)),
        "quantity": Design("수량 {quantity}"),
        "lot": Design("{name}", ("로트 {lot}",)),
        **dict.fromkeys(("command", "operation", "defect", "reason", "equipment", "station"), _CODED),
    },
    "en": {
        "bundle": Design(
            "Bundle {bundle}", ("Qty {quantity}", "{colour} / {size}", "Style {style}", "Cut {cut}", "Order {order}")
        ),
        "coupon": Design(
            "{operation}",
            ("Bundle {bundle}  Qty {quantity}", "Rate {price}", "Style {style}  Cut {cut}  {colour} / {size}"),
        ),
        "traveller": Design(
            "{title}", ("Order {order}", "Qty {quantity}", "Drawing {drawing}", "Programme {programme}")
        ),
        "step": Design(
            "{operation}", ("Order {order}  {title}", "Qty {quantity}", "Drawing {drawing}", "Programme {programme}")
        ),
        "badge": Design("{name}", ("{number}",)),
        "quantity": Design("Qty {quantity}"),
        "lot": Design("{name}", ("Lot {lot}",)),
        **dict.fromkeys(("command", "operation", "defect", "reason", "equipment", "station"), _CODED),
    },
}


@dataclass(frozen=True, slots=True)
class Designs:
    """How all labels of a shop look: its own designs, and ours for the rest. `known`: fields that every label has."""

    language: Language
    own: Mapping[Kind, Design]
    known: Mapping[str, str]

    @classmethod
    def ours(cls, language: Language) -> "Designs":
        """Return ours alone."""
        return cls(language, {}, {})

    def of(self, kind: Kind) -> Design:
        """Return how a kind of label looks."""
        return self.own.get(kind) or DESIGNS[self.language][kind]

    def card(self, kind: Kind, ticket: Ours, **values: str | int | None) -> Card:
        """Return the label of a ticket."""
        return self.of(kind).card(ticket, {**self.known, **values})


def fields(kind: Kind) -> tuple[str, ...]:
    """Return the fields that a kind of label may show."""
    return (*FIELDS[kind], *ANYWHERE)


def named(text: str) -> list[str]:
    """Return the fields that a text names. ValueError for a brace that belongs to none."""
    if set(_FIELD.sub("", text)) & set("{}"):
        raise ValueError(text)
    return _FIELD.findall(text)


def filled(text: str, values: Mapping[str, str | int | None]) -> str:
    """Return a text with its fields filled in; pieces with one that is not known are left out."""
    made = ""
    between = ""
    for place, piece in enumerate(_BETWEEN.split(text)):
        if place % 2:
            between = between or piece
        elif (one := _piece(piece, values)) is not None:
            made, between = made + (between if made else "") + one, ""
    return made


def _piece(piece: str, values: Mapping[str, str | int | None]) -> str | None:
    told = {name: values.get(name) for name in _FIELD.findall(piece)}
    if any(value in (None, "") for value in told.values()):
        return None
    return _FIELD.sub(lambda field: str(told[field[1]]), piece)
