"""Explaining a rule: each part of its expressions with its value now, and which parts decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gateway.config.root import EdgeConfig
from gateway.engine.cell import Cell
from gateway.engine.columns import NEVER
from gateway.engine.engine import Engine
from gateway.engine.memory import load, save
from gateway.engine.program import Program
from gateway.engine.recall import settle
from gateway.engine.schedule import bank_key
from gateway.language import ExpressionError, PointScope, parse_number, parse_truth
from gateway.language.normalise import show
from gateway.language.parser import parse_syntax
from gateway.language.syntax import (
    Conjunction,
    Disjunction,
    Duration,
    Flag,
    Hold,
    Inverse,
    Literal,
    Syntax,
    children,
)
from gateway.language.tree import Node
from gateway.table import PointTable
from sensors.quantities import Unit

NUMBER = Unit("1", "number", 1.0)
_PLAIN = (Literal, Duration, Flag)  # what they are worth is what they say


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression: as it is written, and what it is now."""

    text: str
    value: bool | float | None  # None: unknown
    unit: str | None = None  # of a number
    ends_in_s: float | None = None  # a `for` that waits: true then, if nothing changes
    parts: tuple["Part", ...] = ()
    decides: tuple["Part", ...] = ()  # of a truth: the parts that make it what it is


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule is active or not. `bank` is how many cells a row evaluates at once with its first comparison."""

    when: Part
    until: Part | None
    bank: int


def explain(engine: Engine, config: EdgeConfig, rule: str) -> Explanation:
    """Explain a rule as of the engine's last row or second; KeyError for a rule that is not.

    It works on a copy of what the rule needs, so that looking changes nothing.
    """
    number = engine.rules.number[rule]
    alone = _Alone(engine, config, number)
    texts = (engine.roots.rules[number].rule.when, engine.roots.rules[number].rule.until)
    when, until = (None if text is None else alone.part(parse_syntax(text)) for text in texts)
    assert when is not None
    return Explanation(when, until, _bank(engine, engine.graph.rules[number].when))


class _Alone:
    """An engine of the same shop with this rule alone, whose every part is told as a value of its own."""

    def __init__(self, engine: Engine, config: EdgeConfig, number: int) -> None:
        root = engine.roots.rules[number]
        texts = (root.rule.when, root.rule.until)
        syntaxes = [one for text in texts if text is not None for one in _all(parse_syntax(text))]
        self._known = dict(_parsed(syntaxes, _scope(engine.table)))
        roots = tuple(replace(root, value=node, unit=unit) for node, unit in self._known.values())
        self._engine = Engine(config, engine.table, replace(engine.roots, rules=roots))
        self._engine.season.offset_ns = engine.season.offset_ns
        load(self._engine, save(engine), same_boot=True)
        settle(self._engine)
        cells = [rule.value for rule in self._engine.graph.rules if rule.value is not None]
        self._cell = dict(zip(self._known, cells, strict=True))
        self._now_ns = max(engine.last_tick_ns, int(engine.stamped_ns.max(initial=0)))
        self._program = Program(_read(cells, self._engine.graph.cells.all), cells, self._engine.state, None)
        self._program.export(set())
        self._ends = self._engine.state.holds.end_ns.copy()
        with np.errstate(all="ignore"):
            self._frame = self._program.run_row(self._now_ns)

    def part(self, syntax: Syntax) -> Part:
        """Return a part and those below it."""
        parts = tuple(self.part(one) for one in children(syntax))
        text = show(syntax)
        if isinstance(syntax, Flag):
            return Part(text, syntax.value)
        if text not in self._cell:
            return Part(text, syntax.value if isinstance(syntax, Literal) else None, parts=parts)
        cell, (_, unit) = self._cell[text], self._known[text]
        operand = self._program.operand([cell])
        if not cell.truth:
            value = float(operand.numbers(self._frame)[0, 0])
            shown = None if np.isnan(value) else unit.from_base(value)
            return Part(text, shown, unit.symbol, parts=parts)
        truth = {-1: False, 0: None, 1: True}[int(operand.truths(self._frame)[0, 0])]
        made = Part(text, truth, None, self._ends_in_s(cell), parts)
        return replace(made, decides=_deciding(syntax, made))

    def _ends_in_s(self, cell: Cell) -> float | None:
        if cell.op != "held":
            return None
        end_ns = int(self._ends[self._engine.state.holds.number[cell.key]])
        return (end_ns - self._now_ns) / 1e9 if self._now_ns <= end_ns < NEVER else None


def _deciding(syntax: Syntax, part: Part) -> tuple[Part, ...]:
    """Return the parts that make a truth what it is: in `a and b`, those that are false, if it is false."""
    match syntax:
        case Conjunction() | Disjunction():
            whole = isinstance(syntax, Conjunction)  # true by all of them, or false by all of them
            chosen = part.parts if part.value is whole else [one for one in part.parts if one.value is part.value]
            return tuple(leaf for one in chosen for leaf in one.decides or (one,))
        case Inverse() | Hold() if part.ends_in_s is None:
            return part.parts[0].decides or part.parts[:1]
    return (part,)


def _all(syntax: Syntax) -> Iterator[Syntax]:
    yield syntax
    for one in children(syntax):
        yield from _all(one)


def _scope(table: PointTable) -> PointScope:
    return PointScope(table.names, [table.point(index) for index in range(len(table))])


def _parsed(syntaxes: Sequence[Syntax], scope: PointScope) -> Iterator[tuple[str, tuple[Node, Unit]]]:
    """Yield each part that means something without what stands around it, by its text."""
    for text in dict.fromkeys(show(one) for one in syntaxes if not isinstance(one, _PLAIN)):
        try:
            yield text, (parse_truth(text, scope), NUMBER)
        except ExpressionError:
            try:
                measured = parse_number(text, scope)
            except ExpressionError:  # `x + 5` takes the unit of what it is compared with
                continue
            yield text, (measured.node, measured.unit)


def _read(roots: Sequence[Cell], ordered: Sequence[Cell]) -> list[Cell]:
    """Return the cells that these are computed from, in order and in whole banks; readings stand in the state."""
    banks: dict[tuple[str, ...], list[Cell]] = {}
    for cell in ordered:
        banks.setdefault(cell.bank, []).append(cell)
    needed, waiting = set[Cell](), list(roots)
    while waiting:
        if (cell := waiting.pop()) not in needed:
            needed.add(cell)
            waiting.extend((*cell.inputs, *(banks[cell.bank] if cell.bank else ())))
    return [cell for cell in ordered if cell in needed and cell.op not in ("point", "constant", "flag")]


def _bank(engine: Engine, cell: Cell) -> int:
    """Return how many cells of the same devices a row evaluates at once with the rule's first comparison."""
    while cell.truth and cell.inputs and cell.inputs[0].truth:
        cell = cell.inputs[0]
    key = bank_key(cell)
    beside = [one for one in engine.graph.cells.all if one is cell or not one.devices.isdisjoint(cell.devices)]
    return sum(bank_key(one) == key for one in beside)
