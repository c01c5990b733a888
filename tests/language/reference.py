"""What an expression means, in plain Python: row by row, everything kept, nothing shared. The engine is held to it.

A value is a float, a truth True or False; either is None while unknown. A row is (mono_ns, values, quality): one
device's readings at a time, by their index in the point table. A tick is a row without readings. Rows are in order.
"""

import math
import operator
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gateway.language import tree
from gateway.language.tree import ACCRUED
from sensors.quality import BAD

Row = tuple[int, Mapping[int, float], Mapping[int, int]]
Result = float | bool | None
Reading = tuple[int, float]  # mono_ns, base units; good ones only

MINUTE_NS = 60_000_000_000  # the longest time between two evaluations of a gateway that is awake

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass
class Reference:
    """Evaluates one tree after each row.

    `counters` names the points that count, with the bits after which their register runs over (0: never). A decrease
    that would be more than half of the range is a counter that began again at zero. `device` tells which device a
    point belongs to: a function over time takes a reading of what is computed at each row of the devices that it
    reads, and else (when time alone passed) if it changed.
    """

    root: tree.Node
    counters: Mapping[int, int] = field(default_factory=dict)
    device: Callable[[int], int] = lambda index: 0

    def __post_init__(self) -> None:
        self.now_ns = 0
        self.start_ns: int | None = None
        self.latest: dict[int, float | None] = {}
        self.raw: dict[int, list[Reading]] = {}  # all good readings, as in the point table
        self.since_ns: dict[tree.Held, int] = {}
        self.computed: dict[tree.Node, list[tuple[int, Result]]] = {}  # all readings of what is computed, bad ones too
        self.known: dict[tree.Node, Result] = {}  # within one step each part is evaluated once
        self.read: set[tree.Node] = set()  # likewise it has one reading at most
        self.rows: set[int] = set()  # the devices whose row this is
        self.step_number = 0
        self.told: dict[tree.Node, list[tuple[int, int, float | None]]] = {}

    def step(self, row: Row) -> Result:
        """Take a row and return the expression's value after it."""
        self.now_ns, values, quality = row
        self.start_ns = self.now_ns if self.start_ns is None else self.start_ns
        self.step_number += 1
        self.known, self.read, self.rows = {}, set(), {self.device(index) for index in values}
        for index, value in values.items():
            good = quality.get(index, 0) < BAD and math.isfinite(value)
            self.latest[index] = value if good else None
            if good:
                self.raw.setdefault(index, []).append((self.now_ns, value))
        return self.value(self.root)

    def value(self, node: tree.Node) -> Result:
        """Return the value of a node now. Every part is evaluated: a hold inside waits whoever looks at it."""
        if node not in self.known:
            self.known[node] = self._value(node)
        return self.known[node]

    def devices(self, node: tree.Node) -> set[int]:
        """Return whose rows change a node; what keeps time follows all devices that the whole expression reads."""
        if isinstance(node, tree.Point):
            return {self.device(node.index)}
        if isinstance(node, tree.Held) or (
            isinstance(node, tree.Call) and (node.window_ns or node.function in ACCRUED)
        ):
            return {self.device(point.index) for point in tree.points(self.root)}
        return {device for one in tree.children(node) for device in self.devices(one)}

    def _value(self, node: tree.Node) -> Result:
        match node:
            case tree.UNKNOWN:
                return None
            case tree.Number(value) | tree.Truth(value):
                return value
            case tree.Point():
                return self._point(node)
            case tree.Call(function) if function in ACCRUED:
                return known(lambda: self._accrued(node), [])
            case tree.Call("within"):
                return self._within(node)
            case tree.Call() if node.window_ns:
                return self._over_time(node)
            case tree.Call(function, arguments):
                return known(lambda *given: plain(function, given), [self.value(one) for one in arguments])
            case tree.Negate(operand):
                return known(operator.neg, [self.value(operand)])
            case tree.Arithmetic(sign, left, right):
                return known(lambda one, other: arithmetic(sign, one, other), [self.value(left), self.value(right)])
            case tree.Choose(then, condition, otherwise):
                chosen = {True: self.value(then), False: self.value(otherwise), None: None}
                return chosen[self.truth(condition)]
            case tree.Compare(sign, left, right):
                return known(_COMPARE[sign], [self.value(left), self.value(right)])
            case tree.Not(operand):
                return known(operator.not_, [self.truth(operand)])
            case tree.And(operands):
                truths = [self.truth(one) for one in operands]
                return False if False in truths else None if None in truths else True
            case tree.Or(operands):
                truths = [self.truth(one) for one in operands]
                return True if True in truths else None if None in truths else False
            case tree.Held():
                return self._held(node)
            case _:
                raise TypeError(f"no node of the tree: {node!r}")

    def truth(self, node: tree.Node) -> bool | None:
        """Return the value of a truth-valued node."""
        value = self.value(node)
        assert value is None or isinstance(value, bool), f"{node} gave {value!r}"
        return value

    def _point(self, node: tree.Point) -> Result:
        value = self.latest.get(node.index)
        if value is None:
            return None
        return value != 0 if node.truth else value * node.scale + node.offset

    def _held(self, node: tree.Held) -> bool | None:
        operand = self.truth(node.operand)
        if operand is not True:
            self.since_ns.pop(node, None)
            return operand
        since_ns = self.since_ns.setdefault(node, self.now_ns)
        return self.now_ns - since_ns >= node.duration_ns

    def readings(self, node: tree.Node) -> list[Reading]:
        """Return all good readings of a point or of what is computed; true is 1 and false 0."""
        if isinstance(node, tree.Point):
            return [(at, value * node.scale + node.offset) for at, value in self.raw.get(node.index, ())]
        value, seen = self.value(node), self.computed.setdefault(node, [])
        moved = bool(self.rows & self.devices(node)) or value != (seen[-1][1] if seen else None)
        if moved and node not in self.read:
            seen.append((self.now_ns, value))
        self.read.add(node)
        return [(at, float(one)) for at, one in seen if one is not None]

    def _over_time(self, node: tree.Call) -> Result:
        argument = node.arguments[0]
        readings = self.readings(argument)
        match node.function:
            case "missing":
                assert self.start_ns is not None
                heard_ns = readings[-1][0] if readings else self.start_ns
                return self.now_ns - heard_ns >= node.window_ns
            case "stuck" | "changed":
                return recent(node.function, readings, self.now_ns, node.window_ns)
            case "ewma":
                return ewma(readings, node.window_ns / 1e9)
        inside = [reading for reading in readings if self._is_inside(reading[0], node)]
        if node.function in ("rate", "delta") and isinstance(argument, tree.Point) and argument.index in self.counters:
            raw = [reading for reading in self.raw.get(argument.index, []) if self._is_inside(reading[0], node)]
            inside = unrolled(raw, self.counters[argument.index], argument.scale)
        constants = [one.value for one in node.arguments[1:] if isinstance(one, tree.Number)]
        return known(lambda: windowed(node.function, inside, *constants), [])

    def story(self, node: tree.Node) -> list[tuple[int, float | None]]:
        """Return a node's value at every evaluation so far; true is 1 and false 0."""
        value, told = self.value(node), self.told.setdefault(node, [])
        if not told or told[-1][0] != self.step_number:
            told.append((self.step_number, self.now_ns, None if value is None else float(value)))
        return [(at_ns, one) for _, at_ns, one in told]

    def _accrued(self, node: tree.Call) -> Result:
        """Add up all that lies behind the begin: each value stands until the next evaluation."""
        story, resets = self.story(node.arguments[0]), [rises(self.story(one)) for one in node.arguments[1:]]
        first = resets[0][-1] if resets and resets[0] else 0
        if node.function == "count_since":
            inside = [not node.window_ns or self._is_inside(at_ns, node) for at_ns, _ in story]
            return float(sum(at >= first and inside[at] for at in rises(story)))
        begin_ns, end_ns = self._span(node)
        total = known_ns = 0.0
        for (at_ns, value), (next_ns, _) in pairwise(story[first:]):
            part_ns = min(next_ns, end_ns) - max(at_ns, begin_ns)
            if value is not None and part_ns > 0 and next_ns - at_ns <= MINUTE_NS:
                total, known_ns = total + value * part_ns, known_ns + part_ns
        if node.function == "share":
            return 100 * total / known_ns
        return total / 1e9 if known_ns or not node.window_ns else None

    def _span(self, node: tree.Call) -> tuple[int, int]:
        """Return between which times a thing accrues."""
        if not node.window_ns:
            return 0, self.now_ns
        if not node.hop_ns:
            return self.now_ns - node.window_ns, self.now_ns
        pane_ns = self.now_ns // node.hop_ns * node.hop_ns
        return pane_ns - node.window_ns, pane_ns if node.tumbling else self.now_ns

    def _within(self, node: tree.Call) -> Result:
        first, second = (self.story(one) for one in node.arguments)
        if second[-1][1] != 1.0:
            return None if second[-1][1] is None else False
        if not rises(second):
            return False
        came = rises(second)[-1]
        led = [first[at][0] for at in rises(first) if at <= came]
        return bool(led) and second[came][0] - led[-1] <= node.window_ns

    def _is_inside(self, at_ns: int, node: tree.Call) -> bool:
        """Without a hop the last `window_ns`; with one the last window / hop full panes and the present one.

        A tumbling window is the last full one alone.
        """
        if not node.hop_ns:
            return self.now_ns - node.window_ns < at_ns <= self.now_ns
        if node.tumbling:
            return at_ns // node.hop_ns == self.now_ns // node.hop_ns - 1
        return at_ns // node.hop_ns >= self.now_ns // node.hop_ns - node.window_ns // node.hop_ns


