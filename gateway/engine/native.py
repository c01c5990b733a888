"""A program's single rows by the kernel: one call, but for the stages that are Python's."""

from array import array
from collections.abc import Callable, Sequence
from ctypes import addressof, c_int64
from typing import Any, Final

import numpy as np

from gateway.engine import kernel
from gateway.engine.columns import Float64s, Frame, Int64s
from gateway.engine.holds import Holds
from gateway.engine.kernel import Exchange
from gateway.engine.overlap import MOST_KEPT
from gateway.engine.step import SHARED, Changed, Stage, Step, Steps, anew, step_of

_MOST: Final = 61  # stages, for whose bits a word has room
_ALL: Final = (1 << 64) - 1


class NativeRow:
    """The stages of a program, prepared for its frame of one column."""

    def __init__(
        self, library: Any, steps: Steps, frame: Frame, holds: Holds, latches: int | None, exchange: Sequence[Exchange]
    ) -> None:
        self._frame, self._wakes, self._row, self._rows = frame, steps.wakes, library.row, library.rows
        self._turn, self._place, self._turned = library.turned, c_int64(), c_int64()
        self._stands = library.stands
        self._stopped = addressof(self._place), addressof(self._turned)
        self._fields = [_fields(stage, frame) for stage, _, _ in steps.banks]
        self._python = [
            _step(stage, frame, out if cells[0].truth else None, native is not None)
            for (stage, cells, out), native in zip(steps.banks, self._fields, strict=True)
        ]
        self._stages = (kernel.Stage * len(self._fields))(*map(_stage, self._fields, steps.bits, steps.more))
        wakes = np.array(steps.wakes, np.uint64)
        self._changed = np.empty(len(wakes) + MOST_KEPT, np.int32)
        self._changed_one_by_one = self._changed.data
        self._before = 0  # so many of them changed otherwise, before the row
        self._shared = wakes & np.uint64(SHARED) != 0
        self._program = kernel.Program(
            stages_n=len(self._stages), stages=addressof(self._stages), numbers=frame.numbers[:, 0],
            truths=frame.truths[:, 0], wakes=wakes, changed=self._changed, always=steps.always,
            holds=steps.holds, earliest_ns=holds.earliest, readings_n=frame.readings, latches=latches,
            takes=addressof(exchange[0]), keeps=addressof(exchange[1]),
        )  # fmt: skip
        self._exchange = exchange
        self._at = addressof(self._program)

    def evaluate(self, now_ns: int, mask: int, changed: Changed) -> int:
        """Run what a mask wakes, `changed` being otherwise already; return the mask with what that woke."""
        program, self._before = self._program, len(changed)
        program.now_ns, program.clean, program.mask, program.changed_n = now_ns, self._frame.clean, mask & _ALL, 0
        if changed:
            self._add(changed)
        return self._go_on(now_ns, self._row(self._at, 0))

    def rows(self, mono_ns: Int64s, readings: Float64s) -> tuple[int, int, int]:
        """Evaluate rows [T, K] until a latch turns that has more values, a stage is Python's, or a hold ends before.

        Return how many that were, the mask of the last (and KEPT and SHARED of all), and how many latches turned.
        """
        self._program.clean, self._before = self._frame.clean, 0
        count = self._rows(self._at, mono_ns.ctypes.data, readings.ctypes.data, len(mono_ns), *self._stopped)
        self._frame.mono_ns[0] = mono_ns[count - 1]
        place, turned = self._place.value, self._turned.value
        mask = self._go_on(self._program.now_ns, place)
        return count, mask, turned if place == len(self._python) else self._turn(self._at, count - 1, turned)

    def stands(self, now_ns: int) -> bool:
        """Tell whether time alone has changed nothing of those stages that are `timed`."""
        stand: int = self._stands(self._at, now_ns)
        return stand != 0

    @property
    def timed(self) -> list[bool]:
        """Tell of each stage whether it lets time pass in the kernel."""
        return [one is not None and one.kind.endswith("_time") for one in self._fields]

    def turned(self) -> int:
        """Turn the latches of rules that read what has changed; return how many turned."""
        count: int = self._turn(self._at, 0, 0)
        return count

    def shared(self) -> Changed:
        """Return the truths that have changed here, and that other programs compute, too."""
        changed = self._changed[self._before : self._program.changed_n]
        found: Changed = changed[self._shared[changed]].tolist()
        return found

    def _add(self, changed: Changed) -> None:
        """Note truths that changed otherwise than here."""
        program = self._program
        first = program.changed_n
        program.changed_n += len(changed)
        self._changed_one_by_one[first : program.changed_n] = array("i", changed)

    def _go_on(self, now_ns: int, place: int) -> int:
        """Do what is Python's, and the rest of the row."""
        program, row, python, wakes = self._program, self._row, self._python, self._wakes
        while place < len(python):
            if changed := python[place](now_ns):
                self._add(changed)
                for truth in changed:
                    program.mask |= wakes[truth]
            place = row(self._at, place + 1)
        found: int = program.mask
        return found


def takes(steps: Steps) -> bool:
    """Tell whether there is a kernel, and whether it has room for so many stages."""
    return kernel.LOADED is not None and len(steps.banks) <= _MOST


def native_row(
    steps: Steps, frame: Frame, holds: Holds, latches: int | None, exchange: Sequence[Exchange]
) -> NativeRow | None:
    """Return what evaluates the only column of a frame by the kernel; None where it is not there for these steps.

    `exchange`: what it takes of what others computed, and keeps of what they read.
    """
    return NativeRow(kernel.LOADED, steps, frame, holds, latches, exchange) if takes(steps) else None


def _fields(stage: Stage, frame: Frame) -> kernel.Fields | None:
    prepared: Callable[[Frame], kernel.Fields | None] | None = getattr(stage, "native", None)
    return None if prepared is None else prepared(frame)


def _step(stage: Stage, frame: Frame, truths: slice | None, native: bool) -> Step:
    """Return what runs where the kernel does not: it must not trust what it remembers, for the kernel ran since."""
    return anew(stage, frame, truths) if native and truths is not None else step_of(stage, frame, truths)


def _stage(one: kernel.Fields | None, bit: int, more: int) -> kernel.Stage:
    kind = kernel.KINDS.index("python" if one is None else one.kind)
    return kernel.Stage(kind, bit, more, None if one is None else addressof(one))
