"""Buckets: count, mean, minimum, maximum and last of equal stretches of time, as an array [N, 5]."""

import zlib
from typing import Final

import numpy as np

from sensors.batch import Float64s

COUNT, MEAN, MIN, MAX, LAST = range(5)  # the order of a journal's windows
MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86_400


def empty(rows: int) -> Float64s:
    """Return buckets [rows, 5] without anything in them: count 0, the others NaN."""
    buckets = np.full((rows, 5), np.nan)
    buckets[:, COUNT] = 0.0
    return buckets


def rolled(buckets: Float64s, of: int) -> Float64s:
    """Return [N / of, 5]: each bucket from `of` neighbours, its mean weighted by their counts."""
    parts = buckets.reshape(-1, of, 5)
    count, full = parts[:, :, COUNT].sum(axis=1), parts[:, :, COUNT] > 0
    total = np.where(full, parts[:, :, COUNT] * parts[:, :, MEAN], 0.0).sum(axis=1)
    newest = of - 1 - full[:, ::-1].argmax(axis=1)
    return np.column_stack(
        (
            count,
            np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0),
            np.fmin.reduce(parts[:, :, MIN], axis=1),
            np.fmax.reduce(parts[:, :, MAX], axis=1),
            parts[np.arange(len(parts)), newest, LAST],
        )
    )


def laid_over(below: Float64s, above: Float64s) -> Float64s:
    """Return the buckets of `above`, and where it has none those of `below`."""
    return np.where(above[:, COUNT, None] > 0, above, below)


def packed(buckets: Float64s) -> bytes:
    """Return buckets compressed, bytes of equal weight together."""
    columns = np.ascontiguousarray(buckets.T).view(np.uint8).reshape(-1, 8)
    return zlib.compress(columns.T.tobytes(), 6)


def unpacked(data: bytes, rows: int) -> Float64s:
    """Return the buckets [rows, 5] of `packed`; empty ones for what is damaged, which zlib's own checksum tells."""
    try:
        plain = np.frombuffer(zlib.decompress(data), np.uint8).reshape(8, rows * 5)
    except (zlib.error, ValueError):
        return empty(rows)
    return np.ascontiguousarray(np.ascontiguousarray(plain.T).view(np.float64).reshape(5, rows).T)
