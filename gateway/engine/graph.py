"""From the trees of all expressions to cells: names that lead to signals and machines become those cells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.engine.calendar import CALENDAR
from gateway.engine.cell import Cell, Cells, Devices
from gateway.engine.paces import FIELDS
from gateway.engine.reach import Reach
from gateway.engine.roots import Roots
from gateway.engine.seasonal import SEASONAL
from gateway.engine.waves import WAVES
from gateway.errors import ConfigurationError
from gateway.language import tree
from gateway.language.tree import ACCRUED, written
from gateway.states import OFF, STATES, UNKNOWN
from gateway.table import MACHINE_FIELDS, PointTable

WINDOWS = frozenset(
    {"mean", "median", "sum", "min", "max", "range", "std", "first", "last", "rate", "delta", "count", "percentile"}
)
EVER = "0"  # the window of what accrues since something, or ever, likewise
EXACT, RECENTLY = "exact", "recently"  # banks of windows without a hop, and of all of RECENT
RECENT = frozenset({"stuck", "missing", "changed"})
TIMED = RECENT | {"flashing", "demand"}  # what time alone changes
BY_ROWS = WAVES | {"ewma", "learned", "season"}  # what time alone does not change


@dataclass(frozen=True, slots=True)
class RuleCells:
    """What a rule reads."""

    when: Cell
    until: Cell | None
    value: Cell | None
    shown: tuple[Cell, ...] = ()

    @property
    def read(self) -> list[Cell]:
        """Return all of them."""
        return [cell for cell in (self.when, self.until, self.value, *self.shown) if cell is not None]


class Graph:
    """All cells of a configuration, and which of them are the roots.

    What keeps time (a hold, a window) is shared only among roots that read the same devices: those are evaluated at
    the same times, so no rule's events depend on which other rules there are.
    """

    def __init__(self, roots: Roots, table: PointTable) -> None:
        self.cells = Cells()
        self.roots, self._table = roots, table
        self._reach = Reach(roots, table)
        self._group: Devices = frozenset()
        self._owner = ""  # the full name of what is being made
        self._open: list[tuple[str, int]] = []
        self._made: dict[tuple[str, int], Cell] = {}
        self.meters: list[list[Cell]] = [[] for _ in roots.signals]  # what each signal may set to zero
        self.totals = [self._total(number) for number in range(len(roots.machines))]
        self.signals = [self._root("signal", number) for number in range(len(roots.signals))]
        self.machines = [self._root("machine", number) for number in range(len(roots.machines))]
        self.rules = [self._rule(number) for number in range(len(roots.rules))]
        self.roots = roots.with_cells()
        del self._reach  # it looks at the trees
        self.cells.end()

    def _rule(self, number: int) -> RuleCells:
        root = self.roots.rules[number]
        texts = [one.node for one in root.shown]
        nodes = [node for node in (root.when, root.until, root.value, *texts) if node is not None]
        self._group, self._owner = self._reach.of(nodes), f"rules.{root.rule.name}"
        return RuleCells(
            self.cell(root.when),
            None if root.until is None else self.cell(root.until),
            None if root.value is None else self.cell(root.value),
            tuple(map(self._number, texts)),
        )

    def _root(self, kind: str, number: int) -> Cell:
        """Return the cell of a signal or a machine, made with the group of its own devices."""
        at = (kind, number)
        if at not in self._made:
            outer = self._group, self._owner
            self._group, self._owner = self._reach.of(self._reach.trees(at)), self._name(at)
            self._open.append(at)
            self._made[at] = self._signal(number) if kind == "signal" else self._machine(number)
            self._open.pop()
            self._group, self._owner = outer
        return self._made[at]

    def _name(self, at: tuple[str, int]) -> str:
        roots = self.roots.signals if at[0] == "signal" else self.roots.machines
        return f"{at[0]}s.{roots[at[1]].name}"

    def _signal(self, number: int) -> Cell:
        root = self.roots.signals[number]
        cell, unit = self._number(root.node), root.unit
        self.meters[number] = [self.cell(one) for one in tree.meters(root.node)]
        if (unit.scale, unit.offset) == (1.0, 0.0):
            return cell
        detail = (unit.scale, unit.offset)
        return self.cells.add("from_base", cell, key=f"({cell.key} in {unit.symbol})", detail=detail)

    def _machine(self, number: int) -> Cell:
        root = self.roots.machines[number]
        inputs = [self._state(number, place) for place in range(len(root.states))]
        said = ", ".join(f"{state} {cell.key}" for (state, _), cell in zip(root.states, inputs, strict=True))
        key = f"machine {root.name} [{said}]"
        detail = (number, *root.codes)
        if not any(root.dwell_ns.values()):
            return self.cells.add("machine", *inputs, key=key, truth=True, detail=detail, devices=self._group)
        candidate = self.cells.add(
            "candidate", *inputs, key=f"candidate {key}", truth=True, detail=detail, devices=self._group
        )
        return self._believed(number, candidate)

    def _state(self, number: int, place: int) -> Cell:
        """Return whether one state of a machine holds."""
        root = self.roots.machines[number]
        when, until = self._truth(root.states[place][1]), root.untils[place] if root.untils else None
        if until is None:
            return when
        ends = self._truth(until)
        key = f"stay {root.name} ({when.key} until {ends.key})"
        return self.cells.add("stay", when, ends, key=key, truth=True, devices=self._group)

    def _believed(self, number: int, candidate: Cell) -> Cell:
        """Return the machine's state: the candidate that has been so for its dwell."""
        root = self.roots.machines[number]
        codes = dict.fromkeys((UNKNOWN, *root.codes, OFF))
        told = [self._dwelt(candidate, code, root.dwell_ns.get(STATES[code], 0)) for code in codes]
        key = f"machine {root.name} [{', '.join(cell.key for cell in told)}]"
        return self.cells.add("believed", *told, key=key, truth=True, detail=(number, *codes), devices=self._group)

    def _dwelt(self, candidate: Cell, code: int, dwell_ns: int) -> Cell:
        key = f"{candidate.key}.{STATES[code]}"
        cell = self.cells.add("field", candidate, key=key, truth=True, detail=(code,))
        return self._for(cell, dwell_ns) if dwell_ns else cell

    def _total(self, number: int) -> Cell | None:
        root = self.roots.machines[number]
        if root.count is None:
            return None
        key = f"total {root.name} {self._table.names[root.count]}"
        return self._counter("total", root.count, key, number, root.debounce_ns)

    def _counter(self, op: str, index: int, key: str, machine: int = -1, debounce_ns: int = 0) -> Cell:
        device = self._table.device(index)
        bits = {"u16": 16, "i16": 16, "u32": 32, "i32": 32}.get(self._table.point(index).type, 0)
        name = self._table.devices[device].name
        return self.cells.add(op, self._point(index), key=key, detail=(bits, machine, debounce_ns), bank=(op, name))

    def cell(self, node: tree.Node) -> Cell:
        """Return the cell of a tree."""
        return _BUILD[type(node)](self, node)

    def _truth(self, node: tree.Node) -> Cell:
        cell = self.cell(node)
        return cell if cell.truth else self.cells.add("truth", cell, key=f"truth({cell.key})", truth=True)

    def _number(self, node: tree.Node) -> Cell:
        cell = self.cell(node)
        return self.cells.add("number", cell, key=f"number({cell.key})") if cell.truth else cell

    def _constant(self, node: tree.Number) -> Cell:
        return self.cells.add("constant", key=repr(node.value), detail=(node.value,))

    def _flag(self, node: tree.Truth) -> Cell:
        return self.cells.add("flag", key=str(node.value), truth=True, detail=(1 if node.value else -1,))

    def _point(self, index: int) -> Cell:
        device = frozenset({self._table.device(index)})
        return self.cells.add("point", key=self._table.names[index], detail=(index,), devices=device)

    def _read(self, node: tree.Point) -> Cell:
        at = self._reach.at(node.index)
        if at is None:
            cell = self._point(node.index)
        elif at[0] == "signal":
            cell = self._signal_read(at)
        else:
            place = node.index - self._reach.first_field
            cell = self._field(at, MACHINE_FIELDS[place % len(MACHINE_FIELDS)])
        cell = self._affine(cell, node.scale, node.offset)
        return self.cells.add("truth", cell, key=f"truth({cell.key})", truth=True) if node.truth > cell.truth else cell

    def _signal_read(self, at: tuple[str, int]) -> Cell:
        if at in self._open:
            way = " → ".join(map(self._name, (*self._open[self._open.index(at) :], at)))
            raise ConfigurationError([f"{self._name(at)}: its value depends on itself: {way}"])
        return self._root(*at)

    def _affine(self, cell: Cell, scale: float, offset: float) -> Cell:
        if cell.truth or (scale, offset) == (1.0, 0.0):
            return cell
        return self.cells.add("affine", cell, key=f"({cell.key} * {scale!r} + {offset!r})", detail=(scale, offset))

    def _field(self, at: tuple[str, int], field: str) -> Cell:
        if field == "count":
            return self.totals[at[1]] or self.cells.add("constant", key="0.0", detail=(0.0,))
        if field in FIELDS:
            return self._pace(at[1], FIELDS.index(field))
        machine = self._before(at[1]) if at in self._open else self._root(*at)
        key = f"{machine.key}.{field}"
        if field == "state_s":
            return self.cells.add(
                field, machine, key=f"{key} {self._where()}", detail=(at[1],), devices=self._group, timed=True
            )
        return self.cells.add("field", machine, key=key, truth=True, detail=(STATES.index(field),))

    def _before(self, number: int) -> Cell:
        """Return the state that a machine had before the present row: what its own expressions read of it.

        Whatever is evaluated next, a row or a second or a hold's end, finds it changed: so it counts as all of these.
        """
        key = f"before {self.roots.machines[number].name} {self._where()}"
        return self.cells.add(
            "before", key=key, truth=True, detail=(number,), devices=self._group, timed=True, held=True
        )

    def _pace(self, number: int, place: int) -> Cell:
        """Return a part of a machine's pace before the present row; found changed like the state before."""
        key = f"{FIELDS[place]} {self.roots.machines[number].name} {self._where()}"
        return self.cells.add("pace", key=key, detail=(number, place), devices=self._group, timed=True, held=True)

    def _where(self) -> str:
        return "{" + " ".join(sorted(self._table.devices[device].name for device in self._group)) + "}"

    def _call(self, node: tree.Call) -> Cell:
        if node.function in ACCRUED:
            return self._accrued(node)
        if node.function == "within":
            return self._within(node)
        if node.window_ns and node.function in WINDOWS:
            return self._window(node)
        if node.function in TIMED or node.function == "ewma":
            return self._over_time(node, self._reading(node.arguments[0]), timed=node.function in TIMED)
        if node.function in CALENDAR:
            return self.cells.add(node.function, key=f"{node.function}()", truth=node.truth, timed=True)
        if node.label or node.function in WAVES:
            return self._by_rows(node, self._reading(node.arguments[0]))
        inputs = [self._number(argument) for argument in node.arguments]
        return self.cells.add(node.function, *inputs, key=f"{node.function}({', '.join(cell.key for cell in inputs)})")

    def _accrued(self, node: tree.Call) -> Cell:
        """Return what accrues. A meter (since something, or ever) belongs to the rule, signal or machine that has it.

        It goes by what is written there, so that a machine's meter goes on when what `run` means was set anew.
        """
        cell, resets = self._number(node.arguments[0]), [self._truth(reset) for reset in node.arguments[1:]]
        form = "every" if node.tumbling else "hop" if node.hop_ns else "exact"
        of = self._rows_of(cell) if node.window_ns else (self._owner, written(node, self._table.names))
        bank = (node.function, str(node.window_ns), str(node.hop_ns), form, *of)
        key = " ".join(bank[:4] + ((cell.key, of[1]) if node.window_ns else of))
        return self.cells.add(
            node.function + "_over", cell, *resets, key=key, devices=self._group, timed=True, bank=bank,
        )  # fmt: skip

    def _within(self, node: tree.Call) -> Cell:
        leader, follower = (self._truth(one) for one in node.arguments)
        bank = ("within", leader.key, follower.key, self._where())
        key = f"within({leader.key}, {follower.key}, {node.window_ns}) {self._where()}"
        return self.cells.add(
            "within_over", leader, follower, key=key, truth=True, devices=self._group, timed=True, bank=bank,
            detail=(node.window_ns,),
        )  # fmt: skip

    def _window(self, node: tree.Call) -> Cell:
        argument = node.arguments[0]
        cell = self._reading(argument)
        if node.function in ("delta", "rate") and isinstance(argument, tree.Point) and self._counts(argument.index):
            raw = self._counter("unwrap", argument.index, f"unwrap({self._table.names[argument.index]})")
            cell = self._affine(raw, argument.scale, 0.0)
        return self._over_time(node, cell, timed=True)

    def _reading(self, node: tree.Node) -> Cell:
        """Return what a function over time looks at; of a point that is true or false, its number."""
        if isinstance(node, tree.Point) and self._reach.at(node.index) is None:
            return self._affine(self._point(node.index), node.scale, node.offset)
        return self._number(node)

    def _counts(self, index: int) -> bool:
        return self._reach.at(index) is None and self._table.point(index).kind == "counter"

    def _by_rows(self, node: tree.Call, cell: Cell) -> Cell:
        """Return what only rows of what it looks at move on, not those of a condition under which it looks."""
        numbers = tuple(argument.value for argument in node.arguments[1:] if isinstance(argument, tree.Number))
        kind = "season" if node.function in SEASONAL else "learned"
        plan = [node.function, str(node.window_ns), str(node.hop_ns)]
        if node.label:
            plan = [kind, node.label, *(str(int(one)) for one in numbers), str(node.window_ns)]
        devices = self._reach.of(list(tree.chosen(node.arguments[0]))) or self._group
        key = f"{node.function}({cell.key}, {numbers}, {' '.join(plan)}) {self._where()}"
        return self.cells.add(
            node.function + "_over", cell, key=key, devices=devices, by_rows=True,
            detail=(node.window_ns, *numbers), bank=(*plan, *self._rows_of(cell)),
        )  # fmt: skip

    def _rows_of(self, cell: Cell) -> tuple[str, str]:
        """Return what cells have in common that get their rows at the same times."""
        return self._table.devices[min(cell.devices)].name if is_reading(cell) else cell.key, self._where()

    def _over_time(self, node: tree.Call, cell: Cell, timed: bool) -> Cell:
        more = tuple(argument.value for argument in node.arguments[1:] if isinstance(argument, tree.Number))
        hop = f"{node.hop_ns}{' every' * node.tumbling}"
        key = f"{node.function}({cell.key}, {more}, {node.window_ns}, {hop}) {self._where()}"
        return self.cells.add(
            node.function + "_over", cell, key=key, truth=node.truth, devices=self._group, timed=timed,
            detail=(node.window_ns, *more), bank=(*_kept_with(node), *self._rows_of(cell)),
        )  # fmt: skip

    def _negate(self, node: tree.Negate) -> Cell:
        cell = self._number(node.operand)
        return self.cells.add("negate", cell, key=f"-({cell.key})")

    def _arithmetic(self, node: tree.Arithmetic) -> Cell:
        left, right = self._number(node.left), self._number(node.right)
        return self.cells.add(node.operator, left, right, key=f"({left.key} {node.operator} {right.key})")

    def _choose(self, node: tree.Choose) -> Cell:
        condition, then, other = self._truth(node.condition), self._number(node.then), self._number(node.otherwise)
        key = f"({then.key} if {condition.key} else {other.key})"
        return self.cells.add("choose", condition, then, other, key=key)

    def _compare(self, node: tree.Compare) -> Cell:
        left, right = self.cell(node.left), self.cell(node.right)
        op = node.operator
        if left.truth and right.truth:
            op = "same" if op == "==" else "differs"  # type: ignore[assignment] # of cells, not of trees
        else:
            left, right = self._number(node.left), self._number(node.right)
        return self.cells.add(op, left, right, key=f"({left.key} {node.operator} {right.key})", truth=True)

    def _not(self, node: tree.Not) -> Cell:
        cell = self._truth(node.operand)
        return self.cells.add("not", cell, key=f"not({cell.key})", truth=True)

    def _joined(self, node: tree.And | tree.Or) -> Cell:
        op = "and" if isinstance(node, tree.And) else "or"
        inputs = [self._truth(operand) for operand in node.operands]
        return self.cells.add(op, *inputs, key=f"({f' {op} '.join(cell.key for cell in inputs)})", truth=True)

    def _hold(self, node: tree.Held) -> Cell:
        return self._for(self._truth(node.operand), node.duration_ns)

    def _for(self, cell: Cell, duration_ns: int) -> Cell:
        key = f"({cell.key} for {duration_ns}) {self._where()}"
        return self.cells.add(
            "held", cell, key=key, truth=True, detail=(duration_ns,), devices=self._group, timed=True, held=True
        )


