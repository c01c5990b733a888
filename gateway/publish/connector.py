"""Connecting to a broker in the newest version of MQTT that both sides know."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from drivers.errors import WrongConfiguration
from gateway.config.publish import Broker as Config
from gateway.errors import SinkAway
from gateway.publish.link import Link, Received, Unsupported
from gateway.publish.message import Message, Version


def versions(wanted: object) -> tuple[Version, ...]:
    """Return the versions to try, in order; raise WrongConfiguration for one that does not exist."""
    if str(wanted) in ("5", "5.0", "auto"):
        return ("5", "3.1.1")
    if str(wanted) in ("3.1.1", "3.11", "4"):
        return ("3.1.1",)
    raise WrongConfiguration(f"protocol: {wanted} is no version of MQTT; 5, 3.1.1 or auto are")


class Connector:
    """Makes one link after another. Once a broker spoke MQTT 5, it is asked no more whether it does."""

    def __init__(self, config: Config, client_id: str) -> None:
        self._config, self._client_id = config, client_id
        self._knows_5 = False

    @asynccontextmanager
    async def connected(self, will: Message | None, received: Received) -> AsyncIterator[Link]:
        """Yield a link that the broker accepted. Raises SinkAway with the cause, and WrongConfiguration."""
        link = Link(self._config, await self._newest(), self._client_id, will, received)
        try:
            await link.open()
            yield link
        except Unsupported as unsupported:
            self._knows_5 = False
            raise SinkAway(f"{self._config.host}:{self._config.port} refuses MQTT {link.version} now") from unsupported
        finally:
            await link.close()

    async def _newest(self) -> Version:
        """Return the version to speak. Raises SinkAway.

        It is asked by a connection of its own without a will: a broker that does not know MQTT 5 reads the will's
        properties as something else, and the embedded one then waits for ever instead of refusing.
        """
        if "5" not in versions(self._config.protocol):
            return "3.1.1"
        if not self._knows_5:
            probe = Link(self._config, "5", self._client_id, None, lambda _: None)
            try:
                await probe.open()
                self._knows_5 = True
            except Unsupported:
                pass
            finally:
                await probe.close()
        return "5" if self._knows_5 else "3.1.1"
