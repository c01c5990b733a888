"""The engine benchmark's work in plain Python, without NumPy: one object a feature and a rule, one value after another.

A rival, not a straw man: each feature is computed once a row, sums are carried on, a range keeps two monotonic queues.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

SECOND_NS = 1_000_000_000
NAN = math.nan
Told = tuple[int, str, str]  # when, the rule or machine, what it became


class Point:
    """The present value of a point; NaN while it cannot be read."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = NAN

    def push(self, now_ns: int, value: float) -> None:
        """Take a row."""
        self.value = value


class Kept:
    """The good readings of a window, and what is told of them."""

    __slots__ = ("readings", "squares", "total", "value", "window_ns")

    def __init__(self, window_s: int) -> None:
        self.window_ns = window_s * SECOND_NS
        self.readings: deque[tuple[int, float]] = deque()
        self.value, self.total, self.squares = NAN, 0.0, 0.0

    def push(self, now_ns: int, value: float) -> None:
        """Take a row and let old readings go."""
        if value == value:
            self.readings.append((now_ns, value))
        begin_ns = now_ns - self.window_ns
        while self.readings and self.readings[0][0] <= begin_ns:
            self.readings.popleft()
        self.value = self.told()

    def told(self) -> float:
        """Return the window's result."""
        raise NotImplementedError


class Count(Kept):
    """How many readings."""

    __slots__ = ()

    def told(self) -> float:
        return len(self.readings)


class Delta(Kept):
    """The last reading less the first."""

    __slots__ = ()

    def told(self) -> float:
        return self.readings[-1][1] - self.readings[0][1] if self.readings else NAN


class Rate(Kept):
    """The change per second."""

    __slots__ = ()

    def told(self) -> float:
        if not self.readings:
            return NAN
        (first_ns, first), (last_ns, last) = self.readings[0], self.readings[-1]
        return (last - first) / ((last_ns - first_ns) / 1e9) if last_ns > first_ns else NAN


class Mean(Kept):
    """The mean and, with it, the standard deviation, from sums of the distance to 50."""

    __slots__ = ()

    def push(self, now_ns: int, value: float) -> None:
        """Take a row and let old readings go."""
        readings = self.readings
        if value == value:
            apart = value - 50.0
            readings.append((now_ns, apart))
            self.total += apart
            self.squares += apart * apart
        begin_ns = now_ns - self.window_ns
        while readings and readings[0][0] <= begin_ns:
            apart = readings.popleft()[1]
            self.total -= apart
            self.squares -= apart * apart
        self.value = self.told() if readings else NAN

    def told(self) -> float:
        return 50.0 + self.total / len(self.readings)


class Std(Mean):
    """The standard deviation."""

    __slots__ = ()

    def told(self) -> float:
        count = len(self.readings)
        mean = self.total / count
        return math.sqrt(max(0.0, self.squares / count - mean * mean))


class Range:
    """The largest less the smallest reading of a window, from two monotonic queues."""

    __slots__ = ("high", "low", "value", "window_ns")

    def __init__(self, window_s: int) -> None:
        self.window_ns, self.value = window_s * SECOND_NS, NAN
        self.high: deque[tuple[int, float]] = deque()
        self.low: deque[tuple[int, float]] = deque()

    def push(self, now_ns: int, value: float) -> None:
        """Take a row and let old readings go."""
        high, low, begin_ns = self.high, self.low, now_ns - self.window_ns
        if value == value:
            while high and high[-1][1] <= value:
                high.pop()
            high.append((now_ns, value))
            while low and low[-1][1] >= value:
                low.pop()
            low.append((now_ns, value))
        while high and high[0][0] <= begin_ns:
            high.popleft()
        while low and low[0][0] <= begin_ns:
            low.popleft()
        self.value = high[0][1] - low[0][1] if high else NAN


class Ewma:
    """An exponentially weighted mean."""

    __slots__ = ("last_ns", "minus_tau_ns", "value")

    def __init__(self, constant_s: int) -> None:
        self.value, self.last_ns, self.minus_tau_ns = NAN, 0, -constant_s * 1e9

    def push(self, now_ns: int, value: float) -> None:
        """Take a row."""
        if value == value:
            old = self.value
            weight = -math.expm1((now_ns - self.last_ns) / self.minus_tau_ns)
            self.value = value if old != old else old + weight * (value - old)
            self.last_ns = now_ns


class Recent:
    """When a point was read last, and when it last had another value: 1 true, -1 false, NaN unknown."""

    __slots__ = ("first_ns", "function", "last", "last_ns", "other_ns", "start_ns", "value", "within_ns")

    def __init__(self, function: str, within_s: int) -> None:
        self.function, self.within_ns = function, within_s * SECOND_NS
        self.start_ns = self.first_ns = self.last_ns = 0
        self.other_ns = -1 << 62
        self.last = self.value = NAN

    def push(self, now_ns: int, value: float) -> None:
        """Take a row."""
        if not self.start_ns:
            self.start_ns = now_ns
        if value == value:
            if not self.first_ns:
                self.first_ns = now_ns
            elif value != self.last:
                self.other_ns = self.last_ns
            self.last, self.last_ns = value, now_ns
        begin_ns = now_ns - self.within_ns
        if self.function == "missing":
            true = (self.last_ns or self.start_ns) <= begin_ns
        elif not self.first_ns:
            return
        elif self.function == "changed":
            true = self.other_ns > begin_ns
        else:
            true = max(self.first_ns, self.other_ns) <= begin_ns
        self.value = 1.0 if true else -1.0


