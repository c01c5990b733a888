"""A real RTSP server (GStreamer) that sends H.264: read with its password, refused without, and gone when it stalls."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from barcodes.scan import Scan
from drivers.base import Slot
from drivers.camera import Camera
from drivers.errors import DeviceGone
from tests.drivers.vision import pictures as draw

PROGRAM = Path(__file__).parents[1] / "devices" / "rtsp_camera.py"
PASSWORD = "p@ss/word"
PATIENCE_S = 90.0

pytestmark = pytest.mark.slow


class RtspCamera:
    """The server's process: what tests/devices/rtsp_camera.py says at its top."""

    def __init__(self, folder: Path) -> None:
        for number in range(20):
            picture = draw.lay(draw.bench(480, 640), draw.label("AB"[number // 10]), 200, 100)
            cv2.imwrite(str(folder / f"{number:03d}.png"), picture)
        self.process = subprocess.Popen(
            ["/usr/bin/python3", PROGRAM, folder, "workshop", PASSWORD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        assert port, "apt-get install python3-gi gir1.2-gst-rtsp-server-1.0"
        self.address = f"rtsp://127.0.0.1:{port}/stream"

    def stall(self) -> None:
        """Send no more pictures."""
        assert self.process.stdin is not None
        self.process.stdin.write("stall\n")
        self.process.stdin.flush()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RtspCamera]:
    """The server, showing two labels in turn."""
    camera = RtspCamera(tmp_path)
    yield camera
    with camera.process:
        camera.process.kill()


def driver(server: RtspCamera, folder: Path, password: str, **options: Any) -> Camera:
    """The driver with this password."""
    secret = folder / "password"
    secret.write_text(password)
    part = {"name": "camera_1", "type": "camera", "source": server.address, "username": "workshop"}
    config = Camera.Config.model_validate(part | {"password_file": str(secret)} | options)
    return Camera(config, {"camera_1": Slot(0, 0)})


def test_labels_are_read_from_the_stream_and_a_stall_is_device_gone(server: RtspCamera, tmp_path: Path) -> None:
    eye = driver(server, tmp_path, PASSWORD, hang_s=6)
    seen: set[bytes] = set()

    async def watch() -> None:
        async with asyncio.timeout(PATIENCE_S), eye:
            async for reading in eye.readings():
                if isinstance(reading, Scan):
                    seen.add(reading.raw)
                if seen == {b"]Q1A", b"]Q1B"}:
                    server.stall()

    with pytest.raises(DeviceGone, match=r"no more pictures|no sign of life"):
        asyncio.run(watch())
    assert seen == {b"]Q1A", b"]Q1B"}


def test_a_wrong_password_is_refused_and_never_told(server: RtspCamera, tmp_path: Path) -> None:
    async def enter() -> None:
        async with driver(server, tmp_path, "hunter2"):
            pass

    with pytest.raises(DeviceGone, match=r"401 \(Unauthorized\)") as gone:
        asyncio.run(enter())
    assert "hunter2" not in str(gone.value)


def test_a_camera_that_is_switched_off_is_gone(server: RtspCamera, tmp_path: Path) -> None:
    eye = driver(server, tmp_path, PASSWORD, hang_s=6)

    async def watch() -> None:
        async with asyncio.timeout(PATIENCE_S), eye:
            async for _ in eye.readings():
                server.process.kill()

    with pytest.raises(DeviceGone):
        asyncio.run(watch())
