"""Intake: the connection to the broker. One client after another, in a thread of its own, for ever.

Each connection begins clean: what was on its way when it broke is not acknowledged, so its sender sends it again.
"""

import contextlib
import logging
import random
import secrets
import ssl
import threading
from collections.abc import Callable
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.client import MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from center.clock import Clock
from center.config import Broker, Tls, secret
from center.inbox import Came, Inbox

log = logging.getLogger("gongbang.center")

TOPICS: Final = ("gongbang/v1/+/+/journal/+", "gongbang/v1/+/+/status")
ROOM_S: Final = 5.0  # so long the socket is not read while the writer is behind; then messages are dropped
AGAIN_S: Final = (0.5, 30.0)
CONNECT_S: Final = 15.0  # for the answer to our CONNECT
CLOSE_S: Final = 2.0
POLL_S: Final = 0.2
ACKS_WAITING: Final = 10_000
UNSUPPORTED_VERSION: Final = 0x84
NOT_ALLOWED: Final = 0x80  # reason codes from here on are refusals


class Intake:
    """`connected`, and `why` it is not, are for the page; the listeners are told whenever that changes."""

    def __init__(self, config: Broker, inbox: Inbox, clock: Clock) -> None:
        self._config, self._inbox, self._clock = config, inbox, clock
        self.listeners: list[Callable[[bool], None]] = []
        self._client_id = f"gongbang-center-{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._over = threading.Event()  # this connection
        self._client: paho.Client | None = None
        self._full = False
        self._greeted = False  # the broker answered our CONNECT on this connection
        self._served = False  # and let us subscribe
        self._versions = ["5", "3.1.1"]  # to be tried in turn; what worked stays first
        self._thread = threading.Thread(target=self._run, name="center-intake", daemon=True)
        self.connected = False
        self.why = "not connected yet"
        self.protocol: str | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye and end."""
        self._stop.set()
        self._inbox.close()  # so that paho's thread does not wait for room
        self._thread.join(CLOSE_S + 10.0)

    @property
    def alive(self) -> bool:
        """Return whether the thread runs."""
        return self._thread.is_alive()

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Send an acknowledgement, QoS 1. Without a connection it is left out: who waits for it asks again."""
        if self.connected and (client := self._client):
            client.publish(topic, payload, qos=1, retain=retain)

    # ---- in the thread ----

    def _run(self) -> None:
        wait_s = AGAIN_S[0]
        while not self._stop.is_set():
            self._greeted = self._served = False
            try:
                self._connection()
            except (OSError, ValueError) as error:  # ssl.SSLError is an OSError; a secret's file is a ValueError
                self._lost(f"{self._config.host}:{self._config.port}: {error}")
            except Exception as error:
                log.exception("the connection to the broker failed")
                self._lost(f"{type(error).__name__}: {error}")
            wait_s = AGAIN_S[0] if self._served else min(wait_s * 2, AGAIN_S[1])
            self._stop.wait(random.uniform(0, wait_s))

    def _connection(self) -> None:
        """Live through one connection. A broker that does not know MQTT 5 is spoken to in 3.1.1 the next time."""
        version = self._versions[0]
        client = self._new_client(version)
        self._over.clear()
        try:
            more: dict[str, Any] = {"clean_start": True} if version == "5" else {}
            client.connect(self._config.host, self._config.port, self._config.keepalive_s, **more)
            self._client = client
            client.loop_start()  # paho's own thread: with it, `publish` from ours only queues
            self._live_on()
        finally:
            self._client = None
            self._let_go(client)
        if not self._greeted:
            self._versions.reverse()
        self._lost(f"{self._config.host}:{self._config.port}: connection lost")

    def _live_on(self) -> None:
        """Wait until the connection is over, the broker does not answer, or we are stopped."""
        answer_by_s = self._clock.mono_s() + CONNECT_S
        while not self._stop.is_set() and not self._over.wait(POLL_S):
            if not self._greeted and self._clock.mono_s() > answer_by_s:
                return

    def _let_go(self, client: paho.Client) -> None:
        """Say goodbye, wait for paho's thread and close its sockets now, not when the garbage collector comes by."""
        if not self._over.is_set():
            client.disconnect()
            self._over.wait(CLOSE_S)
        if sock := client.socket():
            with contextlib.suppress(OSError):
                sock.shutdown(SHUT_RDWR)  # type: ignore[attr-defined] # it is a socket, paho's type says less
        client.loop_stop()
        client.on_connect = client.on_disconnect = client.on_message = client.on_subscribe = None

    def _new_client(self, version: str) -> paho.Client:
        config, v5 = self._config, version == "5"
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if v5 else True,
            protocol=MQTTv5 if v5 else MQTTv311,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(1000)
        client.max_queued_messages_set(ACKS_WAITING)
        if config.username:
            password = secret("password_file", config.password_file) if config.password_file else None
            client.username_pw_set(config.username, password)
        if config.tls:
            client.tls_set_context(_tls(config.tls))
        client.on_socket_open = _at_once
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _u: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        if code.value == UNSUPPORTED_VERSION:
            return
        self._greeted = True
        if code.value:
            self._lost(f"the broker refused the connection: {str(code).lower()}")
            client.disconnect()
            return
        client.subscribe([(topic, 1) for topic in TOPICS])

    def _on_subscribe(self, client: paho.Client, _u: Any, _mid: int, codes: list[ReasonCode], _p: Any) -> None:
        if any(code.value >= NOT_ALLOWED for code in codes):
            self._lost("the broker does not let us subscribe")
            client.disconnect()
            return
        if not self.connected:
            log.info("%s:%s: connected", self._config.host, self._config.port)
        self._served = True
        self.connected, self.why, self.protocol = True, "", self._versions[0]
        self._tell(True)

    def _on_disconnect(self, _c: paho.Client, _u: Any, _f: Any, code: ReasonCode, _p: Any) -> None:
        if self.connected:
            self._lost(f"{self._config.host}:{self._config.port}: connection lost ({str(code).lower()})")
        self._over.set()

    def _on_message(self, _c: paho.Client, _u: Any, message: paho.MQTTMessage) -> None:
        """Hand a message to the writer. Without room the socket is not read for a while, and then messages fall."""
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        came = Came(topic, bytes(message.payload), message.retain, self._clock.utc_ms(), self._clock.mono_s())
        taken = self._inbox.put(came, 0.0 if self._full else ROOM_S)
        if not taken and not self._full and not self._stop.is_set():
            log.warning("the writer is behind: messages are dropped, and will be sent again")
        self._full = not taken

    def _lost(self, why: str) -> None:
        """Note, and log once, that there is no connection. The first reason is the best one."""
        was, self.connected = self.connected, False
        if was or self.why in ("", "not connected yet") or "connection lost" not in why:
            if not self._stop.is_set() and (was or self.why != why):
                log.warning("%s", why)
            self.why = why
        if was:
            self._tell(False)

    def _tell(self, hears: bool) -> None:
        for listener in self.listeners:
            listener(hears)


def _at_once(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    """Let an answer go at once, and not when the one before it has been answered for (Nagle's algorithm)."""
    sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


class _Socket(ssl.SSLSocket):
    """A socket that closes when the handshake fails; paho leaves it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _tls(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_file)
    if tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    context.sslsocket_class = _Socket
    return context
