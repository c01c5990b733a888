"""Sessions of shared equipment: who used it how long, with how much energy; who did not come. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

Row = Mapping[str, Any]  # of the table work_usage
_MS: Final = 1_000_000


@dataclass(slots=True)
class Use:
    """One session, or a booking for which nobody came. Times are UTC ns."""

    equipment: str
    worker: str
    action: str  # use, no_show
    row: int  # the key of its first entry
    start_ns: int
    stop_ns: int | None = None
    minutes: Decimal | None = None
    kwh: Decimal | None = None
    meter_kwh: Decimal | None = None  # what its meter showed at the beginning
    booking: str | None = None

    def kwh_at(self, now: Decimal | None) -> Decimal | None:
        """Return its energy when its meter shows `now`; a meter that began anew counts from zero."""
        if now is None or self.meter_kwh is None:
            return None
        return now - self.meter_kwh if now >= self.meter_kwh else now

    def entry(self) -> dict[str, Any]:
        """Return it for JSON; times in ms UTC, minutes and kWh as text."""
        return {
            "equipment": self.equipment,
            "worker": self.worker,
            "action": self.action,
            "from": self.start_ns // _MS,
            "to": None if self.stop_ns is None else self.stop_ns // _MS,
            "minutes": None if self.minutes is None else f"{self.minutes:f}",
            "kwh": None if self.kwh is None else f"{self.kwh:f}",
            "booking": self.booking,
        }


def uses(rows: Iterable[Row]) -> list[Use]:
    """Return the sessions and no-shows that these entries tell of, in their order."""
    found: list[Use] = []
    going: dict[str, Use] = {}
    for row in rows:
        name, at = row["equipment"], row["time_ns"]
        match row["action"]:
            case "start":
                meter = row["meter_kwh"]
                use = Use(name, row["worker"], "use", row["row"], at, booking=row["booking"])
                use.meter_kwh = None if meter is None else Decimal(meter)
                going[name] = use
                found.append(use)
            case "end" if name in going:
                use = going.pop(name)
                use.stop_ns = at
                use.minutes = None if row["minutes"] is None else Decimal(row["minutes"])
                use.kwh = None if row["kwh"] is None else Decimal(row["kwh"])
            case "no_show":
                found.append(Use(name, row["worker"], "no_show", row["row"], at, at, booking=row["booking"]))
    return found


def going(rows: Iterable[Row]) -> Use | None:
    """Return the session that is on, of one equipment's entries."""
    return next((use for use in reversed(uses(rows)) if use.stop_ns is None), None)
