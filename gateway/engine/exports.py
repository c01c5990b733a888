"""What a program computes and others read: kept by slot, after single rows not before somebody looks."""

import numpy as np

from gateway.engine.columns import Frame, Places
from gateway.engine.kernel import Exchange
from gateway.engine.state import State

Outer = tuple[slice, Places]  # where some of what others computed stands in a frame, and its slots


def exchange(state: State, numbers: tuple[Places, Places], truths: tuple[Places, Places]) -> Exchange:
    """Return for the kernel where numbers and truths stand in a row, and their slots."""
    slot_of = np.empty(truths[0].max(initial=-1) + 1, np.int32)
    slot_of[truths[0]] = truths[1]
    return Exchange(
        numbers_n=len(numbers[0]), truths_n=len(truths[0]), number_places=numbers[0], number_slots=numbers[1],
        truth_places=truths[0], truth_slots=truths[1], slot_of=slot_of, numbers=state.last_numbers,
        truths=state.last_truths,
    )  # fmt: skip


class Exports:
    """Where the numbers and the truths that others read stand in a program's frame, and their slots."""

    def __init__(self, state: State, frame: Frame, numbers: tuple[Places, Places], truths: tuple[Places, Places]):
        self.state, self.frame, self.numbers, self.truths = state, frame, numbers, truths
        self._some_numbers = len(numbers[0]) > 0

    def after_row(self, truths_changed: bool) -> None:
        """Keep what a row gave in the program's own frame."""
        state = self.state
        if truths_changed:
            state.unkept_truths.pop(self, None)
            state.unkept_truths[self] = self._keep_truths
        if self._some_numbers:
            state.unkept_numbers.pop(self, None)
            state.unkept_numbers[self] = self._keep_numbers

    def _keep_numbers(self) -> None:
        places, slots = self.numbers
        self.state.last_numbers[slots] = self.frame.numbers[:, 0].take(places)

    def _keep_truths(self) -> None:
        places, slots = self.truths
        self.state.last_truths[slots] = self.frame.truths[:, 0].take(places)

    def after_rows(self, frame: Frame) -> None:
        """Keep what several rows gave."""
        (numbers, number_slots), (truths, truth_slots) = self.numbers, self.truths
        if len(number_slots):
            self.state.numbers[number_slots] = frame.last_numbers[numbers]
        if len(truth_slots):
            self.state.truths[truth_slots] = frame.truths[truths, -1]
