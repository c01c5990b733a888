"""Component: what the screen and /metrics know of one driver, publisher, or inner part."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from drivers.base import Counters
from gateway.losses import Account

Kind = Literal[
    "driver", "engine", "journal", "publisher", "clock", "web", "configuration", "curves", "action", "backup", "printer"
]
State = Literal["up", "down", "waiting", "off"]


@dataclass(slots=True)
class Component:
    """The state of one part and its counters: the same five for all, and a `detail` of its own."""

    name: str
    kind: Kind
    counters: Counters = field(default_factory=Counters)
    state: State = "waiting"
    since_ns: int = 0  # mono
    last_error: str = ""
    queued: Callable[[], int] = int  # rows that wait in it
    detail: Callable[[], dict[str, Any]] = dict
    accounts: Callable[[], list[Account]] = list  # what became of its rows

    def turn(self, state: State, mono_ns: int, error: str = "") -> bool:
        """Enter a state; return whether it is another one, so that a change is told once."""
        self.last_error = error or self.last_error
        if self.state == state:
            return False
        self.state, self.since_ns = state, mono_ns
        return True
