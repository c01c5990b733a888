"""A camera on the demo's belt: frames a second on one core, the cost of a still scene, and labels read.

All of it goes the driver's whole way: a video file (Motion JPEG, 1280 x 720) is decoded and looked into by the
camera's process, labels and crossings, and the driver yields what was seen.
"""

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from films import Film, idle_share, watch
from rig import emit

from gateway.demo.belt import Light, Scene, still
from gateway.demo.parcels import Optics

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())


def main(fps: dict[str, Any], idle: dict[str, Any], labels: dict[str, Any], harder: dict[str, Any]) -> None:
    """Tell the speed, the idle cost, and what is read, in the usual setting and in harder ones."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "belt.avi"
        _fps(Film.of(path, **fps))
        _idle(path, **idle)
        _read(Film.of(path, **labels), "")
        for name, setting in harder["settings"].items():
            scene = Scene(Optics(**setting.get("optics", {})), Light(**setting.get("light", {})))
            _read(Film.of(path, **harder["film"], scene=scene), f".{name}")


def _fps(film: Film) -> None:
    """Tell how many frames a second one core sees while labels pass."""
    seen = asyncio.run(watch(film, core=max(os.sched_getaffinity(0))))
    emit("camera.fps", film.frames / seen.seconds, "1/s", frames=film.frames, read=seen.read(film))


def _idle(path: Path, frames_per_s: float, warm_up_s: float, seconds: float, seed: int) -> None:
    """Tell what a still belt costs: light and noise change, nothing moves."""
    film = Film.of(path, 0, frames_per_s, seed, still(Scene()), least_s=warm_up_s + seconds + 5)
    share = asyncio.run(idle_share(film, warm_up_s, seconds))
    emit("camera.idle_cpu_percent", 100 * share, "%", frames_per_s=frames_per_s)


def _read(film: Film, setting: str) -> None:
    """Tell how many labels were read; of those that were read twice, or never were there, each is one too many."""
    seen = asyncio.run(watch(film))
    count = len(film.labels)
    more = {"of": count, "twice": len(seen.twice()), "strange": len(seen.strange(film)), "pieces": seen.pieces}
    emit(f"camera.labels_read_percent{setting}", 100 * seen.read(film) / count, "%", **more)


if __name__ == "__main__":
    main(**WORKLOAD)
