"""Single rows: the stages of a program as prepared calls, of which those are left out that could tell nothing new."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from gateway.engine.cell import Cell
from gateway.engine.columns import Frame, Int8s

Changed = list[int]  # places among a frame's truths
Step = Callable[[int], Changed | None]  # evaluates the only column at a time; tells which truths changed
Evaluate = Callable[
    [int, int, Changed], int
]  # the steps that a mask wakes, at a time; adds what changed; the mask then
ALL: Final = -1
RULES: Final = 1  # what a rule or machine looks at has changed
KEPT: Final = 2  # what another program reads has changed
SHARED: Final = 4  # what another program computes too has changed
STALE: Final = 8  # all that the kernel was to look at; no stage reads that, nor has the bit
_FIRST: Final = 3  # bit of the first stage


class Outcome(NamedTuple):
    """What came of rows: how many there were, how many latches the kernel turned in them, and which truths of the last
    row that rules or machines look at changed otherwise; None: perhaps all.
    """

    rows: int
    turned: int
    changed: Changed | None


class Stage(Protocol):
    """One bank in a program.

    It may have `row(frame)`, which returns its Step for a frame of one column, and be `pure`: its results follow from
    its inputs and the ends of holds alone, so with the same inputs as before it need not run. One that is not may have
    `stands(now_ns)`, which tells whether time alone has changed nothing since it ran last, in whatever program. Of many
    columns a stage that gives truths either has `bounds`, and finds the bounds of its truths itself, or they are looked
    for.
    """

    def run(self, frame: Frame) -> None:
        """Evaluate all columns and keep the state after the last."""


def is_pure(stage: Stage) -> bool:
    """Tell whether a stage's results follow from its inputs alone."""
    return getattr(stage, "pure", False)


def stand_of(stages: Iterable[Stage]) -> list[Callable[[int], bool]]:
    """Return what tells whether time alone has changed nothing of those stages that it may change."""
    return [getattr(stage, "stands", None) or (lambda now_ns: False) for stage in stages if not is_pure(stage)]


def watch(frame: Frame, out: slice) -> Callable[[], Changed | None]:
    """Return what tells which of these truths in the only column are others than when it was asked last."""
    truths: Int8s = frame.truths[out, 0]
    last, before = b"", truths.copy()

    def changed() -> Changed | None:
        nonlocal last
        now = truths.tobytes()
        if now == last:
            return None
        last = now
        places: Changed = ((truths != before).nonzero()[0] + out.start).tolist()
        before[:] = truths
        return places

    return changed


class Steps:
    """The steps of a program: each has a bit, and runs when something woke it since the last row."""

    def __init__(self, banks: Sequence[tuple[Stage, Sequence[Cell], slice]], at: Mapping[Cell, int], truths: int):
        self.banks, self._at = banks, at
        self.bits = [1 << _FIRST + place for place in range(len(banks))]  # of the stages
        self.wakes = [0] * truths  # the bits of those that read a truth
        self.own = [0] * truths  # the bit of the stage that gives a truth
        self.more = [0] * len(banks)  # the bits of those that read a bank of numbers
        self.always = self.holds = 0
        made = {cell: place for place, (_, cells, _) in enumerate(banks) for cell in cells}
        for place, (stage, cells, out) in enumerate(banks):
            self._connect(self.bits[place], stage, cells, made)
            if cells[0].truth:
                self.own[out] = [self.bits[place]] * len(cells)

    def _connect(self, bit: int, stage: Stage, cells: Sequence[Cell], made: Mapping[Cell, int]) -> None:
        if not is_pure(stage):
            self.always |= bit
            return
        if cells[0].op == "held":
            self.holds |= bit
        for one in {one for cell in cells for one in cell.inputs if one.op != "constant"}:
            if one.truth:
                self.wakes[self._at[one]] |= bit
            elif one in made:
                self.more[made[one]] |= bit
            else:
                self.always |= bit

    def wake(self, bit: int, truths: Iterable[Cell]) -> None:
        """Let these wake RULES, KEPT or SHARED."""
        for cell in truths:
            self.wakes[self._at[cell]] |= bit

    def end(self) -> None:
        """Have equal numbers once, now that everybody is connected."""
        once: dict[int, int] = {}
        self.wakes, self.own = ([once.setdefault(bits, bits) for bits in each] for each in (self.wakes, self.own))

    def prepare(self, frame: Frame) -> Evaluate:
        """Return what evaluates the only column of a frame."""
        steps = [step_of(stage, frame, out if cells[0].truth else None) for stage, cells, out in self.banks]
        prepared, wakes = list(zip(self.bits, steps, self.more, strict=True)), self.wakes

        def evaluate(now_ns: int, mask: int, told: Changed) -> int:
            for bit, step, more in prepared:
                if mask & bit:
                    mask |= more
                    if changed := step(now_ns):
                        told += changed
                        for place in changed:
                            mask |= wakes[place]
            return mask

        return evaluate


def step_of(stage: Stage, frame: Frame, truths: slice | None) -> Step:
    """Return a stage's step; `truths`: those that it gives."""
    prepared: Callable[[Frame], Step] | None = getattr(stage, "row", None)
    return anyhow(stage, frame, truths) if prepared is None else prepared(frame)


def anew(stage: Stage, frame: Frame, truths: slice) -> Step:
    """Return a step that evaluates the only column, and compares it with what stands there."""
    part = frame.truths[truths, 0]

    def step(now_ns: int) -> Changed:
        before = part.copy()
        stage.run(frame)
        changed: Changed = ((part != before).nonzero()[0] + truths.start).tolist()
        return changed

    return step


def anyhow(stage: Stage, frame: Frame, truths: slice | None) -> Step:
    """Return a step that evaluates the only column as if it were one of many."""
    changed = None if truths is None else watch(frame, truths)

    def step(now_ns: int) -> Changed | None:
        stage.run(frame)
        return None if changed is None else changed()

    return step
