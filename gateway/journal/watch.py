"""A watch on the journal: sleeps until there is something new to read."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Watch:
    """`wait` returns when rows were committed or frozen since it last returned: read first, wait when nothing came."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    async def wait(self) -> None:
        """Wait for news; what came since the last wait counts, so none is missed in between."""
        await self._news.wait()
        self._news.clear()

    def tell(self) -> None:
        """Wake whoever waits."""
        self._news.set()


class Watches:
    """All watches of a journal."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()

    @contextmanager
    def open(self) -> Iterator[Watch]:
        """Yield a watch that is told until the block ends."""
        watch = Watch()
        self._watches.add(watch)
        try:
            yield watch
        finally:
            self._watches.remove(watch)

    def tell(self) -> None:
        """Wake all."""
        for watch in self._watches:
            watch.tell()
