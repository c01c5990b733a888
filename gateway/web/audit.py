"""Audit: who changed something over the API, and who tried and had no right to. Events of the kind `audit`: they stay
here, name no secret and no body, and a flood of them is counted instead of kept."""

from collections.abc import Callable
from typing import Final

from gateway.event import Body
from gateway.web.limits import Buckets, Now, TooMany

AUDIT: Final = "audit"
DONE: Final = (500, 1 / 30)  # so many at once, and so many a second for ever: 2880 a day, a megabyte
REFUSED: Final = (50, 1 / 60)
LONGEST_PATH: Final = 200
NO_RIGHT: Final = frozenset({401, 403, 429})


class Audit:
    """Tells the journal. What it leaves out is told with the next one, and counted."""

    def __init__(self, note: Callable[[str, str, Body], None], now_s: Now) -> None:
        self._note = note
        self._done, self._refused = Buckets(*DONE, now_s), Buckets(*REFUSED, now_s)
        self.left_out = 0
        self._untold = 0

    def tell(self, who: Body, method: str, path: str, status: int) -> None:
        """Keep one request: `who` holds by, role, from. Others than those that were done or refused are nothing."""
        if status >= 400 and status not in NO_RIGHT:
            return
        try:
            (self._refused if status >= 400 else self._done).take("")
        except TooMany:
            self.left_out += 1
            self._untold += 1
            return
        untold = {"left_out": self._untold} if self._untold else {}
        self._untold = 0
        self._note(AUDIT, "web", {**who, "method": method, "path": path[:LONGEST_PATH], "status": status, **untold})
