"""Losses: what became of every row, wherever it was, and whether the sums close. Pure.

An account is one sum: a whole, and the parts that it must be.

    source, rows             read = kept + late (in the journal, but not evaluated)
    source, scans, texts     read = kept + refused (storage: the scanner's answer said so)
    source, raw              what the driver could make nothing of = lost (unreadable)
    engine, e                events made = kept + waiting + lost (storage)
    journal, rows            samples staged = kept + waiting + lost (storage), in this run
    journal, e and s         numbers given = kept + over (their time was) + lost (damaged, missing, lost, evicted ...)
    journal, thinned         rows taken out of old blocks that everybody has = over (thinned)
    publisher, e and s       rows behind its beginning = sent (the other side has them) + refused (dead letters)
                             + skipped (not wanted there) + lost (gone before it could read them) + waiting

What a sum lacks is a part of its own, "unexplained": nobody knows what became of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

What = Literal["kept", "late", "over", "sent", "refused", "skipped", "waiting", "lost", "unexplained"]
Parts = Mapping[tuple[What, str], int]  # by what became of them and why; "" where that says it all

NOW: Final = ("kept", "waiting")  # these come and go; the others only grow
GONE: Final = ("lost", "unexplained")  # nobody can have these any more


@dataclass(frozen=True, slots=True)
class Account:
    """One sum. `stream`: e (events), s (blocks of samples), rows, scans, texts, raw or thinned."""

    stream: str
    whole: int
    parts: Parts

    @property
    def unexplained(self) -> int:
        """Return what the sum lacks; below zero when something was counted twice."""
        return self.whole - sum(self.parts.values())

    def all_parts(self) -> list[tuple[What, str, int]]:
        """Return the parts that are not empty, what is unexplained among them."""
        parts: list[tuple[What, str, int]] = [(what, why, rows) for (what, why), rows in self.parts.items()]
        return [part for part in (*parts, ("unexplained", "", self.unexplained)) if part[2]]

    def sum_of(self, *wanted: str) -> int:
        """Return how many rows became one of these."""
        return sum(rows for what, _, rows in self.all_parts() if what in wanted)

    def entry(self) -> dict[str, Any]:
        """Return the account as the API shows it."""
        parts = [{"what": what, "reason": why, "rows": rows} for what, why, rows in self.all_parts()]
        return {"stream": self.stream, "whole": self.whole, "parts": parts, "closes": not self.unexplained}


def lost(accounts: Iterable[Account]) -> int:
    """Return how many rows nobody can have any more."""
    return sum(max(0, account.sum_of(*GONE)) for account in accounts)
