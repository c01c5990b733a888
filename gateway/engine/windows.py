"""Windows: count, mean, minimum, maximum and last of every point, over aligned 10 seconds and minutes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gateway.engine.columns import Float64s, Int64s, finite, is_tame
from gateway.table import DeviceEntry

SECOND_NS = 1_000_000_000
MOST_ROWS = 1024  # of one device, kept as they came
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


@dataclass(slots=True)
class Sums:
    """What is kept of one window; two neighbours add up. All [K]."""

    count: Float64s
    total: Float64s
    min: Float64s
    max: Float64s
    last: Float64s
    whole: bool = False  # known to hold a good value of each

    @classmethod
    def of(cls, rows: Float64s, begin: Float64s | None = None) -> "Sums":
        """Sum up rows [T, K], T at least 1, NaN for bad; in order, so that the same rows give the same bits.

        The total goes on from `begin`, the total of the rows before.
        """
        if begin is None and rows.shape[1] > 1 and is_tame(rows):
            count = np.full(rows.shape[1], float(len(rows)))
            total = np.add.reduce(rows, axis=0)  # of more than one column, that goes in order too
            return cls(
                count, total, np.minimum.reduce(rows, axis=0), np.maximum.reduce(rows, axis=0), rows[-1].copy(), True
            )
        known = ~np.isnan(rows)
        last = len(rows) - 1 - known[::-1].argmax(axis=0)
        added = np.where(known, rows, 0.0)
        if begin is not None:
            added[0] += begin
        return cls(
            known.sum(axis=0).astype(np.float64),
            np.add.accumulate(added, axis=0)[-1],
            np.fmin.reduce(rows, axis=0),
            np.fmax.reduce(rows, axis=0),
            rows[last, np.arange(rows.shape[1])],
        )

    def __add__(self, later: "Sums") -> "Sums":
        if later.whole and self.whole:
            least, most = np.minimum(self.min, later.min), np.maximum(self.max, later.max)
            return Sums(self.count + later.count, self.total + later.total, least, most, later.last, True)
        return Sums(
            self.count + later.count,
            self.total + later.total,
            np.fmin(self.min, later.min),
            np.fmax(self.max, later.max),
            np.where(np.isnan(later.last), self.last, later.last),
        )


class DeviceWindows:
    """One device's windows in progress: the rows of the present ten seconds, the sums of the minute before them."""

    def __init__(self, device: int, entry: DeviceEntry) -> None:
        self.device, self.entry = device, entry
        self.end_ns = 0  # of the present ten seconds; 0: nothing was seen yet
        self.rows: Float64s = np.empty((16, len(entry.points)))
        self.used = 0
        self.before: Sums | None = None  # of the present ten seconds, what came before the rows
        self.minute: Sums | None = None

    def add(self, mono_ns: Int64s, rows: Float64s) -> list[Window]:
        """Take rows [T, K] and return the windows that they ended."""
        if len(mono_ns) == 1 and mono_ns[0] < self.end_ns and self.used < min(len(self.rows), MOST_ROWS):
            self.rows[self.used] = rows[0]
            self.used += 1
            return []
        found: list[Window] = []
        first = 0
        while first < len(mono_ns):
            found.extend(self.advance(int(mono_ns[first])))
            stop = int(mono_ns.searchsorted(self.end_ns, "left"))
            if stop < len(mono_ns) and not self.used and self.before is None:
                self.before = Sums.of(rows[first:stop])
            else:
                self._keep(rows[first:stop])
            first = stop
        return found

    def advance(self, mono_ns: int) -> Iterator[Window]:
        """Yield the windows that are over at a time; empty ones too, but none for a sleep of more than a minute."""
        if mono_ns < self.end_ns or not self.entry.points:
            return
        while self.end_ns and mono_ns >= self.end_ns:
            slept = mono_ns - self.end_ns > LONG_S * SECOND_NS
            if slept and not self.used and self.before is None and self.minute is None:
                self.end_ns = 0
            else:
                yield from self._end()
        if not self.end_ns:
            self.end_ns = (mono_ns // (SHORT_S * SECOND_NS) + 1) * SHORT_S * SECOND_NS

    def _end(self) -> Iterator[Window]:
        self.sum_up()
        sums, self.before = self.before or self._nothing(), None
        yield self._window(SHORT_S, sums)
        self.minute = sums if self.minute is None else self.minute + sums
        if self.end_ns % (LONG_S * SECOND_NS) == 0:
            yield self._window(LONG_S, self.minute)
            self.minute = None
        self.end_ns += SHORT_S * SECOND_NS

    def sum_up(self) -> None:
        """Let the rows go; their sums stay. A thousand rows a second would fill memory and snapshot."""
        if not self.used:
            return
        rows, self.used = self.rows[: self.used], 0
        if self.before is None:
            self.before = Sums.of(rows)
        else:
            sums = Sums.of(rows, self.before.total)
            self.before = replace(self.before + sums, total=sums.total)

    def _nothing(self) -> Sums:
        zero, unknown = np.zeros(len(self.entry.points)), np.full(len(self.entry.points), np.nan)
        return Sums(zero, zero, unknown, unknown, unknown)

    def _window(self, window_s: int, sums: Sums) -> Window:
        if sums.whole:
            mean = sums.total / sums.count
        else:
            mean = np.divide(sums.total, sums.count, out=np.full(len(sums.count), np.nan), where=sums.count > 0)
        finite(mean)
        return Window(
            self.device, window_s, self.end_ns, self.entry.first, sums.count, mean, sums.min, sums.max, sums.last
        )

    def _keep(self, rows: Float64s) -> None:
        if self.used + len(rows) > len(self.rows):
            larger = np.empty((2 * (self.used + len(rows)), self.rows.shape[1]))
            larger[: self.used] = self.rows[: self.used]
            self.rows = larger
        self.rows[self.used : self.used + len(rows)] = rows
        self.used += len(rows)
        if self.used > MOST_ROWS:
            self.sum_up()
