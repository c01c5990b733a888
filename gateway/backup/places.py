"""Where copies go: a stick by its label or by a marker in its root, or a folder of a share or of another disk.

Whatever touches a target may hang for minutes in the kernel: never on the daemon's loop. `signs` alone may be asked
there: it reads what the kernel and udev say.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from gateway.backup.trouble import Trouble
from gateway.config.backup import Backup

MOUNTS: Final = Path("/proc/self/mountinfo")
LABELS: Final = Path("/dev/disk/by-label")
MARKER: Final = "gongbang.backup"  # a file in the root of a stick of another name
MOUNTED_UNDER: Final = ("/media/", "/mnt/", "/run/media/")
_PLAIN: Final = re.compile(r"[A-Za-z0-9#+\-.:=@_]")  # what udev leaves as it is in a label; and UTF-8


class Mount(NamedTuple):
    """A mounted file system."""

    device: str  # major:minor
    folder: str


def signs(config: Backup) -> object:
    """Return what changes when a stick is plugged in, mounted or pulled out."""
    if config.to == "folder":
        return None
    return os.path.realpath(_device(LABELS, config.label)), [mount for mount in _mounts(MOUNTS) if _is_stick(mount)]


def find(config: Backup, journal: Path, mounts: Path = MOUNTS, labels: Path = LABELS) -> Path:
    """Return the folder for copies, which is there. Raises Trouble and OSError."""
    if config.to == "folder":
        folder = Path(config.path)
        if not folder.is_dir():
            raise Trouble("away", f"{folder} is not there")
        root = folder
    else:
        root = _stick(config.label, mounts, labels)
        folder = root / config.path
    if not config.same_disk and root.stat().st_dev == journal.parent.stat().st_dev:
        raise Trouble("same_disk", f"{root} is on the journal's own disk")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sticks(mounts: Path = MOUNTS) -> list[Path]:
    """Return where sticks are mounted, whatever they are called."""
    return [Path(mount.folder) for mount in dict.fromkeys(_mounts(mounts)) if _is_stick(mount)]


def room_bytes(folder: Path) -> int:
    """Return the bytes that are free there."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _stick(label: str, mounts: Path, labels: Path) -> Path:
    """Return where a stick is mounted: by its label, else by the marker."""
    device = _device(labels, label)
    mounted = list(_mounts(mounts))
    if device.exists():
        number = device.stat().st_rdev
        for mount in mounted:
            if mount.device == f"{os.major(number)}:{os.minor(number)}":
                return Path(mount.folder)
    for mount in mounted:
        if _is_stick(mount) and (Path(mount.folder) / MARKER).is_file():
            return Path(mount.folder)
    if device.exists():
        raise Trouble("not_mounted", f"the stick {label} is not mounted")
    raise Trouble("away", f"there is no stick {label}")


def _is_stick(mount: Mount) -> bool:
    return f"{mount.folder}/".startswith(MOUNTED_UNDER)


def _device(labels: Path, label: str) -> Path:
    """Return udev's link of a label, in which other characters stand as \\x20."""
    return labels / "".join(c if _PLAIN.match(c) or ord(c) > 127 else f"\\x{ord(c):02x}" for c in label)


def _mounts(table: Path) -> Iterator[Mount]:
    """Yield what is mounted, the newest first: it lies over the others. proc(5): spaces are octal."""
    for line in reversed(table.read_text("utf-8", "surrogateescape").splitlines()):
        cells = line.split(" ")
        folder = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), cells[4])
        yield Mount(cells[2], folder)
