"""The expressions: each can be read, means something, and no signal depends on itself. And the points that count."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from gateway.config import schema
from gateway.config.meaning import meaning_of
from gateway.config.messages import NEAREST, example, nearest, shown
from gateway.config.names import devices, elements, text
from gateway.config.places import Path
from gateway.config.plant import Machine
from gateway.config.prune import Tree
from gateway.config.references import circles
from gateway.config.report import Report
from gateway.config.root import EdgeConfig
from gateway.config.watches import check_watches
from gateway.language import ExpressionError, PointScope, normalise, parse_number, parse_truth
from gateway.language import tree as language
from gateway.table import MACHINES, SIGNALS, PointTable
from gateway.wording import expressions
from sensors.quantities import UNITS

WHOLE = ("u16", "i16", "u32", "i32", "u64", "i64")  # a counter of kWh is none of pieces
ENERGIES = ("energy", "power")
MEANT = re.compile(r"Did you mean '(.+)'\?")


class Formula(NamedTuple):
    """One expression of the configuration: its place in the file, its text, and what it has to be."""

    place: Path
    text: str
    truth: bool
    unit: str | None = None  # a signal's
    of: str = ""  # the full name of the signal or machine that it defines


def check_formulas(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """Report expressions that cannot be read or mean nothing, circles of signals, and counts of what is no counter."""
    table = PointTable.of(config)
    scope = PointScope(table.names, [table.point(i) for i in range(len(table))])
    unsure = _unsure(tree, report)
    nodes: dict[Path, language.Node] = {}
    read: dict[str, list[str]] = {}
    meters: set[str] = set()
    for formula in _formulas(config, tree):
        beside = [(*formula.place[:-1], "unit"), (*formula.place[:2], "for_each")]
        spoilt = any(report.touches(place) for place in (formula.place, *beside))
        if not spoilt and not unsure(formula.text) and (node := _read(formula, scope, report)) is not None:
            nodes[formula.place] = node
            read.setdefault(formula.of, []).extend(table.names[point.index] for point in language.points(node))
            if language.meters(node):
                meters.add(formula.of)
    _circles(config, tree, read, report)
    _resets(config, tree, meters | {f"{SIGNALS}.{name}" for name in _unread(config, nodes, tree)}, report)
    _machines(config, tree, table, unsure, report)
    _rules(config, tree, nodes, report)
    check_watches(config, tree, scope, set(nodes), report)


def _formulas(config: EdgeConfig, tree: Tree) -> Iterator[Formula]:
    for i, signal in config.made_signals:
        place = tree.place(("signals", i, "value"))
        yield Formula(place, signal.value, False, signal.unit, f"{SIGNALS}.{signal.name}")
    for i, machine in enumerate(config.machines):
        for j, state in enumerate(machine.states):
            for key, value in (("when", state.when), ("until", state.until)):
                if value is not None:
                    place = tree.place(("machines", i, "states", j, key))
                    yield Formula(place, value, True, of=f"{MACHINES}.{machine.name}")
    for i, rule in config.made_rules:
        for key, value in (("when", rule.when), ("until", rule.until), ("value", rule.value)):
            if value is not None:
                yield Formula(tree.place(("rules", i, key)), value, key != "value")
        for side, said in rule.message.model_dump().items():
            for inside in expressions([said]):
                yield Formula(tree.place(("rules", i, "message", side)), inside, False)
    for i, watch in config.made_watches:
        yield Formula(tree.place(("watch", i, "value")), watch.value, False, watch.unit)
        if watch.during is not None:
            yield Formula(tree.place(("watch", i, "during")), watch.during, True)


def _unsure(tree: Tree, report: Report) -> Any:
    """Return a test that tells whether an expression names something of which a part was wrong already.

    Judging it would only repeat in other words what was said about that device, signal or machine.
    """
    data = report.document.data
    if any(not _names_its_devices(data, cut) for cut in tree.cuts if cut[0] == "drivers" and len(cut) <= 2):
        return lambda expression: True
    lost: list[str | None] = [str(cut[0]) for cut in tree.cuts if cut in (("signals",), ("machines",))]
    lost += [
        text(device, "name")
        for path, device in devices(data)
        if any(_about(path, cut) for cut in tree.cuts)
        or any(report.touches((*path, key)) for key in ("points", "profile"))
    ]
    for kind in ("signals", "machines"):
        for path, element in elements(data, (kind,)):
            if report.touches(path):
                lost.append(f"{kind}.{text(element, 'name')}")
    names = "|".join(re.escape(name) for name in lost if name)
    pattern = re.compile(rf"(?<![\w.])(?:{names})(?![\w])") if names else None
    return lambda expression: pattern is not None and pattern.search(expression) is not None


def _names_its_devices(data: Any, cut: Path) -> bool:
    """Tell whether what was cut away of the drivers still says which devices it had."""
    driver = schema.at(data, cut)
    return isinstance(driver, dict) and (isinstance(driver.get("devices"), list) or "devices" not in driver)


def _about(device: Path, cut: Path) -> bool:
    """Tell whether a cut took the device, what holds it, or a part of it that its points depend on."""
    if cut == device[: len(cut)]:
        return True
    return cut[: len(device)] == device and cut[len(device)] in ("points", "profile")


def _read(formula: Formula, scope: PointScope, report: Report) -> language.Node | None:
    try:
        if formula.truth:
            return parse_truth(formula.text, scope)
        return parse_number(formula.text, scope, formula.unit).node
    except ExpressionError as error:
        what, mend = error.what, error.mend or {"ko": "식을 고쳐 주세요", "en": "correct the expression"}
        near = example("meter_1.power > 120 W") if not formula.text.strip() else _excerpt(formula.text)
        mends = (mend["ko"], mend["en"])
        if meant := MEANT.fullmatch(mend["en"]):
            near = NEAREST[0].format(meant[1]), NEAREST[1].format(meant[1])
            mends = ("식을 고쳐 주세요", "correct the expression")
        said = (f"{error.position + 1}번째 글자: {what['ko']}", f"character {error.position + 1}: {what['en']}")
        cleaned: dict[str, Any] = {
            "what": tuple(_clean(part) for part in said),
            "mend": tuple(_clean(part) for part in mends),
        }
        report.add(formula.place, "expression", near=near, **cleaned)
        return None


def _clean(sentence: str) -> str:
    return sentence.strip().rstrip(".")


def _excerpt(expression: str) -> tuple[str, str]:
    return f"식: {shown(expression)}", f"expression: {shown(expression)}"


def _circles(config: EdgeConfig, tree: Tree, read: dict[str, list[str]], report: Report) -> None:
    """No signal depends on itself, however far around; what a machine reads of itself is what it was before."""
    edges = {name: [whole for one in names if (whole := _defined(one))] for name, names in read.items() if name}
    places = {f"{SIGNALS}.{signal.name}": tree.place(("signals", i, "value")) for i, signal in config.made_signals}
    for circle in circles(edges):
        first = next((place for place, name in enumerate(circle) if name in places), None)
        if first is not None:
            circle = circle[first:] + circle[:first]
            report.add(
                places[circle[0]], "signal_circle", name=circle[0].partition(".")[2],
                circle=" → ".join([*circle, circle[0]]),
            )  # fmt: skip


def _unread(config: EdgeConfig, nodes: dict[Path, language.Node], tree: Tree) -> list[str]:
    """Return the signals of which it is not known what is in them."""
    return [signal.name for i, signal in config.made_signals if tree.place(("signals", i, "value")) not in nodes]


def _resets(config: EdgeConfig, tree: Tree, meters: set[str], report: Report) -> None:
    """What a rule resets accrues; a signal that is not there is told elsewhere."""
    known = {signal.name for signal in config.all_signals}
    for i, rule in config.made_rules:
        for j, name in enumerate(rule.resets):
            place = tree.place(("rules", i, "resets", j))
            if name in known and f"{SIGNALS}.{name}" not in meters and not report.touches(place):
                report.add(place, "no_meter", value=name)


def _defined(name: str) -> str | None:
    """Return which signal or machine a point's value comes from; what a machine counted does not follow its state."""
    kind, _, rest = name.partition(".")
    if kind == SIGNALS:
        return name
    if kind == MACHINES and not rest.endswith(".count"):
        return name.rpartition(".")[0]
    return None


