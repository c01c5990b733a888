"""The demo's own MQTT broker, for a machine where none answers. It speaks MQTT 3.1.1 and keeps nothing."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys

from amqtt.broker import Broker


def answers(host: str, port: int) -> bool:
    """Return whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


async def serve(port: int) -> None:
    """Serve on loopback until SIGTERM or the end of standard input, whichever is first."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(sys.stdin, lambda: None if os.read(sys.stdin.fileno(), 64) else stop.set())
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    print(json.dumps({"port": port}), flush=True)
    await stop.wait()
    await broker.shutdown()


if __name__ == "__main__":
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # it warns of every client that speaks MQTT 5 first
    asyncio.run(serve(int(sys.argv[1])))
