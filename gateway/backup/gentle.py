"""Writing much, gently: a scan's commit must not wait behind hundreds of megabytes of ours in the kernel's queue."""

import io
import os
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

AT_ONCE: Final = 1 << 20  # bytes on their way at the most


class Gentle(io.RawIOBase):
    """Writes on into a file; each megabyte reaches the medium, and as long as that took nothing more is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._unsynced = file, 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: "ReadableBuffer") -> int:
        """Write all of it; return how many bytes."""
        written = self._file.write(data)
        self._unsynced += written
        if self._unsynced >= AT_ONCE:
            self._file.flush()
            settle(self._file.fileno())
            self._unsynced = 0
        return written


def settle(handle: int) -> None:
    """Bring what was written to the medium, then leave it to others as long."""
    before = time.monotonic()
    os.fdatasync(handle)
    time.sleep(time.monotonic() - before)


def create(path: Path) -> IO[bytes]:
    """Make a new file that nobody else may read. Raises OSError."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w+b")


def forget(file: IO[bytes]) -> None:
    """Bring a file to the medium, and have what is read of it next come from there, not from memory."""
    file.flush()
    os.fsync(file.fileno())
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