_BUILD: dict[type[tree.Node], Callable[[Graph, Any], Cell]] = {
    tree.Number: Graph._constant, tree.Truth: Graph._flag, tree.Point: Graph._read, tree.Call: Graph._call,
    tree.Negate: Graph._negate, tree.Arithmetic: Graph._arithmetic, tree.Choose: Graph._choose,
    tree.Compare: Graph._compare, tree.Not: Graph._not, tree.And: Graph._joined, tree.Or: Graph._joined,
    tree.Held: Graph._hold,
}  # fmt: skip


def _kept_with(node: tree.Call) -> tuple[str, ...]:
    """Return what functions have in common that keep the same rows or times."""
    if node.function in RECENT:
        return (RECENTLY,)
    if node.function in WINDOWS and not node.hop_ns:
        return EXACT, str(node.window_ns)
    spans = (str(node.window_ns), str(node.hop_ns)) if node.function in WINDOWS else ()
    form = ("every" if node.tumbling else "hop",) if node.function in WINDOWS else ()
    return node.function, *spans, *form


def is_reading(cell: Cell) -> bool:
    """Tell whether a cell is a device's point, perhaps converted: all of those get their rows at the same times."""
    return cell.op in ("point", "unwrap") or (cell.op == "affine" and is_reading(cell.inputs[0]))
