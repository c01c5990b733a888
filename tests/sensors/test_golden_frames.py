"""Frames from manuals and devices, decoded by the profiles."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from sensors import profile
from sensors.decoding import WORD, Decoder
from sensors.quality import GOOD, NAMES, NO_REPLY

CASES = sorted((Path(__file__).parents[1] / "devices").glob("*/*.yaml"))


def checked(frame: str) -> bytes:
    """The frame without its check sum, which must be right (Modbus over serial line V1.02, 6.2.2)."""
    raw = bytes.fromhex(frame)
    register = 0xFFFF
    for byte in raw[:-2]:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    assert register.to_bytes(2, "little") == raw[-2:], f"check sum of {frame}"
    return raw[:-2]


def words_by_address(exchanges: list[dict[str, str]]) -> dict[int, int]:
    """The input registers that the replies hold."""
    found = {}
    for exchange in exchanges:
        request, reply = checked(exchange["request"]), checked(exchange["reply"])
        start = int.from_bytes(request[2:4])
        words = np.frombuffer(reply[3:], WORD)
        assert reply[2] == 2 * len(words) == 2 * int.from_bytes(request[4:6])
        found.update({start + i: int(word) for i, word in enumerate(words)})
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_frames_mean_what_the_case_says(case: Path) -> None:
    """Values to the last digit that the wire holds; what no frame holds is no reply."""
    told: dict[str, Any] = YAML(typ="safe").load(case)
    points = profile.load(case.parent.name).points
    words = words_by_address(told["exchanges"])
    image = np.array([words.get(address, 0) for address in range(65536)], WORD)
    heard = np.array([GOOD if address in words else NO_REPLY for address in range(65536)], np.uint8)
    values, quality = Decoder(points, lambda _, address: address).decode(image, heard)
    for point, value, grade in zip(points, values.tolist(), quality.tolist(), strict=True):
        expected = told["expect"].get(point.name, "no reply")
        if isinstance(expected, str):
            assert (NAMES[grade], np.isnan(value)) == (expected, True), point.name
        elif point.type == "f32":
            assert value == pytest.approx(expected, rel=1e-6), point.name  # what 32 bits hold
        else:
            assert value == expected, point.name


def test_every_profile_has_a_case() -> None:
    """A device is supported when it is tested."""
    assert {case.parent.name for case in CASES} == set(profile.names())