def rises(story: Sequence[tuple[int, float | None]]) -> list[int]:
    """Return at which places a truth is true that was false when it was last known."""
    found, before = [], None
    for place, (_, value) in enumerate(story):
        if value == 1.0 and before == 0.0:
            found.append(place)
        before = before if value is None else value
    return found


def run(root: tree.Node, rows: Iterable[Row], counters: Mapping[int, int] | None = None) -> list[Result]:
    """Return the expression's value after each row."""
    reference = Reference(root, counters or {})
    return [reference.step(row) for row in rows]


def known(function: Callable[..., Result], arguments: Sequence[Result]) -> Result:
    """Return the function's result; None if an argument is unknown, or the result no finite number."""
    if None in arguments:
        return None
    try:
        result = function(*arguments)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    return result if result is not None and math.isfinite(result) else None


def arithmetic(sign: str, left: float, right: float) -> float:
    """Return left sign right; the remainder has the sign of the right side."""
    return {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod}[sign](
        left, right
    )


def plain(function: str, given: Sequence[float]) -> float:
    """Return abs, min, max, sqrt, clamp, or round (to decimals, an exact half to the even one)."""
    match function:
        case "abs":
            return abs(given[0])
        case "min":
            return min(given)
        case "max":
            return max(given)
        case "sqrt":
            return math.sqrt(given[0])
        case "clamp":
            value, low, high = given
            return min(max(value, low), high)
        case "round":
            value, decimals = given
            return round(value * 10.0**decimals) / 10.0**decimals
    raise ValueError(function)


