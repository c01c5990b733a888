"""The belt as an IP camera: Motion JPEG over HTTP, on loopback. `python -m gateway.demo.belt_stream`

It prints {"source": its address} and reads labels to lay on the belt from its standard input, one JSON object {"text",
"symbology"} a line. The belt moves while somebody watches. It ends with its standard input, or at SIGTERM.
"""

import argparse
import asyncio
import json
import signal
import sys
from contextlib import suppress
from typing import Final

import cv2

from gateway.demo.belt import Belt
from gateway.demo.parcels import Label

PATH: Final = "/belt.mjpg"
MOST_WAITING: Final = 12  # labels; as many as the belt carries away in ten seconds
QUALITY: Final = 80  # of the JPEG pictures, as cameras have it
HEAD_S: Final = 10.0
BOUNDARY: Final = b"frame"
HEAD: Final = (
    b"HTTP/1.0 200 OK\r\nCache-Control: no-store\r\nConnection: close\r\n"
    b"Content-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY + b"\r\n\r\n"
)
NOT_FOUND: Final = b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Stream:
    """One belt for all who watch it."""

    def __init__(self, belt: Belt, frames_per_s: float) -> None:
        self._belt, self._period_s = belt, 1 / frames_per_s
        self._watched = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    def lay(self, line: bytes) -> None:
        """Let a label wait for its place on the belt; when too many wait already, it goes another way."""
        if len(self._belt.waiting) < MOST_WAITING:
            self._belt.waiting.append(Label(**json.loads(line)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client, and show it the belt until it leaves."""
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_S)
            found = head.split(b" ")[:2] == [b"GET", PATH.encode()]
            writer.write(HEAD if found else NOT_FOUND)
            if found:
                self._writers.add(writer)
                self._watched.set()
                while await reader.read(1024):
                    pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # it left, or is no HTTP client
        finally:
            self._writers.discard(writer)
            writer.close()

    async def close(self) -> None:
        """Hang up on all who watch."""
        while self._writers:
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.sleep(0)

    async def run(self) -> None:
        """Render and send, one frame each period, while somebody watches."""
        loop = asyncio.get_running_loop()
        time_s, next_s = 0.0, loop.time()
        while True:
            if not self._writers:
                self._watched.clear()
                await self._watched.wait()
            part = self._part(time_s)
            for writer in self._writers:
                if not writer.transport.get_write_buffer_size():  # one who is slow misses frames, as with a camera
                    writer.write(part)
            time_s += self._period_s
            next_s = max(next_s + self._period_s, loop.time())
            await asyncio.sleep(next_s - loop.time())

    def _part(self, time_s: float) -> bytes:
        """Return a frame as one part of the multipart answer."""
        _, jpeg = cv2.imencode(".jpg", self._belt.frame(time_s), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        head = b"--%b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(jpeg))
        return head + jpeg.tobytes() + b"\r\n"


async def stream(seed: int, frames_per_s: float) -> None:
    """Serve until a signal comes or the standard input ends."""
    loop = asyncio.get_running_loop()
    shown = Stream(Belt(seed=seed), frames_per_s)
    lines = asyncio.StreamReader()
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lines.feed_eof)
    server = await asyncio.start_server(shown.serve, "127.0.0.1", 0)
    running = asyncio.create_task(shown.run(), name="belt")
    running.add_done_callback(lambda _: lines.feed_eof())  # it ends only by an error, which is raised below
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"source": f"http://127.0.0.1:{port}{PATH}"}), flush=True)
    while line := await lines.readline():
        shown.lay(line)
    server.close()
    pipe.close()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await shown.close()


def main() -> None:
    """Show the belt."""
    parser = argparse.ArgumentParser(prog="python -m gateway.demo.belt_stream", description=__doc__)
    parser.add_argument("--seed", type=int, default=17, help="another number is another day")
    parser.add_argument("--frames-per-s", type=float, default=10.0, help="frames a second")
    options = parser.parse_args()
    cv2.setNumThreads(1)  # the machine has other things to do as well
    asyncio.run(stream(options.seed, options.frames_per_s))


if __name__ == "__main__":
    main()
