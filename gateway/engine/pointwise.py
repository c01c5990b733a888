"""Banks without state: arithmetic, comparisons and three-valued logic, a whole bank in a few NumPy calls.

Truths are int8: -1 false, 0 unknown, 1 true; so `and` is the minimum, `or` the maximum, `not` the negative.
A number that is not known is NaN, and every comparison with NaN is false both ways round: that makes it unknown.
"""

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from gateway.engine import kernel
from gateway.engine.cell import Cell
from gateway.engine.columns import Bools, Float64s, Frame, Int8s, Operand, finite, native_readers
from gateway.engine.step import Changed, Step, anyhow, watch


def _trits(true: Bools, false: Bools, out: Int8s) -> None:
    np.subtract(true.view(np.int8), false.view(np.int8), out=out)


def _equal(left: Float64s, right: Float64s, out: Int8s) -> None:
    _trits(left == right, (left < right) | (left > right), out)


def _unequal(left: Float64s, right: Float64s, out: Int8s) -> None:
    _trits((left < right) | (left > right), left == right, out)


def _order(true: np.ufunc, false: np.ufunc) -> Callable[[Float64s, Float64s, Int8s], None]:
    return lambda left, right, out: _trits(true(left, right), false(left, right), out)


_ORDERS: dict[str, tuple[np.ufunc, np.ufunc]] = {  # what is true, and what is false
    ">": (np.greater, np.less_equal),
    ">=": (np.greater_equal, np.less),
    "<": (np.less, np.greater_equal),
    "<=": (np.less_equal, np.greater),
}
COMPARISONS: dict[str, Callable[[Float64s, Float64s, Int8s], None]] = {
    **{name: _order(*ufuncs) for name, ufuncs in _ORDERS.items()},
    "==": _equal,
    "!=": _unequal,
}


def _divide(left: Float64s, right: Float64s) -> Float64s:
    return np.where(right == 0.0, np.nan, left / right)


def _modulo(left: Float64s, right: Float64s) -> Float64s:
    return np.where(right == 0.0, np.nan, np.mod(left, right))


def _round(value: Float64s, decimals: Float64s | None = None) -> Float64s:
    if decimals is None:
        return np.round(value)
    scale = 10.0**decimals
    return np.round(value * scale) / scale


def _clamp(value: Float64s, low: Float64s, high: Float64s) -> Float64s:
    return np.minimum(np.maximum(value, low), high)


NUMBERS: dict[str, Callable[..., Float64s]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divide,
    "%": _modulo,
    "negate": np.negative,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "round": _round,
    "clamp": _clamp,
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
}


_PLAIN = {"+": np.add, "-": np.subtract, "*": np.multiply}
_TRUTHS = COMPARISONS.keys() | {"flag", "truth", "field", "not", "and", "or", "same", "differs"}


