"""Replay: an engine of its own that lives through a recording, second by second, as the daemon would have."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.event import Event
from gateway.replay.piece import SECOND_NS, Piece, in_order
from gateway.table import PointTable
from sensors.batch import Batch

QUIET_S = 120  # without a row for longer the gateway was off: of that time only the end passes


class Replay:
    """One run. Its events carry the recording's UTC as their `mono_ns`."""

    def __init__(self, config: EdgeConfig) -> None:
        self.engine = Engine(config, PointTable.of(config))
        self.rows: Counter[int] = Counter()  # by device
        self.first_ns = self.last_ns = 0  # UTC of the first and the last row
        self._second = 0  # the last that has passed

    @property
    def late(self) -> int:
        """Return how many rows were not later than their device's last."""
        return self.engine.late

    def run(self, pieces: Iterable[Piece], streamed: bool = True) -> Iterator[Event]:
        """Yield what happens, in order; see `in_order`."""
        for piece in in_order(pieces, streamed):
            yield from self._pass_until(int(piece.time_ns[0]) // SECOND_NS)
            self.rows[piece.device] += len(piece.time_ns)
            self.first_ns = self.first_ns or int(piece.time_ns[0])
            self.last_ns = int(piece.time_ns[-1])
            first = self.engine.table.devices[piece.device].first
            batch = Batch(piece.device, first, piece.time_ns, np.ascontiguousarray(piece.values), piece.quality)
            yield from self.engine.feed(batch).events
        if self.last_ns:
            yield from self._pass_until(self.last_ns // SECOND_NS + 1)

    def _pass_until(self, second: int) -> Iterator[Event]:
        """Let whole seconds pass, the last of them included."""
        begin = self._second + 1 if 0 <= second - self._second <= QUIET_S else second - QUIET_S
        for each in range(begin if self._second else second, second + 1):
            yield from self.engine.tick(each * SECOND_NS).events
        self._second = max(self._second, second)
