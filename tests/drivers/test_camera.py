"""The camera's driver with its real process: what it yields, and that a camera which hangs or dies is begun again."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from barcodes.scan import Scan
from drivers import camera
from drivers.base import Previews, Reading, Slot
from drivers.camera import Camera
from drivers.errors import DeviceGone, WrongConfiguration
from sensors.batch import Batch
from sensors.quality import BAD, GOOD, NO_REPLY, UNCERTAIN
from tests.drivers.vision import pictures as draw

PATIENCE_S = 60.0
COUNT = {"line": [0.5, 0, 0.5, 1], "direction": "right"}


def driver(source: str, **options: Any) -> Camera:
    """The driver, second device of the point table, with its first point at index 7."""
    part = {"name": "camera_1", "type": "camera", "source": source}
    return Camera(Camera.Config.model_validate(part | options), {"camera_1": Slot(1, 7)})


async def collect(eye: Camera, enough: Callable[[list[Reading]], bool]) -> list[Reading]:
    """Read until it is enough."""
    found: list[Reading] = []
    async with asyncio.timeout(PATIENCE_S), eye:
        readings = eye.readings()
        async for reading in readings:
            found.append(reading)
            if enough(found):
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found


async def all_of(eye: Camera) -> tuple[list[Reading], Exception]:
    """Read until the camera ends, and return why it did."""
    found: list[Reading] = []
    try:
        async with asyncio.timeout(PATIENCE_S), eye:
            async for reading in eye.readings():
                found.append(reading)
    except (DeviceGone, WrongConfiguration) as gone:
        return found, gone
    raise AssertionError("it ended without a word")


def raws(found: list[Reading]) -> list[bytes]:
    """What was scanned."""
    return [reading.raw for reading in found if isinstance(reading, Scan)]


def rows(found: list[Reading]) -> list[Batch]:
    """The rows of the camera's points."""
    return [reading for reading in found if isinstance(reading, Batch)]


def bench() -> draw.Picture:
    """A small picture: these tests are about the process."""
    return draw.bench(240, 320)


def driver_of(frames: list[draw.Picture], folder: Path, **options: Any) -> Camera:
    """The driver of a film of fifty frames a second: nobody waits long for it."""
    return driver(draw.film(folder / "belt.avi", frames, 50.0), **{"frames_per_s": 50} | options)


def belt(texts: str, tail: int = 3) -> list[draw.Picture]:
    """Each letter's label lies there for three frames, after three of the empty bench."""
    frames = []
    for text in texts:
        frames += [bench()] * 3 + [draw.lay(bench(), draw.label(text, scale=3), 100, 60)] * 3
    return frames + [bench()] * tail


def test_a_film_gives_its_labels_and_then_says_that_it_is_over(tmp_path: Path) -> None:
    eye = driver_of(belt("AB"), tmp_path)
    found, why = asyncio.run(all_of(eye))
    assert raws(found) == [b"]Q1A", b"]Q1B"]
    assert isinstance(why, WrongConfiguration)
    assert "loop: true" in str(why)
    counts = [row.values[0] for row in rows(found)]
    assert [count[0] for count in counts[:-1]] == sorted(count[0] for count in counts[:-1])
    assert counts[-2][0] == 2
    assert {(row.device, row.first) for row in rows(found)} == {(1, 7)}
    assert eye.counters.received == 2


def test_the_first_row_is_there_before_the_first_scan_and_the_last_says_no_reply(tmp_path: Path) -> None:
    found, _ = asyncio.run(all_of(driver_of(belt("A"), tmp_path)))
    assert isinstance(found[0], Batch)
    assert found[0].values[0].tolist() == [0, 50]
    assert found[0].quality[0].tolist() == [GOOD, UNCERTAIN]  # the rate is what the film says, not measured yet
    assert isinstance(found[-1], Batch)
    assert found[-1].quality[0].tolist() == [NO_REPLY] * 2


def test_every_row_and_scan_is_later_than_the_one_before(tmp_path: Path) -> None:
    both = draw.lay(draw.lay(bench(), draw.label("A", scale=3), 20, 60), draw.label("B", scale=3), 200, 60)
    found, _ = asyncio.run(all_of(driver_of([bench(), both, both, bench()], tmp_path)))
    stamps = [int(row.mono_ns[0]) for row in rows(found)]
    assert stamps == sorted(set(stamps))
    scans = [reading.mono_ns for reading in found if isinstance(reading, Scan)]
    assert len(scans) == 2
    assert set(scans) < set(stamps)


def test_parts_are_counted_and_the_frame_rate_is_measured(tmp_path: Path) -> None:
    frames = [bench()] * 12 + [draw.box(bench(), x, 120, 50) for x in range(0, 320, 16)] + [bench()] * 4
    eye = driver(draw.film(tmp_path / "belt.avi", frames, 20.0), count=COUNT, frames_per_s=20)
    found, _ = asyncio.run(all_of(eye))
    good = [row for row in rows(found) if row.quality[0][0] < BAD]
    assert good[-1].values[0][1] == 1
    measured = [float(row.values[0][2]) for row in good if row.quality[0][2] == GOOD]
    assert measured
    assert all(0 < rate <= 25 for rate in measured)


