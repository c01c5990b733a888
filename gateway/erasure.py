"""Erasure: a worker who has left is forgotten. The sums stay, under the badge's number.

The name is written over in the database, the log that held it is emptied, and an event says that it was done, for whom
by number alone. What the gateway cannot reach, because somebody else keeps it, is named with what to do about it.
"""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from gateway import people
from gateway.config.edit_history import Configurations
from gateway.config.root import EdgeConfig
from gateway.desk import Desk
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.work.entries import Entry, NotRecorded
from gateway.work.projections import masters

TRIES, BETWEEN_S = 20, 0.25  # to empty the log: a reader may hold it for a moment
BUSY_MS: Final = 2000  # what the journal's connection waits otherwise
Words = dict[str, str]


async def erase(journal: Journal, desk: Desk, number: int, today: str, by: str) -> bool:
    """Forget whoever has a badge; returns whether the log is empty too, which it else is when the daemon ends.

    Raises NotRecorded for somebody who is not there or has not left, StorageFailed.
    """

    def forgotten(tx: Transaction) -> Sequence[Entry]:
        badge = _has_left(tx.db, number, today)
        people.forget(tx.db, number)
        return [{"do": "worker", "worker": badge, "retired": True}]

    await desk.record("people", by, forgotten, erased=f"{number:04d}")
    for _ in range(TRIES):
        if await journal.read(_log_emptied):
            return True
        await asyncio.sleep(BETWEEN_S)
    return False


def _has_left(db: apsw.Connection, number: int, today: str) -> str:
    """Return the badge of somebody who has left; nobody is erased who still scans."""
    person, known = people.of(db, number), masters.all_of(db, "worker", str(number))
    if person is None and not known:
        raise NotRecorded(f"{number}번 명찰을 가진 사람이 없어요.", f"Nobody has the badge {number}.")
    left = person.left if person else None
    if not (known and known[0].retired) and (left is None or left > today):
        raise NotRecorded(
            "아직 그만두지 않은 사람이에요. 먼저 퇴사일을 적거나 명단에서 빼 주세요.",
            "This worker has not left: write the last day first, or retire the badge.",
        )
    return str(known[0].body["worker"]) if known else f"{number:04d}"


def _log_emptied(db: apsw.Connection) -> bool:
    """Bring the log into the database and cut it to nothing, if nobody reads it now: scans do not wait for that."""
    db.set_busy_timeout(0)
    try:
        db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    except apsw.BusyError:
        return False
    finally:
        db.set_busy_timeout(BUSY_MS)
    return True


def elsewhere(config: EdgeConfig, number: int) -> list[dict[str, Any]]:
    """Return where the name may still stand: files here, and copies that others keep."""
    path = Path(config.journal.path)
    found = [
        _place(str(file), OF_A_COPY) for file in sorted(path.parent.glob(f"{path.name}*")) if _may_hold(path, file)
    ]
    found += [_place(f"backups: {one.name}", OF_A_BACKUP) for one in config.backup]
    if any(int(worker.badge) == number for worker in config.work.workers):
        found.append(_place("work.workers", OF_THE_CONFIGURATION))
    formerly = path.with_name("configurations")
    if any(_names(kept.text, number) for kept in Configurations(formerly).all()):
        found.append(_place(str(formerly), OF_A_FORMER_CONFIGURATION))
    return [*found, _place("xlsx, csv", OF_A_TABLE)]


def _names(text: str, number: int) -> bool:
    return re.search(rf"""\bbadge: *["']?0*{number}\b""", text) is not None


def _may_hold(path: Path, file: Path) -> bool:
    """What was set aside when the journal was damaged, and what was left of a rescue."""
    end = file.name.removeprefix(path.name)
    return end.startswith((".damaged-", "-wal.orphaned", ".rescued", ".before"))


def _place(where: str, what: Words) -> dict[str, Any]:
    return {"where": where, "text": what}


OF_A_COPY: Final = {
    "ko": "깨졌던 기록을 옆으로 치운 것이에요. 필요 없으면 파일을 지워 주세요.",
    "en": "A damaged journal that was set aside: delete the file if nobody needs it.",
}
OF_A_BACKUP: Final = {
    "ko": "오늘보다 오래된 백업에는 이름이 남아 있어요. 보관 기간이 지나면 없어지고, 급하면 그 백업을 지워 주세요.",
    "en": "Older copies still hold the name. They go when their time is over; delete them if that is too late.",
}
OF_THE_CONFIGURATION: Final = {
    "ko": "설정 파일에도 이름이 적혀 있어요. 그 줄을 지워 주세요.",
    "en": "The configuration names this worker too: take the line out.",
}
OF_A_FORMER_CONFIGURATION: Final = {
    "ko": "전에 쓰던 설정에도 이름이 있어요. 백 번 바꾸면 없어지고, 급하면 그 폴더를 지워 주세요.",
    "en": "Former configurations hold the name. They go after a hundred changes; delete the folder if that is late.",
}
OF_A_TABLE: Final = {
    "ko": "내보낸 표를 따로 두었다면 그 파일에서도 지워 주세요.",
    "en": "Tables that were exported and kept: take the name out of those files too.",
}
