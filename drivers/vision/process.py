"""The camera's process, `python -m drivers.vision.process`: OpenCV may hang or crash here, and the daemon goes on.

It reads its task as one line, then tells what it sees; it ends when its standard input does. Nothing is stored.
"""

import base64
import ctypes
import json
import os
import signal
import sys
import threading
from typing import BinaryIO, Final

from drivers.vision.address import address
from drivers.vision.message import Beat, Begun, Ended, Gone, Message, Opened, Picture, Sighting, Task, write
from drivers.vision.options import CameraConfig
from drivers.vision.preview import Preview
from drivers.vision.source import Opener, Source, SourceGone, open_source
from drivers.vision.watcher import Frame, Watcher

PR_SET_PDEATHSIG: Final = 1
BEAT_NS: Final = 950_000_000  # a little less than a second: at one frame a second, each is a beat


def main() -> None:
    """Do one task."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the daemon, which ends this process in order
        signal.signal(number, signal.SIG_IGN)
    out = _own_output()
    task = Task(**json.loads(sys.stdin.buffer.readline()))
    _end_with(task.parent)
    config = CameraConfig.model_validate(task.config)
    teller = Teller(out, config)
    teller.tell(Begun())
    try:
        source = open_source(Opener(config, address(config, task.password)), task.pace)
        teller.watch(source)
        teller.tell(Ended())
    except SourceGone as gone:
        teller.tell(Gone(str(gone)))
    os._exit(0)  # a thread may hang in a camera that is gone


class Teller:
    """Looks at every frame and tells what it saw."""

    def __init__(self, out: BinaryIO, config: CameraConfig) -> None:
        self._out = out
        self._watcher, self._preview = Watcher(config), Preview(config)
        self._beat_ns, self._frames = 0, 0

    def tell(self, message: Message) -> None:
        """Send a message; waits while the daemon is busy."""
        self._out.write(write(message))
        self._out.flush()

    def watch(self, source: Source) -> None:
        """Look until the source ends; raises SourceGone."""
        for frame, mono_ns in source.frames():
            if not self._beat_ns:
                self._beat_ns = mono_ns
                self.tell(Opened(source.rate_hz))
            self._look(frame, mono_ns)
            self._frames += 1
            if (lasted_ns := mono_ns - self._beat_ns) >= BEAT_NS:
                self.tell(Beat(mono_ns, self._frames / lasted_ns * 1e9, source.errors))
                self._beat_ns, self._frames = mono_ns, 0

    def _look(self, frame: Frame, mono_ns: int) -> None:
        seen = self._watcher.look(frame, mono_ns)
        if seen.scans or seen.pieces:
            self.tell(Sighting(mono_ns, [raw.decode("latin-1") for raw in seen.scans], seen.pieces))
        if jpeg := self._preview.picture(frame, mono_ns):
            self.tell(Picture(base64.b64encode(jpeg).decode("ascii")))


def _own_output() -> BinaryIO:
    """Return standard output for messages alone: what libraries print there goes to standard error from now on."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _end_with(parent: int) -> None:
    """End when the daemon does, however it ends: by its death, or when it closes our standard input."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before
        os._exit(0)
    threading.Thread(target=_end_with_input, name="input", daemon=True).start()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
