"""The simulated shop as a process of its own: `python -m gateway.demo.simulate --config edge_config.yaml`.

It serves every Modbus connection and scanner of the configuration, on free loopback ports and ptys, and prints one
line of JSON when all of them stand: {"overrides": {driver: {"host", "port"} or {"port"}}}, which the daemon puts over
the configuration's own. It ends at SIGTERM, SIGINT, or the end of its standard input, and leaves nothing.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from pymodbus.server import ModbusSerialServer, ModbusTcpServer

from drivers.base import DriverConfig
from drivers.modbus_rtu import ModbusRtuConfig
from drivers.modbus_tcp import ModbusTcpConfig
from drivers.serial_scanner import SerialScannerConfig
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.demo.bundles import Floor
from gateway.demo.devices import serve_rtu, serve_tcp
from gateway.demo.ptys import Line
from gateway.demo.scanners import Scanner
from gateway.demo.shop import Shop
from gateway.errors import ConfigurationError

TICK_S = 0.1
LONGEST_TICK_S = 5.0  # after the machine slept, the shop goes on instead of catching up


class Simulation:
    """The shop, its servers and its scanners; leaving it closes them all."""

    def __init__(self, config: EdgeConfig, speed: float, seed: int) -> None:
        self._config, self._speed, self._seed = config, speed, seed
        self.shop = Shop(seed)
        self.scanners: dict[str, Scanner] = {}
        self.overrides: dict[str, dict[str, Any]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Simulation":
        async with AsyncExitStack() as stack:
            for driver in self._config.drivers:
                if driver.enabled:
                    await self._serve(driver, stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def run(self, stop: asyncio.Event) -> None:
        """Let the shop's time pass at `speed` until `stop` is set."""
        scans = Floor(self._config.work, list(self.scanners), self._seed).scans()
        planned = next(scans, None)
        waited_s = 0.0  # of the shop's time, since the last scan
        last_s = asyncio.get_running_loop().time()
        while not stop.is_set():
            await _wait(stop, TICK_S)
            now_s = asyncio.get_running_loop().time()
            step_s = min(now_s - last_s, LONGEST_TICK_S) * self._speed
            last_s = now_s
            waited_s += step_s if self._someone_listens() else 0.0
            self.shop.advance(step_s)
            while planned and planned.after_s <= waited_s:
                waited_s -= planned.after_s
                self.scanners[planned.scanner].scan(planned.raw)
                planned = next(scans, None)

    def _someone_listens(self) -> bool:
        """Return whether the day may go on at the scanners: it begins when the daemon has opened them."""
        for scanner in self.scanners.values():
            scanner.hear()
        return any(scanner.heeded or scanner.sent for scanner in self.scanners.values())

    async def _serve(self, driver: DriverConfig, stack: AsyncExitStack) -> None:
        """Serve one driver's other end; kinds that it does not know are left alone."""
        server: ModbusTcpServer | ModbusSerialServer
        match driver:
            case ModbusTcpConfig():
                server, port = await serve_tcp(driver, self.shop)
                stack.push_async_callback(server.shutdown)
                self.overrides[driver.name] = {"host": "127.0.0.1", "port": port}
            case ModbusRtuConfig():
                line = stack.enter_context(Line())
                server = await serve_rtu(driver, self.shop, line.there)
                stack.push_async_callback(server.shutdown)
                self.overrides[driver.name] = {"port": line.here}
            case SerialScannerConfig():
                scanner = stack.enter_context(Scanner(driver.suffix))
                self.scanners[driver.name] = scanner
                self.overrides[driver.name] = {"port": scanner.path}


async def simulate(config: EdgeConfig, speed: float, seed: int) -> None:
    """Run until a signal comes or the standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _watch_stdin(stop)
    async with Simulation(config, speed, seed) as simulation:
        print(json.dumps({"overrides": simulation.overrides}), flush=True)
        await simulation.run(stop)


def _watch_stdin(stop: asyncio.Event) -> None:
    """Set `stop` when the standard input ends, as it does when whoever started this is gone."""

    def read() -> None:
        if not os.read(0, 4096):
            asyncio.get_running_loop().remove_reader(0)
            stop.set()

    with suppress(PermissionError):  # /dev/null or a file: nobody is at the other end
        asyncio.get_running_loop().add_reader(0, read)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Return when `stop` is set, or after some seconds."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulated shop; return 0, or 2 for a configuration that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m gateway.demo.simulate", description=__doc__)
    parser.add_argument("-c", "--config", default="edge_config.yaml", help="the configuration to serve")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster the shop's time passes")
    parser.add_argument("--seed", type=int, default=17, help="another number is another day")
    options = parser.parse_args(arguments)
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # a unit that is absent is no error of ours
    try:
        config = load(options.config)
    except ConfigurationError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return 2
    asyncio.run(simulate(config, options.speed, options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
