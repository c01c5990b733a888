"""The publisher against a real Mosquitto: what arrives at a witness, in which order, and what the gateway says."""

import asyncio
import json
import os
import signal
from typing import Any

import numpy as np
import pytest

from sensors.batch import Batch

PREFIX = "gongbang/v1/shop-1/gw_1/"


def test_an_event_arrives_as_the_contract_says(mosquitto: Any, witness: Any, running: Any, soon: Any) -> None:
    """Topic by kind, id, time in ms, kind and source; a schema stays in the journal."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port)
        async with running(port=broker.port) as gateway:
            await gateway.up()
            await gateway.schema("meter_1")
            name = await gateway.event("alarm", "overheat", rule="overheat", action="raise", value=84.1)
            await soon(lambda: eye.bodies("event/"), "an event")
            ((topic, payload, retained),) = [m for m in eye.messages if "/event/" in m[0]]
            assert topic == PREFIX + "event/alarm"
            assert not retained
            body = json.loads(payload)
            assert body.pop("ts") == pytest.approx(gateway.clock.time_ns(gateway.clock.mono_ns()) / 1e6, abs=5000)
            assert body == {
                "id": name, "gateway": "gw_1", "kind": "alarm", "source": "overheat",
                "rule": "overheat", "action": "raise", "value": 84.1,
            }  # fmt: skip
            await soon(lambda: gateway.publisher.queued == 0, "all answered")
            assert gateway.publisher.detail()["delivery"] == "verified"
            assert gateway.publisher.detail()["protocol"] == "5"

    asyncio.run(run())


def test_the_status_is_retained_and_the_will_is_its_end(mosquitto: Any, witness: Any, running: Any, soon: Any) -> None:
    """Online while connected, offline after a goodbye, and offline when the line is cut."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port, PREFIX + "status")

        def states() -> list[str]:
            return [body["state"] for body in eye.bodies("status")]

        async with running(port=broker.port) as gateway:
            await gateway.up()
            await soon(lambda: states() == ["online"], "online")
            first = eye.bodies("status")[0]
            assert first["epoch"] == gateway.journal.epoch
            assert first["protocol"] == "5"
            assert first["clock"] == "synced"
            gateway.publisher._link._wire._transport.get_extra_info("socket").shutdown(2)  # the line is cut: no goodbye
            await soon(lambda: states() == ["online", "offline", "online"], "the will, and online again")
        await soon(lambda: states() == ["online", "offline", "online", "offline"], "a goodbye")
        late = witness(broker.port, PREFIX + "#")
        await soon(lambda: late.messages, "the retained status")
        assert late.messages[0][2]
        assert json.loads(late.messages[0][1])["state"] == "offline"

    asyncio.run(run())


def test_no_event_is_lost_or_out_of_order_when_the_broker_is_killed(
    mosquitto: Any, witness: Any, running: Any, soon: Any
) -> None:
    """Events go on through two power cuts of the broker; each arrives, in order, once by its id."""
    asyncio.run(_outages(mosquitto, witness, running, soon, outages=2, outage_s=1.5))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_event_is_lost_in_an_outage_of_a_minute(mosquitto: Any, witness: Any, running: Any, soon: Any) -> None:
    """The same with 60 s."""
    asyncio.run(_outages(mosquitto, witness, running, soon, outages=1, outage_s=60.0))


