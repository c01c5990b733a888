"""The daemon itself: what it read from a wire stands in both databases, as it stands in its journal."""

import asyncio
from pathlib import Path
from typing import Any

import workload
from database_rows import everything, same, same_in_ms, shown
from databases import influxdb, victoria_metrics
from rig import daemon, free_port, until

LONG_S = 60.0
DEVICES = [f"unit_{n}" for n in range(1, 4)]


def test_what_the_daemon_read_stands_in_both_databases(
    tmp_path: Path, to_database: Any, beside: Any, soon: Any
) -> None:
    """Some seconds of registers that change, over Modbus TCP. What its last commit left is sent by the next life."""
    with (
        influxdb(tmp_path / "influxdb") as influx,
        victoria_metrics(tmp_path / "victoria") as victoria,
        workload.register_server() as registers,
    ):
        influx.create("shop")
        one = {"name": "one", "url": influx.url, "version": 1, "database": "shop"}
        two = {"name": "two", "url": victoria.url, "bucket": "shop"}
        web = free_port()
        more = {
            "gateway": {"id": "gw_1"},
            "workshop": {"id": "shop-1", "name": "공방"},
            "publish": [place | {"type": "influxdb"} for place in (one, two)],
            "journal": {"path": str(tmp_path / "journal.db"), "samples_commit_s": 1},
        }
        config = workload.write(tmp_path / "config.yaml", [workload.plc(registers, 3, 8, 0.1)], 0, web, **more)
        with daemon(config, web) as running:
            until(lambda: len(influx.rows("shop")) > 60, "rows arrive", LONG_S)
            assert running.stop() == 0

        async def compare() -> None:
            async with to_database(**one) as gateway:
                second, other = beside(gateway, **two)
                await gateway.up()
                await soon(lambda: other.state == "up", "connected")
                await soon(lambda: gateway.publisher.queued == second.queued == 0, "all sent", LONG_S)
                wanted = await everything(gateway.journal)
                assert gateway.publisher.counters.sent < len(wanted) - 60, "the daemon had sent the most"
                assert {dict(tags).get("device") for _, tags, _ in wanted} >= set(DEVICES)
                same(influx.rows("shop"), wanted)
                await soon(lambda: shown(victoria, wanted), "it shows all", LONG_S)
                same_in_ms(victoria.series(), wanted)

        asyncio.run(compare())
