"""Dialling a broker: its name, TCP, TLS; and the account that it asks for."""

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from drivers.errors import WrongConfiguration
from gateway.config.publish import Broker as Config
from gateway.config.publish import Tls

Factory = Callable[[], asyncio.Protocol]

ADDRESS_S: Final = 5.0  # for one of the addresses of a name


async def dial(config: Config, protocol: Factory) -> None:
    """Connect to the first of the broker's addresses that answers; from then on the protocol is told what comes.

    Raises OSError or ValueError with the cause, and WrongConfiguration. asyncio sets TCP_NODELAY: a small message goes
    at once, and not when the one before it has been answered for.
    """
    tls = _tls(config.tls) if config.tls else None
    why = OSError("the name has no address")
    for family, kind, number, _, address in await _addresses(config):
        try:
            line = socket.socket(family, kind, number)
            return await _connect(line, address, protocol, tls, config.host if tls else None)
        except ssl.SSLError:
            raise
        except OSError as error:
            why = error
    raise why


async def _connect(
    line: socket.socket, address: Any, protocol: Factory, tls: ssl.SSLContext | None, name: str | None
) -> None:
    """Connect; the socket is closed if that fails or is cut short."""
    loop = asyncio.get_running_loop()
    try:
        line.setblocking(False)
        await _reach(line, address)
        await loop.create_connection(protocol, sock=line, ssl=tls, server_hostname=name)
    except BaseException:
        line.close()
        raise


async def _reach(line: socket.socket, address: Any) -> None:
    try:
        async with asyncio.timeout(ADDRESS_S):
            await asyncio.get_running_loop().sock_connect(line, address)
    except OSError as error:
        if error.errno is None:
            raise OSError(f"no connection in {ADDRESS_S:g} s") from None
        raise OSError(error.errno, os.strerror(error.errno)) from None


async def _addresses(config: Config) -> list[Any]:
    """Look the name up in a thread of its own: a name server that is silent would hold those that others wait for."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Any]] = loop.create_future()

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:  # a name that cannot be one is a ValueError
            tell(found.set_exception, error)
        else:
            tell(found.set_result, infos)

    def settle(what: Callable[[Any], None], news: Any) -> None:
        if not found.done():
            what(news)

    def tell(what: Callable[[Any], None], news: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to hear it
            loop.call_soon_threadsafe(settle, what, news)

    threading.Thread(target=look_up, name=f"mqtt-{config.name}", daemon=True).start()
    return await found


def password(config: Config) -> str | None:
    """Return the password. Raises WrongConfiguration."""
    path = config.password_file
    if not config.username or path is None:
        return None
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"password_file: {path}: {error}") from error


def _tls(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
        if tls.cert_file:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except (OSError, ValueError) as error:
        raise WrongConfiguration(f"tls: {tls.ca_file or tls.cert_file}: {error}") from error
    return context
