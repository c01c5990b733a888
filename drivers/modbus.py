"""What all Modbus wires have in common: many devices, each in its own rhythm, take turns.

A poll is a generator that asks; nothing waits in between. What happens next is decided in one place, `_go_on`, when
answers came, when somebody is due, or when an answer did not come in time.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from zlib import crc32

from drivers.base import Counters, Reading, Slots, Written
from drivers.errors import DeviceGone, NotWritten
from drivers.modbus_device import ModbusConfig
from drivers.modbus_frames import Answer, NoReply, Question, Refusal
from drivers.modbus_plan import OVERHEAD_BYTES
from drivers.modbus_unit import Unit
from drivers.modbus_wire import Wire
from drivers.modbus_write import checked, writing

TICK_S: Final = (
    0.001  # the loop wakes up to so much too late: epoll knows whole milliseconds. On a slow line that is much
)
TOGETHER_S: Final = 0.04  # rows of a faster rhythm leave together
SOON_S: Final = 0.1  # who is due by then waits behind an answer
MOMENT_S: Final = 0.125  # between the moments at which quick wires are asked
NEVER_S: Final = float("inf")
MOST_ROWS: Final = 1000  # of a unit that nobody takes; more are not read


@dataclass(slots=True, eq=False)
class Turn:
    """Questions one after the other: of a unit's poll, or an errand that somebody waits for."""

    steps: Generator[Question, bytes, Any] | None  # None of a simple poll, whose first answer may be all
    unit: Unit
    done: "asyncio.Future[Any] | None" = None  # of an errand: its result or what ended it


