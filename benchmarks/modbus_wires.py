"""The time that a poll takes on an RTU wire, beside the least that any merging of its reads could take."""

import asyncio
from itertools import pairwise, product
from statistics import median
from typing import Any

import modbus_peers as peers
from rig import emit

from drivers.base import Slot
from drivers.modbus_rtu import ModbusRtu, ModbusRtuConfig
from sensors.point import REGISTERS

LIMIT = 125
FRAMES_BYTES = 8 + 5  # request, and the reply without its data
Spans = list[tuple[int, int]]  # of the points: first register, first one after it


def spans(layout: dict[str, Any]) -> Spans:
    """Return the registers of each point, in order."""
    return [(address, address + REGISTERS[layout["type"]]) for address in layout["addresses"]]


def least_s(points: Spans, baudrate: int) -> float:
    """Return the seconds of the best merging, by trying all: each point begins a read or goes with the one before."""
    character_s = 10 / baudrate
    silence_s = 0.00175 if baudrate > 19200 else 3.5 * character_s
    best = float("inf")
    for begins in product((False, True), repeat=len(points) - 1):
        edges = [0, *(n + 1 for n, begin in enumerate(begins) if begin), len(points)]
        reads = [points[stop - 1][1] - points[start][0] for start, stop in pairwise(edges)]
        if max(reads) <= LIMIT:
            best = min(best, sum((FRAMES_BYTES + 2 * n) * character_s + 2 * silence_s for n in reads))
    return best


def bus(port: str, baudrate: int, units: int, layout: dict[str, Any], **options: Any) -> ModbusRtu:
    """Return a driver that asks again as soon as it was answered."""
    points = [
        {"name": f"p{n}", "table": "input", "address": address, "type": layout["type"]}
        for n, address in enumerate(layout["addresses"])
    ]
    devices = [{"name": f"u{n}", "unit": n, "points": points, "poll_s": 0} | options for n in range(1, units + 1)]
    config = {"name": "bus", "type": "modbus_rtu", "port": port, "baudrate": baudrate, "devices": devices}
    slots = {f"u{n}": Slot(n - 1, 100 * n) for n in range(1, units + 1)}
    return ModbusRtu(ModbusRtuConfig.model_validate(config), slots)


async def poll(driver: ModbusRtu, seconds: float) -> None:
    """Read for a while."""
    try:
        async with asyncio.timeout(seconds), driver:
            async for _ in driver.readings():
                pass
    except TimeoutError:
        return


def cycles_s(log: list[peers.Asked], unit: int) -> list[float]:
    """Return the seconds from each poll of a unit to its next; a poll begins with the read of the lowest registers."""
    first = min(asked.first for asked in log)
    begun = [asked.heard_ns for asked in log if asked.unit == unit and asked.first == first]
    return [(after - before) / 1e9 for before, after in pairwise(begun)]


def cycles(baudrate: int, units: int, seconds: float, layouts: dict[str, dict[str, Any]]) -> None:
    """The worst of the layouts is the figure; the others stand beside it."""
    ratios, early = {}, 0
    for name, layout in layouts.items():
        with peers.line(baudrate) as line:
            asyncio.run(poll(bus(line.place, baudrate, units, layout), seconds))
        early += line.early
        ratios[name] = round(median(cycles_s(line.log, 1)) / (units * least_s(spans(layout), baudrate)), 4)
    emit("modbus.rtu_cycle_ratio", max(ratios.values()), "1", baudrate=baudrate, units=units, too_early=early, **ratios)


def dead_unit(baudrate: int, units: int, seconds: float, timeout_s: float, layout: dict[str, Any]) -> None:
    """What one unit that never answers costs the others: its time-outs, and how much later than usual they are read."""
    with peers.line(baudrate, dead=(units,)) as line:
        asyncio.run(poll(bus(line.place, baudrate, units, layout, timeout_s=timeout_s), seconds))
    usual_s = (units - 1) * least_s(spans(layout), baudrate)
    waits_s = timeout_s + least_s(spans(layout), baudrate)
    late = max(max(cycles_s(line.log, unit)) - usual_s for unit in range(1, units))
    asked = [one.heard_ns / 1e9 for one in line.log if one.unit == units]
    periods = [round(after - before, 1) for before, after in pairwise(asked)]
    emit("modbus.rtu_dead_unit_timeouts", late / waits_s, "time-outs", cycle_s=round(usual_s, 3), asked_after_s=periods)
