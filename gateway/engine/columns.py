"""Columns of a stretch of rows: one array row for each cell, one column for each row of the batch."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.engine.kernel import Numbers, Readers, address

Int64s = NDArray[np.int64]
Float64s = NDArray[np.float64]
Int8s = NDArray[np.int8]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]

NEVER = 1 << 62  # a time that does not come
LONG_AGO = -(1 << 62)  # a time before all times
TAME = 1e280  # of a sum of squares


class Room:
    """Memory for one frame at a time: a new one for each block would cost more than what is done in it."""

    def __init__(self) -> None:
        self._numbers: Float64s = np.empty(0)
        self._truths: Int8s = np.empty(0, np.int8)

    def of(self, numbers: int, truths: int) -> tuple[Float64s, Int8s]:
        """Return room for so many; what was there before is lost."""
        if len(self._numbers) < numbers:
            self._numbers = np.empty(numbers)
        if len(self._truths) < truths:
            self._truths = np.empty(truths, np.int8)
        return self._numbers[:numbers], self._truths[:truths]


class Gathering:
    """Numbers that are known before any stage runs, put beside each other at once for all who read them."""

    def __init__(self, column: Float64s, most: int) -> None:
        self._column, self._buffer, self._used = column, np.empty(most), 0
        self._places: list[Places] = []

    def view(self, places: Places) -> Float64s | None:
        """Return where these numbers will stand, None when they are not known before; never to be written to."""
        if not len(places) or places.max() >= len(self._column):
            return None
        self._places.append(places)
        self._used += len(places)
        return self._buffer[self._used - len(places) : self._used]

    def prepared(self) -> Callable[[], object]:
        """Return what gathers them."""
        if not self._places:
            return lambda: None
        column, places, room = self._column, np.concatenate(self._places), self._buffer[: self._used]
        return lambda: column.take(places, None, room, "clip")


class Frame:
    """The working arrays of one evaluation: `numbers` [N, T], `truths` [M, T], at the times `mono_ns` [T].

    What belongs to one time lies together in memory, as in a Batch. Columns may be put in for the ends of holds; `rows`
    [T'] are the places of the columns that are rows. Of many columns the bounds are known: `least` and `most` [N] (NaN:
    not known), `low` and `high` [M]; a truth whose bounds are the same needs no evaluation.
    """

    __slots__ = (
        "_came", "_numbers", "clean", "columns", "early", "high", "least", "low", "mono_ns", "most", "readings", "rows",
        "truths",
    )  # fmt: skip

    def __init__(self, numbers: int, truths: int, columns: int, room: Room | None = None) -> None:
        room = room or Room()
        all_numbers, all_truths = room.of(columns * numbers, columns * truths)
        self._numbers: Float64s = all_numbers.reshape(columns, numbers).T
        self._came: Places | None = None  # of which of its columns the present ones are copies
        self.truths: Int8s = all_truths.reshape(columns, truths).T
        self.mono_ns: Int64s = np.empty(columns, np.int64)
        self.columns = columns
        self.early: Gathering | None = None  # of the only column
        self.readings = 0  # so many of the first numbers are readings of the row's device
        self.clean = False  # known to have good and tame readings alone
        self.rows: Places = np.arange(columns, dtype=np.intp)
        self.least = self.most = np.broadcast_to(np.nan, numbers)  # of one column nobody looks for them
        if columns > 1:
            self.least, self.most = np.full(numbers, np.nan), np.full(numbers, np.nan)
        self.low, self.high = np.full(truths, -1, np.int8), np.full(truths, 1, np.int8)

    @property
    def numbers(self) -> Float64s:
        """Return the numbers [N, T]; where columns were put in, they are copied when somebody looks."""
        if self._came is not None:
            self._numbers, self._came = self._numbers.T.take(self._came, 0).T, None
        return self._numbers

    @property
    def last_numbers(self) -> Float64s:
        """Return the last column [N]: none is ever put in behind it."""
        return self._numbers[:, -1]

    def bound_numbers(self, part: slice) -> None:
        """Find the bounds of some numbers."""
        rows = self.numbers[part].T
        np.minimum.reduce(rows, axis=0, out=self.least[part])
        np.maximum.reduce(rows, axis=0, out=self.most[part])

    def bound_truths(self, part: slice) -> None:
        """Find the bounds of some truths."""
        rows = self.truths[part].T
        np.minimum.reduce(rows, axis=0, out=self.low[part])
        np.maximum.reduce(rows, axis=0, out=self.high[part])

    def settle(self, part: slice, low: Int8s, high: Int8s) -> Places:
        """Take the bounds of some truths; fill in those that are settled by them; return the places of the others."""
        self.low[part], self.high[part] = low, high
        self.truths[part].T[:] = low
        open_ones: Places = (low != high).nonzero()[0]
        return open_ones

    def insert(self, columns: Places, mono_ns: Int64s) -> None:
        """Put a copy of each of these columns behind it, at a time before the next; equal ones once."""
        places = np.concatenate((np.arange(self.columns, dtype=np.intp), columns))
        times = np.concatenate((self.mono_ns, mono_ns))
        is_new = np.arange(len(places)) >= self.columns
        order = np.lexsort((times, is_new, places))
        again = (np.diff(places[order]) == 0) & (np.diff(times[order]) == 0) & is_new[order][1:]
        order = np.delete(order, np.flatnonzero(again) + 1)
        self.rows = np.flatnonzero(~is_new[order])[self.rows]
        places, self.mono_ns = places[order], times[order]
        self._came = places if self._came is None else self._came[places]
        self.truths = self.truths.T.take(places, 0).T
        self.columns = len(places)


class Operand:
    """One input of a bank: rows of an array, gathered (or a slice where they are neighbours), or a constant column."""

    __slots__ = ("column", "first", "places", "stretch")

    def __init__(self, places: Sequence[int], constants: Float64s | None = None) -> None:
        self.column = None if constants is None else constants.reshape(-1, 1)
        self.places: Places = np.array(places, np.intp)
        self.first = places[0] if places else 0
        neighbours = len(places) > 0 and list(places) == list(range(places[0], places[0] + len(places)))
        self.stretch = slice(places[0], places[0] + len(places)) if neighbours and constants is None else None

    def is_within(self, numbers: int) -> bool:
        """Tell whether all are among so many of the first numbers."""
        return self.column is None and int(self.places.max(initial=0)) < numbers

    def numbers(self, frame: Frame) -> Float64s:
        """Return [n, T], or [n, 1] of constants; never to be written to."""
        if self.column is not None:
            return self.column
        if self.stretch is not None:
            return frame.numbers[self.stretch]
        return frame.numbers.T.take(self.places, 1).T

    def put_numbers(self, frame: Frame, rows: Float64s) -> None:
        """Put numbers into `rows` [T, n], as they come."""
        if self.column is None and self.stretch is None:
            frame.numbers.T.take(self.places, 1, rows, "clip")
        else:
            rows[:] = self.numbers(frame).T

    def some(self, columns: Any, chosen: Places) -> Any:
        """Return the chosen ones of an array [., T], as [n, T]."""
        return columns.T.take(self.places[chosen], 1).T

    def bounds(self, frame: Frame) -> tuple[Int8s, Int8s]:
        """Return the bounds of truths, [n] each."""
        return frame.low.take(self.places), frame.high.take(self.places)

    def truths(self, frame: Frame) -> Int8s:
        """Return [n, T]; never to be written to."""
        if self.stretch is not None:
            return frame.truths[self.stretch]
        return frame.truths.T.take(self.places, 1).T

    def number_row(self, frame: Frame) -> Callable[[], Float64s]:
        """Return what gives the only column [n] of a frame, in few prepared steps; never to be written to.

        It is the same array each time.
        """
        if self.column is not None:
            constants = self.column[:, 0]
            return lambda: constants
        if self.stretch is None and frame.early is not None and (early := frame.early.view(self.places)) is not None:
            return lambda: early
        return self._row(frame.numbers[:, 0])

    def native(self) -> Numbers:
        """Return the same for the kernel: where these numbers stand."""
        if self.column is not None:
            return Numbers(None, address(self.column))
        return Numbers(address(self.places), None)

    def truth_row(self, frame: Frame) -> Callable[[], Int8s]:
        """Return the same for truths."""
        return self._row(frame.truths[:, 0])

    def _row(self, column: Any) -> Callable[[], Any]:
        if self.stretch is not None:
            view = column[self.stretch]
            return lambda: view
        places, gathered = self.places, np.empty(len(self.places), column.dtype)
        return lambda: column.take(places, None, gathered, "clip")


def readers_of(
    read: NDArray[np.integer[Any]], readers: Places, truths: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return who reads each of so many truths, and where the first of each stands [truths + 1]; `read`: by whom."""
    order = read.argsort(kind="stable")
    return read[order].searchsorted(np.arange(truths + 1)).astype(np.int32), readers[order].astype(np.int32)


