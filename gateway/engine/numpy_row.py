"""A program's single rows by NumPy, stage by stage: where there is no kernel, or it has no room for so many stages."""

from collections.abc import Callable, Sequence

from gateway.engine.columns import Float64s, Frame, Gathering, Int64s
from gateway.engine.exports import Exports, Outer
from gateway.engine.overlap import Overlap, Told
from gateway.engine.state import State
from gateway.engine.step import ALL, KEPT, RULES, SHARED, Changed, Outcome, Steps, stand_of, watch


class NumpyRow:
    """The stages of a program, prepared for its frame of one column."""

    def __init__(
        self, steps: Steps, frame: Frame, state: State, outer: Sequence[Outer], exports: Exports, told: Told,
        overlaps: Sequence[Overlap],
    ) -> None:  # fmt: skip
        self._steps, self._frame, self._state, self._outer = steps, frame, state, outer
        self._exports, self._told, self._overlaps = exports, told, overlaps
        self._readings, self._truths = frame.numbers[: frame.readings, 0], frame.truths[:, 0]
        self._outer_turn = -1  # of the truths of others that were taken last
        self._outer_changed = watch(frame, outer[1][0])
        known = outer[0][0].stop or frame.readings
        most = sum(len(cells) * max((len(cell.inputs) for cell in cells), default=0) for _, cells, _ in steps.banks)
        frame.early = Gathering(frame.numbers[:known, 0], most)
        self._evaluate = steps.prepare(frame)
        self._gather_early = frame.early.prepared()

    @property
    def stand(self) -> list[Callable[[int], bool]]:
        """Return what tells whether time alone has changed nothing of the stages."""
        return stand_of(stage for stage, _, _ in self._steps.banks)

    def rows(self, mono_ns: Int64s, readings: Float64s, first: int, clean: bool) -> Outcome:
        """Evaluate one row of those [T, K]."""
        self._readings[:] = readings[first]
        return self._run(mono_ns.item(first), clean)

    def time_passes(self, now_ns: int) -> Outcome:
        """Evaluate a time without a row."""
        return self._run(now_ns, False)

    def _run(self, now_ns: int, clean: bool) -> Outcome:
        frame, steps, stale, came = self._frame, self._steps, self._told.stale, self._told.take()
        frame.mono_ns[0], frame.clean = now_ns, clean
        changed = self._take_outer()
        self._gather_early()
        mask = ALL if stale else steps.always
        if self._state.holds.earliest_ns <= now_ns:
            mask |= steps.holds
        for place in changed:
            mask |= steps.wakes[place]
        for place, _ in came:
            mask |= steps.wakes[place] | steps.own[place]
        mask = self._evaluate(now_ns, mask, changed)
        looked_at = [place for place in (*changed, *(place for place, _ in came)) if steps.wakes[place] & RULES]
        changed.extend(place for place, value in came if self._truths[place] != value)
        if mask & SHARED:
            for overlap in self._overlaps:
                overlap.tell(self._truths, changed, stale)
        self._exports.after_row(mask & KEPT != 0)
        return Outcome(1, 0, None if stale else looked_at)

    def _take_outer(self) -> Changed:
        """Take what other programs computed; return which truths of that changed."""
        (numbers, number_slots), (truths, truth_slots) = self._outer
        if len(number_slots):
            self._frame.numbers[numbers, 0] = self._state.numbers.take(number_slots)
        if not len(truth_slots) or (last := self._state.truths_since(self._outer_turn)) is None:
            return []
        self._outer_turn = self._state.truths_turn
        self._truths[truths] = last.take(truth_slots)
        return self._outer_changed() or []
