"""The box that the daemon runs on: disk, memory, temperature, clock and network, as Linux tells them."""

import os
import platform
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from gateway.engine import kernel
from gateway.version import VERSION

Facts = dict[str, Any]


def versions() -> Facts:
    """Return the versions of what matters."""
    return {
        "gongbang": VERSION,
        "python": sys.version.split()[0],
        "sqlite": apsw.sqlite_lib_version(),
        "numpy": np.__version__,
        "engine": f"kernel {kernel.EDITION}" if kernel.LOADED else "numpy",
        "system": platform.platform(),
        "processor": platform.machine(),
        "board": _first(Path("/proc/device-tree/model")).rstrip("\0"),
    }


def box(folder: Path, root: Path = Path("/")) -> Facts:
    """Return what Linux knows; `folder` is the journal's. What cannot be read is left out."""
    return {
        "clock": {"utc": datetime.now(UTC).isoformat(), "since_boot_s": round(time.monotonic())},
        "disk": _disk(folder),
        "memory_kb": _memory(root / "proc/meminfo"),
        "load": list(os.getloadavg()),
        "temperature_c": _temperatures(root / "sys/class/thermal"),
        "network": _network(root / "sys/class/net"),
    }


def _disk(folder: Path) -> Facts:
    try:
        whole = shutil.disk_usage(folder)
    except OSError as error:
        return {"error": str(error)}
    sizes = {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.is_file()}
    return {"folder": str(folder), "bytes": whole.total, "free_bytes": whole.free, "files_bytes": sizes}


def _memory(file: Path) -> Facts:
    lines = (line.partition(":") for line in _first(file, 4096).splitlines())
    return {name: int(rest.split()[0]) for name, _, rest in lines if name in ("MemTotal", "MemAvailable", "SwapFree")}


def _temperatures(folder: Path) -> Facts:
    found = {}
    for zone in sorted(folder.glob("thermal_zone*")):
        told = _first(zone / "temp").strip()
        if told.lstrip("-").isdigit():
            found[f"{zone.name} {_first(zone / 'type').strip()}"] = int(told) / 1000
    return found


def _network(folder: Path) -> Facts:
    """Return each interface's state and counters; no address, which would tell where the shop is."""
    if not folder.is_dir():
        return {}
    return {
        one.name: {"state": _first(one / "operstate").strip()}
        | {
            name: _first(one / "statistics" / name).strip()
            for name in ("rx_bytes", "rx_errors", "tx_bytes", "tx_errors")
        }
        for one in sorted(folder.iterdir())
    }


def _first(file: Path, most: int = 256) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(most).decode("utf-8", "replace")
    except OSError:
        return ""
