"""The answer to a scan: what the worker sees and hears, and the shape in which screens get it."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from drivers.base import Tone
from gateway.event import Body, Row
from gateway.work.entries import Entry
from gateway.work.held import lateness

Kind = Literal["accepted", "duplicate", "wrong_order", "unknown", "badge_first", "badge", "command", "failed"]
Words = dict[str, str]  # one text in both languages: {"ko": ..., "en": ...}

TONES: Final[dict[Kind, Tone]] = {
    "accepted": "ok",
    "badge": "ok",
    "command": "ok",
    "duplicate": "duplicate",
    "wrong_order": "refused",
    "unknown": "refused",
    "badge_first": "refused",
    "failed": "refused",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ledger thinks of a reading, before it is kept: the entries that it means, and `body`, which it adds."""

    kind: Kind
    text: Words
    tone: Tone
    entries: tuple[Entry, ...] = ()
    body: Body = field(default_factory=dict)
    events: tuple[tuple[str, str, Body], ...] = ()  # of other kinds, kept with it: kind, source, body

    @classmethod
    def of(cls, kind: Kind, text: Words, *entries: Entry, **body: Any) -> "Verdict":
        """Return a verdict with the tone that belongs to its kind."""
        return cls(kind, text, TONES[kind], entries, body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scan is answered with, after its event is kept; `row` is None when it could not be kept."""

    kind: Kind
    text: Words
    tone: Tone
    row: Row | None
    more: tuple[Row, ...] = ()  # events of other kinds that were kept with it
    language: str | None = None  # ko or en: the worker's own; None: the screen's


def scan_entry(
    row: Row,
    gateway: str,
    stations: dict[str, Words],
    workers: dict[str, str],
) -> dict[str, Any]:
    """Return a scan's event in the shape of `/api/v1/work/scans` and of the stream's `scan`; ts in milliseconds UTC.

    `workers` are names by badges without leading zeros. `language` is the worker's own, in which the answer is shown
    first, while the scan is new; None: the screen's.

    A label read again at once shows the answer that it got first, and the event that it repeats. `asks` is the question
    that the next ticket answers.
    """
    body = row.body
    return {
        "id": row.id(gateway),
        "ts": row.time_ns // 1_000_000,
        "station": body["station"],
        "station_label": stations.get(body["station"]),
        "worker": body["worker"],
        "worker_name": name_of(body["worker"], workers),
        "answer": body.get("first_answer", body["answer"]),
        "answer_text": body["answer_text"],
        "language": None,
        "tone": body["tone"],
        "raw": body["raw"],
        "ticket": body["ticket"],
        "repeats": body.get("repeats"),
        "corrects": body.get("corrects"),
        "late": lateness(body),
        "asks": next((_asked(one) for one in body.get("entries", ()) if one["do"] == "ask"), None),
    }


def _asked(entry: Entry) -> dict[str, Any]:
    return {"what": entry["what"], "about": entry["about"]}


def name_of(badge: str | None, workers: dict[str, str]) -> str | None:
    """Return who has a badge: the screen may know, the event never does."""
    return workers.get(str(int(badge))) if badge else None