def native_readers(places: NDArray[np.integer[Any]], truths: int | None) -> Readers:
    """Return for the kernel who of a stage reads each of so many truths: the first reads those at `places[0]`.

    None: whoever is looked at, all are.
    """
    which = np.empty(places.size, np.int32)
    if truths is None:
        return Readers(which=which)
    numbers = np.arange(len(places)).repeat(places.size // max(1, len(places)))
    first, of = readers_of(places.ravel(), numbers, truths)
    return Readers(first=first, of=of, which=which)


def is_clean(values: Float64s) -> bool:
    """Tell whether there is no NaN; quickly, for nearly always there is none."""
    flat = values.reshape(-1)
    total = flat.dot(flat)
    return bool(total == total)  # NaN alone is not itself


def is_tame(values: Float64s) -> bool:
    """Tell whether all are numbers of which squares and sums are numbers too."""
    flat = values.reshape(-1)
    return bool(flat.dot(flat) < TAME)


def is_finite(values: Float64s) -> bool:
    """Tell whether all are finite numbers; now and then no for numbers so large that their square is not."""
    flat = values.reshape(-1)
    return isfinite(flat.dot(flat))


def finite(values: Float64s) -> None:
    """Make what overflowed no number."""
    if not is_finite(values):
        values[np.isinf(values)] = np.nan


def known(values: Float64s) -> Float64s:
    """Return the values, of which those are NaN that are too large to be numbers."""
    return np.where(np.isinf(values), np.nan, values)


def last_where(chosen: Bools) -> Places:
    """Return for each place of [n, T] the last column up to it where `chosen` is true, -1 where there is none yet."""
    columns = np.arange(chosen.shape[1], dtype=np.intp)
    return np.maximum.accumulate(np.where(chosen, columns, -1), axis=1)


def before_and_filled(values: Float64s, start: Float64s) -> tuple[Float64s, Float64s]:
    """Return for each place of [n, T] the last known value before it, and up to it; `start` [n] stands before all."""
    extended = np.concatenate((start.reshape(-1, 1), values), axis=1)
    known = ~np.isnan(extended)
    known[:, 0] = True
    filled = np.take_along_axis(extended, last_where(known), axis=1)
    return filled[:, :-1], filled[:, 1:]
