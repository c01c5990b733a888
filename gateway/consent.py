"""Consent: the UTC that an operator vouched for, kept beside the journal: a restart in the same boot knows it."""

import contextlib
import os
from pathlib import Path

import orjson

from gateway.journal.epoch import sync_folder


class Consent:
    """A file with the boot and the offset of UTC to its mono time. In another boot it says nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def beside(cls, journal: Path | str) -> "Consent":
        """Return the consent of the gateway with this journal."""
        path = Path(journal)
        return cls(path.with_name(path.name + ".clock"))

    def offset_ns(self, boot_id: str) -> int | None:
        """Return the offset that was vouched for in this boot, None without any. A damaged file is none."""
        try:
            kept = orjson.loads(self._path.read_bytes())
            return int(kept["offset_ns"]) if kept["boot"] == boot_id else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def keep(self, boot_id: str, offset_ns: int) -> None:
        """Replace the file so that a power cut leaves the old one or the new one. Raises OSError."""
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("wb") as file:
            file.write(orjson.dumps({"boot": boot_id, "offset_ns": offset_ns}))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        sync_folder(self._path.parent)

    def forget(self) -> None:
        """Remove the file, where that is possible."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
