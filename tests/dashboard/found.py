"""What a real gateway finds on a simulated bus, and reads there before it is accepted: for the guide's picture."""

from pathlib import Path
from typing import Any

import httpx
import workload
from rig import daemon, free_port, until

from tests.finding.buses import running_bus

BUS = {1: "xy-md02", 4: "eastron-sdm120"}


def found(folder: Path, at_ms: int) -> dict[str, Any]:
    """Return the API's answers to a search and to the look that follows it, all of them of one moment (UTC ms)."""
    port = free_port()
    config = workload.write(folder / "edge_config.yaml", [], 9, port, publish=[])
    base = f"http://127.0.0.1:{port}"
    with (
        running_bus(BUS, silent=False) as bus,
        daemon(config, port) as running,
        httpx.Client(base_url=f"{base}/api/v1", headers={"Origin": base}, timeout=60, verify=False) as page,
    ):
        until(running.ready, "it answers")
        page.headers["X-CSRF"] = page.get("/session").json()["csrf"]
        page.post("/discover", json={"ports": [bus], "listen_s": 0}).raise_for_status()
        search = until(lambda: _over(page), "the search is over", 120)
        glance = until(lambda: _read(page), "all is read", 120)
    for point in glance["values"]:
        point["ts"] = at_ms
    return {"discover": search, "discover/values?": glance, "discover/values": glance}


def _over(page: httpx.Client) -> dict[str, Any] | None:
    search: dict[str, Any] = page.get("/discover").json()
    return None if search["running"] else search


def _read(page: httpx.Client) -> dict[str, Any] | None:
    glance: dict[str, Any] = page.get("/discover/values").json()
    devices = {one["device"] for one in glance["values"] if one["value"] is not None}
    return glance if len(devices) == len(BUS) and all(one["value"] is not None for one in glance["values"]) else None