def test_a_film_that_begins_again_goes_on(tmp_path: Path) -> None:
    eye = driver_of(belt("A", 15), tmp_path, loop=True, same_label_s=0.2)
    found = asyncio.run(collect(eye, lambda found: len(raws(found)) == 3))
    assert raws(found) == [b"]Q1A"] * 3


def test_counters_go_on_when_the_process_is_another(tmp_path: Path) -> None:
    eye = driver_of(belt("A"), tmp_path)
    asyncio.run(all_of(eye))
    found, _ = asyncio.run(all_of(eye))
    assert rows(found)[0].values[0][0] == 1
    assert rows(found)[-2].values[0][0] == 2


def process_of(eye: Camera) -> int:
    """The number of the camera's process."""
    assert eye._child is not None
    assert eye._child._transport is not None
    return eye._child._transport.get_pid()


def runs(process: int) -> bool:
    """Whether there is such a process, be it a zombie."""
    return Path(f"/proc/{process}").exists()


def test_a_killed_process_is_device_gone_and_reaped(tmp_path: Path) -> None:
    eye = driver_of(belt("A"), tmp_path, loop=True)
    processes: list[int] = []

    async def scenario() -> list[Reading]:
        found: list[Reading] = []
        async with asyncio.timeout(PATIENCE_S), eye:
            processes.append(process_of(eye))
            async for reading in eye.readings():
                if not found:
                    os.kill(processes[0], signal.SIGKILL)
                found.append(reading)
        return found

    with pytest.raises(DeviceGone, match="signal 9"):
        asyncio.run(scenario())
    assert not runs(processes[0])
    assert raws(asyncio.run(collect(eye, lambda found: len(raws(found)) == 1))) == [b"]Q1A"]


def test_a_stopped_process_is_killed_and_reaped(tmp_path: Path) -> None:
    """As one that hangs in its camera, it gives no sign of life."""
    eye = driver_of(belt("A"), tmp_path, loop=True, hang_s=2)
    processes: list[int] = []

    async def scenario() -> None:
        async with asyncio.timeout(PATIENCE_S), eye:
            processes.append(process_of(eye))
            async for _ in eye.readings():
                os.kill(processes[0], signal.SIGSTOP)

    with pytest.raises(DeviceGone, match="no sign of life for 2 s"):
        asyncio.run(scenario())
    assert not runs(processes[0])


def test_a_source_that_blocks_for_ever_is_killed(tmp_path: Path) -> None:
    """Nobody writes into this FIFO: opening it never returns, as a hung camera's read does not."""
    fifo = tmp_path / "camera.avi"
    os.mkfifo(fifo)
    with pytest.raises(DeviceGone, match="no sign of life for 2 s"):
        asyncio.run(collect(driver(str(fifo), hang_s=2), lambda _: True))


def test_a_camera_that_takes_the_connection_and_never_answers_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"rtsp://127.0.0.1:{server.getsockname()[1]}/stream"
        with pytest.raises(DeviceGone, match="no answer"):
            asyncio.run(collect(driver(address, hang_s=3), lambda _: True))


def test_entering_that_is_given_up_leaves_no_process(tmp_path: Path) -> None:
    """As `gongbang doctor` does after a few seconds."""
    fifo = tmp_path / "camera.avi"
    os.mkfifo(fifo)
    eye = driver(str(fifo), hang_s=60)
    processes: list[int] = []

    async def give_up() -> None:
        entering = asyncio.create_task(eye.__aenter__())
        for _ in range(round(PATIENCE_S / 0.01)):
            if eye._child is not None:
                break
            await asyncio.sleep(0.01)
        processes.append(process_of(eye))
        entering.cancel()
        await asyncio.wait([entering])
        assert entering.cancelled()

    asyncio.run(give_up())
    assert not runs(processes[0])


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("/dev/video99", "not there; is the cable plugged in?"),
        ("/none/belt.avi", "not there"),
        ("rtsp://127.0.0.1:1/stream", "no answer, or it wants another user or password"),
        (__file__, "no video that can be read"),
    ],
)
def test_a_source_that_cannot_be_opened_says_why(source: str, why: str) -> None:
    with pytest.raises(DeviceGone) as gone:
        asyncio.run(collect(driver(source), lambda _: True))
    assert source in str(gone.value)
    assert why in str(gone.value)


def test_without_the_libraries_the_text_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "LIBRARIES", ("cv2", "no_such_library"))
    with pytest.raises(WrongConfiguration, match=r"no_such_library .*pip install 'gongbang\[camera\]'"):
        asyncio.run(collect(driver("belt.avi"), lambda _: True))