class Pointwise:
    """A bank of cells of one operation, each without state: `out` rows from the same number of inputs."""

    pure = True

    def __init__(self, cells: Sequence[Cell], operands: Sequence[Operand], out: slice) -> None:
        self.op = cells[0].op
        self.operands = operands
        self.out = out
        details = np.array([[float(part) for part in cell.detail] for cell in cells])
        self.details = details.reshape(len(cells), -1)
        self.run: Callable[[Frame], None] = self._pick()

    def _pick(self) -> Callable[[Frame], None]:
        if self.op in COMPARISONS:
            return self._compare
        if self.op in NUMBERS:
            return self._calculate
        return {
            "affine": self._affine, "from_base": self._from_base, "constant": self._constant, "flag": self._flag,
            "truth": self._truth, "number": self._number, "field": self._field, "choose": self._choose,
            "not": self._not, "and": self._and, "or": self._or, "same": self._same, "differs": self._differs,
        }[self.op]  # fmt: skip

    @property
    def bounds(self) -> bool:
        """Tell whether `run` finds the bounds of its results by itself."""
        return self.op in ("and", "or", "not")

    def row(self, frame: Frame) -> Step:
        """Return what evaluates the only column of this frame, prepared where that is worth while."""
        if self.op in _PLAIN:
            return self._calculate_row(frame)
        if self.op in ("and", "or"):
            return self._join_row(frame)
        if self.op == "choose":
            return self._choose_row(frame)
        if self.op in _ORDERS:
            return self._compare_row(frame)
        return anyhow(self, frame, self.out if self.op in _TRUTHS else None)

    def native(self, frame: Frame) -> kernel.Fields | None:
        """Return the same for the kernel; None for what is left to NumPy."""
        op, operands, n, out = self.op, self.operands, len(self.details), self.out.start
        if op in _ORDERS or op in _PLAIN:
            kind, which = (kernel.Order, _ORDERS) if op in _ORDERS else (kernel.Arithmetic, _PLAIN)
            left, right = (operand.native() for operand in operands)
            return kind(n=n, which=list(which).index(op), out=out, left=left, right=right)
        if op in ("and", "or"):
            places = np.stack([operand.places for operand in operands], axis=1).astype(np.int32)
            readers = native_readers(places, len(frame.truths))
            return kernel.Join(n=n, depth=len(operands), least=op == "and", out=out, places=places, readers=readers)
        if op == "not":
            return kernel.Not(n=n, out=out, places=operands[0].places)
        if op == "choose":
            truths, then, other = operands
            constant = then.column is not None and other.column is not None  # else more than truths changes them
            readers = native_readers(truths.places, len(frame.truths) if constant else None)
            return kernel.Choose(
                n=n, out=out, truths=truths.places, then=then.native(), other=other.native(), readers=readers
            )
        return None

    def _calculate_row(self, frame: Frame) -> Step:
        left, right = [operand.number_row(frame) for operand in self.operands]
        ufunc, out = _PLAIN[self.op], frame.numbers[self.out, 0]
        readings = all(operand.is_within(frame.readings) for operand in self.operands)

        def step(now_ns: int) -> None:
            ufunc(left(), right(), out)
            if not (readings and frame.clean):
                finite(out)

        return step

    def _join_row(self, frame: Frame) -> Step:
        first, second, *others = [operand.truth_row(frame) for operand in self.operands]
        ufunc, out = (np.minimum if self.op == "and" else np.maximum), frame.truths[self.out, 0]
        changed = watch(frame, self.out)

        def step(now_ns: int) -> Changed | None:
            ufunc(first(), second(), out=out)
            for other in others:
                ufunc(out, other(), out=out)
            return changed()

        return step

    def _compare_row(self, frame: Frame) -> Step:
        left, right = [operand.number_row(frame) for operand in self.operands]
        (true, false), out, changed = _ORDERS[self.op], frame.truths[self.out, 0], watch(frame, self.out)
        both, last = np.empty((2, len(out)), np.bool_), b""
        (is_true, is_false), (up, down) = both, both.view(np.int8)

        def step(now_ns: int) -> Changed | None:
            nonlocal last
            first, second = left(), right()
            true(first, second, is_true)
            false(first, second, is_false)
            now = both.tobytes()
            if now == last:
                return None
            last = now
            np.subtract(up, down, out)
            return changed()

        return step

    def _choose_row(self, frame: Frame) -> Step:
        truths, (then, other) = (
            self.operands[0].truth_row(frame),
            [operand.number_row(frame) for operand in self.operands[1:]],
        )
        out = frame.numbers[self.out, 0]
        chosen, unknown, nan = np.empty(len(out), np.bool_), np.empty(len(out), np.bool_), np.array(np.nan)
        none, true = np.array(0, np.int8), np.array(1, np.int8)

        def step(now_ns: int) -> Changed | None:
            truth = truths()
            np.equal(truth, true, chosen)
            np.equal(truth, none, unknown)
            np.copyto(out, other())
            np.copyto(out, then(), where=chosen)
            np.copyto(out, nan, where=unknown)
            return None

        return step

    def _compare(self, frame: Frame) -> None:
        left, right = self.operands
        COMPARISONS[self.op](left.numbers(frame), right.numbers(frame), frame.truths[self.out])

    def _calculate(self, frame: Frame) -> None:
        result = frame.numbers[self.out]
        result[:] = NUMBERS[self.op](*[operand.numbers(frame) for operand in self.operands])
        finite(result)

    def _affine(self, frame: Frame) -> None:
        np.multiply(self.operands[0].numbers(frame), self.details[:, :1], out=frame.numbers[self.out])
        frame.numbers[self.out] += self.details[:, 1:]

    def _from_base(self, frame: Frame) -> None:
        frame.numbers[self.out] = (self.operands[0].numbers(frame) - self.details[:, 1:]) / self.details[:, :1]

    def _constant(self, frame: Frame) -> None:
        frame.numbers[self.out] = self.details

    def _flag(self, frame: Frame) -> None:
        frame.truths[self.out] = self.details

    def _truth(self, frame: Frame) -> None:
        value = self.operands[0].numbers(frame)
        _trits((value < 0.0) | (value > 0.0), value == 0.0, frame.truths[self.out])

    def _number(self, frame: Frame) -> None:
        truth = self.operands[0].truths(frame)
        frame.numbers[self.out] = np.where(truth == 0, np.nan, truth == 1)

    def _field(self, frame: Frame) -> None:
        state, asked = self.operands[0].truths(frame), self.details
        told = np.where(state == asked, 1, -1)
        frame.truths[self.out] = np.where((state == 0) & (asked != 0), 0, told)

    def _choose(self, frame: Frame) -> None:
        condition, then, other = self.operands
        truth = condition.truths(frame)
        chosen = np.where(truth == 1, then.numbers(frame), other.numbers(frame))
        frame.numbers[self.out] = np.where(truth == 0, np.nan, chosen)

    def _not(self, frame: Frame) -> None:
        low, high = self.operands[0].bounds(frame)
        chosen = frame.settle(self.out, -high, -low)
        frame.truths[self.out].T[:, chosen] = -self.operands[0].some(frame.truths, chosen).T

    def _and(self, frame: Frame) -> None:
        self._join(frame, np.minimum)

    def _or(self, frame: Frame) -> None:
        self._join(frame, np.maximum)

    def _join(self, frame: Frame, better: np.ufunc) -> None:
        lows, highs = zip(*[operand.bounds(frame) for operand in self.operands], strict=True)
        chosen = frame.settle(self.out, reduce(better, lows), reduce(better, highs))
        if len(chosen):
            found = reduce(better, [operand.some(frame.truths, chosen) for operand in self.operands])
            frame.truths[self.out].T[:, chosen] = found.T

    def _same(self, frame: Frame) -> None:
        left, right = self.operands
        np.multiply(left.truths(frame), right.truths(frame), out=frame.truths[self.out])

    def _differs(self, frame: Frame) -> None:
        left, right = self.operands
        np.multiply(left.truths(frame), -right.truths(frame), out=frame.truths[self.out])
