"""The files of a journal, and the lock that lets one process write them."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a journal, all in one folder."""

    database: Path

    def _beside(self, end: str) -> Path:
        return self.database.with_name(self.database.name + end)

    @property
    def watermark(self) -> Path:
        return self._beside(".start")

    @property
    def lock(self) -> Path:
        return self._beside(".lock")

    @property
    def marker(self) -> Path:
        """Of a file that refused a commit because it is damaged: the next start rescues it."""
        return self._beside(".refused")

    @property
    def rescued(self) -> Path:
        """A new database that is being made of a damaged one, until it is whole and takes its place."""
        return self._beside(".rescued")

    @property
    def ballast(self) -> Path:
        return self._beside(".ballast")

    @property
    def wal(self) -> Path:
        return self._beside("-wal")

    @property
    def orphaned(self) -> Path:
        """A copy of the WAL as it was before SQLite wrote over its orphans; there until they are salvaged."""
        return self._beside("-wal.orphaned")


def lock(path: Path) -> int:
    """Return a descriptor that holds the lock until it is closed, by the kernel too. Raises ConfigurationError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise ConfigurationError(
            [f"{path.with_suffix('')}: another gongbang is writing this journal; stop it, or name another journal.path"]
        ) from None
    return handle
