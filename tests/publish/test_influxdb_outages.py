"""Databases that go away, hang, and come back: nothing is lost, nothing is there twice."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from database_rows import everything, fill, same, same_in_ms, shown
from databases import InfluxDb, VictoriaMetrics, influxdb, victoria_metrics

HOUR_S = 3600
LONG_S = 60.0  # a generous wait


@pytest.fixture
def influx(tmp_path: Path) -> Iterator[InfluxDb]:
    """Return an InfluxDB 1 of this test's own, with a database `shop`."""
    with influxdb(tmp_path / "influxdb") as server:
        server.create("shop")
        yield server


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """Return a VictoriaMetrics of this test's own."""
    with victoria_metrics(tmp_path / "victoria") as server:
        yield server


def test_databases_that_were_away_for_an_hour_have_everything_once(
    influx: InfluxDb, victoria: VictoriaMetrics, to_database: Any, beside: Any, hand_clock: Any, soon: Any
) -> None:
    """Both go, and the shop runs on for an hour of its own clock. InfluxDB is killed; VictoriaMetrics is ended in
    order, for it answers before it has written: a power cut costs it some seconds (docs/decisions/0011)."""

    async def run() -> None:
        async with to_database(hand_clock, url=influx.url, version=1, database="shop") as gateway:
            second, other = beside(gateway, name="second", url=victoria.url, bucket="shop")
            await gateway.up()
            await soon(lambda: other.state == "up", "connected")
            await fill(gateway, hand_clock, 60)
            await soon(lambda: gateway.publisher.queued == second.queued == 0, "the first minute")
            influx.kill()
            victoria.stop()
            await fill(gateway, hand_clock, HOUR_S)
            await soon(lambda: gateway.component.state == other.state == "down", "seen")
            assert "refused" in gateway.component.last_error
            assert gateway.publisher.queued > 3 * HOUR_S / 10
            influx.start()
            victoria.start()
            await soon(lambda: gateway.publisher.queued == second.queued == 0, "all sent", LONG_S)
            wanted = await everything(gateway.journal)
            assert len(wanted) > 2 * HOUR_S
            same(influx.rows("shop"), wanted)
            await soon(lambda: shown(victoria, wanted), "it shows all", LONG_S)
            same_in_ms(victoria.series(), wanted)
            for counters in (gateway.publisher.counters, second.counters):
                assert counters.received == counters.sent == len(wanted)
                assert counters.dropped == 0

    asyncio.run(run())


def test_an_influxdb_that_is_killed_while_it_takes_a_backlog_has_everything(
    influx: InfluxDb, to_database: Any, hand_clock: Any, soon: Any
) -> None:
    """Three times, each time in the midst of it."""

    async def run() -> None:
        async with to_database(hand_clock, url=influx.url, version=1, database="shop", lines=100) as gateway:
            await fill(gateway, hand_clock, 900)
            wanted = await everything(gateway.journal)
            gateway.start()
            sent = gateway.publisher.counters
            for share in (0.2, 0.4, 0.6):
                await soon(lambda share=share: sent.sent > share * len(wanted), "on its way", LONG_S)
                influx.kill()
                assert sent.sent < len(wanted), "it was not in the midst of it"
                await soon(lambda: gateway.component.state == "down", "seen")
                influx.start()
            await soon(lambda: sent.sent == len(wanted), "all sent", LONG_S)
            same(influx.rows("shop"), wanted)

    asyncio.run(run())


def test_sending_everything_again_doubles_nothing(
    influx: InfluxDb, victoria: VictoriaMetrics, to_database: Any, beside: Any, hand_clock: Any, soon: Any
) -> None:
    """Another publisher, whose cursors stand at the beginning, sends the same journal to both once more."""

    async def run() -> None:
        async with to_database(hand_clock, url=influx.url, version=1, database="shop") as gateway:
            await fill(gateway, hand_clock, 200)
            wanted = await everything(gateway.journal)
            places = ({"url": influx.url, "version": 1, "database": "shop"}, {"url": victoria.url, "bucket": "b"})
            for n, place in enumerate(places * 2):
                publisher, component = beside(gateway, name=f"number_{n}", **place)
                await soon(lambda: component.state == "up" and publisher.queued == 0, "all sent")  # noqa: B023
                assert publisher.counters.sent == len(wanted)
            same(influx.rows("shop"), wanted)
            await soon(lambda: shown(victoria, wanted), "it shows all", LONG_S)
            same_in_ms(victoria.series(), wanted)

    asyncio.run(run())


def test_a_database_that_hangs_is_left_and_gets_everything_when_it_goes_on(
    influx: InfluxDb, to_database: Any, hand_clock: Any, soon: Any
) -> None:
    """It accepts connections and answers nothing."""

    async def run() -> None:
        options = {"version": 1, "database": "shop", "timeout_s": 1}
        async with to_database(hand_clock, url=influx.url, **options) as gateway:
            await gateway.up()
            influx.freeze(True)
            await fill(gateway, hand_clock, 100)
            await soon(lambda: gateway.component.state == "down", "seen")
            assert "does not answer within 1 s" in gateway.component.last_error
            influx.freeze(False)
            await soon(lambda: gateway.publisher.queued == 0, "all sent", LONG_S)
            same(influx.rows("shop"), await everything(gateway.journal))

    asyncio.run(run())


def test_a_stop_does_not_wait_for_a_database_that_hangs(influx: InfluxDb, to_database: Any, soon: Any) -> None:
    """The request is cut off; its thread and its socket end with it, long before its time is over."""

    async def run() -> None:
        async with to_database(url=influx.url, version=1, database="shop", timeout_s=120) as gateway:
            await gateway.up()
            influx.freeze(True)
            await gateway.event(n=1)
            await soon(calls, "a request is on its way")
            await asyncio.wait_for(gateway.supervisor.stop_all(), LONG_S)
            await soon(lambda: not calls(), "its thread has ended")
            influx.freeze(False)

    asyncio.run(run())


def calls() -> list[str]:
    """Return the threads of requests that go on."""
    return [thread.name for thread in threading.enumerate() if thread.name == "database call"]
