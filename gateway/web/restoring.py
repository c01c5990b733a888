"""The API of a restore: which copies there are, what one holds and what would be lost, and doing it.

A person's alone, with the password once more: it takes what came after the copy out of the books.
"""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.apart import Failed
from gateway.backup.copies import UPLOADED
from gateway.web.route import Ask, Routes, Stop

routes = Routes("door")
PART_BYTES: Final = 4 << 20
MOST_BYTES: Final = 1 << 40
KEEP_FREE_BYTES: Final = 200_000_000
NO_ROOM: Final = {"ko": "디스크에 자리가 모자라요.", "en": "There is not enough room on the disk."}
GONE: Final = {
    "ko": "그 백업이 지금은 없어요. 목록을 다시 봐 주세요.",
    "en": "That copy is not there now: look at the list.",
}
BROKEN: Final = {"ko": "온전한 백업이 아니에요.", "en": "It is no whole copy."}
SEALED: Final = {"ko": "백업의 암호를 적어 주세요.", "en": "The copy's passphrase is needed."}
WRONG: Final = {"ko": "비밀번호가 달라요.", "en": "The password is wrong."}


class UploadQuery(BaseModel):
    """Where in the file a part belongs."""

    model_config = ConfigDict(extra="forbid")

    at: int = Field(ge=0, le=MOST_BYTES, description="Bytes before this part; 0 begins a new file.")


class LookForm(BaseModel):
    """Which copy to look at."""

    model_config = ConfigDict(extra="forbid")

    copy_path: str = Field(alias="copy", max_length=4096, description="A path of the list.")
    passphrase: str | None = Field(None, max_length=1000, description="Of a sealed copy.")


class RestoreForm(LookForm):
    """Which copy takes the journal's place."""

    password: str = Field("", max_length=200, description="One's own, once more; none where nobody has one yet.")
    configuration: bool = Field(False, description="Take the copy's configuration over too, where it fits here.")


@routes.get("/restore", "installer")
async def choice(ask: Ask) -> dict[str, Any]:
    """The copies on sticks, in the places of the backups, and what was uploaded; and what came of the last restore."""
    return {"copies": await _asked(ask), "last": ask.to.daemon.restored}


@routes.post("/restore/upload", "installer", query=UploadQuery, raw_bytes=PART_BYTES, audited=False)
async def upload(ask: Ask) -> dict[str, Any]:
    """Take a part of a copy, of 4 MiB at most, one after the other; 409 where it does not follow, or without room."""
    journal = ask.to.daemon.journal_path
    size = await asyncio.to_thread(_append, journal.with_name(journal.name + UPLOADED), ask.query.at, ask.raw)
    return {"bytes": size}


@routes.post("/restore/look", "installer", form=LookForm, audited=False)
async def look(ask: Ask) -> dict[str, Any]:
    """What a copy holds and until when, how many events this box has that it does not, and whether there is room."""
    return await _seen(ask)


@routes.post("/restore", "installer", form=RestoreForm)
async def restore(ask: Ask) -> dict[str, Any]:
    """Put a copy in the journal's place: the daemon ends, restores and comes back; what was there is set aside."""
    accounts, who = ask.to.accounts, ask.who.user
    if accounts.set_up and not await accounts.fits(who, ask.form.password, ask.source):
        raise Stop(403, WRONG)
    seen = await _seen(ask)
    if seen["trouble"]:
        raise Stop(409, SEALED if seen["trouble"] == "sealed" else BROKEN)
    if not seen["fits"]:
        raise Stop(409, NO_ROOM)
    from gateway.backup.order import Order

    passphrase = ask.form.passphrase.encode() if seen["sealed"] and ask.form.passphrase else None
    ask.to.daemon.restore_soon(Order(Path(ask.form.copy_path), ask.by, ask.form.configuration, passphrase))
    return {"ok": True}


async def _seen(ask: Ask) -> dict[str, Any]:
    """Look at a copy of the list: no other file of the box is opened."""
    if ask.form.copy_path not in [one["path"] for one in await _asked(ask)]:
        raise Stop(404, GONE)
    seen: dict[str, Any] = await _asked(ask, copy=ask.form.copy_path, passphrase=ask.form.passphrase)
    return seen


async def _asked(ask: Ask, **more: Any) -> Any:
    try:
        return await ask.to.daemon.copies(**more)
    except Failed as failed:
        raise Stop(503, str(failed)) from failed


def _append(file: Path, at: int, part: bytes) -> int:
    if shutil.disk_usage(file.parent).free < KEEP_FREE_BYTES + len(part):
        file.unlink(missing_ok=True)
        raise Stop(409, NO_ROOM)
    with open(os.open(file, os.O_RDWR | os.O_CREAT | (0 if at else os.O_TRUNC), 0o600), "r+b") as opened:
        size = opened.seek(0, os.SEEK_END)
        if size != at:
            raise Stop(409, f"The file has {size} bytes: that is where the next part belongs.")
        opened.write(part)
        return size + len(part)
