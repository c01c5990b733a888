"""Hours of kills and outages: nothing that was answered may be lost or paid twice, and nothing may grow.

Two shops scan on one broker. The gateway of `beaten` is killed, stopped and started at random, in the middle of
scans; that of `steady` lives through all of it, and the broker is killed under both. After each round, what the
scanners were answered, what a subscriber got and what the journals hold is compared, and a line of JSON tells what was
done and found. Ends with 1 when something was lost, doubled, out of order or unanswered, or when `steady` grew.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import workload
from rig import Mosquitto, Witness, emit, mosquitto, until
from witness import OK, Audit, Found, Shop, coupon, opened

from gateway.journal.verify import verify

SCAN_EVERY_S = 0.1
WARM_UP = 2  # rounds before growth counts
MOST_GROWTH = 0.15  # of resident memory, from the first quarter of the rounds to the last
MOST_DESCRIPTORS = 4


@dataclass(frozen=True)
class Size:
    """How large the steady gateway was at the end of a round."""

    rss_mb: float
    descriptors: int


@dataclass
class Soak:
    """The two shops under one broker, and what was done to them."""

    broker: Mosquitto
    witness: Witness
    beaten: Shop
    steady: Shop
    dice: random.Random
    number: int = 0  # of the last coupon; no two shops share one
    done: Counter[str] = field(default_factory=Counter)
    broker_back_s: float = 0.0  # when the broker is to be started; 0 while it runs
    sizes: list[Size] = field(default_factory=list)
    well: bool = True

    def __post_init__(self) -> None:
        self._audits = {shop.gateway: Audit(shop, self.witness) for shop in (self.beaten, self.steady)}
        self._disturbances = (self.kill, self.kill, self.stop, self.kill_broker, self.kill_both)

    def round(self, seconds: float) -> None:
        """Scan on and disturb for a time, then let everything come back, and compare."""
        began = self.done.copy()
        end_s, disturb_s = time.monotonic() + seconds, time.monotonic() + self.dice.uniform(1, 5)
        while time.monotonic() < end_s:
            self.scan(self.steady)
            self.scan(self.beaten)
            if time.monotonic() > disturb_s:
                self.dice.choice(self._disturbances)()
                disturb_s = time.monotonic() + self.dice.uniform(1, 8)
            if self.broker_back_s and time.monotonic() > self.broker_back_s:
                self.start_broker()
            time.sleep(SCAN_EVERY_S)
        self.start_broker()
        found = {shop.gateway: asdict(self._compare(shop)) for shop in (self.beaten, self.steady)}
        self.sizes.append(Size(round(self.steady.daemon.rss_mb, 1), self.steady.daemon.descriptors))
        self._tell(dict(self.done - began), found)

    def _tell(self, done: dict[str, int], found: dict[str, dict[str, list[str]]]) -> None:
        wrong = {name: {what: codes for what, codes in of.items() if codes} for name, of in found.items()}
        wrong = {name: of for name, of in wrong.items() if of}
        self.well &= not wrong
        events = sum(audit.events for audit in self._audits.values())
        print(json.dumps({"round": len(self.sizes), "done": done, "events": events, "wrong": wrong}
                         | asdict(self.sizes[-1])), flush=True)  # fmt: skip

    def _compare(self, shop: Shop) -> Found:
        """Wait until the last of many scans has come to the witness, and look at all that came until then."""
        last = self._next()
        until(lambda: shop.scan(last, 30.0) == OK or shop.answered.get(last), f"{shop.gateway} answers", 60)
        self.witness.wait_for(lambda _, event: event.get("text") == last, 300)
        return self._audits[shop.gateway].check(last)

    def scan(self, shop: Shop) -> None:
        """Scan a new coupon; with a running gateway it is accepted, whatever the broker does."""
        if shop.scan(self._next(), 30.0) == OK:
            self.done["scans"] += 1
        else:
            self.done["unanswered"] += 1
            self.well = False

    def _next(self) -> str:
        self.number += 1
        return coupon(self.number)

    # What is done to them

    def kill(self) -> None:
        """Kill the gateway somewhere between reading a scan and answering it, and start it again."""
        self._hit()
        time.sleep(self.dice.uniform(0, 2))
        self.beaten.open()

    def _hit(self) -> None:
        self.beaten.scan_and_go(self._next())
        time.sleep(self.dice.uniform(0, 0.03))
        self.beaten.daemon.kill()
        self.done["kills"] += 1

    def stop(self) -> None:
        """End the gateway in order, and start it again."""
        if self.beaten.daemon.stop() != 0:
            self.done["bad ends"] += 1
            self.well = False
        self.done["stops"] += 1
        self.beaten.open()

    def kill_broker(self) -> None:
        """Kill the broker for a while. A witness that is away then would lose what only the broker had."""
        if not self.broker_back_s:
            until(lambda: self.witness.connected, "the witness is connected", 60)
            self.broker.kill()
            self.broker_back_s = time.monotonic() + self.dice.uniform(0.5, 20)
            self.done["outages"] += 1

    def kill_both(self) -> None:
        """Kill the gateway and the broker together, as a power cut does."""
        self._hit()
        self.kill_broker()
        self.beaten.open()

    def start_broker(self) -> None:
        """Start the broker if it is down."""
        if self.broker_back_s:
            self.broker.start()
            self.broker_back_s = 0.0

    # At the end

    def growth(self) -> tuple[float, int]:
        """Return how much the steady gateway's memory grew, as a share, and how many descriptors it has more."""
        counted = self.sizes[WARM_UP:]
        quarter = max(1, len(counted) // 4)
        first, last = counted[:quarter], counted[-quarter:]
        grown = _rss(last) / _rss(first) - 1 if counted else 0.0
        return grown, max(s.descriptors for s in last) - max(s.descriptors for s in first) if counted else 0

    def finish(self) -> bool:
        """Check both journals, tell the sums, and return whether all was well."""
        grown, descriptors = self.growth()
        whole = all(verify(shop.journal).well for shop in (self.beaten, self.steady))
        self.well &= whole and grown <= MOST_GROWTH and descriptors <= MOST_DESCRIPTORS
        for name, number in sorted(self.done.items()):
            emit(f"soak.{name.replace(' ', '_')}", number, "1")
        emit("soak.rss_growth", 100 * grown, "%", descriptors=descriptors, rss_mb=self.sizes[-1].rss_mb)
        emit("soak.well", int(self.well), "1", journals_whole=whole)
        return self.well


def _rss(sizes: Sequence[Size]) -> float:
    return median(size.rss_mb for size in sizes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run rounds until the time is over, at least one; 0 when all was well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--round-s", type=float, default=60.0, help="seconds between two comparisons")
    parser.add_argument("--seed", type=int, default=None, help="the same number makes the same choices")
    options = parser.parse_args(arguments)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    print(json.dumps({"seed": seed, "hours": options.hours}), flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="gongbang-soak-") as folder,
        mosquitto(Path(folder) / "broker", keeping=True) as broker,
        workload.register_server() as port,
        opened(Shop(Path(folder) / "beaten", broker.port, port, "beaten")) as beaten,
        opened(Shop(Path(folder) / "steady", broker.port, port, "steady")) as steady,
    ):
        witness = Witness(broker.port, "gongbang/v1/bench/+/event/#")
        try:
            beaten.open()
            steady.open()
            soak = Soak(broker, witness, beaten, steady, random.Random(seed))
            end_s = time.monotonic() + 3600 * options.hours
            while not soak.sizes or time.monotonic() < end_s:
                soak.round(options.round_s)
            return int(not soak.finish())
        finally:
            witness.close()


if __name__ == "__main__":
    sys.exit(main())
