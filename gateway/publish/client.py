"""paho's client, made for one connection of one publisher: its version, account, certificates and will."""

import contextlib
import ssl
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.client import MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from drivers.errors import WrongConfiguration
from gateway.config.publish import Broker as Config
from gateway.config.publish import Tls
from gateway.publish.message import Message, Version


def new_client(config: Config, version: Version, client_id: str, will: Message | None) -> paho.Client:
    """Return a client that holds nothing over: no reconnecting, no session. Raises WrongConfiguration.

    The client id is the same at each connection: the broker then ends a half-open predecessor at once, whose will
    ("offline") comes before our "online" and not a minute after it.
    """
    v5 = version == "5"
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if v5 else True,
        protocol=MQTTv5 if v5 else MQTTv311,
        reconnect_on_failure=False,
    )
    client.max_inflight_messages_set(config.inflight + 1)  # never reached: the window is ours
    if will:
        client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
    if config.username:
        client.username_pw_set(config.username, _secret(config.password_file))
    if config.tls:
        client.tls_set_context(_tls(config.tls))
    client.on_socket_open = _at_once
    client.on_socket_close = _note_alert
    return client


def _at_once(_client: paho.Client, _userdata: Any, socket: Any) -> None:
    """Let a small message go at once, and not when the one before it has been answered for (Nagle's algorithm)."""
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def _secret(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"password_file: {path}: {error}") from error


def _note_alert(client: paho.Client, _userdata: Any, socket: Any) -> None:
    """Leave in the user data why TLS ended the connection: paho itself says "unspecified error"."""
    if isinstance(socket, _Socket):
        with contextlib.suppress(OSError):
            socket.recv(1)  # the alert may have come while we wrote
        client.user_data_set(socket.alert)


class _Socket(ssl.SSLSocket):
    """A socket that closes when the handshake fails, which paho leaves to the garbage collector.

    With TLS 1.3 the broker looks at our certificate after the handshake: its alert comes with the first reading.
    """

    alert = ""

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise  # nothing is wrong
        except ssl.SSLError as error:
            self.alert = (error.reason or "").lower().replace("_", " ")
            raise

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _tls(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file:
            context.load_cert_chain(tls.cert_file, tls.key_file)
        context.sslsocket_class = _Socket
    except (OSError, ValueError) as error:
        raise WrongConfiguration(f"tls: {tls.ca_file or tls.cert_file}: {error}") from error
    return context