async def _outages(mosquitto: Any, witness: Any, running: Any, soon: Any, outages: int, outage_s: float) -> None:
    # every change is saved at once, so that the broker remembers the witness' subscription over a power cut
    keeps = ("persistence true", "autosave_on_changes true", "autosave_interval 1", "max_queued_messages 0")
    keeps += ("max_inflight_messages 0",)  # what it acknowledges is on its way to a slow witness too
    broker = mosquitto("allow_anonymous true", *keeps, "persistence_location {folder}/")
    eye = witness(broker.port, PREFIX + "event/#")
    made: list[str] = []

    async with running(port=broker.port, samples="none") as gateway:
        going = True

        async def make() -> None:
            while going:
                made.extend([await gateway.event(n=len(made) + k) for k in range(5)])
                await asyncio.sleep(0.02)

        making = asyncio.create_task(make())
        await gateway.up()
        for _ in range(outages):
            await soon(lambda: gateway.component.state == "up", "connected")
            before = len(made)
            await soon(lambda before=before: len(eye.ids()) > before, "events arrive")
            # It may have acknowledged what it has not saved: what it sent until now is read before it dies.
            os.kill(broker._process.pid, signal.SIGSTOP)
            await asyncio.sleep(0.1)
            taken = gateway.component.counters.sent
            await soon(lambda taken=taken: len(eye.ids()) >= taken, "what it acknowledged was read")
            broker.kill()
            await asyncio.sleep(outage_s)
            broker.start()
        await soon(lambda: gateway.component.state == "up", "connected again")
        going = False
        await making
        await soon(lambda: len(eye.messages) >= len(made) and len(eye.ids()) >= len(made), "every event arrived", 60)
        assert eye.ids() == made
        assert gateway.publisher.counters.dropped == 0
        await soon(lambda: gateway.publisher.queued == 0, "all answered")


