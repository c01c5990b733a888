"""A program's single rows by the kernel: one call, but for the stages that are Python's."""

from collections.abc import Callable
from ctypes import addressof, c_int64
from typing import Any, Final

import numpy as np

from gateway.engine import kernel
from gateway.engine.columns import Float64s, Frame, Int64s
from gateway.engine.holds import Holds
from gateway.engine.step import Changed, Stage, Step, Steps, anew, step_of

_MOST: Final = 61  # stages, for whose bits a word has room
_ALL: Final = (1 << 64) - 1


class NativeRow:
    """The stages of a program, prepared for its frame of one column."""

    def __init__(self, library: Any, steps: Steps, frame: Frame, holds: Holds, latches: int | None) -> None:
        self._frame, self._wakes, self._row, self._rows = frame, steps.wakes, library.row, library.rows
        self._place, self._turned = c_int64(), c_int64()
        self._stopped = addressof(self._place), addressof(self._turned)
        self._fields = [_fields(stage, frame) for stage, _, _ in steps.banks]
        self._python = [
            _step(stage, frame, out if cells[0].truth else None, native is not None)
            for (stage, cells, out), native in zip(steps.banks, self._fields, strict=True)
        ]
        self._stages = (kernel.Stage * len(self._fields))(*map(_stage, self._fields, steps.bits, steps.more))
        changed = np.empty(len(steps.wakes), np.int32)
        self._changed = changed.data
        self._program = kernel.Program(
            stages_n=len(self._stages), stages=addressof(self._stages), numbers=frame.numbers[:, 0],
            truths=frame.truths[:, 0], wakes=np.array(steps.wakes, np.uint64), changed=changed, always=steps.always,
            holds=steps.holds, earliest_ns=holds.earliest, readings_n=frame.readings, latches=latches,
        )  # fmt: skip
        self._at = addressof(self._program)
        self._afters = [one.after for one in self._fields if one is not None and one.after is not None]

    def evaluate(self, now_ns: int, mask: int, told: Changed) -> int:
        """Run what a mask wakes; add to `told` what changed, and return the mask with what that woke."""
        program = self._program
        program.now_ns, program.clean, program.mask, program.changed_n = now_ns, self._frame.clean, mask & _ALL, 0
        return self._go_on(now_ns, self._row(self._at, 0), told)

    def rows(self, mono_ns: Int64s, readings: Float64s, told: Changed) -> tuple[int, int, int, bool]:
        """Evaluate rows [T, K] until a latch turns that has more values, a stage is Python's, or a hold ends before.

        Return how many that were, the mask of the last (and KEPT and SHARED of all), how many latches turned, and
        whether these are all, of the last row, too; add to `told` what changed with the last.
        """
        self._program.clean = self._frame.clean
        count = self._rows(self._at, mono_ns.ctypes.data, readings.ctypes.data, len(mono_ns), *self._stopped)
        self._frame.mono_ns[0] = mono_ns[count - 1]
        whole = self._place.value == len(self._python)
        return count, self._go_on(self._program.now_ns, self._place.value, told), self._turned.value, whole

    def _go_on(self, now_ns: int, place: int, told: Changed) -> int:
        """Do what is Python's, and the rest of the row."""
        program, row, python, wakes = self._program, self._row, self._python, self._wakes
        while place < len(python):
            if changed := python[place](now_ns):
                told += changed
                for truth in changed:
                    program.mask |= wakes[truth]
            place = row(self._at, place + 1)
        told += self._changed[: program.changed_n].tolist()
        for after in self._afters:
            after(now_ns)
        found: int = program.mask
        return found


def takes(steps: Steps) -> bool:
    """Tell whether there is a kernel, and whether it has room for so many stages."""
    return kernel.LOADED is not None and len(steps.banks) <= _MOST


def native_row(steps: Steps, frame: Frame, holds: Holds, latches: int | None) -> NativeRow | None:
    """Return what evaluates the only column of a frame by the kernel; None where it is not there for these steps."""
    return NativeRow(kernel.LOADED, steps, frame, holds, latches) if takes(steps) else None


def _fields(stage: Stage, frame: Frame) -> kernel.Fields | None:
    prepared: Callable[[Frame], kernel.Fields | None] | None = getattr(stage, "native", None)
    return None if prepared is None else prepared(frame)


def _step(stage: Stage, frame: Frame, truths: slice | None, native: bool) -> Step:
    """Return what runs where the kernel does not: it must not trust what it remembers, for the kernel ran since."""
    return anew(stage, frame, truths) if native and truths is not None else step_of(stage, frame, truths)


def _stage(one: kernel.Fields | None, bit: int, more: int) -> kernel.Stage:
    kind = kernel.KINDS.index("python" if one is None else one.kind)
    return kernel.Stage(kind, bit, more, None if one is None else addressof(one))
