"""Labels that lie askew, are smeared by movement or dimly lit are read where they are, and nothing else is read."""

import numpy as np
import pytest

from drivers.vision.labels import Label, Presence, Reader
from drivers.vision.motion import Grey, reduce
from tests.drivers.vision import pictures as draw


def seen(text: str, symbology: str, scale: int, degrees: float, smear_px: int = 1, light: float = 1.0) -> Grey:
    """A label in the middle of a bench, as a camera sees it."""
    printed = draw.label(text, symbology, scale)
    turned = draw.tilted(np.repeat(printed[..., None], 3, 2), degrees)
    picture = draw.bench()
    height, width = turned.shape[:2]
    top, left = (720 - height) // 2, (1280 - width) // 2
    picture[top : top + height, left : left + width] = turned
    picture = draw.noisy(draw.lit(draw.smeared(picture, smear_px), light), 7)
    return np.ascontiguousarray(picture[..., 0])


def raws(labels: list[Label]) -> list[bytes]:
    """What stands on them."""
    return [label.raw for label in labels]


@pytest.mark.parametrize("light", [1.0, 0.35])
@pytest.mark.parametrize("degrees", [0, 20, -33, 45, 90, 180])
@pytest.mark.parametrize("symbology", ["code128", "qr"])
def test_a_label_is_read_however_it_lies(symbology: str, degrees: float, light: float) -> None:
    found = Reader(("code128", "qr")).read(seen("W1-B0001-03", symbology, 3, degrees, 3, light))
    assert [raw[3:] for raw in raws(found)] == [b"W1-B0001-03"]


def test_a_smeared_label_is_read() -> None:
    """By 5 px, with bars of 3 px."""
    read = [Reader(("code128",)).read(seen(f"W1-B{n:04d}-03", "code128", 3, 2 * n, 5)) for n in range(10)]
    right = [raws(found) == [b"]C0W1-B%04d-03" % n] for n, found in enumerate(read)]
    assert sum(right) >= 9
    assert all(right[n] or not found for n, found in enumerate(read))  # else it is not read at all


def test_an_askew_label_is_told_where_it_lies() -> None:
    """Its neighbour, read at the first look, does not hide it."""
    picture = seen("A", "code128", 3, 30)
    picture[20:140, 900:1020] = 255
    printed = draw.label("B")
    picture[30 : 30 + printed.shape[0], 910 : 910 + printed.shape[1]] = printed
    found = Reader(("code128", "qr")).read(picture)
    assert raws(found) == [b"]C0A", b"]Q1B"]
    left, top, right, bottom = found[0].box
    assert abs((left + right) / 2 - 640) < 30
    assert abs((top + bottom) / 2 - 360) < 30


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (17, 9)])
def test_a_picture_too_small_for_a_label_holds_none(size: tuple[int, int]) -> None:
    assert Reader(("code128", "qr")).read(np.full(size, 90, np.uint8)) == []


def test_what_is_no_code_is_not_read() -> None:
    rng = np.random.default_rng(3)
    checks = np.kron(rng.integers(0, 2, (90, 160)) * 200, np.ones((8, 8))).astype(np.uint8)
    assert Reader(("code128", "qr")).read(checks) == []
    stripes = np.tile(np.repeat(rng.integers(0, 2, 320) * 200, 4), (720, 1)).astype(np.uint8)
    assert Reader(("code128", "qr")).read(stripes) == []


def test_a_label_whose_corner_lies_outside_the_picture_is_no_trouble() -> None:
    small = reduce(np.full((720, 1280), 90, np.uint8))
    presence = Presence(1.0)
    labels = [Label(b"]Q1A", (-40, -30, 20, 10)), Label(b"]Q1B", (1270, 710, 1300, 740))]
    assert presence.news(labels, small, 160 / 1280, 0) == [b"]Q1A", b"]Q1B"]
    presence.stay(small, 10)
    assert presence.news(labels, small, 160 / 1280, 20) == []
