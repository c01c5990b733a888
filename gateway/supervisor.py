"""The supervisor: one place for connect, jittered back-off, restart, status, and "log once gone, once back"."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from drivers.errors import DeviceGone, WrongConfiguration
from gateway.component import Component, State
from gateway.errors import SinkAway

log = logging.getLogger("gongbang")

Life = Callable[[], Awaitable[None]]  # one connection's life: returns or raises when it is over
Draw = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: the n-th wait is drawn evenly from `least_s` to `least_s * 2^n`, at the most `most_s`.

    Four hundred shops come back at once after a power failure in a district; they must not knock in step.
    """

    least_s: float
    most_s: float

    def wait_s(self, failures: int, draw: Draw = random.uniform) -> float:
        """Return the seconds to wait after so many failures in a row."""
        return draw(self.least_s, min(self.most_s, self.least_s * 2 ** min(failures, 16)))


DEVICE = Backoff(0.5, 30.0)
CANCEL_AGAIN_S = 5.0  # longer than a polite goodbye takes


class Supervisor:
    """Keeps lives running until it is told to stop, each in a named task of its own: none can stop another."""

    def __init__(self, mono_ns: Callable[[], int], draw: Draw = random.uniform) -> None:
        self._mono_ns, self._draw = mono_ns, draw
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, component: Component, life: Life, backoff: Backoff) -> None:
        """Run `life` again and again; `component` tells how it goes. `life` reports `up` itself by `arrived`."""
        if component.name in self._tasks:
            raise ValueError(f"{component.name} runs already")
        self._tasks[component.name] = asyncio.create_task(self._keep(component, life, backoff), name=component.name)

    def arrived(self, component: Component) -> None:
        """Say that a component is connected; told once."""
        if component.turn("up", self._mono_ns()):
            log.info("%s: connected", component.name)

    async def stop(self, name: str) -> None:
        """End one life and wait for its end; one that is not there is already well."""
        task = self._tasks.pop(name, None)
        if task:
            await end([task])

    async def stop_all(self) -> None:
        """End every life, together."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        await end(tasks)

    async def _keep(self, component: Component, life: Life, backoff: Backoff) -> None:
        failures = 0
        while True:
            began_ns = self._mono_ns()
            try:
                await life()
                error = "ended"
            except (DeviceGone, SinkAway) as gone:
                error = str(gone)
            except WrongConfiguration as wrong:
                self._gone(component, "off", str(wrong))
                return
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) and task.cancelling():
                    raise  # somebody ends us
                error = "what it waited for was cancelled"
            except Exception as bug:  # the task's outer border: a bug in one part must not end the others
                error = f"{type(bug).__name__}: {bug}"
                if component.state == "up" or component.last_error != error:  # else it was told
                    log.exception("%s: failed", component.name)
            lasted_s = (self._mono_ns() - began_ns) / 1e9
            failures = 0 if lasted_s > backoff.most_s else failures + 1
            self._gone(component, "down", error)
            await asyncio.sleep(backoff.wait_s(failures, self._draw))

    def _gone(self, component: Component, state: State, error: str) -> None:
        if component.turn(state, self._mono_ns(), error):
            log.warning("%s: %s", component.name, error)


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for their end. Again and again: a task group whose child fails while it is cancelled
    raises the failure alone, and the cancellation is lost (CPython 3.11)."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
