"""Motion: what counts as a change, and what as noise and light."""

import numpy as np

from drivers.vision.motion import Grey, Motion, differs, reduce

STILL = np.full((90, 160), 90, np.uint8)


def with_patch(grey: int) -> Grey:
    """The bench with something small on it."""
    picture = STILL.copy()
    picture[40:46, 60:70] = grey
    return picture


def test_what_creeps_adds_up_until_it_is_seen() -> None:
    """No two pictures in a row differ."""
    motion = Motion()
    moved = [motion.moved(with_patch(90 + 3 * step)) for step in range(12)]
    assert not any(differs(with_patch(90 + 3 * step), with_patch(93 + 3 * step)) for step in range(11))
    assert moved[0]
    assert sum(moved) == 3


def test_light_alone_is_no_motion() -> None:
    motion = Motion()
    motion.moved(with_patch(120))
    assert not motion.moved((with_patch(120) * 1.4).astype(np.uint8))


def test_light_that_moves_over_edges_is_no_motion() -> None:
    """A lamp nearby makes one side brighter: bright things there gain more than dark ones."""
    rail = STILL.copy()
    rail[:9] = 150
    slope = np.linspace(0.7, 1.4, 160)
    assert not differs(np.rint(rail * slope).astype(np.uint8), rail)


def test_something_small_is_motion() -> None:
    assert differs(with_patch(120), STILL)
    assert not differs(STILL, STILL)


def test_a_small_picture_keeps_its_shape() -> None:
    assert reduce(np.zeros((720, 1280), np.uint8)).shape == (90, 160)
    assert reduce(np.zeros((40, 100), np.uint8)).shape == (40, 100)
