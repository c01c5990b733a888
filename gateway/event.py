"""Event and Row: what happened, before and after it is kept."""

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Body = dict[str, Any]  # JSON: numbers, texts, truth values, lists and objects of them


@dataclass(slots=True)
class Event:
    """Something that happened, not yet kept. `source` is the rule, machine, scanner or component it is about.

    Nobody changes one; but what is frozen takes thrice as long to make, and the engine makes many.
    """

    kind: str  # scan, count, state, alarm, measurement, quality, session, incident, text, config, gap, schema, ...
    source: str
    mono_ns: int
    body: Body = field(default_factory=dict)


class Position(NamedTuple):
    """A place in one stream of the journal; positions compare in commit order, for epochs order by their start."""

    start: int  # the start counter: one more at each start of the daemon
    token: str  # four random hex digits, so that two gateways with a copied card never share an epoch
    n: int  # 1, 2, 3 ... within the epoch, no holes

    @property
    def epoch(self) -> str:
        """Return the epoch as it is written everywhere outside: `<start counter>-<4 random hex>`."""
        return f"{self.start}-{self.token}"


@dataclass(frozen=True, slots=True)
class Row:
    """An event that is kept: it has its place, and its UTC time once that is frozen."""

    position: Position
    kind: str
    source: str
    mono_ns: int
    boot: str
    time_ns: int
    clock: str  # "synced" or "unsynced"
    body: Body

    def id(self, gateway: str) -> str:
        """Return the event's identity, the same for ever: `<gateway>:e:<epoch>:<n>`."""
        return f"{gateway}:e:{self.position.epoch}:{self.position.n}"


EVENT_ID = re.compile(r"[^:]+:e:(\d{1,6})-([0-9a-f]{4}):(\d{1,12})")


def position_of(event_id: str) -> Position:
    """Return the place that an event's id names; ValueError for what is not an id."""
    found = EVENT_ID.fullmatch(event_id)
    if not found:
        raise ValueError(f"{event_id!r} is not the id of an event: <gateway>:e:<epoch>:<n>")
    start, token, n = found.groups()
    return Position(int(start), token, int(n))
