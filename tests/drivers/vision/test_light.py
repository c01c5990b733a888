"""The light may wander, and the exposure follow it: the picture is set right by the cells that nothing covers."""

import numpy as np
import pytest

from drivers.vision.crossings import Crossings
from drivers.vision.light import Light
from drivers.vision.options import CountConfig
from tests.drivers.vision import pictures as draw

SMALL = (180, 320)


def ground() -> np.ndarray:
    """A background that is not even."""
    rng = np.random.default_rng(1)
    return np.clip(np.linspace(60, 120, SMALL[1]) + rng.normal(0, 2, SMALL), 0, 255).astype(np.uint8)


def in_light(picture: np.ndarray, mean: float, across: float) -> np.ndarray:
    """A picture in a light that falls off to one side."""
    return np.clip(picture * (mean + across * np.linspace(-1, 1, SMALL[1])), 0, 255).astype(np.uint8)


def test_a_light_that_wanders_slowly_is_taken_out_though_half_is_covered_by_things() -> None:
    light, known = Light(), ground()
    for look in range(41):
        mean, across = 1 + 0.4 * look / 40, -0.3 * look / 40
        picture = known.copy()
        picture[20:160, 8 * (look % 20) : 8 * (look % 20) + 160] = 200
        level = light.levelled(in_light(picture, mean, across), known)
        free = picture == known
        assert np.abs(level[free].astype(int) - known[free]).mean() < 3


def test_a_thing_that_covers_nearly_everything_is_not_taken_for_light() -> None:
    light, known = Light(), ground()
    light.levelled(known, known)
    covered = known.copy()
    covered[:, :300] = 200
    assert light.levelled(covered, known)[:, :290].mean() > 190


@pytest.mark.parametrize("grey", [0, 255])
def test_night_and_glare_are_no_trouble(grey: int) -> None:
    light, known = Light(), ground()
    extreme = np.full(SMALL, grey, np.uint8)
    for picture, background in ((extreme, known), (known, extreme), (extreme, extreme)):
        assert light.levelled(picture, background).shape == SMALL


def test_things_are_counted_in_wandering_light_and_light_alone_counts_nothing() -> None:
    config = CountConfig.model_validate({"line": [0.5, 0, 0.5, 1], "direction": "right"})
    empty, busy = Crossings(config, (0, 0, 1, 1)), Crossings(config, (0, 0, 1, 1))
    counted = [0, 0]
    for look in range(200):
        lamp = 1 + 0.3 * np.sin(look / 15)
        bare = draw.bench(180, 320, 100)
        passing = draw.box(bare, (look * 8) % 480 - 60, 90, 60) if look > 20 else bare
        for n, (counter, picture) in enumerate(((empty, bare), (busy, passing))):
            counted[n] += counter.look(in_light(draw.noisy(picture, look)[:, :, 0], lamp, 0.1))
    assert counted == [0, 3]  # it is at the line at looks 27, 87 and 147
