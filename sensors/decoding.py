"""Registers to values: one prepared plan a device, one pass in NumPy a poll.

The registers of polls stand in an image, `>u2[..., N]` (bits as 0 and 1), with the quality of each, `uint8[..., N]`.
Where a point's registers stand in the image is the reader's business; it tells by `Place`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensors.batch import Float64s, UInt8s
from sensors.point import Point, Table
from sensors.quality import BAD, NOT_A_NUMBER, OUT_OF_RANGE, SENSOR_FAULT

Words = NDArray[Any]  # dtype >u2: registers as on the wire, the high byte first
Indices = NDArray[np.intp]
Bools = NDArray[np.bool_]
Place = Callable[[Table, int], int]  # (table, address) to the index in the image

WORD: Final = np.dtype(">u2")
EXACT: Final = 2.0**53  # beyond it float64 skips integers
MOST_DECIMALS: Final = 9.0
_DTYPE: Final = {
    "u16": ">u2",
    "i16": ">i2",
    "u32": ">u4",
    "i32": ">i4",
    "u64": ">u8",
    "i64": ">i8",
    "f32": ">f4",
    "f64": ">f8",
}


@dataclass(frozen=True, slots=True)
class _Group:
    """Points of one type, decoded at once."""

    columns: Indices  # [n] where they stand among the device's points
    words: Indices  # [n, w] their registers in the image, the most significant first
    dtype: str  # "bool", "bit" or a NumPy type
    shift: Words  # [n] for "bit": which is the lowest
    mask: Words  # [n] for "bit": what is left of the word after the shift
    swapped: bool  # the low byte of each word comes first

    def raw(self, image: Words) -> Float64s:
        """Return float64[..., n], before scale and offset."""
        words = image.take(self.words, axis=-1)
        if self.swapped:
            words = words.byteswap()
        if self.dtype == "bool":
            raw = words[..., 0] != 0
        elif self.dtype == "bit":
            raw = (words[..., 0] >> self.shift) & self.mask
        else:
            raw = words.view(self.dtype)[..., 0]
        return np.asarray(raw, np.float64)


class Decoder:
    """The plan for the numbers of one device: K points, in their order."""

    def __init__(self, points: Sequence[Point], place: Place) -> None:
        self._first = np.array([place(point.table, point.address) for point in points], np.intp)
        self._groups = _groups(points, place)
        self._long = _columns(points, lambda point: point.type in ("u64", "i64"))
        self._faults = [(k, value) for k, point in enumerate(points) for value in point.fault_values]
        self._decimals = _columns(points, lambda point: point.decimals_address is not None)
        self._decimals_at = np.array(
            [place(point.table, point.decimals_address) for point in points if point.decimals_address is not None],
            np.intp,
        )
        self._broken = _columns(points, lambda point: point.fault_address is not None)
        broken = [points[k] for k in self._broken]
        self._broken_at = np.array([place(point.table, point.fault_address or 0) for point in broken], np.intp)
        self._broken_mask = np.array([point.fault_mask for point in broken], WORD)
        self._decimals_shift = np.array([points[k].decimals_bit for k in self._decimals], WORD)
        factors = [_factor(point.scale) for point in points]
        self._times = _unless_all(1.0, [times for times, _ in factors])
        self._per = _unless_all(1.0, [per for _, per in factors])
        self._offset = _unless_all(0.0, [point.offset for point in points])
        self._low = _unless_all(-np.inf, [-np.inf if point.low is None else point.low for point in points])
        self._high = _unless_all(np.inf, [np.inf if point.high is None else point.high for point in points])

    def decode(self, image: Words, word_quality: UInt8s) -> tuple[Float64s, UInt8s]:
        """Return values float64[..., K] (NaN where bad) and quality uint8[..., K] of polls `image` [..., N]."""
        quality = word_quality.take(self._first, axis=-1)
        with np.errstate(all="ignore"):  # a device's NaN and overflow are told by the quality
            values = self._raw(image)
            self._refuse_raw(values, quality)
            self._refuse_broken(quality, image, word_quality)
            self._point_off(values, quality, image, word_quality)
            for operate, column in ((np.multiply, self._times), (np.divide, self._per), (np.add, self._offset)):
                if column is not None:
                    operate(values, column, out=values)
        self._refuse_scaled(values, quality)
        if np.count_nonzero(quality):
            values[quality >= BAD] = np.nan
        return values, quality

    def _raw(self, image: Words) -> Float64s:
        if len(self._groups) == 1:
            return self._groups[0].raw(image)
        values = np.empty((*image.shape[:-1], len(self._first)), np.float64)
        for group in self._groups:
            values[..., group.columns] = group.raw(image)
        return values

    def _refuse_raw(self, values: Float64s, quality: UInt8s) -> None:
        """Mark raw values that float64 cannot hold exactly, and those by which a device reports its own fault."""
        if self._long.size:
            _mark(quality, self._long, np.abs(values[..., self._long]) > EXACT, OUT_OF_RANGE)
        for k, fault in self._faults:
            _mark(quality, np.array([k], np.intp), values[..., k, None] == fault, SENSOR_FAULT)

    def _refuse_broken(self, quality: UInt8s, image: Words, word_quality: UInt8s) -> None:
        """Mark values whose sensor is broken as a register of its own says; unread, that register spoils them too."""
        if not self._broken.size:
            return
        quality[..., self._broken] = np.maximum(quality[..., self._broken], word_quality[..., self._broken_at])
        _mark(quality, self._broken, image[..., self._broken_at] & self._broken_mask != 0, SENSOR_FAULT)

    def _point_off(self, values: Float64s, quality: UInt8s, image: Words, word_quality: UInt8s) -> None:
        """Set the decimal point of values whose number of decimals stands in a register of its own."""
        if not self._decimals.size:
            return
        decimals = (image[..., self._decimals_at] >> self._decimals_shift).astype(np.float64)
        _mark(quality, self._decimals, decimals > MOST_DECIMALS, OUT_OF_RANGE)
        unread = word_quality[..., self._decimals_at]
        quality[..., self._decimals] = np.maximum(quality[..., self._decimals], unread)
        values[..., self._decimals] /= 10.0**decimals

    def _refuse_scaled(self, values: Float64s, quality: UInt8s) -> None:
        """Mark values that are not numbers, and those outside the point's range."""
        finite = np.isfinite(values)
        if np.count_nonzero(finite) < finite.size:
            _mark(quality, slice(None), ~finite, NOT_A_NUMBER)
        if self._low is not None:
            _mark(quality, slice(None), values < self._low, OUT_OF_RANGE)
        if self._high is not None:
            _mark(quality, slice(None), values > self._high, OUT_OF_RANGE)


