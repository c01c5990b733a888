"""kill -9 of the daemon under load, again and again, at random moments of a scan, with a subscriber on a real broker.

The time from the start of the process to its first answer is taken each time. After every few kills, what the scanner
was answered, what the subscriber got and what the journal holds is compared, and told in a line of JSON.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import workload
from rig import Witness, emit, mosquitto, until
from witness import OK, Audit, Found, Shop, coupon, opened

from gateway.journal.verify import verify

MOST_RESTART_S = 10.0
COMPARE_EVERY = 20  # kills


@dataclass
class Kills:
    """One shop, and what was done to it."""

    shop: Shop
    witness: Witness
    dice: random.Random
    number: int = 0  # of the last coupon
    answered: int = 0
    restarts_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._audit = Audit(self.shop, self.witness)

    def kill(self) -> None:
        """Scan for a moment, kill the daemon somewhere between reading a code and answering it, and start it again."""
        end_s = time.monotonic() + self.dice.expovariate(4)
        while time.monotonic() < end_s:
            self._scan()
        self.shop.scan_and_go(self._next())
        time.sleep(self.dice.uniform(0, 0.03))
        self.shop.daemon.kill()
        self.shop.open()
        self.restarts_s.append(self.shop.first_answer_s - self.shop.daemon.started_s)

    def _scan(self) -> None:
        code = self._next()
        if self.shop.scan(code, 30.0) == OK:
            self.answered += 1
        else:
            self.wrong.append(f"unanswered: {code}")

    def _next(self) -> str:
        self.number += 1
        return coupon(self.number)

    def compare(self) -> Found:
        """Wait until the last of many scans has come to the witness, and look at all that came until then."""
        last = self._next()
        until(lambda: self.shop.scan(last, 30.0) == OK or self.shop.answered.get(last), "a scan is answered", 60)
        self.witness.wait_for(lambda _, event: event.get("text") == last, 300)
        found = self._audit.check(last)
        self.wrong += [f"{what}: {name}" for what, names in asdict(found).items() for name in names]
        return found

    @property
    def events(self) -> int:
        """Return how many events came, each counted once."""
        return self._audit.events


def run(kills: Kills, count: int, end_s: float) -> None:
    """Kill so often, or until the time is over; compare now and then, and at the end."""
    while len(kills.restarts_s) < count and (not kills.restarts_s or time.monotonic() < end_s):
        kills.kill()
        done = len(kills.restarts_s)
        if done % COMPARE_EVERY == 0 or done == count:
            kills.compare()
            told = {"kills": done, "answered": kills.answered, "slowest_restart_s": round(max(kills.restarts_s), 2)}
            print(json.dumps(told | {"wrong": kills.wrong[:3]}), flush=True)
    if len(kills.restarts_s) % COMPARE_EVERY:
        kills.compare()


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill the daemon again and again; 0 when nothing was lost or doubled and it always came back in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--hours", type=float, default=24.0, help="at most")
    parser.add_argument("--seed", type=int, default=None, help="the same number makes the same choices")
    options = parser.parse_args(arguments)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    print(json.dumps({"seed": seed, "kills": options.kills}), flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="gongbang-kills-") as folder,
        mosquitto(Path(folder) / "broker") as broker,
        workload.register_server() as port,
        opened(Shop(Path(folder) / "shop", broker.port, port)) as shop,
    ):
        witness = Witness(broker.port, "gongbang/v1/bench/+/event/#")
        try:
            shop.open()
            kills = Kills(shop, witness, random.Random(seed))
            run(kills, options.kills, time.monotonic() + 3600 * options.hours)
            whole = verify(shop.journal).well
        finally:
            witness.close()
    return int(not tell(kills, whole, seed))


def tell(kills: Kills, whole: bool, seed: int) -> bool:
    """Print the figures; return whether all was well."""
    slowest_s = max(kills.restarts_s)
    for what in kills.wrong[:100]:
        print(what, file=sys.stderr)
    emit("soak.kill_9", len(kills.restarts_s), "1", seed=seed, scans_answered=kills.answered, events=kills.events)
    emit("soak.kill_9_restart_s_max", slowest_s, "s", median=round(median(kills.restarts_s), 3))
    emit("soak.kill_9_wrong", len(kills.wrong), "1", journal_whole=whole, first=kills.wrong[:3])
    return not kills.wrong and whole and slowest_s < MOST_RESTART_S


if __name__ == "__main__":
    sys.exit(main())
