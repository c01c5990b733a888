"""Films of the demo's belt, and the camera's driver on them: for the benchmark and the end-to-end test."""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from rig import TICKS_HZ

from barcodes.aim import split
from barcodes.scan import Scan
from barcodes.ticket import Coupon, encode
from drivers.base import Slot
from drivers.camera import Camera
from drivers.errors import WrongConfiguration
from gateway.demo.belt import Scene, write_video
from gateway.demo.parcels import Label
from sensors.batch import Batch
from sensors.quality import BAD

COUNT = {"line": [0.5, 0, 0.5, 1], "direction": "right", "least_area": 0.02}


@dataclass
class Film:
    """A video of labels that pass on the belt, QR codes and Code 128 in turn."""

    path: Path
    labels: list[Label]
    frames_per_s: float
    frames: int

    @classmethod
    def of(
        cls, path: Path, count: int, frames_per_s: float, seed: int, scene: Scene | None = None, least_s: float = 0
    ) -> "Film":
        """Write one with so many labels, each a coupon of its own."""
        texts = [encode(Coupon(f"{number:04d}", "PACK", 20)) for number in range(1, count + 1)]
        labels = [Label(text, "code128" if number % 2 else "qr") for number, text in enumerate(texts)]
        return cls(path, labels, frames_per_s, write_video(path, labels, frames_per_s, seed, scene, least_s))


@dataclass
class Watched:
    """What the driver told of a film."""

    scans: Counter[tuple[str | None, str]] = field(default_factory=Counter)  # symbology and text
    pieces: int = 0
    seconds: float = 0.0  # from the first frame to the last word

    def read(self, film: Film) -> int:
        """Return how many of the film's labels were read, in their own symbology."""
        return sum((label.symbology, label.text) in self.scans for label in film.labels)

    def twice(self) -> list[str]:
        """Return what was told more than once."""
        return [text for (_, text), times in self.scans.items() if times > 1]

    def strange(self, film: Film) -> list[str]:
        """Return what was told though it was not on the belt."""
        there = {(label.symbology, label.text) for label in film.labels}
        return [text for symbology, text in self.scans if (symbology, text) not in there]


async def watch(film: Film, core: int | None = None) -> Watched:
    """Let the camera's process see a film from beginning to end, as fast as it can, on one core if that is named."""
    config = {"name": "camera_1", "type": "camera", "source": str(film.path), "frames_per_s": film.frames_per_s}
    camera = Camera(Camera.Config.model_validate(config | {"count": COUNT}), {"camera_1": Slot(0, 0)}, pace="fast")
    found, ours = Watched(), os.sched_getaffinity(0)
    try:
        if core is not None:
            os.sched_setaffinity(0, {core})  # the child inherits it
        async with camera:
            os.sched_setaffinity(0, (ours - {core}) or ours)
            begun_s = monotonic()
            async for reading in camera.readings():
                if isinstance(reading, Scan):
                    code = split(reading.raw)
                    found.scans[code.symbology, code.data.decode()] += 1
                elif isinstance(reading, Batch) and reading.quality[0, 1] < BAD:
                    found.pieces = int(reading.values[0, 1])
                found.seconds = monotonic() - begun_s
    except WrongConfiguration:  # the film is over
        return found
    finally:
        os.sched_setaffinity(0, ours)
    raise RuntimeError("the film ended without a word")


async def idle_share(film: Film, warm_up_s: float, seconds: float) -> float:
    """Return how much of a core the camera's process takes on a film at its own pace."""
    config = {"name": "camera_1", "type": "camera", "source": str(film.path), "frames_per_s": film.frames_per_s}
    before = _children()
    async with Camera(Camera.Config.model_validate(config | {"count": COUNT}), {"camera_1": Slot(0, 0)}) as camera:
        (process,) = _children() - before
        listener = asyncio.create_task(_listen(camera))
        await asyncio.sleep(warm_up_s)
        cpu_s, begun_s = _cpu_s(process), monotonic()
        await asyncio.sleep(seconds)
        share = (_cpu_s(process) - cpu_s) / (monotonic() - begun_s)
        assert not listener.done(), "the film was too short"
        listener.cancel()
        await asyncio.wait([listener])
    return share


async def _listen(camera: Camera) -> None:
    async for _ in camera.readings():
        pass


def _children() -> set[int]:
    """Return the processes that this one started."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it ended while we looked
            continue
        if parent == os.getpid():
            found.add(int(status.parent.name))
    return found


def _cpu_s(process: int) -> float:
    """Return the processor time of a process with all its threads, user and system."""
    parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS_HZ
