"""The kinds of ticket: what each says, as it stands in its body, and one that is right. Pure.

A kind is a frozen dataclass: `NAME` is its word in events, `body()` its text before the check character.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any, ClassVar, Final, NamedTuple

WORDS: Final = (
    *("UNDO", "LOGOUT", "IN", "OUT", "SPLIT", "SHORT", "REPAIR", "SCRAP", "HANDOVER", "CANCEL"),
    *("HELP", "MATERIAL", "MACHINE", "QUALITY", "HELPED"),
    *("START", "STOP", "SETUP", "ISSUE", "RETURN", "RECOVER", "ESTOP", "GUARD", "NEARMISS"),
)


@dataclass(frozen=True, slots=True)
class Badge:
    """A worker's badge. `number` is without leading zeros: 0007 and 7 are one worker."""

    NAME: ClassVar = "badge"
    number: int

    def body(self) -> str:
        return f"W-{self.number:04d}"


@dataclass(frozen=True, slots=True)
class Coupon:
    """One operation on one bundle; it pays once."""

    NAME: ClassVar = "coupon"
    bundle: str
    operation: str
    quantity: int

    def body(self) -> str:
        return f"B-{self.bundle}-{self.operation}-{self.quantity}"


@dataclass(frozen=True, slots=True)
class BundleTicket:
    """A bundle as a whole."""

    NAME: ClassVar = "bundle"
    bundle: str

    def body(self) -> str:
        return f"T-{self.bundle}"


@dataclass(frozen=True, slots=True)
class Traveller:
    """A work order, or one operation of it."""

    NAME: ClassVar = "traveller"
    order: str
    operation: str | None = None

    def body(self) -> str:
        return f"O-{self.order}" + (f"-{self.operation}" if self.operation is not None else "")


@dataclass(frozen=True, slots=True)
class OperationTicket:
    """An operation, whatever it is done on."""

    NAME: ClassVar = "operation"
    code: str

    def body(self) -> str:
        return f"P-{self.code}"


@dataclass(frozen=True, slots=True)
class DefectTicket:
    """What is wrong with a piece."""

    NAME: ClassVar = "defect"
    code: str

    def body(self) -> str:
        return f"D-{self.code}"


@dataclass(frozen=True, slots=True)
class ReasonTicket:
    """Why a machine or a station stands still."""

    NAME: ClassVar = "reason"
    code: str

    def body(self) -> str:
        return f"R-{self.code}"


@dataclass(frozen=True, slots=True)
class QuantityTicket:
    """A number of pieces, for what was scanned before."""

    NAME: ClassVar = "quantity"
    quantity: int

    def body(self) -> str:
        return f"N-{self.quantity}"


@dataclass(frozen=True, slots=True)
class EquipmentTicket:
    """A machine or a shared instrument, by its name in the configuration."""

    NAME: ClassVar = "equipment"
    name: str

    def body(self) -> str:
        return f"E-{_spelt(self.name)}"


@dataclass(frozen=True, slots=True)
class StationTicket:
    """A station, by its name in the configuration."""

    NAME: ClassVar = "station"
    name: str

    def body(self) -> str:
        return f"S-{_spelt(self.name)}"


@dataclass(frozen=True, slots=True)
class LotTicket:
    """A lot of material."""

    NAME: ClassVar = "lot"
    lot: str

    def body(self) -> str:
        return f"L-{self.lot}"


@dataclass(frozen=True, slots=True)
class Command:
    """A word to the station, one of `WORDS`."""

    NAME: ClassVar = "command"
    word: str

    def body(self) -> str:
        return f"C-{self.word}"


Ours = (
    Badge
    | Coupon
    | BundleTicket
    | Traveller
    | OperationTicket
    | DefectTicket
    | ReasonTicket
    | QuantityTicket
    | EquipmentTicket
    | StationTicket
    | LotTicket
    | Command
)


class Kind(NamedTuple):
    """How one letter's body is read: its form, the ticket of its fields, and one that is right."""

    form: re.Pattern[str]
    read: Callable[..., Ours]
    example: Ours


_NUMBER: Final = "([0-9]{1,6})"
_SERIAL: Final = "([0-9A-Z]{1,12})"
_CODE: Final = "([0-9A-Z]{1,8})"
_LOT: Final = "([0-9A-Z]{1,20})"
_PIECES: Final = "([1-9][0-9]{0,3})"
_NAME: Final = "([A-Z][0-9A-Z-]{0,62})"
_WORD: Final = "([A-Z]{1,8})"


def _name(spelt: str) -> str:
    return spelt.lower().replace("-", "_")


def _spelt(name: str) -> str:
    """Return a name of the configuration in the alphabet of Code 39; names there have neither capitals nor hyphens."""
    return name.upper().replace("_", "-") if name == name.lower() and "-" not in name else "?"


KINDS: Final[Mapping[str, Kind]] = {
    "W": Kind(re.compile(f"W-{_NUMBER}"), lambda number: Badge(int(number)), Badge(7)),
    "B": Kind(
        re.compile(f"B-{_SERIAL}-{_CODE}-{_PIECES}"),
        lambda bundle, operation, pieces: Coupon(bundle, operation, int(pieces)),
        Coupon("0231", "AP", 20),
    ),
    "T": Kind(re.compile(f"T-{_SERIAL}"), BundleTicket, BundleTicket("0231")),
    "O": Kind(re.compile(f"O-{_SERIAL}(?:-{_CODE})?"), Traveller, Traveller("2611A", "CUT")),
    "P": Kind(re.compile(f"P-{_CODE}"), OperationTicket, OperationTicket("CUT")),
    "D": Kind(re.compile(f"D-{_CODE}"), DefectTicket, DefectTicket("STAIN")),
    "R": Kind(re.compile(f"R-{_CODE}"), ReasonTicket, ReasonTicket("NEEDLE")),
    "N": Kind(re.compile(f"N-{_PIECES}"), lambda pieces: QuantityTicket(int(pieces)), QuantityTicket(20)),
    "E": Kind(re.compile(f"E-{_NAME}"), lambda name: EquipmentTicket(_name(name)), EquipmentTicket("press_1")),
    "S": Kind(re.compile(f"S-{_NAME}"), lambda name: StationTicket(_name(name)), StationTicket("sewing_3")),
    "L": Kind(re.compile(f"L-{_LOT}"), LotTicket, LotTicket("AU18K0231")),
    "C": Kind(re.compile(f"C-{_WORD}"), Command, Command("UNDO")),
}


_BY_NAME: Final[Mapping[str, Ours]] = {kind.example.NAME: kind.example for kind in KINDS.values()}
FIELDS: Final[Mapping[str, Mapping[str, bool]]] = {  # by a kind's word: its fields, and whether each must be there
    name: {one.name: one.default is MISSING for one in dataclass_fields(example)} for name, example in _BY_NAME.items()
}


def of_fields(name: str, given: Mapping[str, str]) -> Ours:
    """Return the ticket of a kind with these fields, as texts; whether they fit the grammar is not looked at.

    Raises ValueError for a number that is none.
    """
    values = {field: int(text) if field in ("number", "quantity") else text for field, text in given.items()}
    made: Callable[..., Ours] = type(_BY_NAME[name])
    return made(**values)


def fields(ticket: Ours) -> dict[str, Any]:
    """Return the ticket as it stands in an event: its kind's word as `type`, and its fields by name."""
    return {"type": ticket.NAME, **asdict(ticket)}
