"""The camera's process, from the daemon's side: started, listened to, killed when it hangs, and always reaped."""

import asyncio
import json
import os
import re
import sys
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final, cast

from drivers.errors import DeviceGone
from drivers.vision.address import masked
from drivers.vision.message import MOST_LINE_BYTES, Message, Task, read

MODULE: Final = "drivers.vision.process"
BEGIN_S: Final = 60.0  # loading OpenCV from a slow card
REAP_S: Final = 5.0  # a process inside a driver that hangs ends when the driver lets it
MOST_WAITING: Final = 200  # messages; more wait in the pipe, and then the camera waits
MOST_SAID_BYTES: Final = 4096
MOST_CAUSE: Final = 200  # characters
LIBRARY: Final = re.compile(r"^(\[[^\]]*\] *)+")  # "[OPENCV:FFMPEG:16] [http @ 0x55...] "
QUIET: Final = {
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "16",  # errors: the last one is told as the cause
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


class Child(asyncio.SubprocessProtocol):
    """One process. What it prints is collected; only the last line is ever shown."""

    def __init__(self, task: Task, name: str) -> None:
        self._task, self._name = task, name
        self._transport: asyncio.SubprocessTransport | None = None
        self._messages: deque[Message] = deque()
        self._line, self._said = bytearray(), bytearray()
        self._news = asyncio.Event()
        self._over = asyncio.get_running_loop().create_future()
        self._paused = False

    @classmethod
    async def start(cls, task: Task, name: str) -> "Child":
        """Start the process for a task; `name` is the source, for messages. Raises DeviceGone."""
        child = cls(task, name)
        try:
            await asyncio.get_running_loop().subprocess_exec(
                lambda: child,
                *(sys.executable, "-P", "-m", MODULE),
                env=os.environ | QUIET | {"PYTHONPATH": _import_path()},
                start_new_session=True,  # Ctrl-C reaches the daemon alone
            )
            await child.next(BEGIN_S)  # Begun
        except OSError as error:
            raise DeviceGone(f"{name}: the camera's process cannot be started: {error}") from error
        except BaseException:
            await child.end()
            raise
        return child

    async def next(self, wait_s: float) -> Message:
        """Return the next message; DeviceGone when the process ended, or was silent for so long."""
        while not self._messages:
            if self._over.done():
                raise DeviceGone(f"{self._name}: the camera's process ended{self._cause()}")
            self._news.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                if not self._news.is_set():  # it was we who were busy
                    raise DeviceGone(f"{self._name}: no sign of life for {wait_s:g} s; begun again") from None
        message = self._messages.popleft()
        if self._paused and len(self._messages) < MOST_WAITING // 2:
            self._output().resume_reading()
            self._paused = False
        return message

    async def farewell(self, why: str) -> str:
        """Return why the process says that it ends, with the last that the libraries said of it."""
        await asyncio.wait([self._over], timeout=REAP_S)
        return f"{why}{self._last_words()}"

    async def end(self) -> None:
        """Kill the process if it runs, and wait until it is reaped and its pipes are closed."""
        if self._transport is None:
            return
        if self._transport.get_returncode() is None:
            with suppress(ProcessLookupError):
                self._transport.kill()
        await asyncio.wait([self._over], timeout=REAP_S)
        self._transport.close()  # not before: it would reap the process, and asyncio's watcher complain of none
        await asyncio.wait([self._over], timeout=REAP_S)

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the task over; the pipe stays open as long as we are there."""
        self._transport = cast(asyncio.SubprocessTransport, transport)
        pipe = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))
        pipe.write(json.dumps(asdict(self._task)).encode() + b"\n")

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take messages, or what libraries say."""
        if fd == 2:
            self._said += data
            del self._said[:-MOST_SAID_BYTES]
            return
        *lines, begun = (bytes(self._line) + data).split(b"\n")
        self._line = bytearray(begun)
        try:
            self._messages.extend(read(line) for line in lines)
            if len(begun) > MOST_LINE_BYTES:
                raise ValueError("a line without an end")
        except ValueError as error:  # it writes over its own messages: nothing it says can be believed
            self._said += f"\n{error}".encode()
            cast(asyncio.SubprocessTransport, self._transport).kill()
        if len(self._messages) > MOST_WAITING and not self._paused:
            self._output().pause_reading()
            self._paused = True
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        """It is reaped, and every pipe is closed."""
        self._over.set_result(None)
        self._news.set()

    def _output(self) -> asyncio.ReadTransport:
        assert self._transport is not None
        return cast(asyncio.ReadTransport, self._transport.get_pipe_transport(1))

    def _cause(self) -> str:
        code = self._transport.get_returncode() if self._transport else None
        how = f" (signal {-code})" if code is not None and code < 0 else f" (exit code {code})" if code else ""
        return how + self._last_words()

    def _last_words(self) -> str:
        lines = masked(self._said.decode("utf-8", "replace"), self._task.password).split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        text = LIBRARY.sub("", last).strip()[:MOST_CAUSE]
        return f": {text}" if text else ""


def _import_path() -> str:
    """Return where this very program's modules are found."""
    ours = str(Path(__file__).parents[2])
    return os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH"))))
