"""One question at a time over a wire, for whoever looks around instead of polling."""

import asyncio
from collections.abc import Sequence

from drivers.errors import DeviceGone
from drivers.modbus_frames import Answer, NoReply, Question, Refusal, read_question
from drivers.modbus_wire import Wire
from sensors.point import BIT_TABLES, Table


class Asker:
    """A wire's only user; an answer has `timeout_s`. `noise`: something came that was no whole answer."""

    def __init__(self, wire: Wire, timeout_s: float) -> None:
        self.noise = False
        self._wire, self._timeout_s = wire, timeout_s
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[bytes] | None = None
        wire.heard, wire.lost = self._answered, self._gone

    async def overhears(self, for_s: float) -> bool:
        """Listen, and return whether anything came without a question."""
        before_ns = self._wire.heard_ns
        await asyncio.sleep(for_s)
        return self._wire.heard_ns != before_ns

    async def read(self, unit: int, table: Table, address: int, count: int) -> Sequence[int]:
        """Return registers or bits. Raises Refusal, NoReply, DeviceGone."""
        if (wait_s := self._wire.quiet_at_s - self._loop.time()) > 0:
            await asyncio.sleep(wait_s)
        question = read_question(unit, table, address, count, self._timeout_s)
        self._waiting = self._loop.create_future()
        end = self._loop.call_later(self._timeout_s, self._overdue)
        self._wire.ask(question, self._loop.time())
        self._wire.flush()
        try:
            data = await self._waiting
        finally:
            end.cancel()
            self._waiting = None
        if table in BIT_TABLES:
            return [data[n // 8] >> n % 8 & 1 for n in range(count)]
        return [int.from_bytes(data[n : n + 2]) for n in range(0, 2 * count, 2)]

    def _answered(self, answers: list[tuple[Question, Answer]]) -> None:
        for _, answer in answers:
            self._settle(answer)

    def _gone(self, why: DeviceGone) -> None:
        self._settle(why)

    def _overdue(self) -> None:
        for _, silence in self._wire.overdue(float("inf")):
            self._settle(silence)

    def _settle(self, answer: Answer | DeviceGone) -> None:
        if self._waiting is None or self._waiting.done():
            return
        self.noise |= isinstance(answer, NoReply) and answer.damaged
        if isinstance(answer, NoReply | Refusal | DeviceGone):
            self._waiting.set_exception(answer)
        else:
            self._waiting.set_result(answer)
