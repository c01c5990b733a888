"""`gongbang run`: the daemon, until it is told to stop. SIGHUP reads the configuration again."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway import loaded
from gateway.app import Gateway
from gateway.clock import SystemClock
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.consent import Consent
from gateway.diagnosis.lines import LAST
from gateway.errors import StorageFailed
from gateway.notify import Notifier

if TYPE_CHECKING:  # who never restores does not load it
    from gateway.backup.order import Order

LOADED_S: Final = 5.0
LOOK_S: Final = 1.0


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
    """Run a gateway; after one that ended for a restore, carry that out and run the next."""
    clock = SystemClock(config.clock.trust, Consent.beside(config.journal.path))
    notifier, ended, restored = Notifier(os.environ), asyncio.Event(), None
    loop = asyncio.get_running_loop()
    while not ended.is_set():
        gateway = Gateway(config, clock, lambda: load(path), notifier, path)
        gateway.restored = restored
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _end, ended, gateway)
        loop.add_signal_handler(signal.SIGHUP, gateway.reload_soon, "SIGHUP")
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        loop.call_later(LOADED_S, loaded.settle)
        await gateway.run()
        if gateway.order is None:
            return
        restored = await _restored(gateway.order, config, path, clock, notifier)
        config = load(path)


def _end(ended: asyncio.Event, gateway: Gateway) -> None:
    ended.set()
    gateway.stop.set()


async def _restored(
    order: "Order", config: EdgeConfig, path: Path, clock: SystemClock, notifier: Notifier
) -> dict[str, Any]:
    """Restore beside the loop, which tells systemd that we live."""
    from gateway.backup.order import carry_out

    work = asyncio.create_task(asyncio.to_thread(carry_out, order, Path(config.journal.path), path, clock))
    while not (await asyncio.wait({work}, timeout=LOOK_S))[0]:
        notifier.turned(True, clock.mono_ns())
    return work.result()


def log_to_stderr(verbose: bool = False) -> None:
    """Log one line an event; under systemd the journal adds the time."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname).1s %(message)s",
        datefmt="%H:%M:%S",
    )
    logging.getLogger().addHandler(LAST)
    logging.getLogger("gongbang").setLevel(logging.DEBUG if verbose else logging.INFO)
