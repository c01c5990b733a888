"""What every scanner yields: each code as a Scan, and a row of how many there were."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Final

import numpy as np

from barcodes.scan import Scan
from drivers.base import Counters, Reading, Slot
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.mono import mono_ns
from sensors.batch import Batch, one_row
from sensors.point import Point
from sensors.quality import BAD, GOOD, NO_REPLY

MOST_QUEUED: Final = 1000  # codes that wait for the daemon; a hand scanner reads three a second

SCANS: Final = Point(
    name="scans", label={"ko": "읽은 수", "en": "Scans"}, kind="counter", unit="pcs", address=0, type="u32"
)


class Scans:
    """The codes of one scanner on their way to the daemon. The counter goes on over connections."""

    def __init__(self, name: str, slot: Slot, counters: Counters) -> None:
        self.refused = 0  # codes that came while too many waited
        self._name, self._slot, self._counters = name, slot, counters
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._news = asyncio.Event()
        self._gone: DeviceGone | WrongConfiguration | None = None
        self._stamp_ns = 0

    def begin(self) -> None:
        """Begin a new connection; codes that still wait are not lost."""
        self._gone, self._news = None, asyncio.Event()

    def take(self, codes: Sequence[bytes], stamp_ns: int) -> None:
        """Queue codes; what has no room is counted as refused."""
        room = MOST_QUEUED - len(self._waiting)
        self._waiting.extend((stamp_ns, code) for code in codes[:room])
        self.refused += len(codes[room:])
        self._news.set()

    def lost(self, gone: DeviceGone | WrongConfiguration) -> None:
        """Let `readings` end with this once what had come is told."""
        self._gone = gone
        self._counters.last_error = str(gone)
        self._news.set()

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield the counter once, then every Scan and its row; at the end of the connection a row of NO_REPLY."""
        yield self._row(mono_ns(), GOOD)
        while True:
            while self._waiting:
                stamp_ns, raw = self._waiting.popleft()
                self._counters.received += 1
                row = self._row(stamp_ns, GOOD)
                yield Scan(self._name, self._stamp_ns, raw)
                yield row
            if self._gone is not None:
                yield self._row(mono_ns(), NO_REPLY)
                raise self._gone
            self._news.clear()
            await self._news.wait()

    def _row(self, stamp_ns: int, quality: int) -> Batch:
        """Return the counter's row; two codes that arrived at once are told apart by a nanosecond."""
        self._stamp_ns = max(stamp_ns, self._stamp_ns + 1)
        value = self._counters.received if quality < BAD else np.nan
        values, qualities = np.array([value], np.float64), np.array([quality], np.uint8)
        return one_row(self._slot.device, self._slot.first, self._stamp_ns, values, qualities)
