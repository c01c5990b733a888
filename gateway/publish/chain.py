"""The chain: what of a stream is on its way to the center, and where to go on when something was lost. Pure.

The center takes a message only when it has the row before it. So nothing is ever missing in the middle: what a broker
loses stops the chain, and what stops is sent again from the last row that the center said it has.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.event import Position
from gateway.publish.replica import Ack

WINDOW: Final = 16  # messages on their way
QUICK_S: Final = 1.0  # between two beginnings: one lost message makes the center refuse all that were behind it
MOST_S: Final = 300.0  # between two questions to a center that is away


class Sent(NamedTuple):
    """A message on its way."""

    end: Position  # its last row
    time_ns: int  # the UTC of that row


class Sender:
    """One stream's chain. `ours` says whether a row of this journal ever stood at a place; all times are in s.

    Without an answer it begins again at the last confirmed row, with one small message at a time and more and more
    seldom, until the center gives a sign of life.
    """

    def __init__(self, confirmed: Position | None, ours: Callable[[Position], bool], answer_s: float) -> None:
        self.confirmed = confirmed  # the center has everything up to here
        self.confirmed_ns: int | None = None  # the UTC of that row, when we know it
        self.read = confirmed  # reading goes on behind this row
        self.after = confirmed  # the row that the next message names: the last one sent, which `read` may have passed
        self.way: deque[Sent] = deque()
        self.doubt = 0  # how often in a row the center did not answer in time
        self.foreign = 0  # answers that cannot be to us
        self.begun_again = 0
        self._ours, self._answer_s = ours, answer_s
        self._furthest = confirmed  # of all rows ever sent
        self._since = self._last = 0.0  # of the last progress; of the last beginning
        self._again: tuple[Position | None, float] | None = None  # where to begin again, and when

    def begin(self, now: float) -> None:
        """Begin at the last confirmed row: the connection is a new one."""
        self._start(self.confirmed, now)

    @property
    def room(self) -> int:
        """Return how many messages may be sent now; in doubt, one at a time."""
        return (1 if self.doubt else WINDOW) - len(self.way)

    @property
    def due(self) -> float | None:
        """Return when `tick` has something to do, unless an answer comes before; None: never."""
        times = [self._again[1]] if self._again else []
        return min([*times, self._since + self.patience_s]) if self.way else None

    @property
    def patience_s(self) -> float:
        """Return how long an answer is waited for."""
        return float(min(self._answer_s * 2 ** min(self.doubt, 16), max(self._answer_s, MOST_S)))

    def sent(self, message: Sent, now: float) -> None:
        """Note that the rows behind `after` up to the message's end are on their way."""
        if not self.way:
            self._since = now
        self.way.append(message)
        self.read = self.after = message.end
        self._furthest = max(self._furthest or message.end, message.end)

    def passed(self, place: Position) -> None:
        """Note that a row is not sent, for no broker takes it: the next message still names the row before it."""
        self.read = max(self.read or place, place)

    def acked(self, ack: Ack, now: float) -> bool:
        """Take what the center says; return whether it has more than we knew.

        Being told an older place again is no loss: a broker may give it our messages twice, and it answers each.
        Only a refusal is one, and it names the row that the center does not have.
        """
        known = ack.at is None or self._was_sent(ack.at)
        refused = ack.missing is not None and self._was_sent(ack.missing)
        if not known and not refused:
            self.foreign += 1
            return False
        moved = known and self._confirm(ack.at, now)
        if refused:  # a center that stands at a row which is not ours: only the beginning joins our chain to it
            self._begin_soon(ack.at if known else None, now)
        elif not moved:
            self.alive(now)
        return moved

    def alive(self, now: float) -> None:
        """Note a sign of life of the center: what waits for it need not wait any longer."""
        if self.doubt:
            self._begin_soon(self.confirmed, now)

    def tick(self, now: float) -> bool:
        """Begin again if it is time to; return whether that was so."""
        if self.way and self._again and now >= self._again[1]:
            self._start(self._again[0], now)
        elif self.way and now >= self._since + self.patience_s:
            self.doubt += 1
            self._start(self.confirmed, now)
        else:
            return False
        self.begun_again += 1
        return True

    @property
    def settled(self) -> Position | None:
        """Return the row up to which nothing is left to do: confirmed, or passed with nothing on its way before it."""
        return self.confirmed if self.way else self.read

    def _begin_soon(self, where: Position | None, now: float) -> None:
        if self.way:
            self._again = where, max(now, self._last + QUICK_S)

    def _was_sent(self, place: Position) -> bool:
        return self._furthest is not None and place <= self._furthest and self._ours(place)

    def _confirm(self, at: Position | None, now: float) -> bool:
        if at is None or not _before(self.confirmed, at):
            return False
        self.confirmed, self._since, self.doubt, self._again = at, now, 0, None
        while self.way and self.way[0].end <= at:
            self.confirmed_ns = self.way.popleft().time_ns
        if _before(self.after, at):  # an answer to what was sent before we began again
            self.after = at
            self.read = max(self.read or at, at)
        return True

    def _start(self, where: Position | None, now: float) -> None:
        """Go on behind a row; behind an earlier one than the center once had, answers to later ones count no more."""
        if where != self.confirmed:
            self.confirmed = self._furthest = where
            self.confirmed_ns = None
        self.way.clear()
        self.read = self.after = self.confirmed
        self._since = self._last = now
        self._again = None


def _before(place: Position | None, other: Position) -> bool:
    return place is None or place < other
