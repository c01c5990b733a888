"""A plain model of the ledger: what a shop would keep in an exercise book. Nothing of it comes from the ledger's code.

It keeps events with the facts that each told, and works out everything from those that still hold.
"""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

BEFORE: dict[str, tuple[str, ...]] = {"CUT": (), "FRONT": ("CUT",), "SLEEVE": ("CUT",), "ASSEM": ("FRONT", "SLEEVE")}


@dataclass
class Happened:
    """An event: where, and what it told. `holds` is False when it was taken back."""

    place: int
    station: str
    facts: list[dict[str, Any]]
    event: str = ""
    holds: bool = True
    day: str = ""  # the shop's, `2026-12-01`


@dataclass
class Book:
    """The exercise book."""

    happened: list[Happened] = field(default_factory=list)
    size: dict[str, int] = field(default_factory=dict)  # of bundles that were told of
    open: set[str] = field(default_factory=set)
    here: dict[str, dict[str, int]] = field(default_factory=dict)  # since which place each worker can undo, by station
    now: int = 0
    closings: list[tuple[int, Counter[str]]] = field(default_factory=list)  # event, and what everybody had made
    closed: int = 0  # the last place that is closed
    today: str = ""
    rates: dict[str, dict[str, int]] = field(default_factory=dict)  # won a piece, by operation and the day it begins

    def copy(self) -> "Book":
        return deepcopy(self)

    # What holds

    def facts(self, kind: str, bundle: str | None = None) -> Iterator[tuple[Happened, dict[str, Any]]]:
        for one in self.happened:
            for fact in one.facts if one.holds else ():
                if fact["kind"] == kind and bundle in (None, fact["bundle"]):
                    yield one, fact

    def parts(self, bundle: str) -> dict[str, int]:
        return {name: size for _, fact in self.facts("split", bundle) for name, size in fact["into"].items()}

    def family(self, bundle: str) -> list[str]:
        whole = next((fact["bundle"] for _, fact in self.facts("split") if bundle in fact["into"]), None)
        return [bundle, *self.family(whole)] if whole else [bundle]

    def done(self, bundle: str, operation: str) -> Happened | None:
        return next((one for one, fact in self.facts("done", bundle) if fact["operation"] == operation), None)

    def done_in_family(self, bundle: str, operation: str) -> Happened | None:
        return next((one for name in self.family(bundle) if (one := self.done(name, operation))), None)

    def done_in_parts(self, bundle: str, operation: str) -> bool:
        if self.done(bundle, operation):
            return True
        return any(self.done_in_parts(part, operation) for part in self.parts(bundle))

    def sum(self, kind: str, bundle: str, operation: str | None = None, without: Happened | None = None) -> int:
        found = [
            fact["pieces"]
            for one, fact in self.facts(kind, bundle)
            if operation in (None, fact["operation"]) and one is not without
        ]
        return sum(found)

    def defects(self, bundle: str, operation: str, without: Happened | None = None) -> int:
        told, mended, gone = (self.sum(kind, bundle, operation, without) for kind in ("defect", "repair", "scrap"))
        return told - mended - gone

    def left(self, bundle: str) -> int:
        if bundle in self.size:
            return max(0, self.size[bundle] - self.sum("scrap", bundle))
        last = max(self.facts("done", bundle), key=lambda one: one[0].place, default=None)
        return sum(last[1]["shares"].values()) if last else 0

    def holder(self, bundle: str, operation: str) -> str | None:
        if self.done(bundle, operation):
            return None
        worker: str | None = None
        for one in self.happened:
            for fact in one.facts if one.holds else ():
                if fact["kind"] == "begin" and (fact["bundle"], fact["operation"]) == (bundle, operation):
                    worker = fact["worker"]
                elif fact["kind"] == "handover" and (bundle, operation) in fact["hands"] and worker:
                    worker = fact["to"]
        return worker

    def in_hand(self, bundle: str) -> bool:
        return any(self.holder(bundle, operation) for operation in BEFORE)

    def waiting(self, bundle: str) -> list[str]:
        done = {code for code in BEFORE if self.done_in_family(bundle, code)}
        return [
            code
            for code, before in BEFORE.items()
            if code not in done and done.issuperset(before) and (before or bundle in self.size)
        ]

    def pay(self) -> Counter[str]:
        """Return everybody's pieces."""
        earned: Counter[str] = Counter()
        for kind in ("done", "output"):
            for _, fact in self.facts(kind):
                earned.update(fact["shares"])
        return Counter({worker: pieces for worker, pieces in earned.items() if pieces})

    def won(self) -> Counter[str]:
        """Return everybody's pay: each piece by the rate of the day on which it was made."""
        earned: Counter[str] = Counter()
        for kind in ("done", "output"):
            for one, fact in self.facts(kind):
                rates = self.rates[fact["operation"]]
                rate = rates[max(day for day in rates if day <= one.day)]
                earned.update({worker: pieces * rate for worker, pieces in fact["shares"].items()})
        return Counter({worker: won for worker, won in earned.items() if won})

    def metal(self) -> Decimal:
        """Return what was issued and is not back, g."""
        signs = {"issue": 1, "return": -1, "recover": -1}
        return sum((signs[fact["action"]] * Decimal(fact["grams"]) for _, fact in self.facts("weigh")), Decimal(0))

    def wip(self) -> dict[str, int]:
        pieces: Counter[str] = Counter()
        for bundle in self.open:
            for code in self.waiting(bundle):
                pieces[code] += self.left(bundle)
        return {code: count for code, count in pieces.items() if count}

    # What happens

    def tell(self, station: str, *facts: dict[str, Any]) -> Happened:
        self.now += 1
        one = Happened(self.now, station, list(facts), day=self.today)
        self.happened.append(one)
        for fact in facts:
            self._take_in(fact)
        return one

    def _take_in(self, fact: dict[str, Any]) -> None:
        bundle = fact["bundle"]
        match fact["kind"]:
            case "known":
                self.size[bundle] = fact["pieces"]
                self.open.add(bundle)
            case "begin":
                self.open.add(bundle)
            case "done":
                (self.open.discard if fact["operation"] == "ASSEM" else self.open.add)(bundle)
            case "short":
                fact["before"], self.size[bundle] = self.size[bundle], fact["pieces"]
            case "split":
                self.size |= fact["into"]
                self.open |= set(fact["into"])
                self.open.discard(bundle)

    def take_back(self, one: Happened, station: str | None = None) -> None:
        self.now += 1
        for fact in reversed(one.facts):
            if fact["kind"] == "short":
                self.size[fact["bundle"]] = fact["before"]
            if fact["kind"] == "split":
                self.open -= set(fact["into"])
                self.size = {name: size for name, size in self.size.items() if name not in fact["into"]}
            if fact["kind"] in ("split", "done"):
                self.open.add(fact["bundle"])
        one.holds = False
        for worker in self.here.get(station or "", {}):
            self.here[station or ""][worker] = self.now

    def cannot(self, one: Happened) -> bool:
        """Whether more builds on an event than that it could be taken back."""
        return any(self._cannot(one, fact) for fact in one.facts)

    def _cannot(self, one: Happened, fact: dict[str, Any]) -> bool:
        bundle = fact["bundle"]
        match fact["kind"]:
            case "done":
                later = [code for code, before in BEFORE.items() if fact["operation"] in before]
                defects = self.defects(bundle, fact["operation"]) > 0
                return bool(self.parts(bundle)) or defects or any(self.done_in_parts(bundle, code) for code in later)
            case "split":
                return any(self.touched(part, one) for part in fact["into"])
            case "short" | "scrap":
                return self.worked_since(bundle, one)
            case "defect":
                return self.defects(bundle, fact["operation"], one) < 0
            case "output":  # later ones at the same station count from it
                return any(then.place > one.place for then, _ in self.facts("output") if then.station == one.station)
        return False

    def worked_since(self, bundle: str, then: Happened) -> bool:
        kinds = ("done", "split", "short")
        return any(one.place > then.place for kind in kinds for one, _ in self.facts(kind, bundle))

    def touched(self, bundle: str, then: Happened) -> bool:
        rare = [one for one in self.happened for fact in one.facts if fact["bundle"] == bundle]
        told = any(fact["kind"] in ("defect", "repair", "scrap") for one in rare for fact in one.facts)
        return self.worked_since(bundle, then) or self.in_hand(bundle) or told

    def undoable(self, station: str) -> Happened | None:
        since = max(self.here.get(station, {}).values(), default=0)
        for one in reversed(self.happened):
            over = all(fact["kind"] == "begin" and not self._still(fact) for fact in one.facts)
            if one.holds and one.station == station and one.place > since and not over:
                return one
        return None

    def _still(self, fact: dict[str, Any]) -> bool:
        return self.holder(fact["bundle"], fact["operation"]) is not None
