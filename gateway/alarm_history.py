"""The past of alarms: what was raised, when somebody saw it, when it was over. Pure: events in, episodes out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.event import Row

Entry = dict[str, Any]
CHATTER_S: Final = 600.0  # within which an alarm that comes again and again is said to chatter


@dataclass(slots=True)
class Episode:
    """One alarm from its raise to its clear, as far as events tell. Times are UTC in ms."""

    id: str
    row: Row
    severity: str
    acknowledged: tuple[float, str] | None = None  # when, by whom
    level: int = 0
    suppressed: int = 0
    cleared: float | None = None

    @property
    def raised(self) -> float:
        """Return when it was raised."""
        return self.row.time_ns / 1e6

    def entry(self) -> Entry:
        """Return it for the API; `duration_s` is None while it is on, and where its end was not told."""
        body = self.row.body
        return {
            "id": self.id,
            "rule": body["rule"],
            "severity": self.severity,
            "message": body["message"],
            "machine": body.get("machine"),
            "value": body["value"],
            "unit": body.get("unit"),
            "raised_ts": self.raised,
            "acknowledged_ts": self.acknowledged and self.acknowledged[0],
            "acknowledged_by": self.acknowledged and self.acknowledged[1],
            "cleared_ts": self.cleared,
            "duration_s": None if self.cleared is None else round((self.cleared - self.raised) / 1e3, 3),
            "level": self.level,
            "suppressed": self.suppressed,
        }


@dataclass(slots=True)
class _Story:
    """Goes through the events in order."""

    gateway: str
    episodes: list[Episode] = field(default_factory=list)
    standing: dict[str, Episode] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        body, rule = row.body, row.body["rule"]
        if body["action"] == "raise":
            self.standing[rule] = Episode(row.id(self.gateway), row, body["severity"])
            self.episodes.append(self.standing[rule])
            return
        if body["action"] == "suppress" and body["because_of"] in self.standing:
            self.standing[body["because_of"]].suppressed += 1
        episode = self.standing.get(rule)
        if episode is None:
            return
        match body["action"]:
            case "acknowledge":
                episode.acknowledged = row.time_ns / 1e6, body["by"]
            case "escalate":
                episode.level, episode.severity = body["level"], body["severity"]
            case "clear":
                episode.cleared = row.time_ns / 1e6
                del self.standing[rule]


def episodes(rows: Iterable[Row], gateway: str) -> list[Episode]:
    """Return the alarms that were raised among these events, given oldest first."""
    story = _Story(gateway)
    for row in rows:
        story.take(row)
    return story.episodes


def sums(found: Sequence[Episode]) -> list[Entry]:
    """Return for each rule how often it was raised, how long it was on, and how often within ten minutes at worst."""
    by_rule: dict[str, list[Episode]] = defaultdict(list)
    for episode in found:
        by_rule[episode.row.body["rule"]].append(episode)
    told = [
        {
            "rule": rule,
            "raised": len(those),
            "on_s": round(sum((e.cleared - e.raised) / 1e3 for e in those if e.cleared is not None), 3),
            "most_in_10_min": _most_within([episode.raised for episode in those], CHATTER_S * 1e3),
        }
        for rule, those in by_rule.items()
    ]
    return sorted(told, key=lambda entry: -int(entry["raised"]))


def _most_within(times: Sequence[float], span: float) -> int:
    """Return how many of these times, in order, fall into one span at the most."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] > span:
            first += 1
        most = max(most, last - first + 1)
    return most
