"""Labels are read once each while they stay; what moves is counted at its line."""

from typing import Any

import numpy as np
import pytest

from drivers.vision.labels import Label, Presence
from drivers.vision.options import CameraConfig
from drivers.vision.watcher import Watcher
from tests.drivers.vision import pictures as draw

SECOND_NS = 1_000_000_000


def watcher(**options: Any) -> Watcher:
    """A camera's eye."""
    part = {"name": "camera_1", "type": "camera", "source": "belt.mp4"}
    return Watcher(CameraConfig.model_validate(part | options))


def scans(eye: Watcher, frames: list[draw.Picture], begin_ns: int = 0, rate_hz: float = 10.0) -> list[bytes]:
    """What the eye tells of frames that come at a rate."""
    found: list[bytes] = []
    for number, frame in enumerate(frames):
        found += eye.look(frame, begin_ns + round(number * SECOND_NS / rate_hz)).scans
    return found


def test_a_label_is_told_as_a_hand_scanner_with_its_identifier_tells_it() -> None:
    lying = draw.lay(draw.bench(), draw.label("W1-B0001-03", "code128", 3), 300, 200)
    assert scans(watcher(), [lying] * 2) == [b"]C0W1-B0001-03"]


def test_the_identifier_says_gs1_and_the_separator_stays() -> None:
    printed = draw.label("(01)08801234567893(10)AB(21)77", "qr", 4, gs1=True)
    assert scans(watcher(), [draw.lay(draw.bench(), printed, 300, 200)]) == [b"]Q3010880123456789310AB\x1d2177"]


def test_several_labels_in_one_frame_are_told_from_left_to_right() -> None:
    picture = draw.bench()
    for text, x, y in (("C", 900, 100), ("A", 100, 400), ("B", 500, 20)):
        picture = draw.lay(picture, draw.label(text), x, y)
    assert scans(watcher(), [picture]) == [b"]Q1A", b"]Q1B", b"]Q1C"]


def test_only_the_symbologies_asked_for_are_read() -> None:
    both = draw.lay(draw.lay(draw.bench(), draw.label("A"), 100, 100), draw.label("B", "code128"), 500, 100)
    assert scans(watcher(symbologies=["qr"]), [both]) == [b"]Q1A"]


def test_only_the_region_is_looked_into() -> None:
    both = draw.lay(draw.lay(draw.bench(), draw.label("A"), 100, 100), draw.label("B"), 900, 100)
    assert scans(watcher(region=[0.5, 0, 0.5, 1]), [both]) == [b"]Q1B"]


def test_a_label_that_stays_in_view_is_one_reading_however_long() -> None:
    lying = draw.lay(draw.bench(), draw.label("A"), 300, 200)
    frames = [draw.noisy(lying, seed) for seed in range(5)] * 60  # half a minute
    assert scans(watcher(same_label_s=1.0), frames) == [b"]Q1A"]


def test_a_label_that_stays_is_not_read_again_when_something_else_moves() -> None:
    lying = draw.lay(draw.bench(), draw.label("A"), 300, 200)
    frames = [lying] * 100 + [draw.box(lying, 700 + 5 * n, 500) for n in range(50)]
    assert scans(watcher(same_label_s=1.0), frames) == [b"]Q1A"]


def test_a_label_that_comes_back_soon_is_the_same_reading_and_later_another() -> None:
    here, gone = draw.lay(draw.bench(), draw.label("A"), 300, 200), draw.bench()
    soon = [here] * 3 + [gone] * 15 + [here] * 3
    assert scans(watcher(same_label_s=2.0), soon) == [b"]Q1A"]
    late = [here] * 3 + [gone] * 25 + [here] * 3
    assert scans(watcher(same_label_s=2.0), late) == [b"]Q1A"] * 2


def test_one_label_for_another_in_the_same_place_is_a_new_one() -> None:
    frames = [draw.lay(draw.bench(), draw.label(text), 300, 200) for text in ("A", "A", "B", "B", "C")]
    assert scans(watcher(), frames) == [b"]Q1A", b"]Q1B", b"]Q1C"]


@pytest.mark.parametrize(("symbology", "format", "raw"), [("code39", "Code39", b"]A0"), ("code128", "code128", b"]C0")])
def test_bars_are_believed_at_the_second_sight(symbology: str, format: str, raw: bytes) -> None:
    eye = watcher(symbologies=[symbology])
    lying = draw.lay(draw.bench(), draw.label("ABC", format), 300, 200)
    assert eye.look(lying, 0).scans == ()
    assert eye.look(lying, SECOND_NS // 10).scans == (raw + b"ABC",)


def test_a_label_half_outside_is_no_trouble() -> None:
    """Its corners may be told to lie outside the picture."""
    small = np.zeros((90, 160), np.uint8)
    presence = Presence(1.0)
    for box in ((1270, -30, 1400, 40), (-50, 700, -3, 760)):
        assert presence.news([Label(b"]Q1A%d" % box[0], box)], small, 1 / 8, 0)
    presence.stay(small, SECOND_NS // 2)


def test_nothing_is_read_while_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle bench costs next to nothing."""
    eye, reads = watcher(), []
    read = eye._reader.read
    monkeypatch.setattr(eye._reader, "read", lambda grey: reads.append(1) or read(grey))  # type: ignore[func-returns-value] # append
    still = [draw.noisy(draw.bench(360, 640), seed) for seed in range(4)]
    scans(eye, still * 2)
    begun = len(reads)
    scans(eye, [draw.lit(picture, 0.8) for picture in still] * 8, SECOND_NS)
    assert len(reads) == begun


def test_what_creeps_is_seen_though_no_two_frames_differ() -> None:
    printed = draw.label("A")
    frames = [draw.bench()] * 5 + [draw.lay(draw.bench(), printed, 1280 - n, 200) for n in range(150)]
    assert scans(watcher(), frames) == [b"]Q1A"]
