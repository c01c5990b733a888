"""What the camera's process and the daemon tell each other: JSON, one object a line.

The daemon sends one `Task`, and by keeping the pipe open says that it is there. The process answers with messages.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

MOST_LINE_BYTES: Final = 4_000_000  # a preview has some 50 kB


@dataclass(frozen=True, slots=True)
class Task:
    """What the process is to do. `config` is the camera's part of the configuration as plain data."""

    config: dict[str, Any]
    password: str
    parent: int  # process number of the daemon
    pace: Literal["real", "fast"] = "real"  # of a film


@dataclass(frozen=True, slots=True)
class Begun:
    """The process runs, and opens the source now."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The first frame is there."""

    rate_hz: float  # at which frames should come


@dataclass(frozen=True, slots=True)
class Sighting:
    """Labels and parts in one frame."""

    mono_ns: int  # CLOCK_BOOTTIME at which the frame was taken
    scans: list[str]  # their bytes as Latin-1
    pieces: int


@dataclass(frozen=True, slots=True)
class Beat:
    """The sign of life, once a second, as long as frames come."""

    mono_ns: int
    rate_hz: float  # frames looked at in a second
    errors: int  # frames that could not be decoded, since the process began


@dataclass(frozen=True, slots=True)
class Picture:
    """A preview."""

    jpeg: str  # base64


@dataclass(frozen=True, slots=True)
class Gone:
    """The source is not there, or not any more."""

    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The film is over."""


Message = Begun | Opened | Sighting | Beat | Picture | Gone | Ended
KINDS: Final[dict[str, type[Message]]] = {
    kind.__name__: kind for kind in (Begun, Opened, Sighting, Beat, Picture, Gone, Ended)
}


def write(message: Message) -> bytes:
    """Return a message as a line."""
    return json.dumps([type(message).__name__, asdict(message)]).encode() + b"\n"


def read(line: bytes) -> Message:
    """Return the message of a line; ValueError when it is none."""
    try:
        kind, fields = json.loads(line)
        return KINDS[kind](**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a message: {line[:80]!r}") from error
