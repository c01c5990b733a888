"""Single rows: the stages of a program as prepared calls, of which those are left out that could tell nothing new."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from gateway.engine.cell import Cell
from gateway.engine.columns import Frame, Int8s

Step = Callable[[int], bool]  # evaluates the only column at a time; tells whether the results may differ from the last
ALL: Final = -1
ROW: Final = 1  # what moves with every row or second: never left out
OUTER: Final = 2  # truths that other programs compute
HOLD: Final = 4  # a hold ends now
_STALE: Final = 8  # nothing of the last row counts; what moves with nothing needs this alone
_FIRST: Final = 4  # bit of the first stage


class Stage(Protocol):
    """One bank in a program.

    It may have `row(frame)`, which returns its Step for a frame of one column, and be `pure`: its results follow from
    its inputs and the ends of holds alone, so with the same inputs as before it need not run.
    """

    def run(self, frame: Frame) -> None:
        """Evaluate all columns and keep the state after the last."""


def watch(out: Int8s) -> Callable[[], bool]:
    """Return what tells whether these truths are others than when it was asked last."""
    last = b""

    def changed() -> bool:
        nonlocal last
        now = out.tobytes()
        if now == last:
            return False
        last = now
        return True

    return changed


class Steps:
    """The steps of a program. Each has a bit; it is left out when nothing that it needs has changed."""

    def __init__(self, banks: Sequence[tuple[Stage, Sequence[Cell], slice]], outer: Mapping[Cell, None]) -> None:
        self._banks = banks
        self._bits = {cell: OUTER if cell.truth else ROW for cell in outer}
        for place, (_, cells, _) in enumerate(banks):
            self._bits.update((cell, 1 << _FIRST + place) for cell in cells)
        self.truths = OUTER | self.bits([cell for _, cells, _ in banks for cell in cells if cell.truth])

    def bits(self, cells: Sequence[Cell]) -> int:
        """Return the bits of what these cells move with."""
        found = 0
        for cell in cells:
            found |= self._bits.get(cell, 0 if cell.op == "constant" else ROW)
        return found

    def prepare(self, frame: Frame) -> list[tuple[int, int, Step]]:
        """Return for each stage what it needs, its bit and its step."""
        return [
            (_need(self, stage, cells), 1 << _FIRST + place, _step(stage, frame, cells[0].truth, out))
            for place, (stage, cells, out) in enumerate(self._banks)
        ]


def _need(steps: Steps, stage: Stage, cells: Sequence[Cell]) -> int:
    if not getattr(stage, "pure", False):
        return ROW
    inputs = [one for cell in cells for one in cell.inputs]
    return _STALE | steps.bits(inputs) | (HOLD if cells[0].op == "held" else 0)


def _step(stage: Stage, frame: Frame, truth: bool, out: slice) -> Step:
    prepared: Callable[[Frame], Step] | None = getattr(stage, "row", None)
    if prepared is not None:
        return prepared(frame)
    changed = watch(frame.truths[out, 0]) if truth else _always

    def step(now_ns: int) -> bool:
        stage.run(frame)
        return changed()

    return step


def _always() -> bool:
    return True
