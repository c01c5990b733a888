"""Power cuts, simulated: every write and sync of SQLite is recorded, and the disk is rebuilt as a cut may leave it.

What was synced before the cut is there. Of what was written after, any part of any sector may be, in any order.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from gateway.journal import epoch, store

SECTOR_BYTES = 512


@dataclass(frozen=True)
class Op:
    """Something that happened to a file, or, without one, something that was acknowledged."""

    what: str  # write, truncate, sync, delete, replace, acknowledge
    file: str = ""
    offset: int = 0
    data: bytes = b""
    said: Any = None


@dataclass
class Disk:
    """A file as the medium has it, and what has not reached it yet."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        """Let all that was written reach the medium."""
        for op in self.pending:
            _apply(self.durable, op, None)
        self.pending.clear()

    def after_cut(self, chance: random.Random) -> bytes:
        """Return the file with some of what had not reached the medium."""
        left = bytearray(self.durable)
        for op in self.pending:
            if chance.random() < 0.5:
                _apply(left, op, chance)
        return bytes(left)


def _apply(file: bytearray, op: Op, chance: random.Random | None) -> None:
    """Apply a write; with `chance`, only some of its sectors."""
    if op.what == "truncate":
        del file[op.offset :]
        return
    for start in range(0, len(op.data), SECTOR_BYTES):
        if chance is None or chance.random() < 0.5:
            part = op.data[start : start + SECTOR_BYTES]
            end = op.offset + start + len(part)
            file.extend(bytes(max(0, end - len(file))))
            file[op.offset + start : end] = part


class Recorder(apsw.VFS):
    """The real file system, with a record of what it was told. Its name is `recorder`."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        super().__init__("recorder", "")

    def acknowledge(self, said: Any) -> None:
        """Note what was promised from now on."""
        self.ops.append(Op("acknowledge", said=said))

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


@contextmanager
def recorder() -> Iterator[Recorder]:
    """A recorder of what journals that are opened with it write, their watermarks too."""
    made = Recorder()

    def write(path: Path, watermark: epoch.Watermark) -> None:
        epoch.write_watermark(path, watermark)
        made.ops.append(Op("replace", path.name, data=path.read_bytes()))

    whole, store.write_watermark = store.write_watermark, write
    try:
        yield made
    finally:
        store.write_watermark = whole
        made.unregister()


def cuts(
    ops: Sequence[Op], points: Sequence[int], chance: random.Random, before: Mapping[str, bytes]
) -> Iterator[tuple[dict[str, bytes], list[Any]]]:
    """Yield, for each point (they ascend), the files as a cut there may leave them, and what was acknowledged.

    `before`: the files as they were before the first of `ops`.
    """
    disks = {name: Disk(bytearray(data)) for name, data in before.items()}
    said: list[Any] = []
    at = 0
    for point in points:
        for op in ops[at:point]:
            _happen(disks, said, op)
        at = point
        yield {name: disk.after_cut(chance) for name, disk in disks.items()}, list(said)


def _happen(disks: dict[str, Disk], said: list[Any], op: Op) -> None:
    if op.what == "acknowledge":
        said.append(op.said)
    elif op.what == "delete":
        disks.pop(op.file, None)
    elif op.what == "replace":
        disks[op.file] = Disk(bytearray(op.data))
    elif op.what == "sync":
        disks.setdefault(op.file, Disk()).sync()
    else:
        disks.setdefault(op.file, Disk()).pending.append(op)