FEATURES: dict[str, Callable[[], Any]] = {
    "mean": lambda: Mean(10), "rate": lambda: Rate(10), "range": lambda: Range(60), "ewma": lambda: Ewma(30),
    "std": lambda: Std(60), "count": lambda: Count(60), "delta": lambda: Delta(60),
    "stuck": lambda: Recent("stuck", 30), "missing": lambda: Recent("missing", 30),
    "changed": lambda: Recent("changed", 10),
}  # fmt: skip


class Rule:
    """A latch: begins when true, ends when its end is true; NaN makes neither."""

    __slots__ = ("active", "high", "higher", "inputs", "low", "name", "shape", "since_ns")

    def __init__(self, name: str, told: dict[str, Any], inputs: Sequence[Any]) -> None:
        self.name, self.shape, self.inputs = name, told["shape"], inputs
        self.high, self.low, self.higher = told["high"], told["low"], told["higher"]
        self.active, self.since_ns = False, 0

    def step(self, now_ns: int) -> bool:
        """Look at the rule after a row; return whether it began or ended."""
        value = self.inputs[0].value
        match self.shape:
            case "hysteresis" | "hold":
                begins, ends = value > self.high and self.shape != "hold", value < self.low
                if self.shape == "hold":
                    begins = self._held(now_ns, value)
            case "stuck" | "missing" | "changed":
                begins, ends = value > 0.0, value < 0.0
            case "count":
                begins, ends = value < self.high, value >= self.high
            case "pair":
                apart, third = value - self.inputs[1].value, self.inputs[2].value
                begins, ends = apart > self.high and third < self.low, apart <= self.high or third >= self.low
            case "either":
                other = self.inputs[1].value
                begins, ends = value > self.high or other <= self.low, value <= self.high and other > self.low
            case "choose":
                other = self.inputs[1].value
                limit = self.high if other > 55.0 else self.higher if other <= 55.0 else NAN
                begins, ends = value > limit, value <= limit
            case _:
                begins, ends = value > self.high, value <= self.high
        if begins == self.active or not (ends if self.active else begins and not ends):
            return False
        self.active = begins
        return True

    def _held(self, now_ns: int, value: float) -> bool:
        if not value > self.high:
            self.since_ns = 0
            return False
        self.since_ns = self.since_ns or now_ns
        return now_ns - self.since_ns >= 5 * SECOND_NS

    def held_before(self, now_ns: int) -> int:
        """Return when the rule began between two rows, for its hold ended there; 0 when it did not."""
        end_ns = self.since_ns + 5 * SECOND_NS
        if self.active or not self.since_ns or end_ns >= now_ns:
            return 0
        self.active = True
        return end_ns


class Machine:
    """In alarm above one limit, runs when above another for three seconds, idles above a third, else is off."""

    __slots__ = ("alarm", "idle", "name", "point", "run", "since_ns", "state")

    def __init__(self, name: str, told: dict[str, Any], point: Point) -> None:
        self.name, self.point, self.state, self.since_ns = name, point, "unknown", 0
        self.alarm, self.run, self.idle = told["alarm"], told["run"], told["idle"]

    def step(self, now_ns: int) -> bool:
        """Look at the machine after a row; return whether its state changed."""
        value, before = self.point.value, self.state
        if value > self.run:
            self.since_ns = self.since_ns or now_ns
        else:
            self.since_ns = 0
        if value != value:
            self.state = "unknown"
        elif value > self.alarm:
            self.state = "alarm"
        elif self.since_ns and now_ns - self.since_ns >= 3 * SECOND_NS:
            self.state = "run"
        else:
            self.state = "idle" if value > self.idle else "off"
        return self.state != before

    def held_before(self, now_ns: int) -> int:
        """Return when the machine began to run between two rows, 0 when it did not."""
        end_ns = self.since_ns + 3 * SECOND_NS
        if self.state in ("alarm", "run") or not self.since_ns or end_ns >= now_ns:
            return 0
        self.state = "run"
        return end_ns


class Work:
    """Rules and machines of one device with the features that they read."""

    def __init__(self, rules: Sequence[dict[str, Any]], machines: Sequence[dict[str, Any]], points: int) -> None:
        self.points = [Point() for _ in range(points)]
        self.features: list[list[Any]] = [[point] for point in self.points]
        made: dict[tuple[str, int], Any] = {}
        self.rules = []
        for number, rule in enumerate(rules):
            shape, (first, *others) = rule["shape"], rule["points"]
            feature: Any = self.points[first]
            if shape in FEATURES:
                feature = made.get((shape, first))
                if feature is None:
                    feature = made[shape, first] = FEATURES[shape]()
                    self.features[first].append(feature)
            inputs = [feature, *(self.points[other] for other in others)]
            self.rules.append(Rule(rule.get("name", f"r0_{number}"), rule, inputs))
        self.machines = [
            Machine(one.get("name", f"m{number}"), one, self.points[one["point"]])
            for number, one in enumerate(machines)
        ]
        self._holding = [rule for rule in self.rules if rule.shape == "hold"]

    def row(self, now_ns: int, row: Sequence[float]) -> Iterator[Told]:
        """Evaluate all after a row and yield what happened."""
        for rule in self._holding:
            if at_ns := rule.held_before(now_ns):
                yield at_ns, rule.name, "raise"
        for machine in self.machines:
            if at_ns := machine.held_before(now_ns):
                yield at_ns, machine.name, machine.state
        for features, value in zip(self.features, row, strict=True):
            for feature in features:
                feature.push(now_ns, value)
        for rule in self.rules:
            if rule.step(now_ns):
                yield now_ns, rule.name, "raise" if rule.active else "clear"
        for machine in self.machines:
            if machine.step(now_ns):
                yield now_ns, machine.name, machine.state


def known(rows: Sequence[Sequence[float | None]]) -> list[list[float]]:
    """Return rows with NaN for what was not read."""
    return [[NAN if value is None else value for value in row] for row in rows]
