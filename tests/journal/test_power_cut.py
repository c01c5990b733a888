"""Power cuts, simulated: every write and sync of SQLite is recorded, and the disk is rebuilt as a cut may leave it.

What was synced before the cut is there. Of what was written after, any part of any sector may be.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from gateway.event import Event, Position
from gateway.journal import epoch, store
from gateway.journal.journal import Journal
from sensors.batch import one_row

SECTOR = 512
CUTS = 150


@dataclass(frozen=True)
class Op:
    """Something that happened to a file, or, without one, an acknowledgement."""

    what: str  # write, truncate, sync, delete, replace, acknowledge
    file: str = ""
    offset: int = 0
    data: bytes = b""
    rows: tuple[Position, ...] = ()


@dataclass
class Disk:
    """A file as the medium has it, and what has not reached it yet."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)

    def apply(self, op: Op, chance: random.Random | None) -> None:
        """Apply a write; with `chance`, only some of its sectors, as a cut may leave it."""
        if op.what == "truncate":
            del self.durable[op.offset :]
            return
        for start in range(0, len(op.data), SECTOR):
            if chance is None or chance.random() < 0.5:
                part = op.data[start : start + SECTOR]
                end = op.offset + start + len(part)
                self.durable.extend(bytes(max(0, end - len(self.durable))))
                self.durable[op.offset + start : end] = part

    def sync(self) -> None:
        for op in self.pending:
            self.apply(op, None)
        self.pending.clear()

    def cut(self, chance: random.Random) -> bytes:
        for op in self.pending:
            if chance.random() < 0.5:
                self.apply(op, chance)
        return bytes(self.durable)


class Recorder(apsw.VFS):
    """The real file system, with a record of what it was told."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        super().__init__("recorder", "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - apsw's name
        self.ops.append(Op("delete", Path(filename).name))
        super().xDelete(filename, syncdir)


class _File(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: Any, flags: list[int]) -> None:
        self.ops = recorder.ops
        self.name = Path(name.filename() if isinstance(name, apsw.URIFilename) else str(name)).name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        self.ops.append(Op("write", self.name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - apsw's name
        self.ops.append(Op("truncate", self.name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - apsw's name
        super().xSync(flags)
        self.ops.append(Op("sync", self.name))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    made = Recorder()

    def write(path: Path, watermark: epoch.Watermark) -> None:
        epoch.write_watermark(path, watermark)
        made.ops.append(Op("replace", path.name, data=path.read_bytes()))

    monkeypatch.setattr(store, "write_watermark", write)
    yield made
    made.unregister()


def disk_after(ops: list[Op], chance: random.Random, folder: Path) -> set[Position]:
    """Build the folder as a cut after `ops` may leave it; returns what had been acknowledged."""
    files: dict[str, Disk] = {}
    acknowledged: set[Position] = set()
    for op in ops:
        if op.what == "acknowledge":
            acknowledged.update(op.rows)
        elif op.what == "delete":
            files.pop(op.file, None)
        elif op.what == "replace":
            files[op.file] = Disk(bytearray(op.data))
        elif op.what == "sync":
            files.setdefault(op.file, Disk()).sync()
        else:
            files.setdefault(op.file, Disk()).pending.append(op)
    folder.mkdir()
    for name, disk in files.items():
        (folder / name).write_bytes(disk.cut(chance))
    return acknowledged


@pytest.mark.timeout(300)
def test_no_power_cut_takes_an_acknowledged_event_or_lets_a_number_be_used_twice(
    tmp_path: Path, clock: Any, recorder: Recorder
) -> None:
    async def work() -> None:
        path = tmp_path / "recorded" / "j.db"
        async with await Journal.open(path, "gw_1", clock, max_bytes=10**6, linger_s=0, vfs="recorder") as journal:
            schema = await journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
            for i in range(150):
                events = [Event("scan", "scanner_1", i, {"raw": "x" * 700}) for _ in range(1 + i % 3)]
                rows = [await journal.transact(lambda tx, event=event: tx.append(event)) for event in events]
                if i % 5 == 0:
                    journal.stage(one_row(0, 0, i, np.zeros(1), np.zeros(1, np.uint8)), schema)
                    rows += await journal.commit_block(b"snapshot" * 100, events=events)
                recorder.ops.append(Op("acknowledge", rows=tuple(row.position for row in rows)))

    async def look(path: Path) -> tuple[list[Position], Position]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            rows = [(await journal.events(None))[0]]
            while more := await journal.events(rows[-1].position):
                rows += more
            new = await journal.append([Event("scan", "scanner_1", 1, {})])
            return [row.position for row in rows if row.kind != "gap"], new[0].position

    asyncio.run(work())
    ops = recorder.ops
    assert sum(op.what == "sync" and op.file == "j.db" for op in ops) > 3  # it was checkpointed in between
    first = next(i for i, op in enumerate(ops) if op.what == "acknowledge")
    chance = random.Random(5)
    for number in range(CUTS):
        cut = chance.randrange(first, len(ops))
        acknowledged = disk_after(ops[:cut], chance, tmp_path / str(number))
        found, new = asyncio.run(look(tmp_path / str(number) / "j.db"))
        assert acknowledged <= set(found)
        assert [position.n for position in found] == list(range(1, len(found) + 1))
        assert new.start > max(position.start for position in found)
