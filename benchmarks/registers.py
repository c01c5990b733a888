"""A Modbus TCP server in a process of its own whose holding registers all change between readings (function 3)."""

import asyncio
import json
import struct
import sys
import time


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer requests until the client goes: each register is its address plus ten times the seconds."""
    try:
        while True:
            transaction, _, _, unit, function, first, count = struct.unpack(">HHHBBHH", await reader.readexactly(12))
            tenths = int(time.monotonic() * 10)
            values = [(first + n + tenths) & 0xFFFF for n in range(count)]
            body = struct.pack(f">BBB{count}H", unit, function, 2 * count, *values)
            writer.write(struct.pack(">HHH", transaction, 0, len(body)) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Serve until standard input ends; the first line printed tells the port."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
