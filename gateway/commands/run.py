"""`gongbang run`: the daemon, until it is told to stop. SIGHUP reads the configuration again."""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.consent import Consent
from gateway.errors import StorageFailed
from gateway.notify import Notifier

LOADED_S: Final = 5.0


def run(options: argparse.Namespace) -> int:
    """Run the daemon with one configuration; 1 when the journal or the dashboard's port cannot be had."""
    log_to_stderr(options.verbose)
    path = Path(options.config)
    try:
        asyncio.run(_live(load(path), path))
    except (StorageFailed, OSError) as failed:
        print(f"{type(failed).__name__}: {failed}", file=sys.stderr)
        return 1
    return 0


async def _live(config: EdgeConfig, path: Path) -> None:
    clock = SystemClock(config.clock.trust, Consent.beside(config.journal.path))
    gateway = Gateway(config, clock, lambda: load(path), Notifier(os.environ), path)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, gateway.stop.set)
    loop.add_signal_handler(signal.SIGHUP, gateway.reload_soon, "SIGHUP")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    loop.call_later(LOADED_S, gc.freeze)  # what is there by then stays: the collector need not look at it again
    await gateway.run()


def log_to_stderr(verbose: bool = False) -> None:
    """Log one line an event; under systemd the journal adds the time."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname).1s %(message)s",
        datefmt="%H:%M:%S",
    )
    logging.getLogger("gongbang").setLevel(logging.DEBUG if verbose else logging.INFO)
