"""A belt with labelled parcels, as a camera of 1280 x 720 pixels above it sees it: endless, and the same by its seed.

What makes it hard to read is what makes real belts hard: motion blur (exposure x speed), labels stuck on askew, light
that wanders, flickers and falls off to one side, and the noise of a small sensor.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np

from gateway.demo.parcels import PX_PER_MM, Label, Optics, Parcel, Pixels, draw

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
VIEW_MM: Final = WIDTH_PX / PX_PER_MM
RAIL_PX: Final = 14
BELT_GREY: Final = 92
GRAIN: Final = 2.0  # grey levels of the belt's own texture, which moves with it
SPARE_PX: Final = 128  # the noise is drawn once, larger than a frame, and another part of it taken each time
UNIT: Final = 128  # of the gain: 128 leaves a pixel as it is
LIGHT_CELLS: Final = (16, 9)


@dataclass(frozen=True, slots=True)
class Light:
    """The light and the sensor. `wander` and `slope` are shares of the mean brightness; `noise` is in grey levels."""

    brightness: float = 0.95
    wander: float = 0.25  # slowly, in a time of about 20 s
    slope: float = 0.2  # brighter on one side, which turns about in about a minute
    flicker: float = 0.04  # from frame to frame: 120 Hz of the mains against 1/200 s
    noise: float = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a belt can be told."""

    optics: Optics = field(default_factory=Optics)
    light: Light = field(default_factory=Light)
    gap_mm: tuple[float, float] = (55.0, 140.0)  # between one box and the next


@dataclass(slots=True)
class _Riding:
    """A parcel on the belt. It enters the picture when the belt has moved by `at_mm`."""

    parcel: Parcel
    at_mm: float
    top_px: int


