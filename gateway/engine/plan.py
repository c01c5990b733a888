"""From the configuration's texts to parsed expressions over the point table."""

from gateway.config.plant import Machine, Rule, Signal
from gateway.config.root import EdgeConfig
from gateway.engine.roots import MachineRoot, MeterRoot, Roots, RuleRoot, Shown, SignalRoot
from gateway.errors import ConfigurationError
from gateway.language import ExpressionError, Measured, PointScope, parse_number, parse_truth
from gateway.language.tree import Node
from gateway.table import PointTable
from gateway.wording import expressions
from sensors.quantities import UNITS

SECOND_NS = 1_000_000_000


class _Reader:
    """Parses what it is asked to and collects every problem."""

    def __init__(self, table: PointTable) -> None:
        self.table = table
        self.scope = PointScope(table.names, [table.point(index) for index in range(len(table))])
        self.problems: list[str] = []

    def rule(self, rule: Rule) -> RuleRoot | None:
        """Return a rule's expressions, None when there is a problem."""
        when = self._truth(f"rules.{rule.name}.when", rule.when)
        until = None if rule.until is None else self._truth(f"rules.{rule.name}.until", rule.until)
        value = None if rule.value is None else self._number(f"rules.{rule.name}.value", rule.value)
        shown = self._shown(rule)
        if when is None:
            return None
        if value is None:
            return RuleRoot(rule, when, until, shown=shown)
        return RuleRoot(rule, when, until, value.node, value.unit, shown)

    def machine(self, machine: Machine) -> MachineRoot:
        """Return a machine's expressions and what counts its pieces."""
        read = [
            (state.state, self._truth(f"machines.{machine.name}.states.{place}", state.when))
            for place, state in enumerate(machine.states)
        ]
        states = tuple((name, node) for name, node in read if node is not None)
        untils = tuple(
            None if state.until is None else self._truth(f"machines.{machine.name}.states.{place}.until", state.until)
            for place, state in enumerate(machine.states)
        )
        dwell_ns = {name: round(seconds * SECOND_NS) for name, seconds in machine.dwells_s().items()}
        apart_ns, micro_ns = (round(one * SECOND_NS) for one in (machine.debounce_s, machine.micro_stop_s))
        return MachineRoot(
            machine.name, states, self._count(machine), untils, dwell_ns, apart_ns, micro_ns, self._meter(machine)
        )

    def signal(self, signal: Signal) -> SignalRoot | None:
        """Return a signal's expression, None when there is a problem."""
        try:
            node = parse_number(signal.value, self.scope, signal.unit).node
        except ExpressionError as error:
            self.problems.append(f"signals.{signal.name}: {error}")
            return None
        return SignalRoot(signal.name, node, UNITS[signal.unit])

    def _shown(self, rule: Rule) -> tuple[Shown, ...]:
        texts = rule.message.model_dump().values()
        read = [(text, self._number(f"rules.{rule.name}.message", text)) for text in expressions(texts)]
        return tuple(Shown(text, *said) for text, said in read if said is not None)

    def _number(self, where: str, text: str) -> Measured | None:
        try:
            return parse_number(text, self.scope)
        except ExpressionError as error:
            self.problems.append(f"{where}: {error}")
            return None

    def _truth(self, where: str, text: str) -> Node | None:
        try:
            return parse_truth(text, self.scope)
        except ExpressionError as error:
            self.problems.append(f"{where}: {error}")
            return None

    def _meter(self, machine: Machine) -> MeterRoot | None:
        if machine.energy is None:
            return None
        try:
            return meter_of(self.table, machine.energy)
        except KeyError:
            self.problems.append(f"machines.{machine.name}.energy: {machine.energy} tells of no energy")
            return None

    def _count(self, machine: Machine) -> int | None:
        if machine.count is None:
            return None
        try:
            return self.table.index(machine.count)
        except KeyError:
            self.problems.append(f"machines.{machine.name}.count: there is no point {machine.count}")
            return None


def roots_of(config: EdgeConfig, table: PointTable) -> Roots:
    """Parse every expression; ConfigurationError with all problems. The loader tells them better, by line."""
    reader = _Reader(table)
    signals = [reader.signal(signal) for signal in config.all_signals]
    machines = [reader.machine(machine) for machine in config.machines]
    rules = [reader.rule(rule) for rule in config.all_rules]
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return Roots(
        tuple(rule for rule in rules if rule is not None),
        tuple(machines),
        tuple(signal for signal in signals if signal is not None),
    )


def meter_of(table: PointTable, name: str) -> MeterRoot:
    """Return a point as a meter. KeyError for one that is not there, or measures neither energy nor power."""
    index = table.index(name)
    unit = UNITS[table.point(index).unit]
    if unit.quantity not in ("energy", "power"):
        raise KeyError(name)
    return MeterRoot(name, index, unit.quantity == "energy", unit.scale / 1000)
