"""Telling by MQTT: a message to a topic of one's own, over a connection that lasts as long as it takes."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.config.actions import MqttAction
from gateway.config.publish import MqttPublisher
from gateway.errors import Refused, SinkAway
from gateway.event import Row
from gateway.publish import payloads
from gateway.publish.connector import Connector
from gateway.publish.link import Link
from gateway.publish.message import Message
from gateway.publish.reasons import REFUSAL, reason


class MqttMessage:
    """One topic on the broker of a publisher, with its account."""

    most = 1

    def __init__(self, config: MqttAction, broker: MqttPublisher, workshop: str, gateway: str) -> None:
        self._config, self._gateway = config, gateway
        self._connector = Connector(broker, f"gongbang-{workshop}-{gateway}-{config.name}")

    async def send(self, rows: Sequence[Row]) -> None:
        """Publish one event; the broker's answer is one. Raises SinkAway, Refused, WrongConfiguration."""
        (row,) = rows
        payload = self._config.payload
        written = payloads.event(self._gateway, row) if payload is None else payload.encode()
        async with self._connector.connected(None, lambda _: None) as link:
            code = await _answered(link, Message(self._config.topic, written, self._config.retain))
        if code >= REFUSAL:
            raise Refused(f"{self._config.topic}: {reason(code)}")


async def _answered(link: Link, message: Message) -> int:
    """Return the broker's reason code. Raises SinkAway when the connection ends before."""
    answer = await link.publish(message)
    either: set[asyncio.Future[Any]] = {answer, link.lost}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if answer.done() and not answer.cancelled():
        return answer.result()
    raise SinkAway(link.lost.result() if link.lost.done() else "the connection was lost")
