"""Actions: those of the configuration that run, each in the supervisor's care, and a test of each."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple

from drivers.errors import DeviceGone, WrongConfiguration
from gateway.actions.courier import Courier, Way, begin_here
from gateway.actions.lamp import Lamp, Write
from gateway.clock import Clock
from gateway.component import Component
from gateway.config.actions import ActionConfig, MqttAction, NotifyAction, OutputAction, Telling, WebhookAction
from gateway.config.publish import MqttPublisher
from gateway.config.root import EdgeConfig, spread
from gateway.engine.alarms import Alarms
from gateway.errors import Refused, SinkAway
from gateway.event import Position, Row
from gateway.journal.journal import Journal
from gateway.supervisor import Backoff, Supervisor

LEAST_S: Final = 1.0
TEST_S: Final = 2.0  # that an output is on for a test
NOWHERE: Final = Position(0, "0000", 0)  # a test stands in no journal
TEXT: Final = {"ko": "시험 알림이에요. 잘 도착했어요.", "en": "A test: it has arrived."}


class _Running(NamedTuple):
    made: Courier | Lamp
    way: Callable[[], Way] | None  # makes another one: a test must not disturb what is on its way
    meaning: object


class Actions:
    """Starts and ends actions. `alarms` are the engine's that runs now."""

    def __init__(
        self,
        supervisor: Supervisor,
        components: dict[str, Component],
        journal: Journal,
        clock: Clock,
        write: Write,
        alarms: Callable[[], Alarms],
    ) -> None:
        self._supervisor, self._components, self._journal = supervisor, components, journal
        self._clock, self._write, self._alarms = clock, write, alarms
        self._running: dict[str, _Running] = {}

    async def prepare(self, config: EdgeConfig) -> None:
        """End those that are not in a configuration, or mean something else there, and let new ones begin here.

        Before the readings of that configuration begin: no alarm of theirs is missed. Raises StorageFailed.
        """
        same = {action.name: _meaning(action, config) for action in _actions(config)}
        for name in [name for name, one in self._running.items() if same.get(name) != one.meaning]:
            await self._supervisor.stop(name)
            del self._running[name], self._components[name]
        for action in _actions(config):
            if isinstance(action, Telling) and action.name not in self._running:
                await begin_here(self._journal, action.name)

    def start(self, config: EdgeConfig, gateway: str) -> None:
        """Start those that are switched on and do not run."""
        for action in _actions(config):
            if action.name not in self._running:
                self._start(action, config, gateway)

    def _start(self, action: ActionConfig, config: EdgeConfig, gateway: str) -> None:
        component = Component(action.name, "action")

        def arrived() -> None:
            self._supervisor.arrived(component)

        made: Courier | Lamp
        way: Callable[[], Way] | None = None
        if isinstance(action, OutputAction):
            made = Lamp(action, self._alarms, self._write, self._journal, arrived)
        else:
            assert isinstance(action, Telling)
            way = partial(_way, action, config, gateway)
            made = Courier(action, way(), self._journal, self._clock, arrived)
            component.accounts = lambda: self._journal.accounts(action.name)
        component.counters, component.detail = made.counters, made.detail
        component.queued = lambda: made.queued
        self._running[action.name] = _Running(made, way, _meaning(action, config))
        self._components[action.name] = component
        self._supervisor.start(component, made.run, Backoff(LEAST_S, action.retry_most_s))

    async def test(self, name: str, by: str) -> str | None:
        """Do it once, now: return "" when it worked, else why not; None when no such action runs."""
        running = self._running.get(name)
        if running is None:
            return None
        try:
            if isinstance(running.made, Lamp):
                await self._flash(running.made)
            elif running.way is not None:
                async with asyncio.timeout(running.made.config.timeout_s):
                    await running.way().send([self._made_up(by)])
        except TimeoutError:
            return "no answer in time"
        except (SinkAway, Refused, WrongConfiguration, DeviceGone) as why:
            return str(why) or type(why).__name__
        return ""

    async def _flash(self, lamp: Lamp) -> None:
        """Switch an output on for a moment, then to what it should be."""
        try:
            await lamp.put(lamp.config.value)
            await asyncio.sleep(TEST_S)
        finally:
            with suppress(SinkAway, DeviceGone):
                await lamp.put(lamp.wanted())

    def _made_up(self, by: str) -> Row:
        now_ns, clock = self._clock.mono_ns(), "synced" if self._clock.synced else "unsynced"
        body = {"rule": "test", "action": "test", "severity": "info", "message": TEXT, "value": None, "by": by}
        return Row(NOWHERE, "alarm", "test", now_ns, self._clock.boot_id, self._clock.time_ns(now_ns), clock, body)


def _actions(config: EdgeConfig) -> list[ActionConfig]:
    """Return those that are switched on, with the names of the rules as alarms have them."""
    meant = config.meant
    return [
        action.model_copy(update={"rules": spread(action.rules, meant)}) for action in config.actions if action.enabled
    ]


def _way(action: Telling, config: EdgeConfig, gateway: str) -> Way:
    """Return how an action tells; a way that no action goes is not loaded."""
    match action:
        case WebhookAction():
            from gateway.actions.webhook import Webhook

            return Webhook(action, config.workshop, gateway)
        case NotifyAction():
            from gateway.actions.notify import Notify

            return Notify(action, config.workshop)
        case MqttAction():
            from gateway.actions.mqtt import MqttMessage

            return MqttMessage(action, _broker(action, config), config.workshop.id, gateway)
    raise TypeError(type(action))


def _broker(action: MqttAction, config: EdgeConfig) -> MqttPublisher:
    """Return the publisher whose broker is used: `check` has seen that it is there."""
    return next(one for one in config.publish if one.name == action.publisher and isinstance(one, MqttPublisher))


def _meaning(action: ActionConfig, config: EdgeConfig) -> object:
    """Return all that an action does depends on: what kept it goes on over a reload."""
    broker = _broker(action, config) if isinstance(action, MqttAction) else None
    return action, config.workshop, broker
