"""The daemon itself: what it read from a wire stands in both databases, as it stands in its journal."""

import asyncio
from pathlib import Path
from typing import Any

import workload
from database_rows import everything, same, same_in_ms, shown
from databases import influxdb, victoria_metrics
from rig import daemon, free_port, until

from gateway.clock import SystemClock
from gateway.journal.journal import Journal

LONG_S = 60.0
DEVICES = [f"unit_{n}" for n in range(1, 4)]


def test_what_the_daemon_read_stands_in_both_databases(tmp_path: Path) -> None:
    """Some seconds of registers that change, over Modbus TCP; then the daemon without its wire sends what is left."""
    with (
        influxdb(tmp_path / "influxdb") as influx,
        victoria_metrics(tmp_path / "victoria") as victoria,
        workload.register_server() as registers,
    ):
        influx.create("shop")
        publish = [
            {"name": "one", "type": "influxdb", "url": influx.url, "version": 1, "database": "shop"},
            {"name": "two", "type": "influxdb", "url": victoria.url, "bucket": "shop"},
        ]
        journal = {"path": str(tmp_path / "journal.db"), "samples_commit_s": 1}
        plc = workload.plc(registers, len(DEVICES), 8, 0.2)
        web, more = free_port(), {"publish": publish, "journal": journal}
        config = workload.write(tmp_path / "config.yaml", [plc], 0, web, **more)
        with daemon(config, web) as running:
            until(lambda: len(influx.rows("shop")) > 60, "rows arrive", LONG_S)
            assert running.stop() == 0
        workload.write(config, [plc | {"enabled": False}], 0, web, **more)
        with daemon(config, web) as running:
            until(lambda: _settled(running), "all is sent", LONG_S)
            assert running.stop() == 0
        wanted = asyncio.run(_kept(tmp_path / "journal.db"))
        assert {dict(tags)["device"] for name, tags, _ in wanted if name == "device"} >= set(DEVICES)
        assert len(wanted) > 60
        same(influx.rows("shop"), wanted)
        until(lambda: shown(victoria, wanted), "it shows all", LONG_S)
        same_in_ms(victoria.series(), wanted)


def _settled(running: Any) -> bool:
    """Return whether both publishers are connected and have sent everything."""
    try:
        parts = [part for part in running.get("/api/v1/components")["components"] if part["kind"] == "publisher"]
    except OSError:
        return False
    return len(parts) == 2 and all(part["state"] == "up" and part["queued"] == 0 for part in parts)


async def _kept(place: Path) -> dict[Any, dict[str, Any]]:
    """Return what a database must have of a journal that no daemon has open."""
    async with await Journal.open(place, "bench", SystemClock(trust=True)) as journal:
        return await everything(journal, "bench", "bench")
