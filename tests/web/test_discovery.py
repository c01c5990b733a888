"""A search that the dashboard asks for: it runs beside the daemon, tells how it goes, and its proposal is taken up."""

import os
import threading
import tty
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
    with httpx.Client(base_url=base, headers={"Origin": base}, timeout=60, verify=False) as client:
        client.headers["X-CSRF"] = client.get("/api/v1/session").json()["csrf"]
        yield client


def test_a_scan_is_shown_before_its_scanner_is_accepted_and_is_not_counted(page: httpx.Client) -> None:
    for ask in (page.get("/api/v1/discover/values"), page.post("/api/v1/discover/write")):
        assert ask.status_code == 409, "nothing is proposed yet"
    before = page.get("/api/v1/work/scans").json()
    near, far = os.openpty()  # before the search below, whose port stays in the configuration
    tty.setraw(far)
    over = threading.Event()

    def scan() -> None:
        while not over.wait(0.3):
            os.write(near, b"B-0231\r")

    scanning = threading.Thread(target=scan)
    scanning.start()
    try:
        begun = page.post("/api/v1/discover", json={"ports": [os.ttyname(far)], "listen_s": 3})
        assert begun.status_code == 200
        until(lambda: not state(page)["running"], "it is over", 90)
        assert [one["type"] for one in state(page)["proposed"]] == ["serial_scanner"]
        said = until(lambda: values(page)["said"], "the scan is shown", 60)
        assert [(one["device"], one["text"]) for one in said] == [("scanner_1", "B-0231")]
    finally:
        over.set()
        scanning.join()
        os.close(near)
        os.close(far)
    until(lambda: values(page)["trouble"], "that it was unplugged is told", 60)
    assert page.get("/api/v1/work/scans").json() == before


def test_what_a_search_found_is_written_and_read(shop: Daemon, page: httpx.Client) -> None:
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
        seen = until(lambda: values(page)["values"], "the device is read before it is accepted", 60)
        assert {point["driver"] for point in seen} == {found["proposed"][0]["name"]}
        voltage = next(point for point in seen if point["name"] == "meter_1.voltage")
        assert (voltage["value"], voltage["unit"], voltage["quality"]) == (pytest.approx(221.3, abs=0.1), "V", 0)
        assert "meter_1.voltage" not in good(page), "nothing of it is kept"
        assert page.post("/api/v1/discover/write").status_code == 200
        assert page.get("/api/v1/discover/values").status_code == 409, "it is the daemon's now"
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


def values(page: httpx.Client) -> dict[str, Any]:
    """What the proposed devices read now."""
    answer: dict[str, Any] = page.get("/api/v1/discover/values").json()
    return answer


def good(page: httpx.Client) -> set[str]:
    """The points whose value is good."""
    points = page.get("/api/v1/points").json()["points"]
    return {point["name"] for point in points if point["quality"] == 0}