class ModbusBus(ABC):
    """One wire with its units. Between two dead ones somebody who answers has its turn, if one is due."""

    gather_s = 0.0  # so long rows wait for those of other units that are being asked; 0 on slow wires

    def __init__(self, config: ModbusConfig, slots: Slots) -> None:
        self.counters = Counters()
        self._name = config.name
        self._wire: Wire | None = None
        self.units = [
            Unit(device, slots[device.name], self.counters, self.wire_time, self.overhead_bytes())
            for device in config.devices
            if device.name in slots
        ]
        self._polls = False
        self._written_s: dict[tuple[str, str], float] = {}  # when each output was written last
        self._line: list[Unit] = []  # who is due, who waits longest last
        self._leave_s = NEVER_S  # when rows leave that are here
        self._risked = False  # the last poll that began might have cost a time-out
        self._errands: deque[Turn] = deque()  # to be begun
        self._ready: deque[tuple[Turn, Question]] = deque()  # to be asked
        self._asked: dict[Question, Turn] = {}
        self._gone: DeviceGone | None = None
        self._timer: asyncio.TimerHandle | None = None

    @abstractmethod
    async def connect(self) -> Wire:
        """Return the open wire; DeviceGone or WrongConfiguration says why there is none."""

    def wire_time(self, count: int, bits: bool) -> float:
        """Return the seconds that a request and its reply of `count` registers or bits take on the wire itself."""
        return 0.0

    def overhead_bytes(self) -> int:
        """Return what a read costs on the wire besides its data, in the time of so many bytes."""
        return OVERHEAD_BYTES

    async def __aenter__(self) -> Self:
        wire = await self.connect()
        wire.heard, wire.lost = self._heard, self._lost
        self._wire, self._gone, self._news = wire, None, asyncio.Event()
        self._time = asyncio.get_running_loop().time
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(DeviceGone(f"{self._name}: closed"))
        if self._wire is not None:
            self._wire.close()
            await asyncio.sleep(0)  # asyncio closes a socket in the loop's next turn
        self._wire = None

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield the rows of each device in its rhythm, for ever; texts when they changed.

        When the wire is gone every device yields one row of NO_REPLY, then DeviceGone is raised.
        """
        self._begin(self._time())
        try:
            while self._gone is None:
                await self._news.wait()
                self._news.clear()
                self._leave_s = NEVER_S
                some = [unit for unit in self.units if unit.rows]
                for unit in some:
                    yield unit.batch()
                    for text in unit.texts():
                        yield text
                until_s = self._time() + TOGETHER_S
                for unit in some:
                    unit.hold_until_s = until_s
            for unit in self.units:
                yield unit.silent()
            raise self._gone
        finally:
            self._polls = False

    async def read_once(self, device: str) -> list[Reading]:
        """Poll one device now, outside any rhythm (for `probe`); KeyError when the bus has no device of this name."""
        unit = self.unit(device)
        await self.errand(unit, unit.poll(self._time))
        unit.end(self._wire.heard_ns if self._wire else 0)
        return [unit.batch(), *unit.texts()]

    async def write(self, device: str, output: str, value: float | str) -> Written:
        """Write an output, before any poll that has not begun; KeyError when the bus has no device of this name.

        NotWritten says why it was not written, DeviceGone that the wire is not there.
        """
        unit = self.unit(device)
        may = checked(unit.config, output, value)
        now_s, key = asyncio.get_running_loop().time(), (device, output)
        wait_s = self._written_s.get(key, -NEVER_S) + unit.config.write_every_s - now_s
        if wait_s > 0:
            raise NotWritten(f"너무 일러요. {wait_s:.1f}초 뒤에 다시 써 주세요. / too soon; again in {wait_s:.1f} s")
        self._written_s[key] = now_s
        timeout_s = unit.config.timeout_s + self.wire_time(may.registers, may.table == "coil")
        written: Written = await self.errand(unit, writing(unit.config.unit, may, value, timeout_s))
        return written

    def unit(self, device: str) -> Unit:
        """Return the unit of a device; KeyError when there is none."""
        for unit in self.units:
            if unit.config.name == device:
                return unit
        raise KeyError(device)

    async def errand(self, unit: Unit, steps: Generator[Question, bytes, Any]) -> Any:
        """Ask a unit what `steps` ask, before any poll that has not begun; return its result, or raise what it does.

        DeviceGone when the wire is gone.
        """
        if self._wire is None or self._gone is not None:
            raise self._gone or DeviceGone(f"{self._name}: not connected")
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._errands.append(Turn(steps, unit, done))
        self._go_on()
        return await done

    # What happens

    def _begin(self, now_s: float) -> None:
        """Make everybody due, and spread the rhythms: of slow wires evenly over the units of one period, of quick ones
        over some moments, by their names. The loop's time counts for all: what is asked together wakes us once."""
        many = Counter(unit.config.poll_s for unit in self.units)
        place: Counter[float] = Counter()
        for unit in self.units:
            poll_s = unit.config.poll_s
            place[poll_s] += 1
            phase_s = poll_s * place[poll_s] / many[poll_s]
            if self.gather_s:
                phase_s = poll_s * crc32(self._name.encode()) / 2**32 // MOMENT_S * MOMENT_S
            unit.begin(now_s, phase_s)
        self._polls, self._line = True, []
        self._go_on()

    def _heard(self, answers: list[tuple[Question, Answer]]) -> None:
        """Take the answers that came together."""
        for question, answer in answers:
            self._answered(question, answer)
        self._go_on()

    def _lost(self, why: DeviceGone) -> None:
        """End what waits: its answer cannot come any more."""
        self._end(why)
        self._news.set()

    def _end(self, why: DeviceGone) -> None:
        self._gone = self._gone or why
        for turn in [*self._errands, *(turn for turn, _ in self._ready), *self._asked.values()]:
            if turn.steps is not None:
                turn.steps.close()
            if turn.done is not None and not turn.done.done():
                turn.done.set_exception(why)
        self._errands.clear()
        self._ready.clear()
        self._asked.clear()
        self._stop_timer()

    def _answered(self, question: Question, answer: Answer) -> None:
        turn = self._asked.pop(question, None)
        if turn is None:
            return
        if turn.steps is None:
            if type(answer) is bytes:
                turn.unit.answer_simply(answer)
                self._over(turn, None)
                return
            turn.steps = turn.unit.poll(self._time)
            next(turn.steps)  # the question that was asked
        self._step(turn, answer)

    def _step(self, turn: Turn, answer: Answer | None) -> None:
        """Let a turn go on with an answer; None begins it."""
        assert turn.steps is not None
        try:
            fails = isinstance(answer, Exception)
            question = turn.steps.throw(answer) if fails else turn.steps.send(answer)  # type: ignore[arg-type] # None begins it
        except StopIteration as over:
            self._over(turn, over.value)
        except (NoReply, Refusal, NotWritten) as error:  # an errand's; a poll minds its own
            self._over(turn, error)
        else:
            self._ready.append((turn, question))

    def _over(self, turn: Turn, result: Any) -> None:
        unit, now_s = turn.unit, self._time()
        unit.busy = False
        if turn.done is not None:
            if not turn.done.done():
                turn.done.set_exception(result) if isinstance(result, Exception) else turn.done.set_result(result)
            return
        unit.end(self._wire.heard_ns if self._wire else 0)
        self.counters.received += 1
        self.counters.overruns += unit.next_due(now_s)
        self._leave_s = min(self._leave_s, max(unit.hold_until_s, now_s + self.gather_s))

    def _go_on(self) -> None:
        """Give up what is overdue, ask what can be asked, and set the timer for what comes next."""
        wire = self._wire
        if wire is None or self._gone is not None:
            return
        now_s = self._time()
        for question, silence in list(wire.overdue(now_s)):
            self._answered(question, silence)
        while wire.open < wire.in_flight and now_s >= wire.quiet_at_s - TICK_S and self._next_question(now_s):
            turn, question = self._ready.popleft()
            if now_s < wire.quiet_at_s:
                time.sleep(wire.quiet_at_s - now_s)
                now_s = self._time()
            self._asked[question] = turn
            wire.ask(question, now_s)
            if not self.gather_s:
                wire.hurried = turn.steps is not None or self._due_s(now_s) < now_s + SOON_S
        wire.flush()
        if self._leave_s <= now_s or (self._leave_s <= now_s + self.gather_s and not wire.open):
            self._news.set()
            self._stop_timer()  # it was to let them leave
        self._set_timer(self._wakes_s(wire, now_s), now_s)

    def _next_question(self, now_s: float) -> bool:
        """Return whether there is something to ask; errands begin first, and polls where none waits."""
        for turn in [one for one in self._errands if not one.unit.busy][:1]:
            self._errands.remove(turn)
            turn.unit.busy = True
            waiting = len(self._ready)
            self._step(turn, None)
            self._ready.rotate(len(self._ready) - waiting)
        while not self._ready:
            unit = self._next(now_s) if self._polls else None
            if unit is None:
                return False
            unit.busy = True
            if unit.simple is not None:
                self._ready.append((Turn(None, unit), unit.simple))
            else:
                self._step(Turn(unit.poll(self._time), unit), None)
        return True

    def _next(self, now_s: float) -> Unit | None:
        """Return whose turn it is of those that are due: who waits longest, but after one that may cost a time-out
        (it did not answer last time, or was never asked) first one that does not."""
        if not self._line or self._risked:
            due = (unit for unit in self.units if unit.due_s <= now_s and not unit.busy and len(unit.rows) < MOST_ROWS)
            self._line = sorted(due, key=lambda unit: unit.due_s)[::-1]
        while self._line:
            at = -1
            if self._risked:
                at = max((n for n, unit in enumerate(self._line) if not unit.risky(now_s)), default=-1)
            unit = self._line.pop(at)
            if not unit.busy:
                if unit.asks(now_s):
                    self._risked = not unit.well
                return unit
        return None

    def _wakes_s(self, wire: Wire, now_s: float) -> float:
        """Return when there is something to do, if nothing comes before: an end, a silence, a rhythm, rows to leave."""
        wakes_s = wire.next_end_s
        if wire.open < wire.in_flight:
            due_s = now_s if self._ready or self._errands else self._due_s(now_s)
            wakes_s = min(wakes_s, max(due_s, wire.quiet_at_s - TICK_S))
        return wakes_s if self._news.is_set() else min(wakes_s, self._leave_s)

    def _due_s(self, now_s: float) -> float:
        due = (unit.due_s for unit in self.units if not unit.busy and len(unit.rows) < MOST_ROWS)
        return min(due, default=NEVER_S) if self._polls else NEVER_S

    def _set_timer(self, wakes_s: float, now_s: float) -> None:
        """Wake at a time; a timer that wakes earlier does as well."""
        if self._timer is not None:
            if now_s < self._timer.when() <= wakes_s:
                return
            self._stop_timer()
        if wakes_s < NEVER_S:
            self._timer = asyncio.get_running_loop().call_at(wakes_s, self._woken)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _woken(self) -> None:
        self._timer = None
        self._go_on()
