"""`gongbang center`: the support center, until it is told to stop; with `--demo`, on shops of its own."""

import argparse
import asyncio
import json
import logging
import signal
import socket
import sys
from collections.abc import Callable

import apsw

from center.config import Config
from center.load import WrongConfiguration, load
from center.schema import NotOurs
from center.service import AlreadyRunning, PartEnded, listen, live

FAILED, USAGE = 1, 2
EXAMPLE = "center.yaml"
POLL_S = 0.25

Ended = Callable[[], str | None]  # names a part beside us that is not there any more


def run(options: argparse.Namespace) -> int:
    """Run the center; 1 when its file cannot be had, 2 for a wrong configuration or a port that is taken."""
    _log_to_stderr(options.verbose)
    if options.demo is not None:
        from center.demo import demo  # what only the demo needs

        return demo(options)
    try:
        config = _with(load(options.config or EXAMPLE), options)
    except WrongConfiguration as wrong:
        print("\n".join(wrong.problems), file=sys.stderr)
        return USAGE
    if options.words:
        from center.backup_command import backup

        return backup(config, options)
    try:
        sock = open_page(config)
    except OSError:
        return USAGE
    return serve(config, sock, options, _welcome)


def open_page(config: Config) -> socket.socket:
    """Return the page's socket. Raises OSError, told already."""
    try:
        return listen(config.host, config.port)
    except OSError as error:
        port = config.port + 1 if 1024 <= config.port < 65535 else 8091
        print(f"{error.strerror}. 다른 포트를 주세요. / Give another port: --port {port}", file=sys.stderr)
        raise


def serve(
    config: Config,
    sock: socket.socket,
    options: argparse.Namespace,
    welcome: Callable[[Config, str], str],
    ended: Ended = lambda: None,
) -> int:
    """Say where the page is and live until Ctrl-C, SIGTERM or `--for-s`; returns the exit code."""
    host, port = sock.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    broker = f"{config.broker.host}:{config.broker.port}"
    print(json.dumps({"page": address, "mqtt": broker}) if options.json else welcome(config, address), flush=True)
    try:
        gone = asyncio.run(_live(config, sock, options.for_s, ended))
    except (AlreadyRunning, NotOurs) as failed:
        print(failed, file=sys.stderr)
        return FAILED
    except (apsw.Error, OSError) as failed:
        print(f"{config.path}: 파일을 쓸 수 없어요. / the file cannot be used: {failed}", file=sys.stderr)
        return FAILED
    except PartEnded as failed:
        print(f"센터의 한 부분이 멈췄어요. / a part of the center has ended: {failed}", file=sys.stderr)
        return FAILED
    if gone:
        print(f"{gone}: 멈췄어요. / ended.", file=sys.stderr)
    return FAILED if gone else 0


async def _live(config: Config, sock: socket.socket, for_s: float | None, ended: Ended) -> str | None:
    """Return what ended beside us, None when we were told to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if for_s is not None:
        loop.call_later(for_s, stop.set)
    living = asyncio.create_task(live(config, sock, stop), name="center")
    gone = None
    while not living.done():
        await asyncio.wait({living}, timeout=POLL_S)
        if not stop.is_set() and (gone := ended()):
            stop.set()
    living.result()
    return gone


def _with(config: Config, options: argparse.Namespace) -> Config:
    """Return the configuration with the ports of the command line."""
    if options.port is not None:
        config = config.model_copy(update={"port": options.port})
    if options.mqtt_port is not None:
        config = config.model_copy(update={"broker": config.broker.model_copy(update={"port": options.mqtt_port})})
    return config


def _welcome(config: Config, address: str) -> str:
    return f"지원센터 화면 / the support center: {address}"


def _log_to_stderr(verbose: bool) -> None:
    """Log one line an event; under systemd the journal adds the time."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname).1s %(message)s",
        datefmt="%H:%M:%S",
    )
    logging.getLogger("gongbang").setLevel(logging.DEBUG if verbose else logging.INFO)
