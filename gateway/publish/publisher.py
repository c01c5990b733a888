"""The publisher contract, and which publisher is which module: one is imported only when the configuration uses it."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

from drivers.base import Counters
from gateway.config.publish import PublisherConfig
from gateway.publish.payloads import Window
from sensors.batch import Batch, Int64s

CLASSES: Mapping[str, str] = {
    "mqtt": "gateway.publish.mqtt:MqttPublisher",
    "influxdb": "gateway.publish.influxdb:InfluxPublisher",
    "center": "gateway.publish.center:CenterPublisher",
}

Command = Callable[[str, dict[str, Any]], None]  # name and body of what came on command/<name>


def no_command(_name: str, _body: dict[str, Any]) -> None:
    """A gateway that takes no commands from this broker does not subscribe either."""


class Publisher(Protocol):
    """A cursor over the journal and a way to the other side. The constructor does no I/O.

    Made with the validated configuration and, by keyword: `workshop` (its configuration), `gateway` (the id), `table`,
    `journal` (a `Source`), `clock`, `arrived` (to be called when connected) and `command`.
    """

    counters: Counters

    @property
    def queued(self) -> int:
        """Return how much is read or offered and not yet answered for."""
        ...

    def detail(self) -> dict[str, Any]:
        """Return what the screen shows beside the counters."""
        ...

    def offer(self, part: Batch | Window, time_ns: Int64s | None) -> None:
        """Take a batch or a window with what `Journal.stage` returned, or leave it to the journal. Never waits."""
        ...

    async def run(self) -> None:
        """Live for one connection; raise SinkAway when it is over, WrongConfiguration when it can never be."""
        ...


def publisher_class(config: PublisherConfig) -> Any:
    """Return the class that publishes by this configuration."""
    module, _, name = CLASSES[config.type].partition(":")  # type: ignore[attr-defined] # each kind has `type`
    return getattr(import_module(module), name)
