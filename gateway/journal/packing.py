"""Packing: columns of numbers as few bytes, before they are compressed. Pure: arrays in, bytes out, and back.

A column of integers is its first number and the differences of its neighbours, with no more bytes for each than the
largest needs. Numbers are made positive (zigzag), and bytes of equal weight stand together.

Meters send decimals. So a column of float64 is, where it can be, integers of a power of ten (230.1 is 2301 with one
decimal) and the ulps from that decimal's nearest float64 to the value: none, or one or two after a multiplication.
Other columns (full doubles, float32 of a register) are the bits that changed from row to row.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensors.batch import Float64s, Int64s

UInt64s = NDArray[np.uint64]

MOST_DECIMALS: Final = 4
MOST_ULPS: Final = 64
EXACT: Final = 2.0**53  # integers below it are float64 one by one
NO_DECIMALS: Final = 255  # instead of how many decimals a column has: it is kept as bits


class Unpacker:
    """Reads packed columns one after the other. Whatever is no packing raises ValueError."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        part = self._data[self._at : self._at + size]
        if len(part) < size:
            raise ValueError("cut short")
        self._at += size
        return part

    def rest(self) -> bytes:
        """Return what is left."""
        return self.take(len(self._data) - self._at)

    def integers(self, columns: int, rows: int) -> Int64s:
        """Return what `integers` packed, [columns, rows]."""
        parts = self._words(columns, 1), self._words(columns, rows - 1)
        zigzag = np.concatenate(parts, axis=1)
        steps = (zigzag >> np.uint64(1)) ^ -(zigzag & np.uint64(1))
        return np.cumsum(steps.view(np.int64), axis=1)

    def floats(self, columns: int, rows: int) -> Float64s:
        """Return what `floats` packed, [columns, rows], bit by bit."""
        decimals = np.frombuffer(self.take(columns), np.uint8)
        exact = decimals != NO_DECIMALS
        if (decimals[exact] > MOST_DECIMALS).any():
            raise ValueError("too many decimals")
        bits = np.empty((columns, rows), np.int64)
        nearest = self.integers(int(exact.sum()), rows) / 10.0 ** decimals[exact, None]
        bits[exact] = nearest.view(np.int64) + self.integers(len(nearest), rows)
        left = columns - len(nearest)
        changed = unshuffled(self.take(left * rows * 8), 8, left * rows).reshape(left, rows)
        bits[~exact] = np.bitwise_xor.accumulate(changed, axis=1).view(np.int64)
        return bits.view(np.float64)

    def _words(self, columns: int, rows: int) -> UInt64s:
        width = self.take(1)[0]
        return unshuffled(self.take(columns * rows * width), width, columns * rows).reshape(columns, rows)


def integers(columns: Int64s) -> bytes:
    """Return int64 [columns, rows] packed; differences that overflow wrap around, and back."""
    if not np.count_nonzero(columns):
        return b"\0\0"  # two widths, and no bytes of either
    return _words(columns[:, :1]) + _words(columns[:, 1:] - columns[:, :-1])


def floats(columns: Float64s) -> bytes:
    """Return float64 [columns, rows] packed: how many decimals each has, the decimals, and the bits of the others."""
    decimals, scaled, ulps = _decimals(columns)
    exact = decimals != NO_DECIMALS
    if exact.all():
        return decimals.tobytes() + integers(scaled) + integers(ulps)
    bits = shuffled(changes(columns[~exact].view(np.uint64)), 8)
    return decimals.tobytes() + integers(scaled[exact]) + integers(ulps[exact]) + bits


@np.errstate(invalid="ignore", over="ignore")
def _decimals(columns: Float64s) -> tuple[NDArray[np.uint8], Int64s, Int64s]:
    """Return the fewest decimals [K] of which all rows are near, the integers [K, T], and the ulps [K, T] to them."""
    decimals = np.full(len(columns), NO_DECIMALS, np.uint8)
    scaled, ulps = columns.astype(np.int64), np.zeros(columns.shape, np.int64)
    same = (scaled.astype(np.float64).view(np.int64) == columns.view(np.int64)).all(axis=1)  # -0.0 is not 0
    same &= (np.abs(columns) < EXACT).all(axis=1)
    decimals[same] = 0  # what counters and most registers are: integers
    left = (~same).nonzero()[0]
    for count in range(MOST_DECIMALS + 1):
        if not len(left):
            break
        rest = columns[left]
        rounded = np.rint(rest * 10.0**count)
        whole = np.where(np.abs(rounded) < EXACT, rounded, 0.0).astype(np.int64)
        away = rest.view(np.int64) - (whole / 10.0**count).view(np.int64)
        near = ((away >= -MOST_ULPS) & (away <= MOST_ULPS)).all(axis=1)
        if near.any():
            found, left = left[near], left[~near]
            decimals[found], scaled[found], ulps[found] = count, whole[near], away[near]
    return decimals, scaled, ulps


def changes(columns: NDArray[Any]) -> NDArray[Any]:
    """Return the bits that changed from row to row, along the last axis."""
    changed = columns.copy()
    changed[:, 1:] ^= columns[:, :-1]
    return changed


def _words(steps: Int64s) -> bytes:
    """Return the width in bytes of the largest, and all of them in so many."""
    signs = steps >> 63
    signs ^= steps << 1
    zigzag = signs.view(np.uint64)
    width = (int(zigzag.max(initial=0)).bit_length() + 7) // 8
    return bytes([width]) + shuffled(zigzag, width)


def shuffled(words: UInt64s, width: int) -> bytes:
    """Return the lower `width` bytes of words, the lowest of all first."""
    return np.ascontiguousarray(words).view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes()


def unshuffled(data: bytes, width: int, words: int) -> UInt64s:
    """Return the words [words] of `shuffled`."""
    lower = np.zeros((words, 8), np.uint8)
    lower[:, :width] = np.frombuffer(data, np.uint8).reshape(width, words).T
    return lower.view(np.uint64).ravel()