def test_the_daemon_does_not_load_opencv(tmp_path: Path) -> None:
    """What a shop without a camera does not load, its memory does not hold; with one, the process alone does."""
    film = draw.film(tmp_path / "belt.avi", belt("A"))
    program = f"""
import asyncio, sys
import gateway.app, gateway.commands.main
from drivers.base import Slot
from drivers.registry import build, driver_config
config = driver_config({{"name": "camera_1", "type": "camera", "source": {film!r}}})
async def main():
    async with build(config, {{"camera_1": Slot(0, 0)}}) as eye:
        async for reading in eye.readings():
            if type(reading).__name__ == "Scan":
                return
asyncio.run(main())
print(*[name for name in ("cv2", "zxingcpp") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE_S)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == ""
    assert ran.stderr == ""  # nor is the console written to


def test_the_process_ends_with_the_daemon(tmp_path: Path) -> None:
    """However it ends: here it is killed."""
    film = draw.film(tmp_path / "belt.avi", belt("A"))
    program = f"""
import asyncio
from drivers.base import Slot
from drivers.registry import build, driver_config
config = driver_config({{"name": "camera_1", "type": "camera", "source": {film!r}, "loop": True}})
async def main():
    async with build(config, {{"camera_1": Slot(0, 0)}}) as eye:
        print(eye._child._transport.get_pid(), flush=True)
        async for _ in eye.readings():
            pass
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        process = int(daemon.stdout.readline())
        assert runs(process)
        daemon.kill()
    deadline = threading.Event()
    for _ in range(round(PATIENCE_S / 0.05)):
        if not runs(process) or "zombie" in Path(f"/proc/{process}/status").read_text():
            return
        deadline.wait(0.05)
    pytest.fail("the camera's process outlived the daemon")


class MotionJpeg(BaseHTTPRequestHandler):
    """A cheap camera: MJPEG over HTTP, behind a user and a password."""

    frames: tuple[bytes, ...] = ()
    asked: tuple[str | None, ...] = ()

    def do_GET(self) -> None:
        """Send the frames, ten a second, then hang up."""
        type(self).asked += (self.headers.get("Authorization"),)
        if self.headers.get("Authorization") != "Basic d29ya3Nob3A6cEBzcy93b3Jk":  # workshop:p@ss/word
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        pause = threading.Event()
        for jpeg in self.frames:
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:  # the other side has seen enough
                return
            pause.wait(0.1)

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@contextmanager
def motion_jpeg(frames: list[draw.Picture]) -> Iterator[str]:
    """The address of a camera that shows these frames."""
    MotionJpeg.asked = ()
    MotionJpeg.frames = tuple(bytes(cv2.imencode(".jpg", frame)[1]) for frame in frames)
    with ThreadingHTTPServer(("127.0.0.1", 0), MotionJpeg) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/video"
        server.shutdown()
        serving.join()


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    """A file that holds the camera's password."""
    file = tmp_path / "password"
    file.write_text("p@ss/word\n")
    return str(file)


def test_a_network_camera_is_read_until_it_hangs_up(password_file: str) -> None:
    with motion_jpeg(belt("AB") * 2) as address:
        eye = driver(address, username="workshop", password_file=password_file, hang_s=20)
        found, why = asyncio.run(all_of(eye))
    assert raws(found) == [b"]Q1A", b"]Q1B"]
    assert isinstance(why, DeviceGone)
    assert "no more pictures" in str(why)


def test_a_wrong_password_is_told_and_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2!")
    with motion_jpeg(belt("A")) as address:
        eye = driver(address, username="workshop", password_file=str(secret))
        with pytest.raises(DeviceGone) as gone:
            asyncio.run(collect(eye, lambda _: True))
    assert address in str(gone.value)
    assert "password" in str(gone.value)
    assert "hunter2" not in f"{gone.value}{eye.config!r}{eye.counters}"


def test_a_password_file_that_is_not_there_waits_for_a_reload() -> None:
    eye = driver("rtsp://10.0.0.9/stream", username="a", password_file="/none/password")
    with pytest.raises(WrongConfiguration, match="/none/password"):
        asyncio.run(collect(eye, lambda _: True))


def test_the_preview_is_off_unless_it_is_written(tmp_path: Path) -> None:
    eye = driver_of(belt("A"), tmp_path)
    assert isinstance(eye, Previews)

    def shown(_: list[Reading]) -> bool:
        return eye.preview is not None

    asyncio.run(all_of(eye))
    assert eye.preview is None
    eye = driver(
        eye.config.source, loop=True, preview={"every_s": 0.5, "masks": [[0, 0, 0.5, 1]]}, region=[0, 0, 1, 0.5]
    )
    pictures: list[bytes] = []

    def kept(_: list[Reading]) -> bool:
        if eye.preview:
            pictures.append(eye.preview)
        return bool(pictures)

    asyncio.run(collect(eye, kept))
    picture = cv2.imdecode(np.frombuffer(pictures[0], np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (240, 320, 3)
    assert picture[30:90, 200:300].mean() > 60
    assert picture[:, :150].max() < 20  # masked
    assert picture[130:].max() < 20  # outside the region
    assert eye.preview is None  # gone with the process
