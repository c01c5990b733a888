"""Rot: one bit is flipped in the database or in the write-ahead log of a journal that was killed at a random moment.

It must open, twice, and take new rows; a row that it gives out is what was written; what is gone is told. A row of the
log's last commit that was written since the watermark may be gone untold: how many there were is a figure of its own.
"""

import argparse
import asyncio
import logging
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from histories import KINDS, HandClock, History, Kept, Kind, Promised, read, times
from rig import emit

from gateway.event import Position

STEPS = 60
FLIPS = 25  # of one history, at most
WATERMARK = ("write_watermark", 1)


class Campaign:
    """Flips bits until there were enough."""

    def __init__(self, folder: Path, dice: random.Random, kinds: Sequence[str] = tuple(KINDS)) -> None:
        self._folder, self._dice, self._kinds = folder, dice, kinds
        self.flips: Counter[str] = Counter()
        self.rows = self.gone = self.untold = self.rescued = 0
        self.wrong: list[str] = []

    def run(self, flips: int) -> None:
        """Go on until so many bits were flipped."""
        while (done := sum(self.flips.values())) < flips:
            name = self._dice.choice(self._kinds)
            killed, said, clock = self._killed(KINDS[name])
            for _ in range(min(FLIPS, -(-flips // 2), flips - done)):
                self._flip(killed, Promised.of(said), clock, name)
            shutil.rmtree(killed)

    def _killed(self, kind: Kind) -> tuple[Path, list[Any], HandClock]:
        """Return the files of a journal as a kill leaves them, and what was promised."""
        said: list[Any] = []
        running, killed = self._folder / "running", self._folder / "killed"
        kind = Kind((*kind.steps, WATERMARK), kind.synced, kind.max_bytes)
        history = History(running / "j.db", kind, self._dice, said.append)

        async def live() -> list[Any]:
            async with history.lived(STEPS):
                shutil.copytree(running, killed)
                return list(said)

        promised = asyncio.run(live())
        shutil.rmtree(running)
        return killed, promised, history.clock

    def _flip(self, killed: Path, promised: Promised, clock: HandClock, name: str) -> None:
        hit = self._folder / "hit"
        shutil.copytree(killed, hit)
        which = self._dice.choice(("j.db", "j.db-wal"))
        data = bytearray((hit / which).read_bytes())
        bit = self._dice.randrange(8 * len(data)) if self._dice.random() < 0.95 else self._dice.randrange(8 * 100)
        data[bit // 8] ^= 1 << bit % 8
        (hit / which).write_bytes(data)
        self.flips[which] += 1
        try:
            found = list(self._look(hit / "j.db", promised, clock))
        except Exception as error:  # noqa: BLE001 - the campaign's border: it does not open
            found = [f"does not open: {error!r}"]
        self.rescued += (hit / "j.db.damaged-1").exists()
        self.wrong += [f"{name}, bit {bit} of {which}: {what}" for what in found]
        shutil.rmtree(hit)

    def _look(self, path: Path, promised: Promised, clock: HandClock) -> Iterator[str]:
        clock = HandClock(clock.now_ns + 3_600_000_000_000, clock.offset_ns, synced=True, boot_id="boot-last")
        kept = asyncio.run(read(path, clock))
        self.rows += len(promised.events) + len(promised.blocks)
        yield from self._gone(promised, kept)
        yield from _changed(promised, kept)
        if kept.twice:
            yield "twice"
        if kept.epoch <= promised.watermark[0]:
            yield "an epoch was used twice"

    def _gone(self, promised: Promised, kept: Kept) -> Iterator[str]:
        """What is gone is told, or is newer than the watermark and has nothing behind it in the file."""
        start, numbers = promised.watermark
        for stream, rows, there in (
            ("e", {(place.start, place.n) for place in promised.events}, kept.events),
            ("s", promised.blocks, kept.blocks),
        ):
            known = {(place.start, place.n) for place in there}
            newest = max((place for place in known if place in rows), default=(0, 0))
            told = kept.told(stream)
            for place in sorted(rows - known):
                self.gone += 1
                if told(place):
                    continue
                self.untold += 1
                if place < newest or place <= (start, numbers[stream]):
                    yield f"gone and not told: {stream} {place}"


def _changed(promised: Promised, kept: Kept) -> Iterator[str]:
    for place, row in promised.events.items():
        found = kept.events.get(place)
        if found and (found.kind, found.source, found.body) != (row.kind, row.source, row.body):
            yield f"changed: {place}"
    for place, block in kept.blocks.items():
        if (block.columns.values[:, 0] != block.columns.mono_ns % 1000).any():
            yield f"changed: block {place}"
    for (stream, place), time_ns in promised.sent.items():
        now: Any = (kept.events if stream == "e" else kept.blocks).get(place)
        if now is not None and times(now) != time_ns:
            yield f"its time changed: {stream} {place}"
    yield from _cursors(promised, kept)


def _cursors(promised: Promised, kept: Kept) -> Iterator[str]:
    """A publisher may send again, and never passes over what it has not sent."""
    for stream, at in kept.cursors.items():
        sent: list[Position] = [place for of, place in promised.sent if of == stream]
        if at is not None and at > max(sent, default=Position(0, "", 0)):
            yield f"the cursor of {stream} is ahead of what was sent"


def main(arguments: Sequence[str] | None = None) -> int:
    """Flip so many bits; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None, help="the same number makes the same choices")
    options = parser.parse_args(arguments)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    logging.disable()
    began_s = time.monotonic()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # nothing here depends on a disk
    with tempfile.TemporaryDirectory(prefix="gongbang-flips-", dir=memory) as folder:
        campaign = Campaign(Path(folder), random.Random(seed))
        campaign.run(options.flips)
    for what in campaign.wrong[:100]:
        print(what, file=sys.stderr)
    took_s = round(time.monotonic() - began_s)
    emit("soak.flips", sum(campaign.flips.values()), "1", seed=seed, files=dict(campaign.flips), took_s=took_s)
    emit("soak.flips_rows_checked", campaign.rows, "1", rescued=campaign.rescued)
    emit("soak.flips_rows_gone", campaign.gone, "1", untold=campaign.untold)
    emit("soak.flips_wrong", len(campaign.wrong), "1", seed=seed, first=campaign.wrong[:3])
    return int(bool(campaign.wrong))


if __name__ == "__main__":
    sys.exit(main())