class Belt:
    """A moving belt. Labels wait in `waiting` until there is room for their boxes at its beginning (the left)."""

    def __init__(self, labels: Iterable[Label] = (), seed: int = 17, scene: Scene | None = None) -> None:
        self.waiting = deque(labels)
        self._scene = scene or Scene()
        self._rng = Random(seed)
        self._seed = seed
        self._riding: deque[_Riding] = deque()
        self._free_mm = 0.0  # how far the belt must have moved before the next box may lie on it
        noise = np.random.default_rng(seed)
        self._ground = _ground(noise)
        size = (HEIGHT_PX + SPARE_PX, WIDTH_PX + SPARE_PX, 3)
        grain = noise.normal(0, self._scene.light.noise, size)
        self._brighter = np.clip(grain, 0, 255).round().astype(np.uint8)
        self._darker = np.clip(-grain, 0, 255).round().astype(np.uint8)
        self._phases = [self._rng.uniform(0, math.tau) for _ in range(3)]

    @property
    def empty(self) -> bool:
        """Return whether nothing lies on the belt, nor waits."""
        return not (self.waiting or self._riding)

    def frame(self, time_s: float) -> Pixels:
        """Return what the camera sees at a time: uint8 of shape (720, 1280, 3), BGR. Time does not go back."""
        moved_mm = self._scene.optics.speed_mm_s * time_s
        self._load(moved_mm)
        picture = self._bare(moved_mm)
        for riding in self._riding:
            _paste(picture, riding.parcel, round((moved_mm - riding.at_mm) * PX_PER_MM), riding.top_px)
        while self._riding and moved_mm - self._riding[0].at_mm > VIEW_MM + self._riding[0].parcel.taken_mm:
            self._riding.popleft()
        return self._lit(picture, time_s)

    def _load(self, moved_mm: float) -> None:
        """Lay the next box on the belt where there is room for it."""
        while self.waiting and moved_mm >= self._free_mm:
            self._seed += 1
            parcel = draw(self.waiting.popleft(), self._scene.optics, self._seed)
            room_px = HEIGHT_PX - parcel.colour.shape[0]
            top_px = round(room_px * self._rng.uniform(0.4, 0.6))
            # With the frames 0.1 s apart, the place where it enters is still to be exact.
            at_mm = self._free_mm if moved_mm - self._free_mm < self._scene.optics.speed_mm_s * 0.2 else moved_mm
            self._riding.append(_Riding(parcel, at_mm, top_px))
            self._free_mm = at_mm + parcel.taken_mm + self._rng.uniform(*self._scene.gap_mm)

    def _bare(self, moved_mm: float) -> Pixels:
        """Return the belt without boxes, between its rails."""
        shift = round(moved_mm * PX_PER_MM) % WIDTH_PX
        picture = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        picture[:, shift:] = self._ground[:, : WIDTH_PX - shift]
        picture[:, :shift] = self._ground[:, WIDTH_PX - shift :]
        picture[:RAIL_PX] = picture[-RAIL_PX:] = 150
        return picture

    def _lit(self, picture: Pixels, time_s: float) -> Pixels:
        """Return the picture in the light of that moment, with the sensor's noise."""
        light = self._scene.light
        one, other, third = self._phases
        mean = light.brightness * (1 + light.wander * math.sin(math.tau * time_s / 21 + one))
        mean *= 1 + light.flicker * self._rng.uniform(-1, 1)
        along, down = (light.slope * math.sin(math.tau * time_s / s + p) for s, p in ((67, other), (53, third)))
        across = np.linspace(-along, along, LIGHT_CELLS[0]) + np.linspace(-down, down, LIGHT_CELLS[1])[:, None]
        cells = np.clip(UNIT * mean * (1 + across), 0, 255).astype(np.float32)
        gain = cv2.resize(cells, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
        cv2.multiply(picture, cv2.merge((gain, gain, gain)), picture, scale=1 / UNIT)
        x, y = self._rng.randrange(SPARE_PX), self._rng.randrange(SPARE_PX)
        here = np.s_[y : y + HEIGHT_PX, x : x + WIDTH_PX]
        cv2.add(picture, self._brighter[here], picture)
        cv2.subtract(picture, self._darker[here], picture)
        return picture


def _ground(noise: np.random.Generator) -> Pixels:
    """Return one turn of the belt: grey, with a grain that is smeared by the movement."""
    grain = noise.normal(0, GRAIN * 4, (HEIGHT_PX, WIDTH_PX)).astype(np.float32)
    smeared = cv2.blur(grain, (9, 3), borderType=cv2.BORDER_REFLECT)
    return np.repeat(np.clip(BELT_GREY + smeared, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _paste(picture: Pixels, parcel: Parcel, right_px: int, top_px: int) -> None:
    """Lay a parcel whose front is at `right_px` over the picture, as much of it as is in the picture."""
    height, width = parcel.colour.shape[:2]
    left_px = right_px - width
    first, last = max(0, -left_px), min(width, WIDTH_PX - left_px)
    top, bottom = max(0, -top_px), min(height, HEIGHT_PX - top_px)
    if first >= last:
        return
    part = np.s_[top:bottom, first:last]
    here = picture[top_px + top : top_px + bottom, left_px + first : left_px + last]
    here[:] = cv2.add(cv2.multiply(here, 255 - parcel.cover[part], scale=1 / 255), parcel.colour[part])


def write_video(
    path: Path,
    labels: Sequence[Label],
    frames_per_s: float = 10.0,
    seed: int = 17,
    scene: Scene | None = None,
    least_s: float = 0.0,
) -> int:
    """Write all labels passing by as Motion JPEG, with a second of bare belt before and after; return the frames."""
    belt = Belt((), seed, scene)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), frames_per_s, (WIDTH_PX, HEIGHT_PX))
    if not video.isOpened():
        raise OSError(f"no video can be written to {path}")
    frames, second = 0, round(frames_per_s)
    last = max(2 * second, round(least_s * frames_per_s))  # as far as is known yet
    try:
        while frames < last:
            if frames == second:
                belt.waiting.extend(labels)
            video.write(belt.frame(frames / frames_per_s))
            frames += 1
            if not belt.empty:
                last = max(last, frames + second)
    finally:
        video.release()
    return frames


def still(scene: Scene) -> Scene:
    """Return the same scene with the belt standing: only light and noise change."""
    return replace(scene, optics=replace(scene.optics, speed_mm_s=0.0))
