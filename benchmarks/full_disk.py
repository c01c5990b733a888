"""A disk that is full when it is told to be: the real file system below SQLite, for tests."""

from itertools import count
from typing import Any

import apsw


class FullDisk(apsw.VFS):
    """The real file system, until `full` is set: then nothing more can be written. `name` is for `Journal.open`."""

    numbers = count()

    def __init__(self) -> None:
        self.full, self.name = False, f"full-disk-{next(self.numbers)}"
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: FullDisk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        if self._disk.full:
            raise apsw.FullError("the disk is full")
        super().xWrite(data, offset)
