"""What a database answers to a write, and what follows from it. Pure.

204 alone means taken: a portal or a wrong page says 200 to anything. 400 and 422 are about the lines (InfluxDB 1 writes
what it can of them, 2 and 3 may write none); 413 is about their number. All else is about the way there (the token, the
database's name, its load): nothing of it is the lines' fault, so they are kept and sent again.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import orjson

from gateway.config.publish import InfluxPublisher as Config

TAKEN: Final = 204
MOST_TEXT: Final = 300  # characters of an answer that are shown
DROPPED: Final = re.compile(r"partial write\b.*\bdropped=(\d+)", re.DOTALL)
ABOUT_LINES: Final = re.compile(r"partial write|pars|field type|conflict|\blines?\b|\bpoints?\b|timestamp|\bfields?\b")


class Verdict(Enum):
    """What to do with the lines."""

    TAKEN = "taken"
    REFUSED = "refused"  # some of them, or all
    TOO_LARGE = "too large"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `text` is the body's message, short, `wait_s` what Retry-After asked for."""

    status: int
    text: str = ""
    wait_s: float | None = None
    spoke: bool = True  # the body was a database's message, not a page

    @property
    def verdict(self) -> Verdict:
        """Return what to do with the lines that were sent."""
        if self.status in (400, 422):
            return Verdict.REFUSED
        return {TAKEN: Verdict.TAKEN, 413: Verdict.TOO_LARGE}.get(self.status, Verdict.AWAY)

    @property
    def dropped(self) -> int | None:
        """Return how many lines were not written though the others were, None when the answer does not tell."""
        found = DROPPED.search(self.text)
        return int(found[1]) if found else None

    @property
    def about_lines(self) -> bool:
        """Return whether a refusal names the lines as its cause, and not, say, an organisation that is missing."""
        said = self.text.lower()
        return "<html" not in said and bool(ABOUT_LINES.search(said))

    def cause(self, config: Config) -> str:
        """Return, for the screen, what the answer means under this configuration."""
        host, port = config.address
        return f"{host}:{port} answers {self.status}: {self._means(config)}{f' ({self.text})' if self.text else ''}"

    def _means(self, config: Config) -> str:
        place = f"bucket {config.bucket}" if config.version == 2 else f"database {config.database}"
        who = "token" if config.version == 2 else "user"
        match self.status:
            case 401:
                return f"it does not accept the {who}"
            case 403:
                return f"the {who} may not write to {place}"
            case 404 if not self.spoke:
                return _other_version(config)
            case 404:
                return f"it does not know {place}"
            case 429 | 503:
                return "it is too busy now"
            case status if status < 400:
                return "a database would say 204; url leads elsewhere"
        return "it takes nothing now" if self.status >= 500 else "it refuses"


def _other_version(config: Config) -> str:
    if config.version == 2:
        return "there is no /api/v2/write; an InfluxDB 1 needs version: 1"
    return "there is no /write; an InfluxDB 2 or 3 needs version: 2"


def answer_of(status: int, body: str, headers: Any, secret: str) -> Answer:
    """Return the answer of an HTTP response; a secret that it repeats is struck out."""
    said = _message(body)
    shown = " ".join((body if said is None else said).split())
    shown = shown.replace(secret, "***") if secret else shown
    return Answer(status, shown[:MOST_TEXT], _wait_s(headers.get("Retry-After")), said is not None)


def _message(body: str) -> str | None:
    """Return the message of InfluxDB's JSON (1: `error`, 2 and 3: `message`), None for any other page."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    said = found.get("message") or found.get("error") if isinstance(found, dict) else None
    return None if said is None else str(said)


def _wait_s(text: str | None) -> float | None:
    """Return the seconds of Retry-After; as a date it would need a clock that is right, so the back-off serves."""
    return float(text) if text and re.fullmatch(r"\d{1,9}", text.strip()) else None
