"""Access: the word that opens the page, and the browsers that said it."""

import hashlib
import hmac
import secrets
from typing import Final

from center.clock import Clock

SESSION_S: Final = 12 * 3600.0
SESSIONS_KEPT: Final = 200
ADDRESSES_KEPT: Final = 1000
FORGET_S: Final = 3600.0  # after so long without one, an address's failures are forgotten
MOST_WAIT_S: Final = 60.0


class Access:
    """Without a word everybody is let in; the configuration allows that on loopback alone. Sessions live in memory."""

    def __init__(self, word: str | None, clock: Clock) -> None:
        self._digest = None if word is None else _digest(word)
        self._clock = clock
        self._sessions: dict[str, float] = {}  # token -> until, monotonic s
        self._failures: dict[str, tuple[int, float]] = {}  # address -> how many, and when the last one was

    @property
    def needed(self) -> bool:
        """Return whether the word is asked for."""
        return self._digest is not None

    def knows(self, token: str | None) -> bool:
        """Return whether the page is open to a browser with this cookie."""
        return self._digest is None or self._sessions.get(token or "", 0.0) > self._clock.mono_s()

    def wait_s(self, address: str) -> float:
        """Return how long an address must wait before it may try: twice as long after each failure."""
        failures, at_s = self._failures.get(address, (0, 0.0))
        if not failures:
            return 0.0
        pause_s = min(2.0 ** (failures - 1), MOST_WAIT_S)
        return max(0.0, at_s + pause_s - self._clock.mono_s())

    def enter(self, word: str, address: str) -> str | None:
        """Return a new session's token for the right word; None for a wrong one, or while the address must wait."""
        if self._digest is None or self.wait_s(address) > 0:
            return None
        if not hmac.compare_digest(_digest(word), self._digest):
            self._failed(address)
            return None
        self._failures.pop(address, None)
        now_s = self._clock.mono_s()
        self._sessions = {token: until for token, until in self._sessions.items() if until > now_s}
        while len(self._sessions) >= SESSIONS_KEPT:
            self._sessions.pop(next(iter(self._sessions)))
        token = secrets.token_urlsafe(24)
        self._sessions[token] = now_s + SESSION_S
        return token

    def leave(self, token: str | None) -> None:
        """Forget a session."""
        self._sessions.pop(token or "", None)

    def _failed(self, address: str) -> None:
        now_s = self._clock.mono_s()
        failures, at_s = self._failures.pop(address, (0, 0.0))
        self._failures[address] = (1 if now_s > at_s + FORGET_S else min(failures + 1, 30), now_s)
        while len(self._failures) > ADDRESSES_KEPT:
            self._failures.pop(next(iter(self._failures)))


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
