"""The simulated shop as a process of its own: `python -m gateway.demo.simulate --config edge_config.yaml`.

It serves every Modbus connection, scanner, scale and camera of the configuration, on free loopback ports and ptys, and
prints one line of JSON when all of them stand: {"overrides": {driver: {"host", "port"}, {"port"} or {"source"}}}, which
the daemon puts over the configuration's own. A camera needs the extra `camera`; without it, it is left alone. It ends
at SIGTERM, SIGINT, or the end of its standard input, and leaves nothing.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from decimal import Decimal
from typing import Any

from pymodbus.server import ModbusSerialServer, ModbusTcpServer

from drivers.base import DriverConfig
from drivers.modbus_rtu import ModbusRtuConfig
from drivers.modbus_tcp import ModbusTcpConfig
from drivers.scale import ScaleConfig
from drivers.serial_scanner import SerialScannerConfig
from drivers.vision.options import CameraConfig
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.demo.bundles import Floor, Planned
from gateway.demo.cameras import Camera, can_render
from gateway.demo.devices import serve_rtu, serve_tcp
from gateway.demo.handovers import Handovers
from gateway.demo.ptys import Line
from gateway.demo.scales import Scale
from gateway.demo.scanners import Scanner
from gateway.demo.shop import Shop
from gateway.demo.stdin import end_with_stdin
from gateway.demo.travellers import Travellers
from gateway.errors import ConfigurationError

TICK_S = 0.1
LONGEST_TICK_S = 5.0  # after the machine slept, the shop goes on instead of catching up


class Plan:
    """What is scanned somewhere, one thing after the other."""

    def __init__(self, planned: Iterator[Planned]) -> None:
        self._planned = planned
        self._next = next(planned, None)
        self._waited_s = 0.0  # of the shop's time, since the last scan

    def due(self, step_s: float) -> Iterator[Planned]:
        """Let time pass and yield what is scanned in it."""
        self._waited_s += step_s
        while self._next and self._next.after_s <= self._waited_s:
            self._waited_s -= self._next.after_s
            yield self._next
            self._next = next(self._planned, None)


class Simulation:
    """The shop, its servers, its scanners and its cameras; leaving it closes them all."""

    def __init__(self, config: EdgeConfig, speed: float, seed: int) -> None:
        self._config, self._speed, self._seed = config, speed, seed
        self.shop = Shop(seed, config.workshop.trade)
        self.scanners: dict[str, Scanner] = {}
        self.scales: dict[str, Scale] = {}
        self.cameras: dict[str, Camera] = {}
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
        floor = Floor(self._config.work, list(self.scanners), self._seed, cameras=list(self.cameras))
        scans, labels = Plan(self._scans(floor)), [Plan(floor.labels(camera)) for camera in self.cameras]
        last_s = asyncio.get_running_loop().time()
        while not stop.is_set():
            await _wait(stop, TICK_S)
            now_s = asyncio.get_running_loop().time()
            step_s = min(now_s - last_s, LONGEST_TICK_S) * self._speed
            last_s = now_s
            self.shop.advance(step_s)
            for scale in self.scales.values():
                scale.advance(step_s)
            for planned in scans.due(step_s if self._someone_listens() else 0.0):
                if planned.scanner in self.scales:
                    self.scales[planned.scanner].put(Decimal(planned.raw.decode()))
                else:
                    self.scanners[planned.scanner].scan(planned.raw)
            for planned in (planned for plan in labels for planned in plan.due(step_s)):
                self.cameras[planned.scanner].scan(planned.raw)

    def _scans(self, floor: Floor) -> Iterator[Planned]:
        """Return what is scanned and weighed in a shop of this trade."""
        match self._config.workshop.trade:
            case "metal" | "printing":
                return Travellers(self._config, list(self.scanners), self._seed).scans()
            case "jewellery":
                return Handovers(self._config, list(self.scanners), list(self.scales), self._seed).scans()
        return floor.scans()

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
            case ScaleConfig():
                scale = stack.enter_context(Scale(driver.unit))
                self.scales[driver.name] = scale
                self.overrides[driver.name] = {"port": scale.path}
            case CameraConfig() if can_render():
                camera = await stack.enter_async_context(Camera(self._seed + len(self.cameras)))
                self.cameras[driver.name] = camera
                self.overrides[driver.name] = {"source": camera.source}


async def simulate(config: EdgeConfig, speed: float, seed: int) -> None:
    """Run until a signal comes or the standard input ends."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    end_with_stdin(stop)
    async with Simulation(config, speed, seed) as simulation:
        print(json.dumps({"overrides": simulation.overrides}), flush=True)
        await simulation.run(stop)


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
