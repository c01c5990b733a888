"""The roots of all that is evaluated: the parsed expressions of rules, machines and signals."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.config.plant import Rule
from gateway.language.tree import Node, Truth
from gateway.states import STATES
from sensors.quantities import Unit

NUMBER = Unit("1", "number", 1.0)
_GONE: Final = Truth(False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A number in a rule's message, told in `unit`."""

    text: str  # of its expression
    node: Node
    unit: Unit


@dataclass(frozen=True, slots=True)
class RuleRoot:
    """A rule; its `value` is told in `unit`."""

    rule: Rule
    when: Node
    until: Node | None = None
    value: Node | None = None
    unit: Unit = NUMBER
    shown: tuple[Shown, ...] = ()  # numbers in its message


@dataclass(frozen=True, slots=True)
class MachineRoot:
    """A machine: its states' names in order with their truths, and the index of the point that counts pieces.

    `untils`: of each state, what ends it, if that is not just that its truth is false. `dwell_ns`: by a state's name,
    how long it must be so before it is believed; `off` among them. `debounce_ns`: how far apart pieces are at least.
    `micro_ns`: up to where a stop is short.
    """

    name: str
    states: tuple[tuple[str, Node], ...]
    count: int | None = None
    untils: tuple[Node | None, ...] = ()
    dwell_ns: Mapping[str, int] = field(default_factory=dict)
    debounce_ns: int = 0
    micro_ns: int = 0
    meter: "MeterRoot | None" = None

    @property
    def codes(self) -> tuple[int, ...]:
        """Return the states' codes, the places of their names in STATES."""
        return tuple(STATES.index(name) for name, _ in self.states)


@dataclass(frozen=True, slots=True)
class MeterRoot:
    """The point that tells what a machine takes: a counter of energy, or a power; `scale` makes kWh or kW of it."""

    name: str
    point: int
    counts: bool
    scale: float


@dataclass(frozen=True, slots=True)
class SignalRoot:
    """A signal: `node` is in base units, the point table's value is in `unit`."""

    name: str
    node: Node
    unit: Unit = NUMBER


@dataclass(frozen=True, slots=True)
class Roots:
    """All of them, in the order of the configuration; signals and machines as the point table has them."""

    rules: tuple[RuleRoot, ...] = ()
    machines: tuple[MachineRoot, ...] = ()
    signals: tuple[SignalRoot, ...] = ()

    def with_cells(self) -> "Roots":
        """Return them without the rules' trees: once cells stand for these, thousands of trees are for nothing."""
        return replace(self, rules=tuple(replace(one, when=_GONE, until=None, value=None) for one in self.rules))
