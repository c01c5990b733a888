"""The copies in a folder: their names, and which of them go when newer ones are there.

A name holds the place of the last event in the copy: copies are in order whatever the clock did.
"""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

END: Final = ".backup"
PART: Final = ".part"  # of a copy that is being made
DOUBTFUL: Final = ".doubtful"  # of one of a damaged journal
UPLOADED: Final = ".uploaded"  # behind the journal's name: a copy that came through a browser
_REST: Final = re.compile(r"(\d{7})-(\d{12})_(\d{8}T\d{6}Z)\.backup")
_TIME: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """A copy by its name: up to which event, and when it was made (UTC)."""

    start: int
    n: int
    made: datetime
    name: str
    size_bytes: int = 0


def prefix(workshop: str, gateway: str) -> str:
    """Return what the names of a gateway's copies begin with."""
    return f"gongbang_{workshop}_{gateway}_"


def name(workshop: str, gateway: str, start: int, n: int, made: datetime) -> str:
    """Return the name of a copy."""
    return f"{prefix(workshop, gateway)}{start:07d}-{n:012d}_{made.astimezone(UTC):{_TIME}}{END}"


def listed(folder: Path, begins: str) -> list[Copy]:
    """Return the copies in a folder whose names begin so, the oldest first; whatever else lies there is left out."""
    found = []
    for file in folder.iterdir():
        rest = _REST.fullmatch(file.name.removeprefix(begins)) if file.name.startswith(begins) else None
        if rest and file.is_file():
            made = datetime.strptime(rest[3], _TIME).replace(tzinfo=UTC)
            found.append(Copy(int(rest[1]), int(rest[2]), made, file.name, file.stat().st_size))
    return sorted(found)


def of_any(folder: Path) -> list[Copy]:
    """Return the copies of any gateways in a folder, the oldest of each first. Raises OSError."""
    names = [file.name for file in folder.iterdir() if file.name.startswith("gongbang_")]
    begins = {name[: rest.start()] for name in names if (rest := _REST.search(name))}
    return [copy for one in sorted(begins) for copy in listed(folder, one)]


def newest(folder: Path) -> Path | None:
    """Return the newest copy of any one gateway in a folder; ValueError when there are copies of several."""
    copies = {file.name: found for file in folder.glob(f"gongbang_*{END}") if (found := _REST.search(file.name))}
    if len({file[: found.start()] for file, found in copies.items()}) > 1:
        raise ValueError(", ".join(sorted(copies)))
    return folder / max(copies, key=lambda file: copies[file].group()) if copies else None


def past(copies: Sequence[Copy], zone: tzinfo, keep_days: int, keep_weeks: int) -> list[Copy]:
    """Return those that go: not the newest, and not the last of one of the newest days and weeks that have any."""
    days = _last_of(((copy.made.astimezone(zone).date(), copy) for copy in copies), keep_days)
    weeks = _last_of(((copy.made.astimezone(zone).isocalendar()[:2], copy) for copy in copies), keep_weeks)
    return [copy for copy in copies[:-1] if copy not in days | weeks]


def _last_of(found: Iterable[tuple[Hashable, Copy]], keep: int) -> set[Copy]:
    last = dict(found)  # the later one of a day takes its place
    return set(sorted(last.values())[-keep:]) if keep else set()
