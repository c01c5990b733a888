"""What a window tells of good rows, row by row: each function as few prepared calls."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from gateway.engine.columns import Float64s
from gateway.engine.gliding import Glide

if TYPE_CHECKING:  # a window uses this module
    from gateway.engine.sliding import Part, Window

# Takes the window's first and last-but-one row, and whether the last is new; False where there is no quick way.
Quick = Callable[[int, int, bool], bool]
_ZERO: Final = np.array(0.0)


def quick(window: "Window", part: "Part", fresh: Float64s, out: Float64s) -> Quick | None:
    """Return what puts a part's results [n] into `out`; new rows [n] stand in `fresh` each time."""
    if part.function == "count":
        return _count(part, out)
    if part.glide is not None:
        return {"std": _std, "range": _range}.get(part.function, _total)(window, part.glide, fresh, out)
    return _apart(window, part, out) if part.function in ("delta", "rate") else None


def _total(window: "Window", glide: Glide, fresh: Float64s, out: Float64s) -> Quick:
    (fold,), mean, divisor, divide = glide.folds, glide.function == "mean", np.array(0.0), np.divide

    def step(first: int, stop: int, new: bool) -> bool:
        if not glide.steady or window.now_ns > glide.end_ns:
            return False
        fold.next(fresh if new else None, first - glide.base, out)
        if mean:
            divisor[()] = stop - first
            divide(out, divisor, out)
        return True

    return step


def _range(window: "Window", glide: Glide, fresh: Float64s, out: Float64s) -> Quick:
    (least, most), highest, subtract = glide.folds, np.empty_like(out), np.subtract

    def step(first: int, stop: int, new: bool) -> bool:
        if not glide.steady or window.now_ns > glide.end_ns:
            return False
        row, place = fresh if new else None, first - glide.base
        least.next(row, place, out)
        most.next(row, place, highest)
        subtract(highest, out, out)
        return True

    return step


def _std(window: "Window", glide: Glide, fresh: Float64s, out: Float64s) -> Quick:
    (fold,), parts, count, inverse = glide.folds, np.empty(2 * len(out)), np.array(0.0), np.array(0.0)
    apart, squares = parts[: len(out)], parts[len(out) :]
    subtract, multiply, maximum, sqrt = np.subtract, np.multiply, np.maximum, np.sqrt

    def step(first: int, stop: int, new: bool) -> bool:
        if not glide.steady or window.now_ns > glide.end_ns:
            return False
        if new:
            subtract(fresh, glide.shift, apart)
            multiply(apart, apart, squares)
        fold.next(parts if new else None, first - glide.base, parts)
        count[()], inverse[()] = stop - first, 1.0 / (stop - first)
        multiply(squares, count, squares)
        multiply(apart, apart, apart)
        subtract(squares, apart, out)
        maximum(out, _ZERO, out=out)
        sqrt(out, out)
        multiply(out, inverse, out)
        return True

    return step


def _count(part: "Part", out: Float64s) -> Quick:
    def step(first: int, stop: int, new: bool) -> bool:
        part.folded(False)
        out.fill(stop - first)
        return True

    return step


def _apart(window: "Window", part: "Part", out: Float64s) -> Quick:
    columns, rate, seconds, subtract, divide = (
        part.read,
        part.function == "rate",
        np.array(0.0),
        np.subtract,
        np.divide,
    )

    def step(first: int, stop: int, new: bool) -> bool:
        rows = window.rows
        subtract(rows[stop - 1, columns], rows[first, columns], out)
        if rate:
            passed_s = (window.times.item(stop - 1) - window.due_ns + window.window_ns) / 1e9
            if not passed_s:
                return False
            seconds[()] = passed_s
            divide(out, seconds, out)
        return True

    return step
