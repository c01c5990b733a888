"""Outputs: what an operator, a rule or a command writes to a device. Each write is an event, also one that failed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

from drivers.base import Tone, Written
from drivers.errors import DeviceGone, NotWritten
from gateway.clock import Clock
from gateway.config.parts import Station
from gateway.config.plant import Rule
from gateway.event import Event, Row

log = logging.getLogger("gongbang")

Value = float | str
Write = Callable[[str, str, Value], Awaitable[Written]]  # device, output, value


class Outputs:
    """Writes by the wires that have the devices, and tells what came of it."""

    def __init__(self, clock: Clock, write: Write, tell: Callable[[Iterable[Event]], None]) -> None:
        self._clock, self._write, self._tell = clock, write, tell
        self._shining: dict[str, int] = {}  # the latest answer of each lamp
        self._dark: set[str] = set()  # outputs of lamps that failed, told once

    async def write(self, name: str, value: Value, by: str, again: bool = False) -> Written:
        """Write `device.output`. Raises NotWritten or DeviceGone with the reason; the event tells it too.

        One that is tried `again` and fails again is not told once more.
        """
        device, _, output = name.partition(".")
        written, answer = Written(None, None), "ok"
        try:
            written = await self._write(device, output, value)
        except (NotWritten, DeviceGone) as failed:
            answer = str(failed)
            if not again:
                log.warning("%s = %s by %s: %s", name, value, by, failed)
            raise
        finally:
            told = not again or answer == "ok"
            body: dict[str, Any] = {"output": name, "value": value, "by": by, "answer": answer}
            body |= {"before": written.before, "after": written.after}
            self._tell([Event("write", name, self._clock.mono_ns(), body)] if told else [])
        return written

    async def shine(self, stations: Iterable[Station], name: str, tone: Tone) -> None:
        """Light a station's lamp for an answer, if it has one, and put it out.

        No event: the scan tells it; a failure is logged once. An answer that comes while a lamp is lit puts out the
        others and keeps its own lit for its time.
        """
        lamp = next((one.lamp for one in stations if one.name == name), None)
        if lamp is None:
            return
        self._shining[name] = turn = self._shining.get(name, 0) + 1
        colours: dict[Tone, str | None] = {"ok": lamp.ok, "duplicate": lamp.duplicate, "refused": lamp.refused}
        wanted = colours[tone]
        for output in {one for one in colours.values() if one and one != wanted}:
            await self._light(output, 0.0)
        if wanted:
            await self._light(wanted, 1.0)
            await asyncio.sleep(lamp.on_s)
            if self._shining[name] == turn:
                await self._light(wanted, 0.0)

    async def _light(self, name: str, value: Value) -> None:
        device, _, output = name.partition(".")
        try:
            await self._write(device, output, value)
        except (NotWritten, DeviceGone) as failed:
            if name not in self._dark:
                log.warning("the lamp %s cannot be lit: %s", name, failed)
            self._dark.add(name)
        else:
            self._dark.discard(name)

    async def obey(self, name: str, value: Value, by: str) -> None:
        """Write for somebody who does not wait for the answer: the event has it."""
        try:
            await self.write(name, value, by)
        except (NotWritten, DeviceGone):
            return


def wanted(rows: Iterable[Row], rules: Iterable[Rule]) -> Iterator[tuple[str, Value, str]]:
    """Yield what rules write that these kept events raised: output, value, and in whose name."""
    writing = {rule.name: rule for rule in rules if rule.write}
    for row in rows:
        if row.kind == "alarm" and row.body["action"] == "raise" and row.body["rule"] in writing:
            for one in writing[row.body["rule"]].write:
                yield one.output, one.value, f"rule {row.body['rule']}"
