"""The filter of `samples: changes`: which values of a device's rows are worth sending. All in arrays."""

from typing import Final

import numpy as np

from gateway.publish.payloads import Bools, bad_codes
from sensors.batch import Float64s, Int64s, UInt8s

NEVER: Final = 255  # a code that no value has: the first row of a point always goes out
LONG_AGO: Final = np.iinfo(np.int64).min // 2


class Changes:
    """Remembers, of P points, what went out last. `deadband` [P] is in each point's unit; 0 lets any change pass."""

    def __init__(self, deadband: Float64s, refresh_s: float) -> None:
        self._deadband = deadband
        self._refresh_ns = int(refresh_s * 1e9)
        self.forget()

    def forget(self) -> None:
        """Begin anew: the other side may have missed something, so the next row of each device goes out whole."""
        points = len(self._deadband)
        self._value = np.zeros(points)
        self._code = np.full(points, NEVER, np.uint8)
        self._full_ns = np.full(points, LONG_AGO)

    def choose(self, first: int, mono_ns: Int64s, values: Float64s, quality: UInt8s) -> Bools:
        """Return [T, K], True where a value goes out: it left its deadband, turned good or bad, or a full row is due.

        Cutting or joining batches changes nothing.
        """
        if not values.size:
            return np.zeros(values.shape, np.bool_)
        codes = bad_codes(values, quality)
        clean = np.where(codes == 0, values, 0.0) if np.count_nonzero(codes) else values
        here = slice(first, first + values.shape[1])
        full = self._full_rows(here, mono_ns)
        if np.count_nonzero(self._deadband[here]):
            return self._against_last_sent(here, clean, codes, full)
        return self._against_row_before(here, clean, codes, full)

    def _full_rows(self, here: slice, mono_ns: Int64s) -> Bools:
        """Return [T], True where a full row is due: `refresh_s` or more after the last full one."""
        full = np.zeros(len(mono_ns), np.bool_)
        due = int(self._full_ns[here].min()) + self._refresh_ns
        while (row := int(mono_ns.searchsorted(due))) < len(mono_ns):
            full[row] = True
            self._full_ns[here] = mono_ns[row]
            due = int(mono_ns[row]) + self._refresh_ns
        return full

    def _against_row_before(self, here: slice, clean: Float64s, codes: UInt8s, full: Bools) -> Bools:
        """Without deadbands what was last sent equals the row before: no loop over rows."""
        value, code = self._value[here], self._code[here]
        if len(clean) > 1:  # a poll is one row
            value, code = np.vstack((value, clean[:-1])), np.vstack((code, codes[:-1]))
        moved: Bools = clean != value
        moved |= codes != code
        self._value[here], self._code[here] = clean[-1], codes[-1]
        return moved | full[:, None]

    def _against_last_sent(self, here: slice, clean: Float64s, codes: UInt8s, full: Bools) -> Bools:
        chosen = np.empty(clean.shape, np.bool_)
        value, code, deadband = self._value[here], self._code[here], self._deadband[here]  # views: written through
        for row, out in enumerate(chosen):
            out[:] = (np.abs(clean[row] - value) > deadband) | (codes[row] != code) | full[row]
            value[out], code[out] = clean[row, out], codes[row, out]
        return chosen
