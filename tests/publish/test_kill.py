"""A gateway that is killed: what was committed arrives, in order, once after removing equal ids."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LIFE = Path(__file__).with_name("life.py")
ROOT = LIFE.parents[2]


def test_a_killed_gateway_loses_no_committed_event(
    mosquitto: Any, witness: Any, running: Any, soon: Any, tmp_path: Path
) -> None:
    """Killed three times in the midst of sending; the cursor may be late, so some come twice, with the same id."""
    broker = mosquitto()
    eye = witness(broker.port, "gongbang/v1/shop-1/gw_1/event/#")
    committed = [name for _ in range(3) for name in _killed_after(150, tmp_path / "journal.db", broker.port)]

    async def last_life() -> None:
        async with running(port=broker.port) as gateway:
            await gateway.up()
            made = await gateway.event()
            await soon(lambda: made in eye.ids(), "the last event")

    asyncio.run(last_life())
    arrived = eye.ids()
    assert set(committed) <= set(arrived)
    assert arrived == sorted(arrived, key=_place)
    # no hole either: what was committed and not yet printed when the kill came has arrived as well
    for epoch in {name.split(":")[2] for name in arrived}:
        numbers = [int(name.split(":")[3]) for name in arrived if name.split(":")[2] == epoch]
        assert numbers == list(range(1, len(numbers) + 1))


def _killed_after(events: int, place: Path, port: int) -> list[str]:
    """Let a gateway live until it committed so many events, kill it, return the ids that it printed."""
    command = [sys.executable, str(LIFE), str(place), str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line.strip())
            if len(printed) >= events:
                break
        process.kill()
        printed += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert len(printed) >= events, "the gateway ended by itself"
    return printed


def _place(name: str) -> tuple[int, int]:
    """Return (start, n) of an id like gw_1:e:3-9f3a:17."""
    _, _, epoch, n = name.split(":")
    return int(epoch.split("-")[0]), int(n)
