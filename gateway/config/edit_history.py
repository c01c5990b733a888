"""The configurations that stood: one file each in a folder beside the journal, the newest last, so many at most."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

KEPT: Final = 100
KEPT_BYTES: Final = 20_000_000  # of all together; one of a workshop takes ten to fifty thousand
CONTEXT: Final = 2  # lines around a difference


def revision_of(text: str) -> str:
    """Return what tells one text from another: the beginning of its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def different(old: str, new: str) -> list[str]:
    """Return the lines that differ, each behind its sign (" ", "-", "+"), with some around; "@@ ..." between parts."""
    lines = list(unified_diff(old.splitlines(), new.splitlines(), n=CONTEXT, lineterm=""))
    return lines[2:]


@dataclass(frozen=True, slots=True)
class Kept:
    """One configuration. `former` is the number of the one that an undo puts back; 0 where nothing is known."""

    number: int
    ts: int  # UTC ms
    by: str
    what: str
    former: int
    revision: str
    text: str

    def entry(self) -> dict[str, Any]:
        """Return it without its text."""
        return {name: value for name, value in asdict(self).items() if name != "text"}


class Configurations:
    """The folder. A file that cannot be read is passed over: it keeps nobody from changing anything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Kept]:
        """Return all that are kept, oldest first."""
        return list(self._read(self._files()))

    def newest(self) -> Kept | None:
        """Return the last one."""
        return next(self._read(reversed(self._files())), None)

    def one(self, number: int) -> Kept | None:
        """Return one by its number."""
        return next(self._read([self._folder / f"{number:08d}.json"]), None)

    def of(self, revision: str) -> Kept | None:
        """Return the newest with this text."""
        return next((one for one in self._read(reversed(self._files())) if one.revision == revision), None)

    def add(self, text: str, ts: int, by: str, what: str, former: int) -> Kept:
        """Keep one more, safely on the disk, and forget the oldest ones. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = self._files()
        number = int(files[-1].stem) + 1 if files else 1
        kept = Kept(number, ts, by, what, former, revision_of(text), text)
        written(self._folder / f"{number:08d}.json", json.dumps(asdict(kept), ensure_ascii=False), 0o600)
        self._forget([*files, self._folder / f"{number:08d}.json"])
        return kept

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("[0-9]*.json"))

    def _read(self, files: Any) -> Iterator[Kept]:
        for file in files:
            try:
                yield Kept(**json.loads(file.read_text("utf-8")))
            except (OSError, ValueError, TypeError):
                continue

    def _forget(self, files: list[Path]) -> None:
        size = 0
        for age, file in enumerate(reversed(files)):
            size += file.stat().st_size
            if age >= KEPT or (size > KEPT_BYTES and age > 1):  # the present one and the one before stay
                file.unlink()


def written(path: Path, text: str, mode: int) -> None:
    """Write beside, sync, rename, sync the folder: a power cut leaves the old file or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
