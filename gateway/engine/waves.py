"""Functions of a waveform: rms, crest, kurtosis, band, velocity, each over the last window that is over.

Such windows end at multiples of the hop (without one: of their length) and hold their begin, not their end. One is over
when a row at or behind its end came. Rows alone move these figures on, for a fast sensor sends its rows by the block: a
second may pass before they are here. One figure a window, not one a row: thousands of rows a second may come.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import LONG_AGO, Float64s, Int64s, is_clean, known
from gateway.figures.spectrum import band_rms, velocity_rms
from gateway.figures.waveform import crest_factor, kurtosis, rms

# Takes samples [R, n] without a hole, R >= 1, their rate and [2, n] frequencies; gives [n].
Figure = Callable[[Float64s, float, Float64s], Float64s]
_Band = Callable[[Float64s, float, float, float], Float64s]
LEAST_SAMPLES: Final = 8  # of a spectrum
FULL: Final = 0.9  # of a spectrum's window must be there


def _each_band(figure: _Band) -> Figure:
    """Return a figure that looks at each column's own band; columns of the same band at once."""

    def of_bands(samples: Float64s, rate_hz: float, bands: Float64s) -> Float64s:
        found = np.empty(samples.shape[1])
        for low_hz, high_hz in dict.fromkeys(zip(*bands.tolist(), strict=True)):
            same = (bands[0] == low_hz) & (bands[1] == high_hz)
            found[same] = figure(samples[:, same], rate_hz, low_hz, high_hz)
        return found

    return of_bands


SHAPES: Final[dict[str, Figure]] = {
    "rms": lambda samples, rate_hz, bands: rms(samples),
    "crest": lambda samples, rate_hz, bands: crest_factor(samples),
    "kurtosis": lambda samples, rate_hz, bands: kurtosis(samples),
}
SPECTRA: Final[dict[str, Figure]] = {"band": _each_band(band_rms), "velocity": _each_band(velocity_rms)}
WAVES: Final = frozenset(SHAPES | SPECTRA)


class Wave:
    """The rows that one bank of these functions looks at, and its last figures."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        self.function, window, hop, *_ = cells[0].bank
        self.window_ns = int(window)
        self.hop_ns = int(hop) or self.window_ns
        bands = [[float(part) for part in cell.detail[1:]] for cell in cells]
        self.bands: Float64s = np.array(bands, np.float64).T
        self.times: Int64s = np.empty(16, np.int64)
        self.rows: Float64s = np.empty((16, len(cells)))
        self.count = 0
        self.end_ns = LONG_AGO  # of the window in progress
        self.value: Float64s = np.full(len(cells), np.nan)

    def push(self, mono_ns: Int64s, values: Float64s) -> Float64s:
        """Take rows, times [T] and values [n, T], and return the figures [n, T] after each."""
        if self.count and mono_ns[0] < self.times[self.count - 1]:
            mono_ns = np.maximum(mono_ns, self.times[self.count - 1])
        found, first = np.empty(values.shape), 0
        while first < len(mono_ns):
            self._end_before(int(mono_ns[first]))
            stop = int(mono_ns.searchsorted(self.end_ns, "left"))
            self._keep(mono_ns[first:stop], values[:, first:stop].T)
            found[:, first:stop] = self.value.reshape(-1, 1)
            first = stop
        return found

    def _end_before(self, mono_ns: int) -> None:
        """End the window in progress if a row at this time is not in it; the figures are those of the last one over."""
        if mono_ns < self.end_ns:
            return
        end_ns = mono_ns // self.hop_ns * self.hop_ns
        self._forget_before(end_ns - self.window_ns)
        if self.end_ns != LONG_AGO:
            stop = int(self.times[: self.count].searchsorted(end_ns, "left"))
            self.value = known(self._figures(self.times[:stop], self.rows[:stop]))
        self.end_ns = end_ns + self.hop_ns
        self._forget_before(self.end_ns - self.window_ns)

    def _figures(self, times: Int64s, rows: Float64s) -> Float64s:
        if self.function in SPECTRA:
            rate_hz = _even_rate(times, self.window_ns)
            if not rate_hz:
                return np.full(len(self.cells), np.nan)
            figures = SPECTRA[self.function](np.nan_to_num(rows), rate_hz, self.bands)
            return np.where(np.isnan(rows).any(axis=0), np.nan, figures)
        figure = SHAPES[self.function]
        if len(rows) and is_clean(rows):
            return figure(rows, 0.0, self.bands)
        return np.array([_of_good(figure, column, self.bands) for column in rows.T])

    def _keep(self, times: Int64s, rows: Float64s) -> None:
        stop = self.count + len(times)
        if stop > len(self.times):
            self._resize(2 * stop)
        self.times[self.count : stop], self.rows[self.count : stop] = times, rows
        self.count = stop

    def _forget_before(self, start_ns: int) -> None:
        old = int(self.times[: self.count].searchsorted(start_ns, "left"))
        if old:
            kept = self.count - old
            self.times[:kept], self.rows[:kept] = (
                self.times[old : self.count].copy(),
                self.rows[old : self.count].copy(),
            )
            self.count = kept

    def _resize(self, size: int) -> None:
        times, rows = np.empty(size, np.int64), np.empty((size, self.rows.shape[1]))
        times[: self.count], rows[: self.count] = self.times[: self.count], self.rows[: self.count]
        self.times, self.rows = times, rows

    def save(self) -> dict[str, Any]:
        """Return the rows of the windows in progress, as columns that are copies."""
        kept = slice(self.count)
        return {"times": self.times[kept].copy(), "rows": self.rows[kept].copy(), "now_ns": self.end_ns}

    def restore(self, end_ns: int, times: Int64s, rows: Float64s) -> None:
        """Go on with these rows."""
        self.end_ns, self.times, self.rows, self.count = end_ns, times.copy(), rows, len(times)


def _of_good(figure: Figure, column: Float64s, bands: Float64s) -> float:
    good = column[~np.isnan(column)]
    return float(figure(good.reshape(-1, 1), 0.0, bands)[0]) if len(good) else float("nan")


def _even_rate(times: Int64s, window_ns: int) -> float:
    """Return how many samples came a second; 0 when too few came, too unevenly, or not over the whole window."""
    if len(times) < LEAST_SAMPLES:
        return 0.0
    step_ns = float(times[-1] - times[0]) / (len(times) - 1)
    apart = np.diff(times) / step_ns if step_ns > 0 else np.zeros(1)
    even = apart.min() > 0.5 and apart.max() < 1.5
    return 1e9 / step_ns if even and step_ns * len(times) >= FULL * window_ns else 0.0