def decode_text(words: Words, *, low_byte_first: bool = False) -> str:
    """Return the text in registers of two characters each, without NULs and blanks around it.

    UTF-8 if it is that, else CP949 (Korean PLCs and printers), else what can be read of it.
    """
    raw = (words.astype("<u2") if low_byte_first else words.astype(">u2")).tobytes()
    raw = raw.split(b"\0", 1)[0].strip()
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _mark(quality: UInt8s, columns: Indices | slice, where: Bools, reason: int) -> None:
    """Give the `columns` the quality `reason` where that holds [..., n], except what is bad already."""
    if where.any():
        there = quality[..., columns]
        quality[..., columns] = np.where(where & (there < BAD), np.uint8(reason), there)


def _factor(scale: float) -> tuple[float, float]:
    """Return (times, per) for a scale: 2257 / 10 is 225.7, where 2257 * 0.1 is 225.70000000000002."""
    per = round(1.0 / scale) if scale else 0
    exact = per not in (0, 1) and abs(per * scale - 1.0) < 1e-12
    return (1.0, float(per)) if exact else (scale, 1.0)


def _unless_all(neutral: float, column: list[float]) -> Float64s | None:
    """Return the column, or None when it would change nothing."""
    return None if all(value == neutral for value in column) else np.array(column, np.float64)


def _columns(points: Sequence[Point], chosen: Callable[[Point], bool]) -> Indices:
    return np.array([k for k, point in enumerate(points) if chosen(point)], np.intp)


def _dtype(point: Point) -> str:
    if point.bit is not None:
        return "bit"
    return "bool" if point.type == "bool" else _DTYPE[point.type]


def _groups(points: Sequence[Point], place: Place) -> list[_Group]:
    def words(point: Point) -> list[int]:
        order = range(point.registers) if point.word_order == "big" else range(point.registers - 1, -1, -1)
        return [place(point.table, point.address + word) for word in order]

    def kind(k: int) -> tuple[str, bool]:
        return _dtype(points[k]), points[k].byte_order == "little"

    by_kind = sorted(range(len(points)), key=lambda k: (kind(k), k))
    groups = []
    for (dtype, swapped), members in groupby(by_kind, key=kind):
        columns = list(members)
        groups.append(
            _Group(
                np.array(columns, np.intp),
                np.array([words(points[k]) for k in columns], np.intp),
                dtype,
                np.array([points[k].bit or 0 for k in columns], WORD),
                np.array([(1 << points[k].bits) - 1 for k in columns], WORD),
                swapped,
            )
        )
    return groups