def _machines(config: EdgeConfig, tree: Tree, table: PointTable, unsure: Any, report: Report) -> None:
    pieces = [table.point(i).kind == "counter" and table.point(i).type in WHOLE for i in range(len(table))]
    counters = [name for name, counts in zip(table.names, pieces, strict=True) if counts]
    units = [UNITS.get(table.point(i).unit) for i in range(len(table))]
    meters = [name for name, unit in zip(table.names, units, strict=True) if unit and unit.quantity in ENERGIES]
    for i, machine in enumerate(config.machines):
        place = tree.place(("machines", i))
        if not machine.states and not report.touches((*place, "states")):
            _no_states(config, machine, place, report)
        if machine.count is not None and not unsure(machine.count) and machine.count not in counters:
            _count((*place, "count"), machine.count, counters, table, report)
        if machine.energy is not None and not unsure(machine.energy) and machine.energy not in meters:
            _meter((*place, "energy"), machine.energy, meters, table, report)
        first: dict[str, tuple[int, str]] = {}
        for j, state in enumerate(machine.states):
            at = tree.place(("machines", i, "states", j, "when"))
            before = first.setdefault(_normal(state.when), (report.document.line(at), state.state))
            if before[0] != report.document.line(at):
                report.add(at, "state_again", first=before[0], state=before[1])
            if state.until is not None and _normal(state.until) == _normal(state.when):
                report.add((*at[:-1], "until"), "until_same")


