"""Labels on the demo's belt, filmed and seen by the driver with its real process: each is read once, each box counted.

The film is what a cheap camera sees of a belt at 0.3 m/s: 1280 x 720 pixels of 0.25 mm, ten frames a second, a shutter
of 1/200 s (1.5 mm of motion blur, more than a module of the QR code; a Code 128 lies with its bars along the belt),
labels askew by 4 degrees (standard deviation), light that wanders by a quarter, falls off to one side by up to a fifth
and flickers, and the noise of a small sensor. What is read in harder settings is told by benchmarks/camera.py.
"""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from films import Film, Watched, watch

COUNTED_WITHIN = 0.03  # boxes as dark as the belt may fall into two, or be overlooked


def seen_of(film: Film) -> Watched:
    """What the driver told of the film; the film is gone afterwards, for it is large."""
    try:
        return asyncio.run(watch(film))
    finally:
        film.path.unlink()


@pytest.mark.slow
def test_twenty_labels_are_read_once_each_and_their_boxes_counted(tmp_path: Path) -> None:
    film = Film.of(tmp_path / "belt.avi", 20, frames_per_s=10, seed=5)
    seen = seen_of(film)
    assert seen.read(film) >= 19
    assert seen.twice() == []
    assert seen.strange(film) == []
    assert seen.pieces == pytest.approx(20, abs=1)


@pytest.mark.slow
def test_of_three_hundred_labels_at_least_295_are_read_once_each_and_none_that_was_not_there(tmp_path: Path) -> None:
    film = Film.of(tmp_path / "belt.avi", 300, frames_per_s=10, seed=17)
    assert len({label.text for label in film.labels}) == 300
    assert Counter(label.symbology for label in film.labels) == {"qr": 150, "code128": 150}
    seen = seen_of(film)
    assert seen.read(film) >= 295
    assert seen.twice() == []
    assert seen.strange(film) == []
    assert seen.pieces == pytest.approx(300, rel=COUNTED_WITHIN)
