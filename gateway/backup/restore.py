"""Restore: a copy becomes the journal of a new card, with numbers that the old card can never have given."""

import os
import secrets
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from gateway.backup import archive, copying
from gateway.backup.manifest import Manifest
from gateway.backup.seal import NotOpened
from gateway.clock import Clock
from gateway.errors import StorageFailed
from gateway.event import Event
from gateway.journal import rescue, verify
from gateway.journal.epoch import Watermark, read_watermark, sync_folder, write_watermark
from gateway.journal.files import Files, lock
from gateway.journal.reader import JournalReader, open_reader
from gateway.journal.retention import EXPENDABLE
from gateway.journal.rows import Epoch, key
from gateway.journal.store import Store

# Starts that the old card may have had since the copy. More of them would still be told apart, by the epoch's random
# digits; and serials grow with the counter: they have 10 characters up to start 33,000, and 12 is what a ticket takes.
RAISED_BY: Final = 1000
# Events of a first start on a new card, before anything was done there.
SLIGHT: Final = (*EXPENDABLE, "config", "schema", "gap", "command")
ENDS: Final = ("", "-wal", "-shm", ".start", ".history", "-wal.orphaned", ".refused", ".rescued")


class Refuses(Exception):
    """The journal that is there would be lost. Carries how many of its events the copy does not have."""

    def __init__(self, journal: Path, events: int) -> None:
        super().__init__(f"{journal}: {events}")
        self.journal, self.events = journal, events


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    manifest: Manifest
    epoch: str  # that goes on
    aside: Path | None  # where the journal that was there is now
    config: Path | None  # where the copy's configuration was written
    report: verify.Report


def restore(
    copy: Path,
    journal: Path,
    config: Path,
    passphrase: bytes | None,
    clock: Clock,
    by: str,
    over: bool = False,
    names: tuple[Path, bytes | None] | None = None,
) -> Outcome:
    """Put a copy in the place of a journal, which is set aside. `names`: another copy, with its passphrase, from which
    the names of people come, as a center's has none.

    Raises NotOpened (seal) for a copy that is not whole, Refuses unless `over`, ConfigurationError while a daemon runs
    on it, OSError, apsw.Error.
    """
    files = Files(journal)
    journal.parent.mkdir(parents=True, exist_ok=True)
    owner = journal.parent.stat()
    beside = journal.with_name(f"{journal.name}.restoring")
    held = lock(files.lock)
    try:
        with archive.opened(copy, passphrase) as (zipped, manifest):
            if not over and (lost := only_here(journal, manifest)):
                raise Refuses(journal, lost)
            with copying.new(beside).open("r+b") as file:
                archive.unpack(zipped, manifest, file)
                file.flush()
                os.fsync(file.fileno())
            written = _configuration(config, zipped.read(archive.CONFIG)) if _has_config(zipped.namelist()) else None
        if names is not None:
            _take_names(beside, manifest, *names)
        start = max(manifest.start, _start_here(files)) + RAISED_BY
        raised = Epoch(start, secrets.token_hex(2), "restored")
        with closing(apsw.Connection(str(beside))) as db, db:  # the file beside it may be lost
            rescue.keep_epoch(db, raised)
        aside = _set_aside(journal)
        write_watermark(files.watermark, Watermark(*raised))
        beside.replace(journal)
        sync_folder(journal.parent)
    finally:
        copying.discard(beside)
        os.close(held)
    epoch = _begin(files, clock, copy.name, manifest, by)
    _give(owner, [*journal.parent.glob(f"{journal.name}*"), *([written] if written else [])])
    return Outcome(manifest, epoch, aside, written, verify.verify(journal))


def only_here(journal: Path, manifest: Manifest) -> int:
    """Return how many events that matter stand in the journal and not in the copy."""
    try:
        with open_reader(journal) as reader:
            kinds = ", ".join("?" * len(SLIGHT))
            select = f"SELECT count(*) FROM events WHERE kind NOT IN ({kinds}) AND id > ?"
            behind = _shared_up_to(reader, manifest)
            return int(next(reader.db.execute(select, (*SLIGHT, behind)))[0])
    except FileNotFoundError:
        return 0
    except (StorageFailed, apsw.Error):
        return 0  # it is set aside, so nothing of it is lost


def _shared_up_to(reader: JournalReader, manifest: Manifest) -> int:
    """Return the key up to which a journal is the copy's own; 0 when it is another card's."""
    epoch = reader.epochs.get(manifest.start)
    return key(manifest.start, manifest.n) if epoch and epoch.token == manifest.token else 0


def _start_here(files: Files) -> int:
    mark = read_watermark(files.watermark)
    return mark.start if mark else 0


def _take_names(database: Path, manifest: Manifest, copy: Path, passphrase: bytes | None) -> None:
    """Take the names of people from an older copy of the same shop, but for those who were erased since."""
    scratch = copying.new(database.with_name(f"{database.name}-names"))
    try:
        with archive.opened(copy, passphrase) as (zipped, old), scratch.open("r+b") as file:
            if (old.workshop, old.gateway) != (manifest.workshop, manifest.gateway):
                raise NotOpened(f"{copy.name} is a copy of {old.workshop}/{old.gateway}")
            archive.unpack(zipped, old, file)
        with closing(apsw.Connection(str(database))) as db:
            db.execute("ATTACH ? AS old", (str(scratch),))
            erased = "SELECT CAST(body ->> 'erased' AS INTEGER) FROM events WHERE kind = 'work' AND id > ?"
            known = f"SELECT * FROM old.people WHERE number NOT IN ({erased} AND body ->> 'erased')"
            db.execute(f"INSERT OR IGNORE INTO people {known}", (key(old.start, old.n),))
    finally:
        copying.discard(scratch)


def _set_aside(journal: Path) -> Path | None:
    """Rename what is there; returns the new name of the database, None when there was none."""
    if not journal.exists():
        return None
    n = 1
    while (aside := journal.with_name(f"{journal.name}.replaced-{n}")).exists():
        n += 1
    for end in ENDS:
        file = journal.with_name(journal.name + end)
        if file.exists():
            file.rename(aside.with_name(aside.name + end))
    sync_folder(journal.parent)
    return aside


def _has_config(names: list[str]) -> bool:
    return archive.CONFIG in names


def _configuration(config: Path, text: bytes) -> Path | None:
    """Write the copy's configuration: in its place where there is none, else beside it; None when it is the same."""
    if config.exists() and config.read_bytes() == text:
        return None
    to = config.with_name(f"{config.stem}.restored{config.suffix}") if config.exists() else config
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(text)
    return to


def _begin(files: Files, clock: Clock, copy: str, manifest: Manifest, by: str) -> str:
    """Open it as the daemon does, and leave an event that says what it is from."""
    store = Store(files, clock, 0.0)
    store.open()
    try:
        body = {"what": "restore", "copy": copy, "last": manifest.last, "made_ms": manifest.made_ms, "by": by}
        with store.transaction():
            store.append(Event("command", "journal", clock.mono_ns(), body))
        store.write_watermark()
        return f"{store.epoch.start}-{store.epoch.token}"
    finally:
        store.close()


def _give(owner: os.stat_result, files: list[Path]) -> None:
    """To whom the folder belongs: the daemon is not root, and whoever restores mostly is."""
    if os.geteuid() == 0:
        for file in files:
            os.chown(file, owner.st_uid, owner.st_gid)
