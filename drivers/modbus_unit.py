"""One polled Modbus device: its reads, its breaker, and the row that a poll yields."""

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from drivers.base import Counters, Slot
from drivers.modbus_device import DeviceConfig, device_points, number_points, read_limit
from drivers.modbus_plan import TRIES, Block, Breaker, Layout
from drivers.modbus_wire import NoReply, Refusal, Wire
from drivers.mono import mono_ns
from sensors.batch import Batch, one_row
from sensors.decoding import Decoder, blank, decode_text
from sensors.quality import BAD, GOOD, NO_REPLY, SENSOR_FAULT, WRONG_CONFIGURATION
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

WireTime = Callable[[int, bool], float]  # (registers or bits, are they bits) to seconds on the wire, both ways


class Unit:
    """A device of the configuration. `due_s` is the loop's time of its next poll."""

    def __init__(self, config: DeviceConfig, slot: Slot, counters: Counters, wire_time: WireTime) -> None:
        self.config, self.slot, self.counters = config, slot, counters
        self.due_s = 0.0
        self.well = False  # it answered when it was last asked
        self.breaker = Breaker()
        points = device_points(config)
        self._texts = {point.name: point for point in points if point.kind == "text"}
        self._told: dict[str, str] = {}
        self._layout = Layout(points)
        self._blocks = self._layout.blocks(read_limit(config), config.max_gap)
        self._decoder = Decoder(number_points(config), self._layout.place)
        self._image, self._quality = blank(self._layout.words)
        self._wire_time = wire_time
        self._stamp_ns = 0

    def begin(self, now_s: float) -> None:
        """Make the unit due at once, as if it had never failed: the connection is new."""
        self.due_s, self.breaker = now_s, Breaker()

    def next_due(self, now_s: float) -> int:
        """Set when the unit is due again, at its rhythm but not before now; return how many polls were left out.

        After a lost reply it is not before a late one must have come; with an open breaker rows go on without asking.
        """
        self.due_s += self.config.poll_s
        if self.breaker.failures < TRIES:
            self.due_s = max(self.due_s, self.breaker.ask_at_s)
        late_s = max(0.0, now_s - self.due_s)
        self.due_s += late_s
        return int(late_s / self.config.poll_s)

    def asks(self, now_s: float) -> bool:
        """Return whether a poll at this time would use the wire."""
        return now_s >= self.breaker.ask_at_s

    async def poll(self, wire: Wire, now_s: Callable[[], float]) -> Batch:
        """Ask what may be asked now and return one row: NO_REPLY where no answer came. DeviceGone: the wire is gone."""
        self._quality[:] = NO_REPLY
        answered = self.asks(now_s()) and await self._ask(wire, now_s)
        self.well = answered
        return self._row(wire.heard_ns if answered else mono_ns())

    def silent(self) -> Batch:
        """Return a row that says that nothing answers."""
        self._quality[:] = NO_REPLY
        return self._row(mono_ns())

    def texts(self) -> list[TextReading]:
        """Return the texts that the last poll found changed."""
        found = []
        for name, point in self._texts.items():
            at = self._layout.place(point.table, point.address)
            if self._quality[at] >= BAD:
                continue
            text = decode_text(self._image[at : at + point.registers], low_byte_first=point.word_order == "little")
            if self._told.get(name) != text:
                self._told[name] = text
                found.append(TextReading(self.config.name, name, self._stamp_ns, text))
        return found

    def _row(self, stamp_ns: int) -> Batch:
        self._stamp_ns = max(stamp_ns, self._stamp_ns + 1)
        values, quality = self._decoder.decode(self._image, self._quality)
        return one_row(self.slot.device, self.slot.first, self._stamp_ns, values, quality)

    async def _ask(self, wire: Wire, now_s: Callable[[], float]) -> bool:
        """Read every block that may be asked; return whether any answer came. The first silence ends the poll."""
        answered = False
        splits_left = SPLITS_A_POLL
        todo = deque(self._blocks)
        while todo:
            block = todo.popleft()
            if now_s() < block.breaker.ask_at_s:
                self._quality[block.put] = block.quality
                continue
            try:
                await self._read(wire, block)
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

    async def _read(self, wire: Wire, block: Block) -> None:
        """Read one block into the image. A damaged reply of a unit that is well is asked for once more, at once."""
        timeout_s = self.config.timeout_s + self._wire_time(block.count, block.table in ("coil", "discrete"))
        question = (self.config.unit, block.table, block.start, block.count, timeout_s)
        try:
            registers = await wire.ask(*question)
        except NoReply as silence:
            if not silence.damaged or self.breaker.failures:
                raise
            registers = await wire.ask(*question)
        words = np.array(registers, np.uint16)
        self._image[block.put] = words if block.take is None else words[block.take]
        self._quality[block.put] = GOOD

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
        self._quality[block.put] = block.quality
        return True

    def _count(self, why: str) -> None:
        name = self.config.name
        self.counters.unit_errors[name] = self.counters.unit_errors.get(name, 0) + 1
        self.counters.last_error = f"{name}: {why}"
