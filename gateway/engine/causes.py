"""Which alarm follows from which: while a cause is on, and some seconds after, what follows from it is not raised."""

from array import array
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from gateway.config.plant import Rule
from gateway.errors import ConfigurationError

SETTLE_NS: Final = 10_000_000_000  # when a cause is over, what followed from it may take so long to be over as well


class Causes:
    """By the rules' numbers. `rank` orders them: causes before what follows, else as they stand in the file; `some`: so
    these orders differ, perhaps.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        number = {rule.name: place for place, rule in enumerate(rules)}
        self.of = [tuple(number[name] for name in rule.because_of if name in number) for rule in rules]
        try:
            order = list(TopologicalSorter(dict(enumerate(self.of))).static_order())
        except CycleError as circle:
            names = " → ".join(rules[place].name for place in circle.args[1])
            raise ConfigurationError([f"rules.{names}: because_of leads back to itself"]) from None
        self.some = any(self.of)
        depth = [0] * len(rules)
        for place in order:
            depth[place] = max((depth[cause] + 1 for cause in self.of[place]), default=0)
        self.rank = array("q", bytes(8 * len(rules)))
        for rank, place in enumerate(sorted(range(len(rules)), key=lambda place: (depth[place], place))):
            self.rank[place] = rank
