"""Which devices an expression reads, also through signals and machines."""

from collections.abc import Sequence

from gateway.engine.cell import Devices
from gateway.engine.roots import Roots
from gateway.language import tree
from gateway.table import MACHINE_FIELDS, MACHINES, SIGNALS, PointTable

At = tuple[str, int]  # "signal" or "machine", and which


class Reach:
    """Follows names from expression to expression."""

    def __init__(self, roots: Roots, table: PointTable) -> None:
        self._roots, self._table = roots, table
        self._signals_at, self._machines_at = table.device_index(SIGNALS), table.device_index(MACHINES)
        self.first_field = table.devices[self._machines_at].first  # of the first machine

    def of(self, nodes: Sequence[tree.Node]) -> Devices:
        """Return the devices that these trees read."""
        found: set[int] = set()
        seen: set[At] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if not isinstance(node, tree.Point):
                waiting.extend(tree.children(node))
                continue
            at = self.at(node.index)
            if at is None:
                found.add(self._table.device(node.index))
            elif at not in seen:
                seen.add(at)
                waiting.extend(self.trees(at))
                found.update(self._count_device(at))
        return frozenset(found)

    def trees(self, at: At) -> list[tree.Node]:
        """Return the expressions of a signal or a machine."""
        if at[0] == "signal":
            return [self._roots.signals[at[1]].node]
        machine = self._roots.machines[at[1]]
        return [*(node for _, node in machine.states), *(node for node in machine.untils if node is not None)]

    def _count_device(self, at: At) -> set[int]:
        count = self._roots.machines[at[1]].count if at[0] == "machine" else None
        return set() if count is None else {self._table.device(count)}

    def at(self, index: int) -> At | None:
        """Return which signal or machine an index belongs to, None for a device's point."""
        device = self._table.device(index)
        place = index - self._table.devices[device].first
        if device == self._signals_at:
            return "signal", place
        return ("machine", place // len(MACHINE_FIELDS)) if device == self._machines_at else None
