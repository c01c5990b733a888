"""A pty as a serial cable: the instrument's end, and ours under a name that stays, as in /dev/serial/by-id."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from drivers.base import Driver, Reading


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
        """Send as the instrument does."""
        assert os.write(self.near, data) == len(data)

    async def feed(self, data: bytes) -> None:
        """Send more than a pty holds."""
        while data:
            with suppress(BlockingIOError):
                data = data[os.write(self.near, data[:2048]) :]
            await asyncio.sleep(0)

    async def asked(self) -> bytes:
        """Wait for a request."""
        while True:
            try:
                return os.read(self.near, 1000)
            except BlockingIOError:
                await asyncio.sleep(0.002)


async def read(driver: Driver, many: int, then: dict[int, Callable[[], None]] | None = None) -> list[Reading]:
    """Return the first readings of one connection; `then[n]` is called after n of them."""
    found: list[Reading] = []
    then = dict(then or {})
    async with asyncio.timeout(20), driver:
        readings: AsyncIterator[Reading] = driver.readings()
        async for reading in readings:
            found.append(reading)
            then.pop(len(found), lambda: None)()
            if len(found) == many:
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found
