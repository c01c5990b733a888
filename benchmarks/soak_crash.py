"""Crash points: the power goes at random moments of random histories, and the disk has torn and reordered sectors.

After each cut the journal is opened twice. Nothing that was acknowledged may be gone or changed, nothing may be there
twice, and every number that is missing is told. Some of the histories go on from a disk that a cut has left.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from histories import KINDS, HandClock, History, Promised, wrong
from power import Op, cuts, recorder
from rig import emit

from gateway.journal.files import Files
from gateway.journal.salvage import keep_orphans

STEPS = 80
CUTS = 50  # of one history, at most
AGAIN = 0.2  # share of the histories that go on from a disk that was cut


def live(folder: Path, kind: str, dice: random.Random, before: Mapping[str, bytes]) -> tuple[list[Op], HandClock]:
    """Return what a history does to its files, which are `before` when it begins, and its clock at the end."""
    put(folder, before)
    with recorder() as made:
        history = History(folder / "j.db", KINDS[kind], dice, made.acknowledge, "recorder")
        asyncio.run(history.live(STEPS))
        return made.ops, history.clock


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder of these files."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def with_orphans(folder: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files as they are when the salvage begins: the copy of the log that it makes may be there for long."""
    put(folder, files)
    orphaned = Files(folder / "j.db")
    keep_orphans(orphaned)
    return files | ({orphaned.orphaned.name: orphaned.orphaned.read_bytes()} if orphaned.orphaned.exists() else {})


class Campaign:
    """Cuts histories until there are enough crash points."""

    def __init__(
        self, folder: Path, dice: random.Random, kinds: Sequence[str] = tuple(KINDS), again: float = AGAIN
    ) -> None:
        self._folder, self._dice, self._kinds, self._again = folder, dice, kinds, again
        self._number = 0
        self.points: Counter[str] = Counter()
        self.acknowledged = 0
        self.wrong: list[str] = []

    def run(self, points: int) -> None:
        """Go on until so many crash points were tried."""
        left: dict[str, bytes] = {}
        said: list[Any] = []
        while (tried := sum(self.points.values())) < points:
            kind = self._dice.choice(self._kinds)
            again = bool(left) and self._dice.random() < self._again
            before, promised = (with_orphans(self._new(), left), said) if again else ({}, [])
            ops, clock = live(self._new(), kind, self._dice, before)
            first = 1 if again else next(i for i, op in enumerate(ops) if op.what == "acknowledge")
            moments = sorted(
                self._dice.randrange(first, len(ops) + 1) for _ in range(min(CUTS, -(-points // 2), points - tried))
            )
            for left, more in cuts(ops, moments, self._dice, before):
                said = promised + more
                self._look(left, said, clock, kind + (" again" if again else ""))

    def _look(self, files: dict[str, bytes], said: list[Any], clock: HandClock, name: str) -> None:
        folder = self._new()
        put(folder, files)
        promised = Promised.of(said)
        try:
            found = wrong(folder / "j.db", promised, clock)
        except Exception as error:  # noqa: BLE001 - the campaign's border: it does not open
            found = [f"does not open: {error!r}"]
        self.points[name] += 1
        self.acknowledged += len(promised.events) + len(promised.blocks)
        self.wrong += [f"{folder.name} ({name}): {what}" for what in found]
        if not found:
            _remove(folder)

    def _new(self) -> Path:
        self._number += 1
        return self._folder / str(self._number)


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def main(arguments: Sequence[str] | None = None) -> int:
    """Try so many crash points; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None, help="the same number makes the same choices")
    options = parser.parse_args(arguments)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    logging.disable()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gongbang-crash-", dir=_memory()) as folder:
        campaign = Campaign(Path(folder), random.Random(seed))
        campaign.run(options.points)
    for what in campaign.wrong[:100]:
        print(what, file=sys.stderr)
    emit("soak.crash_points", sum(campaign.points.values()), "1", seed=seed, histories=dict(campaign.points),
         took_s=round(time.monotonic() - began_s))  # fmt: skip
    emit("soak.crash_rows_checked", campaign.acknowledged, "1")
    emit("soak.crash_wrong", len(campaign.wrong), "1", seed=seed, first=campaign.wrong[:3])
    return int(bool(campaign.wrong))


def _memory() -> str | None:
    """Return a folder in memory where there is one: the disk is simulated."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    sys.exit(main())
