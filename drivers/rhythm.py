"""When an instrument is asked, and when its silence is told. Pure: the loop's time comes with each call."""

from typing import Literal

Turn = Literal["ask", "silent", "none"]


class Rhythm:
    """Asks every `poll_s` (None: the instrument speaks by itself), and tells silence after each `timeout_s` of it.

    A question is not asked while an answer is awaited. Without `timeout_s` silence means nothing: a button that nobody
    presses.
    """

    def __init__(self, poll_s: float | None, timeout_s: float | None, now_s: float) -> None:
        self._poll_s, self._timeout_s = poll_s, timeout_s
        self._ask_at_s = now_s if poll_s is not None else None
        self._silent_at_s = now_s + timeout_s if timeout_s is not None and poll_s is None else None

    def heard(self, now_s: float) -> None:
        """A line came that can be read."""
        self._silent_at_s = now_s + self._timeout_s if self._timeout_s is not None and self._poll_s is None else None

    def wait_s(self, now_s: float) -> float | None:
        """Return the seconds until there is something to do, None for never."""
        due_s = self._silent_at_s if self._silent_at_s is not None else self._ask_at_s
        return None if due_s is None else max(0.0, due_s - now_s)

    def turn(self, now_s: float) -> Turn:
        """Return what is due now, once: `silent` when nothing was heard, `ask` when a question is to be sent."""
        if self._silent_at_s is not None:
            if now_s < self._silent_at_s:
                return "none"
            again = self._poll_s is None and self._timeout_s is not None
            self._silent_at_s = now_s + self._timeout_s if again and self._timeout_s is not None else None
            return "silent"
        if self._ask_at_s is None or self._poll_s is None or now_s < self._ask_at_s:
            return "none"
        self._ask_at_s = max(self._ask_at_s + self._poll_s, now_s)  # late polls are left out, not made up for
        self._silent_at_s = now_s + self._timeout_s if self._timeout_s is not None else None
        return "ask"
