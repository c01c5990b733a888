"""One polled Modbus device: its reads, its breaker, and the rows that its polls yield."""

from collections import deque
from collections.abc import Callable, Generator
from typing import Final

from drivers.base import Counters, Slot
from drivers.modbus_device import DeviceConfig, device_points, number_points, read_limit
from drivers.modbus_frames import NoReply, Question, Refusal, read_question
from drivers.modbus_plan import TRIES, Block, Breaker, Layout
from drivers.modbus_rows import Decoding, Row
from drivers.mono import mono_ns
from sensors.batch import Batch
from sensors.decoding import decode_text
from sensors.point import BIT_TABLES
from sensors.quality import BAD, NO_REPLY, SENSOR_FAULT, WRONG_CONFIGURATION
from sensors.text import TextReading

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
# What an exception says of the values asked for; all others (busy, path unavailable, no answer behind a gateway) mean
# that there is no reply now.
_MEANS: Final = {
    ILLEGAL_FUNCTION: WRONG_CONFIGURATION,
    ILLEGAL_ADDRESS: WRONG_CONFIGURATION,
    ILLEGAL_VALUE: WRONG_CONFIGURATION,
    4: SENSOR_FAULT,
}
SPLITS_A_POLL: Final = 8  # the rest waits for the next poll, so that other devices get their turn
_SPLITS: Final = (ILLEGAL_ADDRESS, ILLEGAL_VALUE)

Steps = Generator[Question, bytes, bool]  # asks, is sent the data or thrown NoReply or Refusal; was there an answer?
WireTime = Callable[[int, bool], float]  # (registers or bits, are they bits) to seconds on the wire, both ways


