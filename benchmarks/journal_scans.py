"""How long a scan waits for its commit: beside raw fdatasync on the same disk, and on a disk that stalls.

20 scanners read 5 coupons a second each, on top of 5000 samples a second through the engine: the real way of a scan,
through ledger and journal to its answer.
"""

import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import numpy as np
from journal_shop import Shop, configuration
from rig import emit

from gateway.clock import SystemClock

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
WARM_UP_S = 2.0


class Stalling(apsw.VFS):
    """The real file system, of which every write and sync stands still for a moment every so often."""

    def __init__(self, every_s: float, for_s: float) -> None:
        self.every_s, self.for_s = every_s, for_s
        self.stalls: set[int] = set()  # those that something had to wait for
        self._began_s = time.monotonic() + WARM_UP_S
        super().__init__("stalling", "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        return _File(self, name, flags)

    def wait(self) -> None:
        """Wait until the stall that is now, if one is, ends."""
        number, at_s = divmod(time.monotonic() - self._began_s, self.every_s)
        if number >= 0 and at_s < self.for_s:
            self.stalls.add(int(number))
            time.sleep(self.for_s - at_s)


class _File(apsw.VFSFile):
    def __init__(self, disk: Stalling, name: Any, flags: list[int]) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        self.disk.wait()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - apsw's name
        self.disk.wait()
        super().xSync(flags)


@contextmanager
def raw_syncs(path: Path, every_s: float, size: int, file_bytes: int) -> Iterator[list[float]]:
    """Write and fdatasync a file as a WAL is written, again and again in a thread; yields how long each took, in s."""
    took: list[float] = []
    ended = threading.Event()

    def work() -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT)
        at, data = 0, os.urandom(size)
        while not ended.wait(every_s):
            begun = time.perf_counter()
            os.pwrite(handle, data, at)
            os.fdatasync(handle)
            took.append(time.perf_counter() - begun)
            at = (at + size) % file_bytes
        os.close(handle)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()


async def scans(shop: Shop, seconds: float) -> list[float]:
    """Scan with all scanners, and return how long each scan waited for its commit, in s. One that is lost raises."""
    load: dict[str, Any] = WORKLOAD
    waited: list[float] = []
    end_s = time.monotonic() + seconds

    async def hand(scanner: str, offset: float) -> None:
        next_s = time.monotonic() + offset
        while next_s < end_s:
            await asyncio.sleep(next_s - time.monotonic())
            due_s = time.monotonic()
            asking.append(asyncio.create_task(one(scanner, due_s)))
            next_s += 1 / load["scans_per_s"]

    async def one(scanner: str, due_s: float) -> None:
        await shop.scan(scanner)
        waited.append(time.monotonic() - due_s)

    asking: list[asyncio.Task[None]] = []
    spread = 1 / load["scans_per_s"] / len(shop.scanners)
    await asyncio.gather(*(hand(scanner, n * spread) for n, scanner in enumerate(shop.scanners)))
    await asyncio.gather(*asking)
    return waited


async def poll(shop: Shop) -> None:
    """Read every device so often, for ever."""
    next_s = time.monotonic()
    while True:
        next_s += WORKLOAD["poll_s"]
        await asyncio.sleep(next_s - time.monotonic())
        shop.readings(1, WORKLOAD["poll_s"])


async def measure(path: Path, seconds: float, vfs: str | None = None) -> list[float]:
    """Return how long each scan waited, in ms; every one of them must be in the journal afterwards."""
    load = WORKLOAD
    config = configuration(load["devices"], load["points"], load["scanners"])
    async with Shop(path, config, SystemClock(trust=True), vfs=vfs) as shop:
        others = [asyncio.create_task(poll(shop)), asyncio.create_task(shop.flow.keep_samples(load["block_s"]))]
        await scans(shop, WARM_UP_S)
        waited = await scans(shop, seconds)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        kept = await shop.journal.read(lambda db: next(db.execute("SELECT count(*) FROM work_paid")))
        if kept != (shop.scans,):
            raise RuntimeError(f"of {shop.scans} scans {kept} are kept")
    return [1e3 * one for one in waited]


async def main(seconds: float) -> None:
    """Measure both on the disk of /var/tmp, which is not held in memory."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        raw = WORKLOAD["fdatasync"]
        with raw_syncs(Path(folder) / "raw", raw["every_s"], raw["bytes"], raw["file_bytes"]) as syncs:
            waited = await measure(Path(folder) / "journal.db", seconds)
        sync_ms = 1e3 * float(np.percentile(syncs, 99))
        scan_ms = float(np.percentile(waited, 99))
        more = {"scan_ms_p99": round(scan_ms, 2), "scan_ms_p50": round(float(np.median(waited)), 2)}
        more |= {"fdatasync_ms_p99": round(sync_ms, 2), "scans": len(waited)}
        emit("journal.scan_commit_over_fdatasync_ms_p99", scan_ms - sync_ms, "ms", **more)

        disk = Stalling(**WORKLOAD["stall"])
        waited = await measure(Path(folder) / "stalling.db", seconds, "stalling")
        emit("journal.scan_commit_stalling_ms_max", max(waited), "ms", stalls=len(disk.stalls), scans=len(waited))
        disk.unregister()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if sys.argv[1:] else WORKLOAD["seconds"]))
