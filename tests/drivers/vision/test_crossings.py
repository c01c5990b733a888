"""Things that cross the line count once each; what trembles, turns back, lies still or lights up does not."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest

from drivers.vision.crossings import Crossings
from drivers.vision.options import CountConfig
from tests.drivers.vision import pictures as draw

WHOLE = (0.0, 0.0, 1.0, 1.0)
UPRIGHT = [0.5, 0.0, 0.5, 1.0]
Place = tuple[float, float]


def counter(line: list[float] = UPRIGHT, region: tuple[float, ...] = WHOLE, **options: Any) -> Crossings:
    """Counts at an upright line in the middle."""
    return Crossings(CountConfig.model_validate({"line": line} | options), region)


@cache
def _noisy_belt(seed: int) -> draw.Picture:
    return draw.noisy(draw.bench(180, 320), seed)


def belt(look: int) -> draw.Picture:
    """The empty belt with the noise of the sensor."""
    return _noisy_belt(look % 16).copy()


def count(counts: Crossings, looks: Iterable[list[Place]], size_px: int = 36, empty: int = 12) -> int:
    """How many are counted when things lie at these places, look by look, after and before an empty belt."""
    total = 0
    for look, places in enumerate([*([[]] * empty), *looks, *([[]] * empty)]):
        picture = belt(look)
        for x, y in places:
            picture = draw.box(picture, x, y, size_px)
        total += counts.look(np.ascontiguousarray(picture[..., 0]))
    return total


def ride(begin: float, end: float, y: float, step: float = 12) -> list[list[Place]]:
    """One thing on its way from x to x."""
    return [[(x, y)] for x in np.arange(begin, end, step if end > begin else -step)]


def after(looks: int, way: list[list[Place]]) -> list[list[Place]]:
    """The same, so many looks later."""
    return [*([[]] * looks), *way]


def together(*ways: list[list[Place]]) -> list[list[Place]]:
    """Several ways at once."""
    longest = max(map(len, ways))
    return [[place for way in ways if look < len(way) for place in way[look]] for look in range(longest)]


TO_THE_RIGHT = [after(9 * n, ride(-20, 340, 90)) for n in range(7)]
TO_THE_LEFT = [after(13 * n, ride(340, -20, 40)) for n in range(3)]


@pytest.mark.parametrize(("direction", "pieces"), [("both", 10), ("right", 7), ("left", 3)])
def test_things_that_cross_in_both_directions_count_by_their_direction(direction: str, pieces: int) -> None:
    crossing = together(*[[*map(_lower, way)] for way in TO_THE_RIGHT], *TO_THE_LEFT)
    assert count(counter(direction=direction), crossing) == pieces


def _lower(places: list[Place]) -> list[Place]:
    return [(x, y + 45) for x, y in places]


@pytest.mark.parametrize(("direction", "pieces"), [("down", 2), ("up", 1), ("both", 3)])
def test_a_level_line_is_crossed_up_and_down(direction: str, pieces: int) -> None:
    falling = [[(80.0, y)] for y in range(-20, 200, 10)]
    rising = [[(240.0, y)] for y in range(200, -20, -10)]
    ways = together(falling, after(16, falling), rising)
    assert count(counter([0, 0.5, 1, 0.5], direction=direction), ways) == pieces


def test_what_comes_up_to_the_line_and_turns_back_does_not_count() -> None:
    assert count(counter(), [*ride(-20, 150, 90), *ride(150, -20, 90)]) == 0


def test_what_trembles_on_the_line_counts_once() -> None:
    trembling = [[(160 + 6 * (-1) ** n, 90.0)] for n in range(40)]
    assert count(counter(), [*ride(-20, 160, 90), *trembling, *ride(160, 340, 90)]) == 1


def test_what_trembles_on_the_line_has_not_come_back() -> None:
    trembling = [[(158 + 3 * (-1) ** n, 90.0)] for n in range(40)]
    assert count(counter(direction="left"), [*ride(-20, 158, 90), *trembling, *ride(160, 340, 90)]) == 0


def test_what_flashes_up_for_a_moment_does_not_count() -> None:
    flashes = [[(130.0, 90.0)], [(185.0, 90.0)], *([[]] * 8)] * 5
    assert count(counter(), flashes) == 0


def test_what_stops_before_the_line_counts_when_it_goes_on() -> None:
    """Even when it lay there so long that it became part of the background."""
    resting = [[(110.0, 90.0)]] * 300
    assert count(counter(direction="right"), [*ride(-20, 110, 90), *resting, *ride(110, 340, 90)]) == 1


def test_a_way_past_the_end_of_the_line_does_not_count() -> None:
    short = [0.5, 0.0, 0.5, 0.4]
    assert count(counter(short), ride(-20, 340, 130)) == 0
    assert count(counter(short), ride(-20, 340, 40)) == 1


def test_two_abreast_are_two() -> None:
    assert count(counter(), together(ride(-20, 340, 40), ride(-20, 340, 130))) == 2


def test_fast_things_are_told_apart() -> None:
    """Once the pace is known, each is found again though the next one is nearer to where it was."""
    ways = [ride(-20, 340, 90, 40), *(ride(-220 - 70 * n, 340, 90, 40) for n in range(7))]
    assert count(counter(direction="right"), together(*ways), 30) == 8


def test_small_things_do_not_count() -> None:
    assert count(counter(least_area=0.05), ride(-20, 340, 90)) == 0


def test_a_lamp_that_is_switched_does_not_count() -> None:
    counts = counter()
    total = 0
    for look in range(60):
        picture = draw.lit(belt(look), 1.0 if (look // 15) % 2 == 0 else 1.7)
        total += counts.look(np.ascontiguousarray(picture[..., 0]))
    assert total == 0


def test_light_that_falls_on_one_half_does_not_count() -> None:
    counts = counter()
    total = 0
    for look in range(60):
        picture = belt(look)
        if (look // 15) % 2:
            picture[:, :170] = draw.lit(picture[:, :170], 1.6)
        total += counts.look(np.ascontiguousarray(picture[..., 0]))
    assert total == 0


def test_counting_goes_on_after_a_lamp_was_switched() -> None:
    counts = counter()
    assert count(counts, ride(-20, 340, 90)) == 1
    bright = 0
    for look, places in enumerate([*([[]] * 10), *ride(-20, 340, 90), [], []]):
        picture = draw.lit(belt(look), 1.6)
        for x, y in places:
            picture = draw.box(picture, x, y, 36, 250)
        bright += counts.look(np.ascontiguousarray(picture[..., 0]))
    assert bright == 1


def test_light_that_wanders_does_not_count() -> None:
    counts = counter()
    total = 0
    for look in range(150):
        picture = draw.lit(belt(look), 1 + 0.25 * np.sin(look / 12))
        total += counts.look(np.ascontiguousarray(picture[..., 0]))
    assert total == 0


def test_the_line_stands_where_the_region_shows_it() -> None:
    """The eye sees the right half alone; the line is at three quarters of the whole picture."""
    counts = counter([0.75, 0, 0.75, 1], (0.5, 0.0, 0.5, 1.0), direction="right")
    passed = []
    for look, places in enumerate([*([[]] * 12), *ride(-20, 340, 90)]):
        picture = belt(look)
        for x, y in places:
            picture = draw.box(picture, x, y, 36)
        if counts.look(np.ascontiguousarray(picture[:, 160:, 0])):
            passed.append(places[0][0])
    assert len(passed) == 1
    assert 240 <= passed[0] <= 280
