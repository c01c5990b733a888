"""A pty as a serial cable: the instrument's end, and ours under a name that stays, as in /dev/serial/by-id."""

import asyncio
import os
import tty
from contextlib import suppress
from pathlib import Path


class Cable:
    """What is plugged in under one name. Plugged in again it is another terminal, as an adapter may become ttyUSB1."""

    def __init__(self, name: Path) -> None:
        self.port = str(name)
        self.near = self._far = -1
        self.plug()

    def plug(self) -> None:
        """Plug it in."""
        self.near, self._far = os.openpty()
        tty.setraw(self._far)
        os.set_blocking(self.near, False)
        Path(self.port).symlink_to(os.ttyname(self._far))

    def unplug(self) -> None:
        """Pull it out; once is enough."""
        if self.near >= 0:
            Path(self.port).unlink()
            for end in (self._far, self.near):
                os.close(end)
        self._far = self.near = -1

    def send(self, data: bytes) -> None:
        """Send as the instrument does; what a full cable does not take is lost, as on a wire."""
        with suppress(BlockingIOError):
            os.write(self.near, data)

    async def asked(self) -> bytes:
        """Wait for a request."""
        while True:
            try:
                return os.read(self.near, 1000)
            except BlockingIOError:
                await asyncio.sleep(0.002)
