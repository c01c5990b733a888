"""Shop: what the center knows of one gateway."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from center.config import Enrolled
from center.projections import SEVERITIES, Alarm, Cleared, Lost, Raised, Witnessed
from center.store import Taken


@dataclass(slots=True)
class Shop:
    """A gateway, enrolled or heard. Times are UTC ms, except `heard_s`, which is monotonic."""

    workshop: str
    gateway: str
    enrolled: Enrolled | None = None
    told: dict[str, Any] = field(default_factory=dict)  # by its status messages; `witness_ms` by its journal
    copy: dict[str, Any] = field(default_factory=dict)  # what came of restoring it for a test, or `trouble`, and when
    says: str | None = None  # online or offline
    since_ms: int | None = None  # when it came, or said that it went
    last_ms: int | None = None  # when the last message of any kind came
    heard_s: float | None = None  # silence counts from here
    events: int = 0
    blocks: int = 0
    lost: int = 0
    malformed: int = 0
    alarms: dict[str, Alarm] = field(default_factory=dict)

    def take(self, taken: Taken) -> None:
        """Note rows that are committed."""
        self.events += taken.events
        self.blocks += taken.blocks
        for change in taken.changes:
            match change:
                case Raised(alarm):
                    self.alarms[alarm.rule] = alarm
                case Cleared(rule):
                    self.alarms.pop(rule, None)
                case Lost(rows):
                    self.lost += rows
                case Witnessed(ms):
                    self.told = self.told | {"witness_ms": ms}

    def seen(self) -> tuple[Any, ...]:
        """Return what is kept of it beside its rows."""
        return (
            self.says,
            self.since_ms,
            self.last_ms,
            self.malformed,
            orjson.dumps(self.told | {"copy": self.copy}).decode(),
        )

    def view(self, state: str) -> dict[str, Any]:
        """Return the shop as the API shows it. A shop that fell silent is in its state since its last message."""
        told, spoke = self.told, state == "live" or self.says == "offline"
        return {
            "workshop": self.workshop,
            "gateway": self.gateway,
            "name": self._named("name") or self.workshop,
            "trade": self._named("trade"),
            "cluster": self._named("cluster"),
            "state": state,
            "since": self.since_ms if spoke else self.last_ms,
            "last": self.last_ms,
            "queued": told.get("behind_e", 0),
            "behind_s": told.get("behind_s", 0),
            "oldest": told.get("oldest_ms"),
            "alarms": len(self.alarms),
            "worst": max((alarm.severity for alarm in self.alarms.values()), key=SEVERITIES.index, default=None),
            "version": told.get("version"),
            "clock": told.get("clock"),
            "events": self.events,
            "blocks": self.blocks,
            "lost": max(self.lost, told.get("losses", 0)),  # by its gaps, or by its own ledger
            "malformed": self.malformed,
            "copy": self.copy or None,
            "enrolled": self.enrolled is not None,
        }

    def _named(self, what: str) -> str | None:
        """The center's own word goes before the shop's."""
        return getattr(self.enrolled, what, None) or self.told.get(what)
