"""Alarms that are told while the daemon is killed and the other side fails: none is lost, few are told twice.

Rules come and go by the second; a webhook's server answers, refuses to for a while, hangs or hangs up, as the dice say;
the daemon is killed again and again. At the end all that the journal holds must have come, in its order, and what came
twice is no more than there were kills and answers that did not arrive.
"""

import argparse
import itertools
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import workload
from rig import Daemon, emit, free_port, until

from gateway.event import position_of
from gateway.journal.reader import open_reader

RULES = 8
BETWEEN_S = (2.0, 12.0)  # two kills


class Server(ThreadingHTTPServer):
    """Takes events in its moods."""

    daemon_threads = True

    def __init__(self, dice: random.Random) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.dice, self.calm = dice, False
        self.came: list[str] = []  # ids, taken or not
        self.taken: list[str] = []
        self.dropped = 0  # answers that did not arrive
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def mood(self) -> str:
        """Return how the next one is answered."""
        return "take" if self.calm else self.dice.choices(["take", "fail", "hang", "drop"], [20, 2, 1, 2])[0]


class Handler(BaseHTTPRequestHandler):
    """Answers one event."""

    server: Server

    def do_POST(self) -> None:
        """Take it, or not."""
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["id"]
        self.server.came.append(event)
        match self.server.mood():
            case "fail":
                self.send_response(503)
                self.end_headers()
            case "hang":
                time.sleep(1.5)  # longer than is waited
            case "drop":
                self.server.taken.append(event)  # it has it, and the answer is lost
                self.server.dropped += 1
                self.connection.close()
            case _:
                self.server.taken.append(event)
                self.send_response(204)
                self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """A connection that a killed daemon has left is no error here."""
        try:
            super().handle()
        except (OSError, ValueError):
            return


def shop(folder: Path, registers: int, url: str, port: int) -> Path:
    """Return the configuration: rules that are on for half of each few seconds, and an action that tells of all."""
    message = {"ko": "켜졌어요 {unit_1.r0}", "en": "It is on {unit_1.r0}"}
    rules = [
        {"name": f"rule_{n}", "when": f"unit_1.r{n} % {20 + 10 * n} < {10 + 5 * n}", "message": message}
        for n in range(RULES)
    ]
    hook = {"name": "hook", "type": "webhook", "url": url, "timeout_s": 1, "every_s": 0, "retry_most_s": 1}
    hook |= {"on": ["raise", "clear", "acknowledge", "escalate"], "least": "info", "max_age_s": 86400}
    drivers = [workload.plc(registers, 1, RULES, 0.1)]
    return workload.write(folder / "edge_config.yaml", drivers, 9, port, rules=rules, publish=[], actions=[hook])


def kept(journal: Path) -> list[str]:
    """Return the ids of all alarm events in the journal, in order."""
    with open_reader(journal) as reader:
        rows = reader.db.execute("SELECT id FROM events WHERE kind = 'alarm' ORDER BY id")
        return [f"bench:e:{reader.name(row_id)}" for (row_id,) in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 1 when an event was lost, out of order, or too many came twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=None, help="the same number makes the same choices")
    options = parser.parse_args(arguments)
    seed = random.randrange(1 << 32) if options.seed is None else options.seed
    dice, end_s = random.Random(seed), time.monotonic() + 3600 * options.hours
    server, kills = Server(random.Random(seed)), 0
    with tempfile.TemporaryDirectory(prefix="gongbang-alarms-") as folder, workload.register_server() as registers:
        port = free_port()
        running = Daemon(shop(Path(folder), registers, f"http://127.0.0.1:{server.server_port}/", port), port)
        running.start()
        until(running.ready, "readings flow")
        until(lambda: _hook(running)["state"] == "up" or server.came, "the action has begun")
        while time.monotonic() < end_s:
            time.sleep(dice.uniform(*BETWEEN_S))
            running.kill()
            kills += 1
            running.start()
            until(running.ready, "readings flow again", 60)
        server.calm = True
        until(lambda: _hook(running)["queued"] == 0 and _hook(running)["state"] == "up", "all is told", 120)
        running.stop()
        journal = kept(Path(folder) / "journal.db")
    server.shutdown()
    server.server_close()
    return int(not tell(journal, server.taken, kills, server.dropped, seed))


def _hook(running: Daemon) -> dict[str, Any]:
    parts = running.get("/api/v1/components")["components"]
    return next(part for part in parts if part["name"] == "hook")


def tell(journal: Sequence[str], taken: Sequence[str], kills: int, dropped: int, seed: int) -> bool:
    """Print the figures; return whether all was well."""
    first = list(dict.fromkeys(taken))
    # What happens before an action has begun is not told, and what happened last waits for the next start.
    begun = journal[journal.index(first[0]) : journal.index(first[-1]) + 1]
    lost, strange = [e for e in begun if e not in set(first)], [e for e in first if e not in set(begun)]
    places = [position_of(event) for event in first]
    disorder = sum(later < earlier for earlier, later in itertools.pairwise(places))
    twice = sum(count - 1 for count in Counter(taken).values())
    emit("soak.alarms_told", len(first), "1", seed=seed, kills=kills, dropped=dropped, twice=twice, kept=len(journal))
    emit("soak.alarms_wrong", len(lost) + len(strange) + disorder, "1", lost=lost[:3], strange=strange[:3])
    return not lost and not strange and not disorder and twice <= kills + dropped


if __name__ == "__main__":
    sys.exit(main())
