"""The service: intake, writer and page together, from their start to a clean end."""

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from center.access import Access
from center.clock import Clock, SystemClock
from center.config import Config, is_loopback, secret
from center.fleet import Fleet
from center.inbox import Inbox
from center.intake import Intake
from center.reader import Reader
from center.site import Site
from center.store import Store
from center.verifier import Verifier, sweep
from center.web import serve
from center.writer import Writer

log = logging.getLogger("gongbang.center")

BACKLOG = 64
SWITCH_S = 0.001  # threads take turns this often: the page is answered while rows are written


class AlreadyRunning(Exception):
    """Another center has the file."""


class PartEnded(Exception):
    """A thread that lives as long as the center does is not there any more."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; OSError tells the address that is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)  # from here on whoever asks waits for the answer
    except OSError as error:
        sock.close()
        raise OSError(error.errno, f"{host}:{port}: {error.strerror}") from None
    return sock


async def live(config: Config, sock: socket.socket, stop: asyncio.Event, clock: Clock | None = None) -> None:
    """Take journals in and show the fleet until `stop`. Closes the socket.

    Raises AlreadyRunning, NotOurs and apsw.Error when the file cannot be had, PartEnded.
    """
    clock = clock or SystemClock()
    sys.setswitchinterval(SWITCH_S)
    path = Path(config.path)
    with contextlib.closing(sock), _alone(path), contextlib.closing(Store(path)) as store:
        sweep(path)
        fleet, inbox = Fleet(config, clock), Inbox()
        fleet.load(store)
        intake = Intake(config.broker, inbox, clock)
        writer = Writer(store, fleet, inbox, intake.publish, clock, config.keep_d)
        verifier = Verifier(config, clock, fleet, intake)
        intake.listeners += [fleet.hearing, writer.hearing, verifier.hearing]
        access = Access(secret("access_file", config.access_file) if config.access_file else None, clock)
        with contextlib.closing(Reader(path)) as reader:
            site = Site(config, clock, fleet, reader, access, inbox, intake, writer)
            writer.start()
            intake.start()
            verifying = asyncio.create_task(verifier.run(), name="verifier")
            try:
                await _serve_until(stop, site, sock, is_loopback(config.host), intake, writer)
            finally:
                verifying.cancel()
                await asyncio.gather(verifying, return_exceptions=True)
                await asyncio.to_thread(intake.stop)
                await asyncio.to_thread(writer.stop)


async def _serve_until(
    stop: asyncio.Event, site: Site, sock: socket.socket, on_loopback: bool, intake: Intake, writer: Writer
) -> None:
    """Serve the page until we are told to end, or a part has ended by itself."""
    serving = asyncio.create_task(serve(site, sock, on_loopback), name="page")
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        while not stopped.done() and not serving.done():
            await asyncio.wait({serving, stopped}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            for name, part in (("intake", intake), ("writer", writer)):
                if not stopped.done() and not part.alive:
                    raise PartEnded(name)
    finally:
        stopped.cancel()
        serving.cancel()
        done = await asyncio.gather(serving, stopped, return_exceptions=True)
    for result in done:
        if isinstance(result, Exception):
            raise result


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the file's lock: two centers on one file would answer the same gateways."""
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning("다른 센터가 쓰고 있어요. / another center is using it.") from None
        yield
    finally:
        os.close(handle)
