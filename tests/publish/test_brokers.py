"""Several brokers at once: none holds up another, and one that is dead may not fill the disk for the rest."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.journal import upkeep
from gateway.journal.reader import open_reader
from sensors.batch import Batch

PREFIX = "gongbang/v1/shop-1/gw_1/"
ROWS = 40  # of one block
MOST_BYTES = 300_000


def test_a_dead_and_a_frozen_broker_hold_up_no_other(
    mosquitto: Any, witness: Any, running: Any, soon: Any, port: int
) -> None:
    """Each has a cursor of its own: who is there gets everything at once, who was frozen gets it afterwards."""

    async def run() -> None:
        broker, frozen = mosquitto(), mosquitto()
        eye, late_eye = (witness(one.port, PREFIX + "#") for one in (broker, frozen))
        async with running(port=broker.port, samples="all") as gateway:
            await gateway.up()
            _, late_component = gateway.beside(name="frozen", port=frozen.port, samples="all")
            gateway.beside(name="dead", port=port)
            await soon(lambda: late_component.state == "up", "the other one too")
            os.kill(frozen._process.pid, signal.SIGSTOP)
            try:
                made = []
                for n in range(300):
                    made.append(await gateway.event(n=n))
                    await gateway.sample("meter_1", float(n), 1.0)
                await soon(lambda: len(eye.ids()) == 300 and len(_values(eye)) == 300, "everything, meanwhile")
            finally:
                os.kill(frozen._process.pid, signal.SIGCONT)
            await gateway.journal.commit_block()
            await soon(lambda: len(late_eye.ids()) == 300 and len(_values(late_eye)) == 300, "everything, afterwards")
            assert eye.ids() == late_eye.ids() == made

    asyncio.run(run())


def test_a_broker_that_was_never_there_has_its_place_in_the_journal(
    running: Any, soon: Any, tmp_path: Path, port: int
) -> None:
    """So what is kept waits for it from the first day on, and not from its first connection on."""

    async def run() -> None:
        async with running(port=port) as gateway:
            await gateway.event()
            await gateway.sample("meter_1", 1.0, 2.0)
            await gateway.journal.commit_block()
            gateway.start()
            await soon(lambda: gateway.component.state == "down", "it is not there")
            with open_reader(tmp_path / "journal.db") as reader:
                assert reader.stats().cursors == {"broker/e": 2, "broker/s": 1}  # an event and the schema; a block

    asyncio.run(run())


def test_a_dead_broker_cannot_fill_the_disk_for_the_rest(
    mosquitto: Any, witness: Any, running: Any, soon: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Samples go past its cursor, counted and told to all; when it is back it goes on behind the gap."""
    monkeypatch.setattr(upkeep, "RETENTION_S", 0.5)

    async def run() -> None:
        broker, dead = mosquitto(), mosquitto()
        eye = witness(broker.port, PREFIX + "#")
        async with running(port=broker.port, samples="all", max_bytes=MOST_BYTES) as gateway:
            await gateway.up()
            _, away_component = gateway.beside(name="dead", port=dead.port, samples="all")
            await soon(lambda: away_component.state == "up", "the other one too")
            dead.kill()
            await soon(lambda: away_component.state == "down", "it is away")
            for part in range(0, 800, 100):
                await _blocks(gateway, part, part + 100)
                sent = (part + 100) * ROWS
                await soon(lambda sent=sent: gateway.publisher.detail()["backlog_rows"] == sent, "the other has it")
            journal = gateway.journal
            await soon(lambda: _used_bytes(tmp_path) <= MOST_BYTES, "there is room again")
            await soon(lambda: _lost(eye) == journal.counters.evicted > 0, "the loss is told")
            await gateway.supervisor.stop("dead")
            dead.start()
            late_eye = witness(dead.port, PREFIX + "#")
            away, _ = gateway.beside(name="dead", port=dead.port, samples="all")
            await soon(lambda: _lost(late_eye) == journal.counters.evicted, "the loss is told to it too")
            left = (800 - journal.counters.evicted) * ROWS
            await soon(lambda: away.detail()["backlog_rows"] == left, "what is left of it")
            assert len(_values(eye)) == 800 * ROWS
            assert _values(late_eye) == _values(eye)[-left:]

    asyncio.run(run())


async def _blocks(gateway: Any, first: int, stop: int) -> None:
    """Commit blocks of rows of a meter's noise, numbered through; nobody offers them live."""
    schema, chance, commits = await gateway.schema("meter_1"), np.random.default_rng(first), []
    for n in range(first, stop):
        mono_ns = np.arange(n * ROWS, (n + 1) * ROWS, dtype=np.int64) + 1
        values = np.stack((mono_ns.astype(np.float64), chance.random(ROWS)), axis=1)
        gateway.journal.stage(Batch(0, 0, mono_ns, values, np.zeros((ROWS, 2), np.uint8)), schema)
        commits.append(asyncio.create_task(gateway.journal.commit_block()))
        await asyncio.sleep(0)  # it has taken what is staged
    await asyncio.gather(*commits)


def _values(eye: Any) -> list[float]:
    """Return the first value of each row of the meter that came, each once, in the order of their numbers."""
    found = []
    for body in eye.bodies("data/meter_1"):
        short = [[0, body["values"]["power"]]] if "values" in body else []
        found += [row[1] for row in body.get("rows", short)]
    return sorted(set(found))


def _used_bytes(folder: Path) -> int:
    with open_reader(folder / "journal.db") as reader:
        return reader.stats().used_bytes


def _lost(eye: Any) -> int:
    """Return how many rows are told to be gone for want of room."""
    bodies = [json.loads(payload) for topic, payload, _ in list(eye.messages) if topic.endswith("event/gap")]
    gaps = {body["id"]: body for body in bodies if body["cause"] == "space"}
    return sum(body["rows"] for body in gaps.values())