def test_a_new_life_goes_on_where_the_last_one_was_answered(
    mosquitto: Any, witness: Any, running: Any, soon: Any
) -> None:
    """After an orderly end nothing is sent twice, and what was made meanwhile is sent."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port, PREFIX + "event/#")
        async with running(port=broker.port) as gateway:
            await gateway.up()
            made = [await gateway.event(n=n) for n in range(50)]
            await soon(lambda: gateway.publisher.counters.sent >= 50, "sent")
        async with running(port=broker.port) as gateway:
            made += [await gateway.event(n=n) for n in range(50)]
            await gateway.up()
            await soon(lambda: len(eye.ids()) == 100, "all")
            assert [body["id"] for body in eye.bodies("event/")] == made

    asyncio.run(run())


def test_a_refused_event_is_set_aside_and_blocks_nothing(
    mosquitto: Any, witness: Any, running: Any, soon: Any, acl: Any
) -> None:
    """An access list that denies one kind: reason 135, a dead letter, and all others arrive."""

    async def run() -> None:
        broker = mosquitto("allow_anonymous true", acl("topic readwrite gongbang/#", "topic deny +/+/+/+/event/scan"))
        eye = witness(broker.port, PREFIX + "event/#")
        async with running(port=broker.port) as gateway:
            await gateway.up()
            made = [await gateway.event("scan" if n % 4 == 2 else "count", n=n) for n in range(20)]
            await soon(lambda: len(eye.ids()) == 15, "those that are allowed")
            await soon(lambda: gateway.publisher.queued == 0, "all answered")
            assert eye.ids() == [name for n, name in enumerate(made) if n % 4 != 2]
            assert gateway.publisher.counters.dropped == 5
            assert gateway.publisher.counters.sent >= 15
            assert "not authorized (0x87)" in gateway.publisher.counters.last_error
            letters = await gateway.journal.transact(
                lambda tx: list(tx.db.execute("SELECT publisher, stream, row, reason FROM dead_letters ORDER BY row"))
            )
            assert [row & 0xFFFFFFFFFF for _, _, row, _ in letters] == [
                int(made[n].split(":")[-1]) for n in range(2, 20, 4)
            ]
            assert {(who, stream, why) for who, stream, _, why in letters} == {("broker", "e", "not authorized (0x87)")}

    asyncio.run(run())


def test_mqtt_311_says_unverified_when_the_broker_throws_away(
    mosquitto: Any, witness: Any, running: Any, soon: Any, acl: Any
) -> None:
    """The same list on 3.1.1: Mosquitto acknowledges what it drops, so the topic stays unverified."""

    async def run() -> None:
        broker = mosquitto("allow_anonymous true", acl("topic readwrite gongbang/#", "topic deny +/+/+/+/event/scan"))
        eye = witness(broker.port, PREFIX + "event/#")
        async with running(port=broker.port, protocol="3.1.1") as gateway:
            await gateway.up()
            await gateway.event("count")
            await soon(lambda: gateway.publisher.detail()["delivery"] == "verified", "the canaries came back")
            await gateway.event("scan")
            await gateway.event("count")
            await soon(lambda: len(eye.ids()) == 2, "the two that are allowed")
            await soon(lambda: gateway.publisher.queued == 0, "all answered")
            detail = gateway.publisher.detail()
            assert detail["protocol"] == "3.1.1"
            assert detail["delivery"] == "unverified"
            assert detail["unverified"] == [PREFIX + "event/scan"]

    asyncio.run(run())


def test_an_event_that_is_too_large_for_the_broker_is_set_aside(
    mosquitto: Any, witness: Any, running: Any, soon: Any
) -> None:
    """On MQTT 5 the broker says its limit beforehand; the connection does not even break."""

    async def run() -> None:
        broker = mosquitto("allow_anonymous true", "max_packet_size 2000")
        eye = witness(broker.port, PREFIX + "event/#")
        async with running(port=broker.port) as gateway:
            await gateway.up()
            made = [await gateway.event(n=n, text="가" * (3000 if n == 3 else 3)) for n in range(6)]
            await soon(lambda: len(eye.ids()) == 5, "the small ones")
            assert eye.ids() == made[:3] + made[4:]
            assert "more than the broker takes (2000)" in gateway.publisher.counters.last_error
            assert gateway.component.state == "up"

    asyncio.run(run())


def test_an_event_that_the_broker_hangs_up_on_is_set_aside_alone(
    mosquitto: Any, witness: Any, running: Any, soon: Any
) -> None:
    """On 3.1.1 the broker can only close the connection: after five times the event is a dead letter, the rest go."""

    async def run() -> None:
        broker = mosquitto("allow_anonymous true", "max_packet_size 2000")
        eye = witness(broker.port, PREFIX + "event/#")
        async with running(port=broker.port, protocol="3.1.1") as gateway:
            made = [await gateway.event(n=n, text="가" * (3000 if n == 3 else 3)) for n in range(6)]
            await gateway.up()
            await soon(lambda: len(eye.ids()) == 5, "the small ones", 40)
            assert eye.ids() == made[:3] + made[4:]
            assert gateway.publisher.detail()["refused_events"] == 1
            assert "closed the connection 5 times" in gateway.publisher.counters.last_error
            await gateway.event(n=6)
            await soon(lambda: len(eye.ids()) == 6, "life goes on")

    asyncio.run(run())


def test_live_samples_arrive_with_the_time_that_the_journal_keeps(
    mosquitto: Any, witness: Any, running: Any, soon: Any
) -> None:
    """Before their block is committed; changes only, bad points named; the block then brings nothing twice."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port, PREFIX + "data/#")
        async with running(port=broker.port) as gateway:
            await gateway.up()
            await gateway.sample("meter_1", 431.2, 230.0)
            await soon(lambda: eye.bodies("data/"), "the first row")
            await gateway.sample("meter_1", 431.2, 231.0)
            await gateway.sample("meter_1", 431.2, 231.0)
            await gateway.sample("meter_1", float("nan"), 231.0, quality=(18, 0))
            await soon(lambda: len(eye.bodies("data/")) >= 3, "the changes")
            await gateway.journal.commit_block()
            await soon(lambda: gateway.publisher.queued == 0, "all answered")
            await asyncio.sleep(0.3)  # what must not come
            said = list({body["ts"]: body for body in eye.bodies("data/meter_1")}.values())
            (block,) = await gateway.journal.blocks(None)
            kept = [int(ts) / 1e6 for ts in block.columns.time_ns]
            assert [body["ts"] for body in said] == pytest.approx([kept[0], kept[1], kept[3]], abs=0.001)
            assert [body["values"] for body in said] == [{"power": 431.2, "voltage": 230.0}, {"voltage": 231.0}, {}]
            assert said[2]["bad"] == {"power": 18}

    asyncio.run(run())


