"""Orders: what somebody wants printed, checked, and the cards that are made of it.

What an order leaves out is the shop's: names of workers, operations, machines, stations; routes and rates.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from barcodes.labels import cards
from barcodes.labels.arrange import Card
from barcodes.labels.cards import Step
from barcodes.ticket_kinds import WORDS
from gateway.printing.shop import Names, Shop

MOST_LABELS: Final = 1000
Serial = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,12}$")]
Code = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,8}$")]
Pieces = Annotated[int, Field(ge=1, le=9999)]
Line = Annotated[str, Field(max_length=80)]


class Order(BaseModel):
    """What every order has."""

    model_config = ConfigDict(extra="forbid")

    what: str


class StepOrder(BaseModel):
    """An operation, defect or reason: its name may be left out where the configuration knows it."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    label: Line | None = None
    won: Annotated[str, Field(pattern=r"^\d{1,7}(\.\d{1,2})?$")] | None = None


class BundleOrder(Order):
    """Bundles of one cutting order: a ticket each, and one coupon an operation. Without serials they get new ones."""

    what: Literal["bundle"]
    quantity: Pieces
    serials: tuple[Serial, ...] = Field((), max_length=100)
    bundles: int = Field(1, ge=1, le=100, description="How many bundles, where no serials are given.")
    operations: tuple[Code | StepOrder, ...] | None = Field(None, max_length=60, description="All, when left out.")
    order: Line | None = None
    style: Line | None = None
    colour: Line | None = None
    size: Line | None = None
    cut: Line | None = None


class TravellerOrder(Order):
    """A work order's traveller: the order, and each of its operations."""

    what: Literal["traveller"]
    order: Serial
    title: Line
    operations: tuple[Code | StepOrder, ...] | None = Field(None, max_length=60, description="All, when left out.")
    quantity: Pieces | None = None
    drawing: Line | None = None
    programme: Line | None = None


class BadgeOrder(Order):
    """Badges; the name is the configuration's where it is left out."""

    what: Literal["badge"]
    numbers: tuple[Annotated[int, Field(ge=0, le=999_999)], ...] = Field(min_length=1, max_length=200)
    name: Line | None = Field(None, description="Of a single badge.")


class CommandOrder(Order):
    """A sheet of commands; all of them where none is named."""

    what: Literal["commands"]
    words: tuple[Literal[WORDS], ...] = WORDS  # type: ignore[valid-type] # a tuple of texts


class CodesOrder(Order):
    """A sheet of operations, defects or downtime reasons; all that the configuration has where none is named."""

    what: Literal["operations", "defects", "reasons"]
    codes: tuple[Code | StepOrder, ...] | None = Field(None, max_length=200)


class QuantityOrder(Order):
    """A sheet of quantities."""

    what: Literal["quantities"]
    numbers: tuple[Pieces, ...] = Field((1, 2, 3, 4, 5, 6, 7, 8, 9, 10), min_length=1, max_length=200)


class NamedOrder(Order):
    """Tags of machines, equipment or stations; all that the configuration has where none is named."""

    what: Literal["equipment", "stations"]
    names: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")], ...] | None = Field(None, max_length=200)


class LotOrder(Order):
    """The tag of a lot of material; without a number it gets a new one."""

    what: Literal["lot"]
    lot: Annotated[str, Field(pattern=r"^[0-9A-Z]{1,20}$")] | None = None
    label: Line


AnyOrder = Annotated[
    BundleOrder | TravellerOrder | BadgeOrder | CommandOrder | CodesOrder | QuantityOrder | NamedOrder | LotOrder,
    Field(discriminator="what"),
]
ORDER: Final[TypeAdapter[Any]] = TypeAdapter(AnyOrder)
UNIQUE: Final = frozenset({"bundle", "traveller", "badge", "lot"})  # a second one of these is a reprint, and says so


def needed(order: Order) -> int:
    """Return how many new serials an order needs."""
    match order:
        case BundleOrder(serials=()):
            return order.bundles
        case LotOrder(lot=None):
            return 1
    return 0


def with_serials(order: Order, serials: Sequence[str]) -> Order:
    """Return the order with the serials that it was given."""
    if not serials:
        return order
    return order.model_copy(
        update={"serials": tuple(serials)} if isinstance(order, BundleOrder) else {"lot": serials[0]}
    )


def made(order: Order, shop: Shop) -> list[Card]:
    """Return the cards of an order whose serials are there."""
    designs = shop.designs
    match order:
        case BundleOrder():
            steps = _steps(order.operations, shop, order.style)
            about = order.model_dump(include={"quantity", "order", "style", "colour", "size", "cut"})
            one = [cards.bundle(cards.Bundle(serial, **about), steps, designs) for serial in order.serials]
            return [card for bundle in one for card in bundle]
        case TravellerOrder():
            told = order.model_dump(include={"quantity", "drawing", "programme"})
            return cards.traveller(order.order, order.title, _steps(order.operations, shop, None), designs, **told)
        case BadgeOrder():
            name = order.name if len(order.numbers) == 1 else None
            return [cards.badge(number, name or shop.workers.get(number, ""), designs) for number in order.numbers]
        case CommandOrder():
            return cards.commands(order.words, designs)
        case CodesOrder():
            sheet = {"operations": cards.operations, "defects": cards.defects, "reasons": cards.reasons}[order.what]
            return sheet(_named(order.codes, getattr(shop, order.what)), designs)
        case QuantityOrder():
            return cards.quantities(order.numbers, designs)
        case NamedOrder():
            tag = cards.equipment if order.what == "equipment" else cards.station
            names = getattr(shop, order.what)
            return [
                tag(name, names.get(name, name), designs) for name in (names if order.names is None else order.names)
            ]
        case LotOrder():
            return [cards.lot(order.lot or "", order.label, designs)]
    raise TypeError(f"{type(order).__name__} is no order")


def _named(wanted: Sequence[str | StepOrder] | None, names: Names) -> list[Step]:
    """Return what is wanted, all that have a name when that is None, with the shop's names where none are told."""
    asked = (StepOrder(code=one) if isinstance(one, str) else one for one in (names if wanted is None else wanted))
    return [Step(one.code, one.label or names.get(one.code, one.code), one.won) for one in asked]


def _steps(wanted: Sequence[str | StepOrder] | None, shop: Shop, style: str | None) -> list[Step]:
    """Return the operations that are wanted, else those of the style, with their rates of today."""
    asked = _named(tuple(shop.steps(style)) if wanted is None else wanted, shop.operations)
    return [replace(step, won=step.won or shop.won(style, step.code)) for step in asked]