def _no_states(config: EdgeConfig, machine: Machine, place: Path, report: Report) -> None:
    """A machine has neither states nor a device that knows them; an unknown or spoilt device is told elsewhere."""
    there = machine.device is not None and meaning_of(machine.device, config.drivers)[0]
    if machine.device is None:
        report.add((*place, "states"), "no_states", name=machine.name)
    elif there:
        report.add((*place, "device"), "no_meaning", name=machine.name, value=machine.device)


def _count(place: Path, name: str, counters: list[str], table: PointTable, report: Report) -> None:
    """The point that a machine counts by is not there, or is not a counter."""
    own = [counter for counter in counters if counter.partition(".")[0] == name.partition(".")[0]]
    if name in table.names:
        near = nearest(name, own or counters)
        report.add(place, "not_a_counter", value=shown(name), near=near)
    else:
        near = nearest(name, get_close_matches(name, counters, 1, 0.6) or own or counters)
        report.add(
            place, "unknown_name", value=shown(name), near=near, thing_ko="점", thing_en="point", where="drivers"
        )


def _meter(place: Path, name: str, meters: list[str], table: PointTable, report: Report) -> None:
    """What a machine takes is told by a point that is there and measures it."""
    near = nearest(name, get_close_matches(name, meters, 1, 0.6) or meters)
    if name in table.names:
        report.add(place, "not_a_meter", value=shown(name), near=near)
    else:
        report.add(
            place, "unknown_name", value=shown(name), near=near, thing_ko="점", thing_en="point", where="drivers"
        )


def _normal(expression: str) -> str:
    try:
        return normalise(expression)
    except ExpressionError:
        return expression


def _rules(config: EdgeConfig, tree: Tree, nodes: dict[Path, language.Node], report: Report) -> None:
    """Each rule can be raised and can end."""
    for i, rule in enumerate(config.rules):
        place = tree.place(("rules", i))
        for key, value in (("when", rule.when), ("until", rule.until)):
            node = nodes.get((*place, key))
            if node is not None and next(language.points(node), None) is None:
                report.add((*place, key), "constant", value=shown(value), example="press_1.temperature > 80 degC")
        if rule.until is not None and (*place, "until") in nodes and _normal(rule.until) == _normal(rule.when):
            report.add((*place, "until"), "until_same")
