"""Verify a copy by restoring it: only what was read back, whole, and counts as before, is a backup."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import apsw

from gateway.backup import archive, copying
from gateway.backup.manifest import Manifest
from gateway.backup.sums import differing, sums
from gateway.journal import verify as rows_of
from gateway.journal.reader import JournalReader

NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What a copy held. What is wrong in it was so in the journal: the file is the one that was written."""

    manifest: Manifest
    damaged: list[str] = field(default_factory=list)  # rows, as `journal verify` names them, and what SQLite says
    ledger: list[str] = field(default_factory=list)  # tables that the events do not make again

    @property
    def well(self) -> bool:
        """Return whether all is as it should be."""
        return not self.damaged and not self.ledger


def verify(path: Path, scratch: Path, passphrase: bytes | None) -> Restored:
    """Restore a copy into a file for a test, look at all of it, and remove that again.

    Raises NotOpened for a copy that is not what was written, OSError and apsw.Error for the place of the test.
    """
    copying.new(scratch)
    try:
        with archive.opened(path, passphrase) as (zipped, manifest), scratch.open("r+b") as file:
            archive.unpack(zipped, manifest, file)
        return Restored(manifest, *_look(scratch, manifest))
    finally:
        copying.discard(scratch)


def _look(database: Path, manifest: Manifest) -> tuple[list[str], list[str]]:
    found: list[str] = []
    with closing(apsw.Connection(str(database))) as db:
        db.pragma("synchronous", "OFF")
        try:
            report = rows_of.verify(database)
            found += [] if report.well else report.names[:NAMED]
            found += [text for (text,) in db.execute(f"PRAGMA integrity_check({NAMED})") if text != "ok"]
            tables = [name for name, one in manifest.sums.items() if sums(db).get(name) != one]
            return found, tables or differing(JournalReader(database, db))
        except (apsw.CorruptError, apsw.SQLError) as error:
            return [*found, str(error)], []
