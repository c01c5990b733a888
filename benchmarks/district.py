"""A district: gateways, a broker that keeps nothing, and the center, all real processes, all killed again and again.

In the end the center must have the journals' rows: every cell of every event and block, none twice, none missing.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import orjson
from district_shops import WORKSHOP
from rig import ROOT, Mosquitto, mosquitto

from gateway.journal import blocks, rows
from gateway.journal.reader import open_reader

PROGRAM = Path(__file__).with_name("district_shops.py")
CALM_S = 120.0  # for the last row to be confirmed, on a machine that is busy

EVENTS = """SELECT start, token, n, kind, source, mono_ns, boot, time_ns, clock, body FROM events JOIN shops
    ON shops.id = shop WHERE workshop = ? AND gateway = ? ORDER BY start, n"""
BLOCKS = """SELECT start, token, n, schema_start, schema_token, schema_n, boot, clock, data FROM blocks JOIN shops
    ON shops.id = shop WHERE workshop = ? AND gateway = ? ORDER BY start, n"""


class District:
    """Everything runs. `flow` lets it; the others are accidents; `calm` waits until the center has all."""

    def __init__(self, folder: Path, broker: Mosquitto, gateways: int, seed: int) -> None:
        self._folder, self._broker, self._gateways = folder, broker, gateways
        self.dice = random.Random(seed)
        self.accidents = (self.kill_center, self.kill_broker, self.kill_gateways, self.kill_all)
        settings = f"broker: {{host: 127.0.0.1, port: {broker.port}}}\npath: {folder}/center.db\nport: 0\n"
        (folder / "center.yaml").write_text(settings)
        (folder / "shops").mkdir()
        self.start_center()
        self.start_gateways()

    # The processes

    def start_center(self) -> None:
        """Start `gongbang center`; returns when its page is there."""
        command = ["-m", "gateway.commands.main", "center", "-c", str(self._folder / "center.yaml"), "--json"]
        self._center = self._started("center", command)
        assert self._center.stdout
        assert self._center.stdout.readline(), (self._folder / "center.log").read_text()

    def start_gateways(self) -> None:
        """Start the gateways on the journals that they have."""
        command = [str(PROGRAM), str(self._folder / "shops"), str(self._broker.port), str(self._gateways)]
        self._shops = self._started("shops", command)

    def _started(self, name: str, command: list[str]) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        with (self._folder / f"{name}.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=log, text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip

    def flow(self, seconds: float) -> None:
        """Let events flow."""
        time.sleep(seconds)

    # Accidents

    def kill_center(self) -> None:
        """Kill the center, and start it again."""
        _kill(self._center)
        self.flow(self.dice.uniform(0, 1.5))
        self.start_center()

    def kill_broker(self) -> None:
        """Kill the broker: what it held is gone."""
        self._broker.kill()
        self.flow(self.dice.uniform(0, 1))
        self._broker.start()

    def kill_gateways(self) -> None:
        """Kill the gateways: their cursors may stand where they stood two seconds before."""
        _kill(self._shops)
        self.start_gateways()

    def kill_all(self) -> None:
        """Cut the power of the whole district."""
        _kill(self._shops)
        _kill(self._center)
        self.kill_broker()
        self.start_center()
        self.start_gateways()

    # The end

    def calm(self) -> None:
        """Let the gateways make nothing more, wait until the center has confirmed all, and end everything in order."""
        assert self._shops.stdin
        assert self._shops.stdout
        self._shops.stdin.write("calm\n")
        self._shops.stdin.flush()
        watchdog = threading.Timer(CALM_S, self._shops.kill)  # then the next line is an empty one
        watchdog.start()
        for _ in range(self._gateways):
            assert self._shops.stdout.readline(), (self._folder / "shops.log").read_text()
        watchdog.cancel()
        self._shops.stdin.close()
        assert self._shops.wait(CALM_S) == 0, (self._folder / "shops.log").read_text()
        self._center.terminate()
        assert self._center.wait(CALM_S) == 0, (self._folder / "center.log").read_text()

    def close(self) -> None:
        """End what still runs."""
        for process in (self._shops, self._center):
            _kill(process)

    def compare(self) -> dict[str, int]:
        """Return how many rows there are; AssertionError names the first that is not the same on both sides."""
        db = apsw.Connection(str(self._folder / "center.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            found = {"events": 0, "blocks": 0}
            for number in range(self._gateways):
                gateway = f"gw_{number}"
                events, samples = _journal(self._folder / "shops" / f"{gateway}.db")
                place = (WORKSHOP, gateway)
                _same(events, [(*row[:9], orjson.loads(row[9])) for row in db.execute(EVENTS, place)], gateway)
                _same(samples, [(*row[:8], _plain(row[8])) for row in db.execute(BLOCKS, place)], gateway)
                (told,) = db.execute("SELECT events, blocks FROM shops WHERE workshop = ? AND gateway = ?", place)
                assert told == (len(events), len(samples))
                found["events"] += len(events)
                found["blocks"] += len(samples)
            return found
        finally:
            db.close()


@contextmanager
def district(folder: Path, gateways: int, seed: int) -> Iterator[District]:
    """A district that is running, ended whatever happens."""
    with mosquitto(folder / "broker") as broker:
        made = District(folder, broker, gateways, seed)
        try:
            yield made
        finally:
            made.close()


def _kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def _journal(path: Path) -> tuple[list[Any], list[Any]]:
    """Return the cells of a journal's events and blocks."""
    with open_reader(path) as reader:
        events = [rows.decode(raw, reader.epochs) for raw in reader.db.execute(f"{rows.SELECT} ORDER BY id")]
        cells = [
            (*row.position, row.kind, row.source, row.mono_ns, row.boot, row.time_ns, row.clock, row.body)
            for row in events
        ]
        return cells, [_block(raw, reader.epochs) for raw in reader.db.execute(f"{blocks.SELECT} ORDER BY id")]


def _block(raw: rows.Raw, epochs: rows.Epochs) -> Any:
    blocks.check(raw)
    row_id, schema, _, clock, data, _ = raw
    place = rows.position(row_id, epochs)
    said = "synced" if clock == rows.SYNCED else "unsynced"
    return (*place, *rows.position(schema, epochs), epochs[place.start].boot, said, _plain(data))


def _plain(data: bytes) -> list[Any]:
    """Return a block's columns as lists that compare."""
    columns = blocks.decode(data)
    parts = (columns.mono_ns, columns.time_ns, columns.order, columns.values, columns.quality)
    return [np.asarray(part).tolist() for part in parts]


def _same(kept: list[Any], taken: list[Any], gateway: str) -> None:
    differing = next((pair for pair in zip(kept, taken, strict=False) if pair[0] != pair[1]), None)
    assert differing is None, f"{gateway}: {differing}"
    assert len(kept) == len(taken), f"{gateway}: {len(kept)} rows in the journal, {len(taken)} at the center"


def endure(folder: Path, gateways: int, seconds: float, seed: int) -> dict[str, Any]:
    """Live through accidents for a time, and compare; returns what happened."""
    done: dict[str, Any] = {"seed": seed, "accidents": 0}
    with district(folder, gateways, seed) as made:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            made.flow(made.dice.uniform(0.2, 3))
            made.dice.choice(made.accidents)()
            done["accidents"] += 1
        made.calm()
        return done | made.compare()


if __name__ == "__main__":
    place, seconds = Path(sys.argv[1]), float(sys.argv[2])
    print(json.dumps(endure(place, 3, seconds, random.randrange(1 << 32))))
