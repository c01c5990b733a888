"""Inbox: what came from the broker and is not yet written, in order, bounded in number and bytes."""

import threading
import time
from collections import deque
from typing import Final, NamedTuple

MOST_MESSAGES: Final = 5000
MOST_BYTES: Final = 32 << 20


class Came(NamedTuple):
    """A message, and when it came."""

    topic: str
    payload: bytes
    retained: bool
    utc_ms: int
    mono_s: float


class Inbox:
    """Between the network's thread, which puts, and the writer's, which takes."""

    def __init__(self, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES) -> None:
        self._most_messages, self._most_bytes = most_messages, most_bytes
        self._waiting: deque[Came] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0  # no loss: what is not acknowledged is sent again

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._waiting)

    def put(self, came: Came, wait_s: float) -> bool:
        """Add a message, waiting for room at the most so long; False, and counted, when there was none."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or self._room(came), wait_s) or self._closed:
                self.dropped += 1
                return False
            self._waiting.append(came)
            self._bytes += len(came.payload)
            self._changed.notify_all()
            return True

    def _room(self, came: Came) -> bool:
        """One message is taken whatever its size."""
        few = len(self._waiting) < self._most_messages
        return few and (not self._waiting or self._bytes + len(came.payload) <= self._most_bytes)

    def take(self, most: int, most_bytes: int, linger_s: float, wait_s: float) -> list[Came]:
        """Return what waits, oldest first: from the first message on, others have so long to come along.

        Waits for the first so long at the most; then, and when it is closed, the list may be empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._waiting), wait_s)
            full = time.monotonic() + linger_s
            while self._waiting and not self._enough(most, most_bytes):
                if (left_s := full - time.monotonic()) <= 0:
                    break
                self._changed.wait(left_s)
            group = self._first(most, most_bytes)
            self._changed.notify_all()
            return group

    def _enough(self, most: int, most_bytes: int) -> bool:
        return self._closed or len(self._waiting) >= most or self._bytes >= most_bytes

    def _first(self, most: int, most_bytes: int) -> list[Came]:
        group: list[Came] = []
        size = 0
        while self._waiting and len(group) < most and size < most_bytes:
            came = self._waiting.popleft()
            size += len(came.payload)
            group.append(came)
        self._bytes -= size
        return group

    def close(self) -> None:
        """Take nothing more, and let nobody wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
