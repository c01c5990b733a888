"""The scale of the simulated shop: a pty that tells its weight four times a second, as A&D scales do."""

from decimal import Decimal
from types import TracebackType
from typing import Final, Self

from gateway.demo.ptys import Pty

EVERY_S: Final = 0.25
SETTLES_S: Final = 1.0  # after the pan was touched


class Scale:
    """One scale on a pty (A&D standard format); what lies on its pan swings for a second."""

    def __init__(self, unit: str) -> None:
        self._pty, self._unit = Pty(), unit
        self.path = self._pty.path
        self._weight = Decimal(0)
        self._touched_s = self._told_s = 0.0  # ago

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pty.close()

    @property
    def heeded(self) -> bool:
        """Return whether a program listens to the scale."""
        return self._pty.opened

    def put(self, weight: Decimal) -> None:
        """Put something on the pan in the place of what was there; 0 empties it."""
        self._weight, self._touched_s = weight, 0.0

    def advance(self, step_s: float) -> None:
        """Let time pass, and tell the weight when it is due."""
        self._touched_s += step_s
        self._told_s += step_s
        if self._told_s >= EVERY_S:
            self._told_s = 0.0
            if self.heeded:
                self._pty.read()  # what it is asked does not matter: it speaks by itself
                self._pty.write(self.line())

    def line(self) -> bytes:
        """Return what it says now."""
        stable = self._touched_s >= SETTLES_S
        swing = Decimal(0) if stable else Decimal("0.003")
        return f"{'ST' if stable else 'US'},{self._weight + swing:+010.3f}{self._unit:>3}\r\n".encode()