def test_samples_missed_while_away_come_from_the_journal(mosquitto: Any, witness: Any, running: Any, soon: Any) -> None:
    """Every row of an outage arrives after it, at its own time, named by the schema it was written with."""

    async def run() -> None:
        broker = mosquitto()
        async with running(port=broker.port, samples="all") as gateway:
            eye = witness(broker.port, PREFIX + "#")
            wanted = {"meter_1": [], "press_1": []}
            for n in range(120):
                for device in wanted:
                    await gateway.sample(device, float(n), 1.0)
                    wanted[device].append(float(n))
                if n % 50 == 49:
                    await gateway.journal.commit_block()
            await gateway.up()
            await gateway.journal.commit_block()
            for device, values in wanted.items():
                await soon(lambda d=device, v=values: len(_rows(eye, d)) == len(v), f"all of {device}")
                assert [row[1] for row in _rows(eye, device)] == values
                assert len({row[0] for row in _rows(eye, device)}) == len(values)
            place = await gateway.journal.cursor("broker", "s")
            await soon(lambda: not gateway.publisher.detail()["backlog"], "the backlog is empty")
            assert gateway.publisher.detail()["backlog_rows"] == 240
            assert place is None or place.n > 0

    asyncio.run(run())


def _rows(eye: Any, device: str) -> list[list[float]]:
    """Return [ts, first value] of each row of a device that came, in short or long form."""
    found = []
    for body in eye.bodies(f"data/{device}"):
        short = [[body.get("ts"), next(iter(body.get("values", {}).values()), None)]]
        found += body.get("rows", short)
    return found


def test_the_live_queue_never_grows_without_bound(mosquitto: Any, running: Any, soon: Any, witness: Any) -> None:
    """More than it holds is left to the backlog, said so, and arrives; offering never waits."""

    async def run() -> None:
        broker = mosquitto("allow_anonymous true", "max_queued_messages 0")
        eye = witness(broker.port, PREFIX + "data/#")
        async with running(port=broker.port, samples="all") as gateway:
            await gateway.up()
            schema = await gateway.schema("meter_1")
            begin = gateway.clock.mono_ns()
            for part in range(6):
                mono_ns = begin + np.arange(part * 10_000, (part + 1) * 10_000, dtype=np.int64)
                values = np.repeat((mono_ns - begin).astype(np.float64)[:, None], 2, axis=1)
                gateway.offer(Batch(0, 0, mono_ns, values, np.zeros((10_000, 2), np.uint8)), schema)
            assert gateway.publisher.queued <= 20_000
            assert gateway.publisher.detail()["late_rows"] >= 30_000
            await gateway.journal.commit_block()
            await soon(lambda: len({row[1] for row in _rows(eye, "meter_1")}) == 60_000, "every row", 60)

    asyncio.run(run())


def test_a_command_comes_down_and_nonsense_does_not(mosquitto: Any, witness: Any, running: Any, soon: Any) -> None:
    """An acknowledgement reaches the callback; what is retained or is no object is told and dropped."""

    async def run() -> None:
        broker = mosquitto()
        eye = witness(broker.port)
        old = b'{"rule": "old", "by": "kim"}'
        eye._client.publish(PREFIX + "command/acknowledge", old, qos=1, retain=True).wait_for_publish(10)
        async with running(port=broker.port) as gateway:
            await gateway.up()
            await soon(lambda: "(retained)" in gateway.publisher.counters.last_error, "the retained one is told")
            for payload in (b"nonsense", b"[1]", b'{"rule": "overheat", "by": "kim"}'):
                eye._client.publish(PREFIX + "command/acknowledge", payload, qos=1)
            await soon(lambda: gateway.commands, "the command")
            assert gateway.commands == [("acknowledge", {"rule": "overheat", "by": "kim"})]
            assert "not a command" in gateway.publisher.counters.last_error

    asyncio.run(run())
