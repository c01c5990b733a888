"""Reading a driver for some readings, as the daemon does for ever."""

import asyncio
from collections.abc import AsyncIterator, Callable

from drivers.base import Driver, Reading


async def read(driver: Driver, many: int, then: dict[int, Callable[[], None]] | None = None) -> list[Reading]:
    """Return the first readings of one connection; `then[n]` is called after n of them."""
    found: list[Reading] = []
    then = dict(then or {})
    async with asyncio.timeout(60), driver:
        readings: AsyncIterator[Reading] = driver.readings()
        async for reading in readings:
            found.append(reading)
            then.pop(len(found), lambda: None)()
            if len(found) == many:
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found
