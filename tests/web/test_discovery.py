"""A search that the dashboard asks for: it runs beside the daemon, tells how it goes, and its proposal is taken up."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import workload
from rig import Daemon, daemon, free_port, until

from tests.finding.buses import running_bus


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon on loopback, where everybody is the installer, with one connection."""
    web_port = free_port()
    with workload.register_server() as registers_port:
        drivers = [workload.plc(registers_port, 1, 1, 0.2)]
        config = workload.write(tmp_path_factory.mktemp("shop") / "edge_config.yaml", drivers, 9, web_port)
        with daemon(config, web_port) as running:
            until(running.ready, "readings flow")
            yield running


@pytest.fixture
def page(shop: Daemon) -> Iterator[httpx.Client]:
    """The gateway's own page."""
    base = f"http://127.0.0.1:{shop.port}"
    with httpx.Client(base_url=base, headers={"Origin": base}, timeout=60) as client:
        client.headers["X-CSRF"] = client.get("/api/v1/session").json()["csrf"]
        yield client


def test_what_a_search_found_is_written_and_read(shop: Daemon, page: httpx.Client) -> None:
    assert page.post("/api/v1/discover/write").status_code == 409
    with running_bus({4: "eastron-sdm120"}, silent=False) as port:
        begun = page.post("/api/v1/discover", json={"ports": [port], "listen_s": 0})
        assert begun.status_code == 200
        assert page.post("/api/v1/discover", json={"ports": [port]}).status_code == 409, "one at a time"
        until(lambda: not state(page)["running"], "it is over", 90)
        found = state(page)
        assert (found["known"], found["unknown"]) == (1, 0)
        assert any("Eastron" in words["ko"] for words in found["told"])
        assert "{name: meter_1, profile: eastron-sdm120, unit: 4}" in found["drivers"]
        assert [one["devices"][0]["name"] for one in found["proposed"]] == ["meter_1"]
        assert page.post("/api/v1/discover/write").status_code == 200
        until(lambda: "meter_1.voltage" in good(page), "the new device is read", 60)
        assert "unit_1.r0" in good(page)
    assert page.get("/api/v1/config/history").json()["history"][0]["what"].startswith("+drivers.bus_")


@pytest.mark.parametrize("wrong", [{"network": "10.0.0.0/8"}, {"network": "nonsense"}, {"tcp_port": 0}, {"port": "x"}])
def test_what_cannot_be_searched_is_refused(page: httpx.Client, wrong: dict[str, Any]) -> None:
    assert page.post("/api/v1/discover", json=wrong).status_code == 422
    assert not state(page)["running"]


def state(page: httpx.Client) -> dict[str, Any]:
    """How the search goes."""
    answer: dict[str, Any] = page.get("/api/v1/discover").json()
    return answer


def good(page: httpx.Client) -> set[str]:
    """The points whose value is good."""
    points = page.get("/api/v1/points").json()["points"]
    return {point["name"] for point in points if point["quality"] == 0}
