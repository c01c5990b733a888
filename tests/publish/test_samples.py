"""Samples through outages: the live end and the backlog behind it together bring every row."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

PREFIX = "gongbang/v1/shop-1/gw_1/"


def rows(eye: Any, device: str) -> list[tuple[str, ...]]:
    """Return the rows of a device that came, as texts, so that no time is rounded: (ts, values...)."""
    found: list[tuple[str, ...]] = []
    for topic, payload, _ in list(eye.messages):
        if topic == PREFIX + f"data/{device}":
            body = json.loads(payload, parse_float=str, parse_int=str)
            found += [tuple(row) for row in body.get("rows", [])]
            if "values" in body:
                found.append((body["ts"], *body["values"].values()))
    return found


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_every_row_arrives_through_outages_and_none_at_another_time(
    mosquitto: Any, witness: Any, running: Any, soon: Any, protocol: str
) -> None:
    """The witness ends up with exactly the journal's rows: live or later, some twice, none missing, none invented."""

    async def run() -> None:
        keeps = ("persistence true", "autosave_on_changes true", "autosave_interval 1", "max_queued_messages 0")
        broker = mosquitto("allow_anonymous true", *keeps, "persistence_location {folder}/")
        eye = witness(broker.port, PREFIX + "data/#")
        async with running(port=broker.port, samples="all", protocol=protocol) as gateway:
            gateway.start()
            going = True

            async def measure() -> None:
                n = 0.0
                while going:
                    n += 1
                    await gateway.sample("meter_1", n, -n)
                    await gateway.sample("press_1", n, 0.0)
                    if n % 25 == 0:
                        await gateway.journal.commit_block()
                    await asyncio.sleep(0.01)

            measuring = asyncio.create_task(measure())
            for _ in range(2):
                await soon(lambda: gateway.component.state == "up", "connected")
                before = len(eye.messages)
                await soon(lambda before=before: len(eye.messages) > before + 20, "samples arrive")
                broker.kill()
                await asyncio.sleep(0.7)
                broker.start()
            await soon(lambda: gateway.component.state == "up", "connected again")
            await asyncio.sleep(0.3)
            going = False
            await measuring
            await gateway.journal.commit_block()
            kept = await _kept(gateway.journal)
            for device, wanted in kept.items():
                await soon(lambda d=device, w=wanted: set(rows(eye, d)) >= w, f"every row of {device}")
                assert set(rows(eye, device)) == wanted
            assert gateway.publisher.counters.dropped == 0
            # what was sent live does not come again: the cursor of the blocks follows
            assert sum(len(rows(eye, device)) for device in kept) < 2 * sum(map(len, kept.values()))

    asyncio.run(run())


async def _kept(journal: Any) -> dict[str, set[tuple[str, ...]]]:
    """Return what the journal has, written as it is published."""
    kept: dict[str, set[tuple[str, ...]]] = {}
    after = None
    while blocks := await journal.blocks(after):
        for block in blocks:
            columns = block.columns
            for time_ns, values in zip(columns.time_ns.tolist(), columns.values.tolist(), strict=True):
                ts = f"{time_ns // 10**6}.{time_ns % 10**6:06d}".rstrip("0").rstrip(".")
                kept.setdefault(block.schema.device, set()).add((ts, *map(str, values)))
        after = blocks[-1].position
    return kept


def test_samples_of_an_unsynchronised_clock_wait_and_are_marked(
    mosquitto: Any, witness: Any, running: Any, soon: Any, hand_clock: Any
) -> None:
    """They do not go out live; when the hold ends they come from the journal, saying so; synchronised ones go live."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port, PREFIX + "#")
        hand_clock.synced = False
        async with running(clock=hand_clock, port=broker.port) as gateway:
            await gateway.up()
            await gateway.sample("meter_1", 1.0, 2.0)
            await gateway.journal.commit_block()
            await gateway.event("state")
            await asyncio.sleep(0.3)
            assert not eye.bodies("data/")
            assert not eye.bodies("event/")
            assert eye.bodies("status")[0]["clock"] == "unsynced"
            hand_clock.now_ns += 901 * 10**9
            await soon(lambda: eye.bodies("data/") and eye.bodies("event/"), "what was held", 30)
            assert eye.bodies("data/")[0]["clock"] == "unsynced"
            assert eye.bodies("event/")[0]["clock"] == "unsynced"

    asyncio.run(run())


def test_windows_go_live_and_come_again_from_the_journal(mosquitto: Any, witness: Any, running: Any, soon: Any) -> None:
    """One that was made while away arrives later in the same form."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port, PREFIX + "window/#")
        async with running(port=broker.port) as gateway:
            schema = await gateway.schema("meter_1", window_s=10)

            def end(last: float) -> None:
                columns = {name: np.array([last, 1.0]) for name in ("mean", "min", "max", "last")}
                part = SimpleNamespace(device=0, first=0, window_s=10, mono_ns=gateway.clock.mono_ns(), **columns)
                part.count = np.array([10.0, 0.0])
                gateway.publisher.offer(part, gateway.journal.stage_window(part, schema))

            end(1.5)
            await gateway.up()
            await soon(lambda: gateway.publisher._live.since_ns, "live")
            end(2.5)
            await soon(lambda: len(eye.bodies("window/")) == 1, "the live one")
            await gateway.journal.commit_block()
            await soon(lambda: len(eye.bodies("window/")) == 2, "the one from before")
            for body in eye.bodies("window/meter_1"):
                assert body.pop("ts") > 1e12
            statistics = [dict.fromkeys(("mean", "min", "max", "last"), last) | {"count": 10} for last in (2.5, 1.5)]
            said = [{key: body[key] for key in ("window_s", "values")} for body in eye.bodies("window/meter_1")]
            assert said == [{"window_s": 10, "values": {"power": each}} for each in statistics]

    asyncio.run(run())


def test_who_wants_no_samples_holds_none_back(mosquitto: Any, witness: Any, running: Any, soon: Any) -> None:
    """Nothing is sent, and the cursor passes the blocks, so that the journal may let them go."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port, PREFIX + "data/#")
        async with running(port=broker.port, samples="none") as gateway:
            await gateway.up()
            await gateway.sample("meter_1", 1.0, 2.0)
            await gateway.journal.commit_block()
            (block,) = await gateway.journal.blocks(None)
            async with asyncio.timeout(60):
                while await gateway.journal.cursor("broker", "s") != block.position:  # noqa: ASYNC110 - tells no one
                    await asyncio.sleep(0.01)
            assert not eye.messages

    asyncio.run(run())
