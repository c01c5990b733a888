"""A key pressed at a kiosk, or what its camera read: it means what a scan means at that station, and counts once.

Every press carries an id, which stands in its event. One that comes again, because its answer was lost on the way, is
answered as it was and leaves nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import apsw
import orjson

from barcodes.ticket import (
    BundleTicket,
    Command,
    DefectTicket,
    EquipmentTicket,
    OperationTicket,
    QuantityTicket,
    ReasonTicket,
    Traveller,
)
from gateway.event import Body
from gateway.work.when import when

# Badges and coupons are not among them: who somebody is, and what is paid, is told by the paper in the hand. A
# station's own camera sees that paper, any other browser may say anything.
KEYS: Final = (
    *(Command, DefectTicket, ReasonTicket, QuantityTicket),
    *(Traveller, OperationTicket, EquipmentTicket, BundleTicket),
)
SCANNERS: Final = ("hid_scanner", "serial_scanner", "camera")  # types of drivers in whose name a key may speak
LOOKED_BACK: Final = 2000  # newest events: a press is sent again, and a dialogue goes on, within a minute
_NEWEST: Final = f"SELECT id, kind, source, body FROM events ORDER BY id DESC LIMIT {LOOKED_BACK}"


@dataclass(frozen=True, slots=True)
class Press:
    """A code that a browser gives for a station, by whom, and the id of this press: digits and small letters.

    It is a key's ticket, or what a camera read, with its AIM identifier if any.
    """

    station: str
    raw: bytes
    id: str
    by: str
    camera: bool = False
    late_ns: int = 0  # how long the browser has kept it, as it says

    @property
    def told(self) -> Body:
        """Return what its event says of it."""
        return {"press": self.id, "by": self.by} | ({"camera": True} if self.camera else {})


class Kept(NamedTuple):
    """The event that a press has left: its id and its body."""

    event: str
    body: Body


def before(db: apsw.Connection, press_id: str, gateway: str) -> Kept | None:
    """Return what a press has left already; None for a new one."""
    found = db.execute(
        f"SELECT id, body FROM ({_NEWEST}) WHERE kind = 'scan' AND instr(CAST(body AS BLOB), ?) > 0",
        (f'"press":"{press_id}"'.encode(),),  # a quote within a text is escaped: no scan can forge it
    ).fetchone()
    return found and Kept(when(db, found[0], gateway).event, orjson.loads(found[1]))


def read_last(db: apsw.Connection, scanners: Sequence[str]) -> str | None:
    """Return which of some scanners read last; None when none did for long."""
    marks = ",".join("?" * len(scanners))
    found = db.execute(
        f"SELECT source FROM ({_NEWEST}) WHERE kind = 'scan' AND source IN ({marks}) ORDER BY id DESC LIMIT 1", scanners
    )
    return next((source for (source,) in found), None)
