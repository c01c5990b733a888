"""A scan's durable answer from the last byte on the wire to the beep, through the daemon, in a shop of each trade.

Twenty scanners on ptys, each scanning five times a second what people scan in that trade; where metal is weighed,
a scale tells what lies on its pan. The figure is of the trade where it takes longest.
"""

import json
import os
import select
import tempfile
import time
import tty
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import workload
from rig import daemon, emit, free_port, until
from ruamel.yaml import YAML

from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.demo.bundles import Floor, Planned
from gateway.demo.handovers import Handovers
from gateway.demo.scales import EVERY_S, Scale
from gateway.demo.travellers import OPERATIONS, Travellers
from gateway.trades.templates import TRADES, template

WORKLOAD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
ANSWERS = {"ok": "\x06", "duplicate": "\x07", "refused": "\x15"}
TONES = {ord(sign): tone for tone, sign in ANSWERS.items()}
ON_THE_PAN = Decimal("12.345")  # g, all the time: at this pace nothing is put down
BUNDLES_APART = 10_000
MOST_S = 10.0


@contextmanager
def ptys(count: int) -> Iterator[list[tuple[int, int]]]:
    """Yield so many ptys, our ends and theirs."""
    wires = [os.openpty() for _ in range(count)]
    for _, theirs in wires:
        tty.setraw(theirs)
    yield wires
    for end in (end for pair in wires for end in pair):
        os.close(end)


def planned(config: EdgeConfig, scanner: str, n: int) -> Iterator[Planned]:
    """Return what is scanned at one scanner, for ever."""
    match config.workshop.trade:
        case "metal" | "printing":
            return Travellers(config, [scanner], seed=n).scans()
        case "jewellery":
            return Handovers(config, [scanner], ["scale"], seed=n).scans()
    return Floor(config.work, [scanner], seed=n, first_bundle=BUNDLES_APART * n).scans()


def scan(wire: int, plan: Iterator[Planned], first_s: float, every_s: float, seconds: float) -> list[tuple[float, int]]:
    """Scan one after the other; return how long each answer took in s, and its byte."""
    found = []
    codes = (one.raw for one in plan if one.scanner != "scale")
    due_s, end_s = first_s, first_s + seconds
    while due_s < end_s:
        time.sleep(max(0.0, due_s - time.monotonic()))
        begun = time.monotonic()
        os.write(wire, next(codes) + b"\r")
        if not select.select([wire], [], [], MOST_S)[0]:
            raise RuntimeError(f"no answer in {MOST_S:g} s")
        sign = ord(os.read(wire, 1))
        found.append((time.monotonic() - begun, sign))
        due_s += every_s
    return found


def shop(trade: str, ports: list[str], scale: Scale, web_port: int, file: Path) -> EdgeConfig:
    """Write a trade's stations and work with these scanners, spread over its stations; return what was read of it."""
    tree = YAML().load(template(trade).read_text("utf-8"))
    places = [station["name"] for station in tree["stations"]]
    if trade in ("metal", "printing"):  # the others scan nothing there
        places = [name for name in places if name in OPERATIONS]
    scanners = [
        {"name": f"scanner_{n}", "type": "serial_scanner", "port": port, "answers": ANSWERS,
         "station": places[n % len(places)]}
        for n, port in enumerate(ports)
    ]  # fmt: skip
    scales = [one | {"port": scale.path} for one in tree["drivers"] if one["type"] == "scale"]
    for part in ("tools", "equipment"):  # they belong to machines, which are not there
        tree["work"].pop(part, None)
    kept = {key: tree[key] for key in ("workshop", "stations", "work", "start") if key in tree}
    workload.write(file, scanners + scales, 0, web_port, publish=[], **kept)
    return load(file)


def measure(trade: str, scanners: int, scans_per_s: float, seconds: float) -> list[tuple[float, int]]:
    """Run a shop of a trade and scan; return the answers of all scanners."""
    web_port, over = free_port(), Event()
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,  # a disk, not memory
        ptys(scanners) as wires,
        Scale("g") as scale,
    ):
        file = Path(folder) / "edge_config.yaml"
        config = shop(trade, [os.ttyname(theirs) for _, theirs in wires], scale, web_port, file)
        scale.put(ON_THE_PAN)
        with daemon(file, web_port) as running, ThreadPoolExecutor(scanners + 1) as people:
            until(running.ready, "the scanners are open")

            def weigh() -> None:
                while not over.wait(EVERY_S):
                    scale.advance(EVERY_S)

            people.submit(weigh)
            first_s, every_s = time.monotonic() + 1.0, 1 / scans_per_s
            hands = [
                people.submit(
                    scan, ours, planned(config, f"scanner_{n}", n), first_s + every_s * n / scanners, every_s, seconds
                )
                for n, (ours, _) in enumerate(wires)
            ]
            try:
                return [one for hand in hands for one in hand.result()]
            finally:
                over.set()


def main(scanners: int, scans_per_s: float, seconds: float) -> None:
    """Measure one trade after the other."""
    worst, more = 0.0, {}
    for trade in TRADES:
        answers = measure(trade, scanners, scans_per_s, seconds)
        p50, p99 = (1e3 * float(np.percentile([took_s for took_s, _ in answers], share)) for share in (50, 99))
        tones = Counter(TONES.get(sign, "?") for _, sign in answers)
        more[trade] = {"p50": round(p50, 2), "p99": round(p99, 2), "scans": len(answers), **tones}
        worst = max(worst, p99)
    emit("work.scan_answer_ms_p99", worst, "ms", **more)


if __name__ == "__main__":
    main(**WORKLOAD)