def windowed(function: str, readings: Sequence[Reading], *constants: float) -> Result:
    """Return a function of the good readings in a window."""
    values = [value for _, value in readings]
    if function == "count":
        return float(len(values))
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    match function:
        case "mean":
            return mean
        case "median":
            return statistics.median(values)
        case "first":
            return values[0]
        case "last":
            return values[-1]
        case "sum":
            return math.fsum(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "range":
            return max(values) - min(values)
        case "std":
            return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
        case "delta":
            return values[-1] - values[0]
        case "rate":
            return known(operator.truediv, [values[-1] - values[0], (readings[-1][0] - readings[0][0]) / 1e9])
        case "percentile":
            return percentile(values, constants[0])
    raise ValueError(function)


def percentile(values: Sequence[float], percent: float) -> float:
    """Interpolate linearly between the two nearest ranks."""
    ordered = sorted(values)
    rank = percent / 100 * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def unrolled(raw: Sequence[Reading], bits: int, scale: float) -> list[Reading]:
    """Return a counter's readings as what was counted since the first of them."""
    total, found = 0.0, []
    for number, (at_ns, value) in enumerate(raw):
        if number:
            total += counted(raw[number - 1][1], value, bits)
        found.append((at_ns, total * scale))
    return found


def counted(before: float, now: float, bits: int) -> float:
    """Return what a counter counted between two readings."""
    if now >= before:
        return now - before
    wrapped = now - before + 2.0**bits
    return wrapped if bits and 0 <= wrapped <= 2.0**bits / 2 else max(now, 0.0)


def recent(function: str, readings: Sequence[Reading], now_ns: int, within_ns: int) -> bool | None:
    """Return stuck or changed; unknown before the first reading. The present value is the last good one."""
    if not readings:
        return None
    begin_ns = now_ns - within_ns  # readings after it are within
    others = [at_ns for at_ns, value in readings if value != readings[-1][1]]
    differs = bool(others) and others[-1] > begin_ns
    return differs if function == "changed" else not differs and readings[0][0] <= begin_ns


def ewma(readings: Sequence[Reading], time_constant_s: float) -> float | None:
    """Return the mean that forgets: each good reading pulls by 1 - exp(-time since the last / time constant)."""
    mean, last_ns = None, 0
    for at_ns, value in readings:
        weight = 1.0 if mean is None else -math.expm1(-(at_ns - last_ns) / 1e9 / time_constant_s)
        mean = value if mean is None else mean + weight * (value - mean)
        last_ns = at_ns
    return mean
