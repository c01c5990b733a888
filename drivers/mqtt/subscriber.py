"""One connection to a broker through paho, whose thread hands everything to the loop. Used once."""

import asyncio
import contextlib
import secrets
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.client import MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from drivers.errors import DeviceGone, WrongConfiguration
from drivers.mono import mono_ns
from drivers.mqtt.options import MqttInConfig

CONNECT_S: Final = 10.0  # name look-up, TCP, TLS, CONNACK and SUBACK together
CLOSE_S: Final = 2.0
MOST_QUEUED: Final = 5000  # messages that wait for the daemon


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, stamped when it came."""

    topic: str
    payload: bytes
    retained: bool  # kept by the broker, of unknown age
    mono_ns: int


class Subscriber:
    """Messages wait in `arrived` and `news` tells; `dropped` counts those without room. `gone` is why it is over."""

    def __init__(self, config: MqttInConfig, topics: Sequence[str]) -> None:
        self.arrived: deque[Arrived] = deque()
        self.news = asyncio.Event()
        self.gone: DeviceGone | None = None
        self.dropped = 0
        self._config, self._topics = config, sorted(topics)
        self._where = f"{config.host}:{config.port}"
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._closing = False
        self._awoken = threading.Event()  # a call to the loop is on its way
        self._client = self._new_client()

    async def open(self) -> None:
        """Connect and subscribe; DeviceGone or WrongConfiguration with the cause."""
        threading.Thread(target=self._run, args=(self._client,), name=f"mqtt-{self._config.name}", daemon=True).start()
        over: set[asyncio.Future[Any]] = {self._ready, self._ended}
        await asyncio.wait(over, timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
        if self.gone is not None:
            raise self.gone
        if not self._ready.done():
            raise DeviceGone(f"{self._where}: no answer in {CONNECT_S:g} s")

    async def close(self) -> None:
        """Say goodbye and wait until paho's thread is over, for a while."""
        self._closing = True
        self._client.disconnect()
        await asyncio.wait({self._ended}, timeout=CLOSE_S / 2)
        if not self._ended.done() and (socket := self._client.socket()):
            with contextlib.suppress(OSError):  # it may have closed in between
                socket.shutdown(SHUT_RDWR)  # type: ignore[attr-defined] # it is a socket, paho's type says less
            await asyncio.wait({self._ended}, timeout=CLOSE_S / 2)
        client = self._client
        client.on_connect = client.on_disconnect = client.on_subscribe = client.on_message = None
        del self._client  # its descriptors close now and not when the garbage collector comes by

    def _new_client(self) -> paho.Client:
        config = self._config
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"gongbang-{config.name}-{secrets.token_hex(4)}",
            clean_session=True,
            protocol=MQTTv311,
            reconnect_on_failure=False,
        )
        if config.username:
            client.username_pw_set(config.username, _secret(config.password_file))
        if config.tls:
            client.tls_set_context(_tls(config.ca_file))
        client.connect_timeout = CONNECT_S / 2
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        return client

    # ---- in paho's thread: only _tell() and `arrived` from here on ----

    def _run(self, client: paho.Client) -> None:
        """Connect, which may block, and serve the connection until it is over."""
        try:
            client.connect(self._config.host, self._config.port, self._config.keepalive_s)
            if self._closing:
                client.disconnect()
            client.loop_forever()
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            self._tell(self._over, str(error))
        self._tell(self._finished)

    def _on_connect(self, client: paho.Client, _u: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        if code.is_failure:
            self._tell(self._over, f"refused the connection: {str(code).lower()}")
        else:
            client.subscribe([(topic, 1) for topic in self._topics])

    def _on_subscribe(self, _c: paho.Client, _u: Any, _mid: int, codes: list[ReasonCode], _p: Any) -> None:
        refused = [topic for topic, code in zip(self._topics, codes, strict=False) if code.is_failure]
        if refused:
            self._tell(self._over, f"does not let this account subscribe to {', '.join(refused[:5])}")
        else:
            self._tell(self._subscribed)

    def _on_disconnect(self, _c: paho.Client, _u: Any, _flags: Any, code: ReasonCode, _p: Any) -> None:
        self._tell(self._over, f"connection lost ({str(code).lower()})")

    def _on_message(self, _c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        if len(self.arrived) >= MOST_QUEUED or len(message.payload) > self._config.max_bytes:
            self.dropped += 1
            return
        self.arrived.append(Arrived(message.topic, bytes(message.payload), message.retain, mono_ns()))
        if not self._awoken.is_set():
            self._awoken.set()
            self._tell(self._wake)

    def _tell(self, what: Callable[..., None], *news: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to hear it
            self._loop.call_soon_threadsafe(what, *news)

    # ---- in the loop again ----

    def _wake(self) -> None:
        self._awoken.clear()
        self.news.set()

    def _subscribed(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _over(self, cause: str) -> None:
        if self.gone is None:
            self.gone = DeviceGone(f"{self._where}: {cause}")
        self.news.set()

    def _finished(self) -> None:
        self._over("closed")
        if not self._ended.done():
            self._ended.set_result(None)


class _Socket(ssl.SSLSocket):
    """A socket that closes when the handshake fails, which paho leaves to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _tls(ca_file: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        raise WrongConfiguration(f"ca_file: {ca_file}: {error}") from error
    context.sslsocket_class = _Socket
    return context


def _secret(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"password_file: {path}: {error}") from error
