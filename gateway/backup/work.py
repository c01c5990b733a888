"""One copy, from the journal to a target and back, in a process of its own: a target may hang, and all of it is long.

Asked by `gateway.apart`. What it leaves behind when it is killed is thrown away by the next one.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import apsw

from gateway.apart import reply
from gateway.backup import archive, copies, copying, gentle, manifest, places, seal
from gateway.backup.manifest import Manifest
from gateway.backup.task import Task, task
from gateway.backup.trouble import Trouble, of_error
from gateway.backup.verify import Restored, verify
from gateway.config.backup import Backup
from gateway.errors import StorageFailed
from gateway.journal.epoch import sync_folder

KEEP_FREE_BYTES: Final = 500_000_000  # on the journal's own disk
SLACK_BYTES: Final = 1 << 20
WORK, CHECK = ".backup-copy", ".backup-check"  # behind the journal's name: databases for a while
Answer = dict[str, Any]


def answer(question: dict[str, Any]) -> Answer:
    """Make a copy, verify it, thin the old ones; say what came of it, or the trouble that there was."""
    asked = task(question)
    try:
        with _alone(asked.journal):
            return make(asked)
    except (Trouble, OSError, apsw.Error) as error:
        trouble = error if isinstance(error, Trouble) else of_error(error)
        return {"trouble": trouble.code, "said": trouble.said}


@contextmanager
def _alone(journal: Path) -> Iterator[None]:
    """One at a time: two at once would only take each other's place and time."""
    handle = os.open(f"{journal}.backup-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Trouble("busy", "another copy is being made") from None
    finally:
        os.close(handle)


def make(task: Task) -> Answer:
    """Do it all. Raises Trouble, OSError, apsw.Error."""
    passphrase = _passphrase(task.backup)
    folder = places.find(task.backup, task.journal)
    _sweep(task, folder)
    file, made = _copied(task, folder, passphrase)
    restored = _checked(task, file, made, passphrase)
    if restored is not None:
        file = _settled(task, folder, file, restored)
    kept = copies.listed(folder, task.begins)
    told = {"file": str(file), "size_bytes": file.stat().st_size, "sealed": passphrase is not None}
    told |= {"last": made.last, "made_ms": made.made_ms, "last_ms": made.last_ms, "events": made.events}
    told["copies"] = [{"file": one.name, "ts": one.made.timestamp() * 1e3, "bytes": one.size_bytes} for one in kept]
    return told | _verdict(restored)


def _settled(task: Task, folder: Path, file: Path, restored: Restored) -> Path:
    """Let old copies go for one that is well. One of a damaged journal counts for none, and takes no other's place."""
    for old in folder.glob(f"{task.begins}*{copies.DOUBTFUL}"):
        old.unlink()
    if restored.well:
        for past in copies.past(
            copies.listed(folder, task.begins), ZoneInfo(task.zone), task.backup.keep_days, task.backup.keep_weeks
        ):
            (folder / past.name).unlink()
    else:
        file = file.replace(file.with_name(file.name + copies.DOUBTFUL))
    sync_folder(folder)
    return file


def _verdict(restored: Restored | None) -> Answer:
    if restored is None:
        return {"verified": False, "trouble": "unchecked", "said": "no room to restore it for a test"}
    if restored.damaged:
        return {"verified": True, "trouble": "damaged", "said": "; ".join(restored.damaged)}
    if restored.ledger:
        return {"verified": True, "trouble": "ledger", "said": ", ".join(restored.ledger)}
    return {"verified": True, "trouble": "", "said": ""}


def _passphrase(backup: Backup) -> bytes | None:
    if backup.key_file is None:
        return None
    try:
        return seal.read_key(Path(backup.key_file))
    except (OSError, seal.NotOpened) as error:
        raise Trouble("key", f"{backup.key_file}: {error}") from error


def _sweep(task: Task, folder: Path) -> None:
    """Throw away what a process that was killed has left."""
    for one in folder.glob(f"{task.begins}*{copies.PART}"):
        one.unlink()
    for end in (WORK, CHECK):
        for place in (folder, task.journal.parent):
            with suppress(OSError):
                copying.discard(place / f"{task.journal.name}{end}")


def _copied(task: Task, folder: Path, passphrase: bytes | None) -> tuple[Path, Manifest]:
    if not task.journal.exists():
        raise Trouble("journal", f"{task.journal}: there is no journal")
    try:
        with copying.moment(task.journal) as reader:
            made = manifest.of(reader, task.workshop, task.gateway, task.now_ns)
            _make_room(task, folder, made.db_bytes, passphrase)
            database = _scratch(task, folder, made.db_bytes, passphrase, WORK)
            if database is None:
                raise Trouble("full", f"{made.db_bytes} bytes are needed for the copy")
            with _for_a_while(database):
                copying.copy(reader, database)
                reader.db.execute("COMMIT")  # the writer's log may be emptied from here on
                return _packed(task, folder, database, made, passphrase)
    except (StorageFailed, apsw.CorruptError, apsw.NotADBError) as error:
        raise Trouble("journal", str(error)) from error


@contextmanager
def _for_a_while(database: Path) -> Iterator[None]:
    copying.new(database)
    try:
        yield
    finally:
        copying.discard(database)


def _packed(
    task: Task, folder: Path, database: Path, made: Manifest, passphrase: bytes | None
) -> tuple[Path, Manifest]:
    """Write beside, fsync, rename: whatever happens, what has the name of a copy is whole."""
    at = datetime.fromtimestamp(task.now_ns / 1e9, UTC)
    to = folder / copies.name(task.workshop, task.gateway, made.start, made.n, at)
    part = to.with_name(to.name + copies.PART)
    more = {archive.CONFIG: task.config.read_bytes()} if task.config and task.config.exists() else {}
    with gentle.create(part) as file:
        made = archive.write(file, database, made, more, passphrase)
        gentle.forget(file)
    part.replace(to)
    sync_folder(folder)
    return to, made


def _checked(task: Task, file: Path, made: Manifest, passphrase: bytes | None) -> Restored | None:
    """Restore it for a test; None when there is no room for that. What reads back differently is thrown away."""
    scratch = _scratch(task, file.parent, made.db_bytes, passphrase, CHECK)
    if scratch is None:
        return None
    try:
        restored = verify(file, scratch, passphrase)
        if restored.manifest == made:
            return restored
        why = "its manifest is another one"
    except seal.NotOpened as error:
        why = str(error)
    file.unlink()
    raise Trouble("unreadable", why)


def _scratch(task: Task, folder: Path, size_bytes: int, passphrase: bytes | None, end: str) -> Path | None:
    """Return where a database may stand for a while: on the target, which spares the card; one that is to be sealed
    never stands there open."""
    name, needed = f"{task.journal.name}{end}", size_bytes + SLACK_BYTES
    if passphrase is None and places.room_bytes(folder) >= needed:
        return folder / name
    here = task.journal.parent
    return here / name if places.room_bytes(here) >= needed + KEEP_FREE_BYTES else None


def _make_room(task: Task, folder: Path, size_bytes: int, passphrase: bytes | None) -> None:
    """Let the oldest copies go, never the newest one, until another one fits; none for another one of a journal that
    was damaged when it was copied last. Raises Trouble."""
    doubtful = any(folder.glob(f"{task.begins}*{copies.DOUBTFUL}"))
    kept = copies.listed(folder, task.begins)
    needed = max([kept[-1].size_bytes * 5 // 4 for _ in kept[-1:]] or [size_bytes // 2]) + SLACK_BYTES
    needed += size_bytes if passphrase is None else 0
    while (free := places.room_bytes(folder)) < needed and len(kept) > 1 and not doubtful:
        (folder / kept.pop(0).name).unlink()
        sync_folder(folder)
    if free < needed:
        raise Trouble("full", f"{needed} bytes are needed in {folder}, {free} are free")


if __name__ == "__main__":
    reply(answer)
