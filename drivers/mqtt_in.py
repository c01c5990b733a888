"""Devices that publish by MQTT (ESP32, Tasmota, Shelly, zigbee2mqtt), behind one broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from drivers.base import Counters, Reading, Slots
from drivers.mono import mono_ns
from drivers.mqtt.options import MqttInConfig
from drivers.mqtt.reader import Reader
from drivers.mqtt.subscriber import Arrived, Subscriber


class MqttIn:
    """One broker. A message is a row of its device, with what other messages told before."""

    Config = MqttInConfig

    def __init__(self, config: MqttInConfig, slots: Slots) -> None:
        self.config = config
        self.counters = Counters()
        self._readers = [Reader(device, slots[device.name], self._tell) for device in config.devices]
        self._by_topic: dict[str, list[Reader]] = {}
        for reader in self._readers:
            for topic in reader.topics:
                self._by_topic.setdefault(topic, []).append(reader)
        self._subscriber: Subscriber | None = None
        self._lost = 0  # messages that had no room, in connections before, and those that cannot be read

    async def __aenter__(self) -> Self:
        """Connect and subscribe; DeviceGone or WrongConfiguration with the cause."""
        self._subscriber = Subscriber(self.config, list(self._by_topic))
        try:
            await self._subscriber.open()
        except BaseException:  # leaving is not called when entering fails, nor when it is cancelled
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def readings(self) -> AsyncIterator[Reading]:
        """Yield a row of NO_REPLY for each device, then what comes; at the end NO_REPLY again, and DeviceGone."""
        subscriber = self._subscriber
        assert subscriber is not None
        for reader in self._readers:
            reader.heard_ns = mono_ns()
            yield reader.silence(reader.heard_ns)
        while True:
            subscriber.news.clear()  # first, so that what comes while something is yielded is not waited for
            while subscriber.arrived:
                for reading in self._read(subscriber.arrived.popleft()):
                    yield reading
            self._count()
            if subscriber.gone is not None:
                self.counters.last_error = str(subscriber.gone)
                for reader in self._readers:
                    yield reader.silence(mono_ns())
                raise subscriber.gone
            for reader in self._silent():
                yield reader.silence(mono_ns())
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s()):
                    await subscriber.news.wait()

    def _read(self, message: Arrived) -> list[Reading]:
        self.counters.received += 1
        found: list[Reading] = []
        for reader in self._by_topic.get(message.topic, ()):
            said = reader.message(message.topic, message.payload, message.retained, message.mono_ns)
            self._lost += said is None
            found += said or ()
        self._count()
        return found

    def _silent(self) -> list[Reader]:
        """Return the devices whose time is over, and begin it anew."""
        now_ns = mono_ns()
        silent = [reader for reader in self._readers if (left := _left_s(reader, now_ns)) is not None and left <= 0]
        for reader in silent:
            reader.heard_ns = now_ns
            self._tell(reader.device.name, f"nothing came in {reader.device.silent_s:g} s")
        return silent

    def _wait_s(self) -> float | None:
        now_ns = mono_ns()
        left = [left for reader in self._readers if (left := _left_s(reader, now_ns)) is not None]
        return max(0.0, min(left)) if left else None

    async def _end(self) -> None:
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is not None:
            await subscriber.close()
            self._lost += subscriber.dropped
            self._count()

    def _count(self) -> None:
        self.counters.dropped = self._lost + (self._subscriber.dropped if self._subscriber else 0)

    def _tell(self, device: str, why: str) -> None:
        errors = self.counters.unit_errors
        errors[device] = errors.get(device, 0) + 1
        self.counters.last_error = f"{device}: {why}"


def _left_s(reader: Reader, now_ns: int) -> float | None:
    silent_s = reader.device.silent_s
    return None if silent_s is None else silent_s - (now_ns - reader.heard_ns) / 1e9
