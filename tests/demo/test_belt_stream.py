"""The belt as an IP camera: what OpenCV opens, and a process that ends with whoever started it."""

import asyncio
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import pytest
import zxingcpp
from rig import ROOT

from gateway.demo.cameras import Camera

END_S = 60.0


def watch(source: str, wanted: set[str], most_frames: int = 200) -> set[str]:
    """The texts seen until all that are wanted were."""
    video, seen = cv2.VideoCapture(source), set[str]()
    try:
        assert video.isOpened()
        for _ in range(most_frames):
            there, picture = video.read()
            assert there
            assert picture.shape == (720, 1280, 3)
            seen |= {code.text for code in zxingcpp.read_barcodes(picture)}
            if wanted <= seen:
                break
    finally:
        video.release()
    return seen


def test_opencv_reads_from_it_what_was_laid_on_the_belt_and_again_after_leaving() -> None:
    async def play() -> None:
        async with Camera(seed=17) as camera:
            for raw in (b"B-0001-PACK-20-X", b"B-0002-PACK-20-X"):
                camera.scan(raw)
            both = {"B-0001-PACK-20-X", "B-0002-PACK-20-X"}
            assert await asyncio.to_thread(watch, camera.source, both) == both
            await asyncio.sleep(0.5)  # nobody watches: the belt stands
            camera.scan(b"B-0003-PACK-20-X")
            later = await asyncio.to_thread(watch, camera.source, {"B-0003-PACK-20-X"})
            assert "B-0003-PACK-20-X" in later

    asyncio.run(play())


def test_its_port_is_gone_after_it() -> None:
    async def play() -> str:
        async with Camera(seed=17) as camera:
            return camera.source

    source = asyncio.run(play())
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(source, timeout=60)


@contextmanager
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """The program itself; it is ended whatever happens."""
    command = [sys.executable, "-m", "gateway.demo.belt_stream"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as belt:
        try:
            assert belt.stdout
            assert b'"source"' in belt.stdout.readline()
            yield belt
        finally:
            belt.kill()


@pytest.mark.parametrize("how", ["SIGTERM", "end of its standard input"])
def test_it_ends_cleanly(how: str) -> None:
    with process() as belt:
        assert belt.stdin
        if how == "SIGTERM":
            belt.terminate()
        else:
            belt.stdin.close()
        assert belt.wait(END_S) == 0


def test_another_address_is_not_found() -> None:
    async def play() -> None:
        async with Camera(seed=17) as camera:
            with pytest.raises(urllib.error.HTTPError) as raised:
                await asyncio.to_thread(urllib.request.urlopen, camera.source + "x", timeout=60)
            assert raised.value.code == 404
            raised.value.close()

    asyncio.run(play())
