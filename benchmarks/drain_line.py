"""A line with a round trip of so many ms: a proxy on loopback that delays each direction by half of it.

What comes is passed on when its time is over, in order and as it came: any number of bytes may be on their way at once.
"""

import argparse
import asyncio
import contextlib
import selectors
from functools import partial

CHUNK_BYTES = 1 << 18


async def delay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """Pass one direction on, until its end."""
    way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    passing = asyncio.create_task(_pass_on(way, writer))
    chunk = b"."
    with contextlib.suppress(ConnectionError):
        while chunk:
            chunk = await reader.read(CHUNK_BYTES)
            way.put_nowait((asyncio.get_running_loop().time() + delay_s, chunk))
    way.put_nowait((0.0, b""))
    await passing


async def _pass_on(way: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while (found := await way.get())[1]:
            if (early_s := found[0] - loop.time()) > 0:
                await asyncio.sleep(early_s)
            writer.write(found[1])
            await writer.drain()
    writer.close()


async def connected(to_port: int, delay_s: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Live through one connection."""
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to_port)
    await asyncio.gather(delay(reader, far_writer, delay_s), delay(far_reader, writer, delay_s))


async def serve(to_port: int, delay_s: float) -> None:
    """Print the port and serve until the process is ended."""
    server = await asyncio.start_server(partial(connected, to_port, delay_s), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to_port", type=int)
    parser.add_argument("round_trip_ms", type=float)
    asked = parser.parse_args()
    # select() waits in microseconds, epoll in whole milliseconds: half of one would become one.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(serve(asked.to_port, asked.round_trip_ms / 2e3))
