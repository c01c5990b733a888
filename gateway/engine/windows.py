"""Windows: count, mean, minimum, maximum and last of every point, over aligned 10 seconds and minutes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gateway.engine import sums
from gateway.engine.columns import Float64s, Int64s
from gateway.table import DeviceEntry

SECOND_NS = 1_000_000_000
ROOM = 16  # for rows that come one by one, and are summed up together
SHORT_S, LONG_S = WINDOWS_S = 10, 60


@dataclass(frozen=True, slots=True)
class Window:
    """One window of one device's K points: good values alone; without any, count is 0 and the others NaN."""

    device: int
    window_s: int
    mono_ns: int  # its end; it holds the rows from mono_ns - window_s on, without the end itself
    first: int  # index of the first point
    count: Float64s  # [K], as are the others
    mean: Float64s
    min: Float64s
    max: Float64s
    last: Float64s


class DeviceWindows:
    """One device's windows in progress: of the present ten seconds and of the minute before them."""

    def __init__(self, device: int, entry: DeviceEntry) -> None:
        self.device, self.entry = device, entry
        self.end_ns = 0  # of the present ten seconds; 0: nothing was seen yet
        self._rows: Float64s = np.empty((ROOM, len(entry.points)))  # that `present` does not hold yet
        self._used = 0
        self._present: Float64s | None = None  # sums
        self.minute: Float64s | None = None

    @property
    def present(self) -> Float64s | None:
        """Return the sums of the present ten seconds; None before their first row."""
        if self._used:
            self._sum_up()
        return self._present

    @present.setter
    def present(self, present: Float64s | None) -> None:
        self._present, self._used = present, 0

    def _sum_up(self) -> None:
        self._present, self._used = sums.go_on(self._present, self._rows[: self._used]), 0

    def add(self, mono_ns: Int64s, rows: Float64s) -> list[Window]:
        """Take rows [T, K] and return the windows that they ended."""
        if len(mono_ns) == 1:
            now_ns = mono_ns.item()
            found = [] if now_ns < self.end_ns else list(self.advance(now_ns))
            if self._used == ROOM:
                self._sum_up()
            self._rows[self._used] = rows[0]
            self._used += 1
            return found
        found, first = [], 0
        while first < len(mono_ns):
            found.extend(self.advance(int(mono_ns[first])))
            stop = int(mono_ns.searchsorted(self.end_ns, "left"))
            self.present = sums.go_on(self.present, rows[first:stop])
            first = stop
        return found

    def advance(self, mono_ns: int) -> Iterator[Window]:
        """Yield the windows that are over at a time; empty ones too, but none for a sleep of more than a minute."""
        if mono_ns < self.end_ns or not self.entry.points:
            return
        while self.end_ns and mono_ns >= self.end_ns:
            slept = mono_ns - self.end_ns > LONG_S * SECOND_NS
            if slept and self.present is None and self.minute is None:
                self.end_ns = 0
            else:
                yield from self._end()
        if not self.end_ns:
            self.end_ns = (mono_ns // (SHORT_S * SECOND_NS) + 1) * SHORT_S * SECOND_NS

    def _end(self) -> Iterator[Window]:
        present, self.present = self.present, None
        if present is None:
            present = sums.nothing(len(self.entry.points))
        yield self._window(SHORT_S, present)
        self.minute = present if self.minute is None else sums.joined(self.minute, present)
        if self.end_ns % (LONG_S * SECOND_NS) == 0:
            yield self._window(LONG_S, self.minute)
            self.minute = None
        self.end_ns += SHORT_S * SECOND_NS

    def _window(self, window_s: int, of: Float64s) -> Window:
        count, _, least, most, last, mean = of
        return Window(self.device, window_s, self.end_ns, self.entry.first, count, mean, least, most, last)
