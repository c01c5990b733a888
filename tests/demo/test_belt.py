"""The belt shows every label once, the same way by its seed, and looks like what a camera sees."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from gateway.demo.belt import HEIGHT_PX, WIDTH_PX, Belt, Light, Scene, still, write_video
from gateway.demo.parcels import PX_PER_MM, Label, Optics, Symbology, draw, print_label

FRAME_S = 0.1


def labels(count: int) -> list[Label]:
    """So many labels, QR and Code 128 in turn."""
    kinds: tuple[Symbology, Symbology] = ("qr", "code128")
    return [Label(f"B-{number:04d}-PACK-20-X", kinds[number % 2]) for number in range(count)]


def codes(picture: np.ndarray) -> set[str]:
    """The texts of the codes that zxing-cpp finds."""
    formats = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128]
    return {code.text for code in zxingcpp.read_barcodes(picture, formats=formats)}


@pytest.mark.parametrize("symbology", ["qr", "code128"])
@pytest.mark.parametrize("across", [False, True])
def test_a_printed_label_holds_its_text_in_its_symbology(symbology: Symbology, across: bool) -> None:
    paper = print_label(Label("B-0231-PACK-20-X", symbology), across)
    (code,) = zxingcpp.read_barcodes(paper)
    assert code.text == "B-0231-PACK-20-X"
    assert code.symbology_identifier == {"qr": "]Q1", "code128": "]C0"}[symbology]


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others() -> None:
    one, same, other = (Belt(labels(2), seed) for seed in (3, 3, 4))
    for frame in range(9):
        picture = one.frame(frame * FRAME_S)
        assert picture.shape == (HEIGHT_PX, WIDTH_PX, 3)
        assert picture.dtype == np.uint8
        assert np.array_equal(picture, same.frame(frame * FRAME_S))
        assert not np.array_equal(picture, other.frame(frame * FRAME_S))


def test_every_label_enters_at_the_left_passes_and_is_gone() -> None:
    belt = Belt(labels(4), seed=5)
    seen, places, frames = set(), [], 0
    while not belt.empty:
        picture = belt.frame(frames * FRAME_S)
        frames += 1
        for code in zxingcpp.read_barcodes(picture):
            seen.add(code.text)
            if code.text == "B-0001-PACK-20-X":
                places.append(code.position.top_left.x)
        assert frames < 100
    assert seen == {label.text for label in labels(4)}
    steps = np.diff(places)
    assert len(steps) > 3
    assert np.median(steps) == pytest.approx(Optics().speed_mm_s * FRAME_S * PX_PER_MM, abs=4)


def test_the_shutter_smears_along_the_belt_alone() -> None:
    label = Label("B-0001-PACK-20-X", "qr")
    sharp = draw(label, Optics(exposure_s=1e-5, tilt_deg=0), 1)
    moved = draw(label, Optics(exposure_s=1 / 100, tilt_deg=0), 1)  # 12 px
    grey_sharp, grey_moved = (cv2.cvtColor(p.colour, cv2.COLOR_BGR2GRAY).astype(float) for p in (sharp, moved))
    assert moved.colour.shape[1] - sharp.colour.shape[1] == pytest.approx(12, abs=1)
    assert np.abs(np.diff(grey_moved, axis=1)).max() < 0.5 * np.abs(np.diff(grey_sharp, axis=1)).max()
    assert codes(sharp.colour) == {label.text}
    assert codes(moved.colour) == set()


def test_a_label_lies_askew_but_never_more_than_three_times_its_usual_tilt() -> None:
    angles = []
    for seed in range(12):
        (code,) = zxingcpp.read_barcodes(draw(Label("B-0001-PACK-20-X", "qr"), Optics(), seed).colour)
        place = code.position
        angles.append(
            np.degrees(np.arctan2(place.top_right.y - place.top_left.y, place.top_right.x - place.top_left.x))
        )
    assert np.ptp(angles) > 4
    assert np.abs(angles).max() < 3 * Optics().tilt_deg + 1


def test_a_still_belt_changes_by_its_light_and_noise_only() -> None:
    calm = Belt(scene=still(Scene(light=Light(wander=0, slope=0, flicker=0, noise=0))))
    assert np.array_equal(calm.frame(0.0), calm.frame(60.0))
    belt = Belt(scene=still(Scene(light=Light(flicker=0))))
    means = [belt.frame(second).mean() for second in range(0, 21, 3)]
    assert max(means) > 1.3 * min(means)
    left, right = belt.frame(21.0)[:, :100].mean(), belt.frame(37.0)[:, :100].mean()
    assert left != pytest.approx(right, rel=0.02)


def test_a_video_holds_all_of_it_and_a_second_of_bare_belt_before(tmp_path: Path) -> None:
    path = tmp_path / "belt.avi"
    frames = write_video(path, labels(2), frames_per_s=10)
    video = cv2.VideoCapture(str(path))
    seen: list[set[str]] = []
    while (got := video.read())[0]:
        assert got[1].shape == (HEIGHT_PX, WIDTH_PX, 3)
        seen.append(codes(got[1]))
    video.release()
    assert len(seen) == frames
    assert set().union(*seen) == {label.text for label in labels(2)}
    assert not any(seen[:10])
    assert not any(seen[-10:])


def test_a_video_of_nothing_lasts_as_long_as_asked(tmp_path: Path) -> None:
    assert write_video(tmp_path / "short.avi", [], frames_per_s=5) == 10
    assert write_video(tmp_path / "long.avi", [], frames_per_s=5, least_s=3) == 15


def test_a_video_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        write_video(tmp_path / "nowhere" / "belt.avi", labels(1))
