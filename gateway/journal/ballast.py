"""The ballast: a file that takes room, to be given up when the disk is full and even DELETE would fail."""

import os
from pathlib import Path


def make_ballast(path: Path, size_bytes: int) -> None:
    """Write a file whose blocks are really taken. Raises OSError, and leaves no file then."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        os.posix_fallocate(handle, 0, size_bytes)
        os.fsync(handle)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(handle)


def drop_ballast(path: Path) -> bool:
    """Free the ballast; returns whether there was one."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
