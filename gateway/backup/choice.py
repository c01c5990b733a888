"""The choice before a restore: which copies there are, what one of them holds, and what would not be in it any more.

A process of its own, asked by `gateway.apart`: a target may hang, and a sealed copy is slow to open.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import apsw

from gateway.apart import reply
from gateway.backup import archive, copies, places
from gateway.backup.restore import only_here
from gateway.backup.seal import NotOpened, is_sealed
from gateway.backup.trouble import Trouble
from gateway.config.backup import Backup

SLACK_BYTES: Final = 64 << 20  # on the disk beside the database that is unpacked
LISTED: Final = 200
Answer = dict[str, Any]


def answer(question: dict[str, Any]) -> Any:
    """Return the copies there are or, with `copy`, what one of them holds."""
    journal = Path(question["journal"])
    if "copy" in question:
        return look(Path(question["copy"]), journal, Path(question["config"]), question["passphrase"])
    return found(journal, [Backup(**one) for one in question["backups"]])


def found(journal: Path, backups: list[Backup]) -> list[Answer]:
    """Return the copies in the places of the configuration, on sticks and what was uploaded, the newest first."""
    folders = dict(_folders(journal, backups))
    made = [(one, folder, place) for folder, place in folders.items() for one in _listed(folder)]
    made.sort(key=lambda one: one[0].made, reverse=True)
    told = [_entry(folder / one.name, place, one.made.timestamp() * 1e3, one.size_bytes) for one, folder, place in made]
    if (uploaded := journal.with_name(journal.name + copies.UPLOADED)).exists():
        stat = uploaded.stat()
        told.insert(0, _entry(uploaded, "uploaded", stat.st_mtime * 1e3, stat.st_size))
    return told[:LISTED]


def _entry(path: Path, place: str, made_ts: float, size_bytes: int) -> Answer:
    return {"path": str(path), "name": path.name, "from": place, "made_ts": made_ts, "bytes": size_bytes}


def _listed(folder: Path) -> list[copies.Copy]:
    try:
        return copies.of_any(folder)
    except OSError:
        return []  # a stick that is being pulled out


def _folders(journal: Path, backups: list[Backup]) -> Iterator[tuple[Path, str]]:
    for stick in places.sticks():
        yield stick, "stick"
        with suppress(OSError):
            yield from ((folder, "stick") for folder in sorted(stick.iterdir()) if folder.is_dir())
    for one in backups:
        with suppress(Trouble, OSError):
            yield places.find(one, journal), one.name


def look(copy: Path, journal: Path, config: Path, passphrase: str | None) -> Answer:
    """Return what a copy holds and what only this card has; `trouble` where it cannot be opened: sealed or broken."""
    try:
        with copy.open("rb") as file:
            sealed = is_sealed(file)
        if sealed and not passphrase:
            return {"trouble": "sealed", "said": ""}
        with archive.opened(copy, passphrase.encode() if sealed and passphrase else None) as (zipped, made):
            text = zipped.read(archive.CONFIG) if archive.CONFIG in zipped.namelist() else None
    except (NotOpened, OSError) as error:
        return {"trouble": "broken", "said": str(error)}
    held = {name: value for name, value in asdict(made).items() if name in ("workshop", "gateway", "events", "version")}
    try:
        lost = only_here(journal, made)
    except apsw.Error as error:
        return {"trouble": "broken", "said": str(error)}
    same = text is None or (config.exists() and config.read_bytes() == text)
    return held | {
        "trouble": "",
        "sealed": sealed,
        "made_ts": made.made_ms,
        "last_ts": made.last_ms,
        "only_here": lost,
        "names": made.sums.get("people", {}).get("rows", 0),
        "configuration": "none" if text is None else "same" if same else "other",
        "fits": shutil.disk_usage(journal.parent).free >= made.db_bytes + SLACK_BYTES,
    }


if __name__ == "__main__":
    reply(answer)
