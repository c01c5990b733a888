"""Pulses and inputs on the pins of a Raspberry Pi, by libgpiod: debounced, numbered and timed in the kernel."""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Final, Protocol, Self

from drivers.base import Counters, Reading, Slots
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.gpio_edges import Lines, Seen
from drivers.gpio_options import GpioConfig
from drivers.mono import mono_ns
from sensors.batch import Batch

BUFFER: Final = 1024  # edges that the kernel holds for us, its own limit


class Request(Protocol):
    """What libgpiod's LineRequest offers: the lowest seam at which this driver is tested without pins."""

    @property
    def fd(self) -> int: ...
    @property
    def offsets(self) -> list[int]: ...
    def get_values(self) -> list[Any]: ...
    def read_edge_events(self, max_events: int | None = None) -> list[Any]: ...
    def release(self) -> None: ...


def request_lines(config: GpioConfig) -> Request:
    """Take the lines for us alone; DeviceGone or WrongConfiguration with the reason."""
    if find_spec("gpiod") is None:
        raise WrongConfiguration("gpiod not installed: pip install 'gongbang[gpio]'")
    import gpiod  # here, so that a shop without pins does not load it

    line = gpiod.line
    settings: dict[Iterable[int | str] | int | str, gpiod.LineSettings | None] = {
        pin.line: gpiod.LineSettings(
            direction=line.Direction.INPUT,
            edge_detection=line.Edge.RISING if pin.kind == "counter" else line.Edge.BOTH,
            bias=line.Bias[pin.bias.upper()],
            active_low=pin.active_low,
            debounce_period=timedelta(seconds=pin.debounce_s),
            event_clock=line.Clock.MONOTONIC,
        )
        for pin in config.points
    }
    try:
        return gpiod.request_lines(config.chip, settings, "gongbang", BUFFER)
    except (OSError, ValueError) as error:
        raise explain(config, error) from error


def explain(config: GpioConfig, error: Exception) -> DeviceGone | WrongConfiguration:
    """Turn what libgpiod raised into one of ours, with the mend."""
    lines = ", ".join(str(pin.line) for pin in config.points)
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        return DeviceGone(f"{config.chip}: not there; `gpiodetect` lists the chips")
    if number in (errno.EACCES, errno.EPERM):
        return DeviceGone(f"{config.chip}: no permission to open it; add this user to the group gpio")
    if number == errno.EBUSY:
        return DeviceGone(f"{config.chip}: another program uses one of {lines}; `gpioinfo` tells which")
    if isinstance(error, ValueError) or number in (errno.EINVAL, errno.ENOTTY, errno.ENODEV, errno.ENXIO):
        return WrongConfiguration(f"{config.chip}: cannot watch {lines}: {error}; `gpioinfo` lists the lines")
    return DeviceGone(f"{config.chip}: {os.strerror(number) if number else error}")


class Gpio:
    """The pins of one chip. An input's change is a row at once, counts are rows in their rhythm."""

    Config = GpioConfig

    def __init__(self, config: GpioConfig, slots: Slots, request: Callable[[GpioConfig], Request] = request_lines):
        self.config = config
        self.counters = Counters()
        self._ask = request
        self._request: Request | None = None
        self._lines = Lines(slots[config.name], [pin.kind == "counter" for pin in config.points])
        self._batches: list[Batch] = []
        self._news = asyncio.Event()
        self._gone: DeviceGone | None = None

    async def __aenter__(self) -> Self:
        self._gone, self._batches, self._news = None, [], asyncio.Event()
        self._request = self._ask(self.config)
        self._lines.begin(self._request.offsets, [_is_active(value) for value in self._request.get_values()])
        asyncio.get_running_loop().add_reader(self._request.fd, self._readable)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        request, self._request = self._request, None
        if request is not None:
            if self._gone is None:
                asyncio.get_running_loop().remove_reader(request.fd)
            request.release()

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield the state at once and every `sample_s`, and changes of inputs as they come; then DeviceGone."""
        clock = asyncio.get_running_loop().time
        due_s = clock()
        while True:
            self._news.clear()
            batches, self._batches = self._batches, []
            for batch in batches:
                yield batch
            if self._gone is not None:
                yield self._lines.silence(mono_ns())
                raise self._gone
            if clock() >= due_s:
                due_s = max(due_s + self.config.sample_s, clock())
                self.counters.received += 1
                yield self._lines.row(mono_ns())
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due_s):
                    await self._news.wait()

    def _readable(self) -> None:
        """Take the edges that the kernel has; the loop calls this."""
        assert self._request is not None
        try:
            events = self._request.read_edge_events()
        except OSError as error:
            asyncio.get_running_loop().remove_reader(self._request.fd)
            self._gone = DeviceGone(f"{self.config.chip}: gone ({error.strerror or error})")
            self.counters.last_error = str(self._gone)
            self._news.set()
            return
        ahead_ns = mono_ns() - time.monotonic_ns()  # our clock goes on while the machine sleeps, the kernel's does not
        if batch := self._lines.edges(_seen(events, ahead_ns)):
            self._batches.append(batch)
            self._news.set()
        if (missed := self._lines.missed) != self.counters.dropped:
            self.counters.dropped = missed
            self.counters.last_error = f"{self.config.name}: {missed} edges came faster than they could be read"


def _seen(events: Sequence[Any], ahead_ns: int) -> list[Seen]:
    return [
        Seen(event.line_offset, event.line_seqno, event.event_type.name == "RISING_EDGE", event.timestamp_ns + ahead_ns)
        for event in events
    ]


def _is_active(value: Any) -> bool:
    return bool(getattr(value, "value", value))
