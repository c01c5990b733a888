"""A program's single rows by the kernel: one call, but for the stages that are Python's."""

from array import array
from collections.abc import Callable, Sequence
from ctypes import addressof
from typing import Any, Final

import numpy as np

from gateway.engine import kernel
from gateway.engine.columns import Float64s, Frame, Int64s
from gateway.engine.exports import Exports, Outer, exchange
from gateway.engine.overlap import MOST_KEPT, Overlap, Told
from gateway.engine.state import State
from gateway.engine.step import KEPT, STALE, Changed, Outcome, Stage, Step, Steps, anew, stand_of, step_of

_MOST: Final = 61  # stages, for whose bits a word has room
_NOBODY: Final = 255  # gives a truth


class NativeRow:
    """The stages of a program, prepared for its frame of one column."""

    def __init__(
        self, steps: Steps, frame: Frame, state: State, latches: int | None, outer: Sequence[Outer],
        exports: Exports, told: Told, overlaps: Sequence[Overlap],
    ) -> None:  # fmt: skip
        library: Any = kernel.LOADED
        self._frame, self._state, self._banks = frame, state, steps.banks
        takes = exchange(state, *((np.arange(part.start, part.stop), slots) for part, slots in outer))
        keeps, holds = exchange(state, exports.numbers, exports.truths), state.holds
        self._rows, self._time_passes, self._go_on = library.rows, library.time_passes, library.go_on
        self._stands = library.stands
        self._fields = [_fields(stage, frame) for stage, _, _ in steps.banks]
        self._python = [
            _step(stage, frame, out if cells[0].truth else None, native is not None)
            for (stage, cells, out), native in zip(steps.banks, self._fields, strict=True)
        ]
        self._stages = (kernel.Stage * len(self._fields))(*map(_stage, self._fields, steps.bits, steps.more))
        wakes, wake_of = np.unique(np.array(steps.wakes, np.uint64), return_inverse=True)
        self._wakes, self._wake_of = wakes.tolist(), wake_of.astype(np.uint16).data
        numbers = {bit: place for place, bit in enumerate(steps.bits)}
        self._changed = np.empty(len(wake_of) + MOST_KEPT, np.int32)
        self._changed_one_by_one = self._changed.data
        self._overlaps = (kernel.OverlapFields * len(overlaps))(*overlaps)
        self._program = kernel.Program(
            stages_n=len(self._stages), stages=addressof(self._stages), numbers=frame.numbers[:, 0],
            truths=frame.truths[:, 0], wakes=wakes, wake_of=self._wake_of.obj,
            giver=np.array([numbers.get(bit, _NOBODY) for bit in steps.own], np.uint8), changed=self._changed,
            always=steps.always, holds=steps.holds, earliest_ns=holds.earliest, holds_n=len(holds.end_ns),
            end_ns=holds.end_ns, readings_n=frame.readings, latches=latches, takes=addressof(takes),
            keeps=addressof(keeps), told=addressof(told), overlaps_n=len(overlaps),
            overlaps=addressof(self._overlaps),
        )  # fmt: skip
        self._kept = takes, keeps, told, overlaps
        steps.wakes, steps.own = [], []  # for NumPy
        self._at = addressof(self._program)

    @property
    def stand(self) -> list[Callable[[int], bool]]:
        """Return what tells whether time alone has changed nothing of the stages; of some the kernel does."""
        timed = [one is not None and one.kind.endswith("_time") for one in self._fields]
        others = [stage for (stage, _, _), own in zip(self._banks, timed, strict=True) if not own]
        return [lambda now_ns: bool(self._stands(self._at, now_ns)), *stand_of(others)]

    def time_passes(self, now_ns: int) -> Outcome:
        """Evaluate a time without a row."""
        self._state.keep()
        self._frame.mono_ns[0], self._frame.clean = now_ns, False
        return self._end(self._time_passes(self._at, now_ns))

    def rows(self, mono_ns: Int64s, readings: Float64s, first: int, clean: bool) -> Outcome:
        """Evaluate rows [T, K] from one on, until a latch turns that has more values than one to tell, a stage is
        Python's, or a hold ends before the next.
        """
        self._state.keep()
        self._frame.clean = clean
        stopped = self._rows(self._at, id(mono_ns), id(readings), first, clean)
        if stopped < 0:  # not side by side
            mono_ns, readings = np.ascontiguousarray(mono_ns), np.ascontiguousarray(readings)
            stopped = self._rows(self._at, id(mono_ns), id(readings), first, clean)
        done = self._end(stopped)
        self._frame.mono_ns[0] = mono_ns[first + done.rows - 1]
        return done

    def _end(self, stopped: int) -> Outcome:
        """Do what is Python's, and the rest of the row; what `end` of the kernel returns says how it ended."""
        python = self._python
        while stopped < len(python):
            self._frame.mono_ns[0] = now_ns = self._program.now_ns
            if changed := python[stopped](now_ns):
                self._add(changed)
            stopped = self._go_on(self._at, stopped + 1)
        woken = stopped >> 8
        self._state.truths_turn += woken & KEPT != 0
        return Outcome(stopped >> 40, stopped >> 16 & 0xFFFFFF, None if woken & STALE else [])

    def _add(self, changed: Changed) -> None:
        """Note truths that changed otherwise than here."""
        program = self._program
        first = program.changed_n
        program.changed_n += len(changed)
        self._changed_one_by_one[first : program.changed_n] = array("i", changed)
        for truth in changed:
            program.mask |= self._wakes[self._wake_of[truth]]


def takes(steps: Steps) -> bool:
    """Tell whether there is a kernel, and whether it has room for so many stages."""
    return kernel.LOADED is not None and len(steps.banks) <= _MOST


def _fields(stage: Stage, frame: Frame) -> kernel.Fields | None:
    prepared: Callable[[Frame], kernel.Fields | None] | None = getattr(stage, "native", None)
    return None if prepared is None else prepared(frame)


def _step(stage: Stage, frame: Frame, truths: slice | None, native: bool) -> Step:
    """Return what runs where the kernel does not: it must not trust what it remembers, for the kernel ran since."""
    return anew(stage, frame, truths) if native and truths is not None else step_of(stage, frame, truths)


def _stage(one: kernel.Fields | None, bit: int, more: int) -> kernel.Stage:
    kind = kernel.KINDS.index("python" if one is None else one.kind)
    return kernel.Stage(kind, bit, more, None if one is None else addressof(one))