class Unit:
    """A device of the configuration. `due_s` is the loop's time of its next poll."""

    def __init__(
        self, config: DeviceConfig, slot: Slot, counters: Counters, wire_time: WireTime, overhead_bytes: int
    ) -> None:
        self.config, self.slot, self.counters = config, slot, counters
        self.due_s = self._rhythm_s = 0.0
        self.busy = False  # it is being asked
        self.well = False  # it answered when it was last asked
        self.breaker = Breaker()
        self.simple: Question | None = None  # all that a poll asks, as long as all goes well
        self.rows: list[Row] = []  # that nobody has taken yet
        self.hold_until_s = 0.0  # rows are not handed over before: those of a fast rhythm leave together
        points = device_points(config)
        self._texts = {point.name: point for point in points if point.kind == "text"}
        self._told: dict[str, str] = {}
        self._layout = Layout(points)
        self._blocks = self._layout.blocks(read_limit(config), config.max_gap, overhead_bytes)
        self._questions: dict[Block, Question] = {}
        self._decoding = Decoding(self._layout, number_points(config), slot)
        self._wire_time = wire_time
        self._row = Row()
        self._stamp_ns = 0

    def begin(self, now_s: float, phase_s: float) -> None:
        """Make the unit due at once, as if it had never failed: the connection is new. Its rhythm has a phase on the
        loop's time."""
        self.due_s, self.breaker, self.busy = now_s, Breaker(), False
        poll_s = self.config.poll_s
        soonest_s = now_s + poll_s / 2
        self._rhythm_s = soonest_s + (phase_s - soonest_s) % poll_s if poll_s else now_s
        self.rows.clear()
        self.simple = None

    def next_due(self, now_s: float) -> int:
        """Set when the unit is due again, in a rhythm that does not drift; return how many polls were left out.

        After a lost reply it is not before a late one must have come; with an open breaker rows go on without asking.
        """
        poll_s = self.config.poll_s
        missed = max(0, int((now_s - self._rhythm_s) / poll_s)) if poll_s else 0
        self.due_s = self._rhythm_s = self._rhythm_s + missed * poll_s if poll_s else now_s
        self._rhythm_s += poll_s
        if self.breaker.failures < TRIES or not poll_s:
            self.due_s = max(self.due_s, self.breaker.ask_at_s)
        return missed

    def asks(self, now_s: float) -> bool:
        """Return whether a poll at this time would use the wire."""
        return now_s >= self.breaker.ask_at_s

    def risky(self, now_s: float) -> bool:
        """Return whether a poll may cost a time-out: it did not answer last time, or was never asked."""
        return not self.well and self.asks(now_s)

    def poll(self, now_s: Callable[[], float]) -> Steps:
        """Ask what may be asked now, and return whether any answer came; `end` makes a row of it."""
        self._row, self.simple = Row(), None
        self.well = self.asks(now_s()) and (yield from self._ask(now_s))
        return self.well

    def answer_simply(self, data: bytes) -> None:
        """Take the answer to `simple`: the poll is over, as `poll` would have it."""
        self._row = Row(0, [(self._blocks[0], data)])

    def end(self, heard_ns: int) -> None:
        """Keep the row of the poll that is over: NO_REPLY where no answer came."""
        stamp_ns = heard_ns if self.well else mono_ns()
        self._row.stamp_ns = self._stamp_ns = max(stamp_ns, self._stamp_ns + 1)
        self.rows.append(self._row)
        if self.well and self.simple is None and len(self._blocks) == len(self._row.replies) == 1:
            self.simple = self._questions[self._blocks[0]]

    def silent(self) -> Batch:
        """Return a row that says that nothing answers."""
        self._row, self.well, self.rows = Row(), False, []
        self.end(0)
        return self.batch()

    def batch(self) -> Batch:
        """Return the rows that nobody has taken."""
        rows, self.rows = self.rows, []
        return self._decoding.batch(rows)

    def texts(self) -> list[TextReading]:
        """Return the texts that the last row found changed."""
        found = []
        words, quality = self._decoding.words, self._decoding.word_quality
        for name, point in self._texts.items():
            at = self._layout.place(point.table, point.address)
            if quality[at] >= BAD:
                continue
            text = decode_text(words[at : at + point.registers], low_byte_first=point.word_order == "little")
            if self._told.get(name) != text:
                self._told[name] = text
                found.append(TextReading(self.config.name, name, self._stamp_ns, text))
        return found

    def _ask(self, now_s: Callable[[], float]) -> Steps:
        """Read every block that may be asked; return whether any answer came. The first silence ends the poll."""
        answered = False
        splits_left = SPLITS_A_POLL
        todo = deque(self._blocks)
        while todo:
            block = todo.popleft()
            if block.breaker.failures and now_s() < block.breaker.ask_at_s:
                self._row.refused.append((block, block.quality))
                continue
            try:
                yield from self._read(block)
            except NoReply as silence:
                self._lost(block, str(silence), now_s(), alone=not answered)
                return answered
            except Refusal as refusal:
                if refusal.code in _SPLITS and len(block.atoms) > 1:
                    if not splits_left:
                        return answered
                    splits_left -= 1
                    todo.extendleft(reversed(self._fall_apart(block)))
                elif not self._refused(block, refusal.code, now_s()):
                    self._lost(block, f"unit {self.config.unit}: {refusal}", now_s(), alone=not answered)
                    return answered
            else:
                block.breaker.mend()
            answered = True
            self.breaker.mend()
        return answered

    def _read(self, block: Block) -> Generator[Question, bytes, None]:
        """Read one block into the row. A damaged reply of a unit that is well is asked for once more, at once."""
        question = self._questions.get(block) or self._question(block)
        try:
            data = yield question
        except NoReply as silence:
            if not silence.damaged or self.breaker.failures:
                raise
            data = yield question
        self._row.replies.append((block, data))

    def _question(self, block: Block) -> Question:
        timeout_s = self.config.timeout_s + self._wire_time(block.count, block.table in BIT_TABLES)
        question = read_question(self.config.unit, block.table, block.start, block.count, timeout_s)
        self._questions[block] = question
        return question

    def _lost(self, block: Block, why: str, now_s: float, *, alone: bool) -> None:
        """Count a lost reply, and ask this block last from now on: another one may be answered.

        Nothing is asked of the unit until a late reply must have come: it would pass for the next question's.
        """
        self._count(why)
        self._blocks = [*(other for other in self._blocks if other is not block), block]
        if alone:
            self.breaker.fail(now_s, self.config.timeout_s)
        else:
            block.breaker.fail(now_s)
            block.quality = NO_REPLY
            self.breaker.ask_at_s = now_s + self.config.timeout_s

    def _fall_apart(self, block: Block) -> list[Block]:
        """Replace a refused read by its parts, for good."""
        parts = block.split(self._layout)
        self._questions.pop(block, None)
        at = self._blocks.index(block)
        self._blocks[at : at + 1] = parts
        return parts

    def _refused(self, block: Block, code: int, now_s: float) -> bool:
        """Mark the values that the device refuses, to be asked for ever less; False if it only cannot answer now."""
        if code not in _MEANS:
            return False
        self._count(f"unit {self.config.unit}: exception {code} for {block.table} {block.start}")
        block.breaker.fail(now_s)
        block.quality = _MEANS[code]
        self._row.refused.append((block, block.quality))
        return True

    def _count(self, why: str) -> None:
        name = self.config.name
        self.counters.unit_errors[name] = self.counters.unit_errors.get(name, 0) + 1
        self.counters.last_error = f"{name}: {why}"
