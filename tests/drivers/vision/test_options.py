"""What a camera's configuration refuses, in both languages; secrets stand in no address."""

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.vision.address import address, masked
from drivers.vision.options import CameraConfig

LEVEL, UPRIGHT = [0, 0.5, 1, 0.5], [0.5, 0, 0.5, 1]


def config(**options: Any) -> CameraConfig:
    """A USB camera, unless the options say otherwise."""
    return CameraConfig.model_validate({"name": "camera_1", "type": "camera", "source": "/dev/video0"} | options)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"source": "rtsp://admin:hunter2@10.0.0.2/1"}, "password_file"),
        ({"source": "rtmp://10.0.0.2/1"}, "rtsp"),
        ({"source": "0"}, "/dev/video0"),
        ({"source": ""}, "at least 1 character"),
        ({"region": [0, 0, 1]}, "four numbers"),
        ({"region": [0.5, 0, 0.6, 1]}, "inside the picture"),
        ({"region": [0, 0, 0, 1]}, "inside the picture"),
        ({"region": [0, 0, 1, 1.5]}, "less than or equal to 1"),
        ({"symbologies": []}, "at least one"),
        ({"symbologies": ["morse"]}, "code128"),
        ({"count": {"line": [0.5, 0.5, 0.5, 0.5]}}, "the same"),
        ({"count": {"line": LEVEL, "direction": "left"}}, "up or down"),
        ({"count": {"line": UPRIGHT, "direction": "down"}}, "sideways"),
        ({"count": {"line": [0, 1]}}, "four numbers"),
        ({"count": {"line": UPRIGHT}, "region": [0.6, 0, 0.4, 1]}, "leaves the region"),
        ({"preview": {"masks": [[0, 0, 1]]}}, "four numbers"),
        ({"preview": {"masks": [[0.5, 0.5, 0.6, 0.1]]}}, "inside the picture"),
        ({"loop": True}, "video files only"),
        ({"username": "admin"}, "addresses only"),
        ({"source": "http://10.0.0.2/", "password_file": "/etc/camera"}, "needs a username"),
    ],
)
def test_what_can_never_work_is_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        config(**options)


def test_an_address_that_was_refused_is_not_repeated_with_its_password() -> None:
    with pytest.raises(ValidationError) as refused:
        config(source="rtsp://admin:hunter2@10.0.0.2/1")
    assert "hunter2" not in str(refused.value.errors(include_url=False, include_input=False))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("/dev/v4l/by-id/usb-046d_C920-video-index0", "device"),
        ("rtsp://10.0.0.2/1", "address"),
        ("http://10.0.0.2/video", "address"),
        ("films/belt.mp4", "file"),
    ],
)
def test_the_source_says_what_it_is(source: str, kind: str) -> None:
    assert config(source=source).kind == kind


def test_pieces_are_a_point_only_where_they_are_counted() -> None:
    names = [[point.name for _, points in one.devices_points() for point in points] for one in (config(), counting())]
    assert names == [["scans", "frame_rate"], ["scans", "pieces", "frame_rate"]]


def counting() -> CameraConfig:
    """A camera that counts."""
    return config(count={"line": UPRIGHT})


@pytest.mark.parametrize(
    ("source", "opened"),
    [
        ("rtsp://10.0.0.2:554/1", "rtsp://work%40shop:a%2Fb%20c@10.0.0.2:554/1"),
        ("rtsp://10.0.0.2/user={username}&password={password}", "rtsp://10.0.0.2/user=work%40shop&password=a%2Fb%20c"),
    ],
)
def test_user_and_password_are_put_into_the_address_that_is_opened(source: str, opened: str) -> None:
    """In front of the host, or where the address has a place for them, as some cheap cameras want it."""
    named = config(source=source, username="work@shop", password_file="/etc/camera")
    assert address(named, "a/b c") == opened
    assert "a/b" not in masked(f"cannot open {opened}: 401", "a/b c")
    assert "a%2Fb" not in masked(f"cannot open {opened}: 401", "a/b c")


def test_a_source_without_a_user_is_opened_as_it_is_written() -> None:
    assert address(config(), "") == "/dev/video0"
    assert address(config(source="rtsp://10.0.0.2/1"), "") == "rtsp://10.0.0.2/1"
