"""The past over the API of a real daemon: samples as they came, states beside them, the day's periods, the stations."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import workload
from rig import Daemon, daemon, free_port, until

PLANT: dict[str, Any] = {
    "stations": [{"name": "desk", "label": {"ko": "책상", "en": "Desk"}}],
    "machines": [{"name": "wheel", "station": "desk", "states": [{"state": "run", "when": "unit_1.r0 >= 0"}]}],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Yield a daemon that commits its samples every second."""
    folder, port = tmp_path_factory.mktemp("shop"), free_port()
    with workload.register_server() as registers_port:
        own: dict[str, Any] = {
            "dashboard": {"host": "127.0.0.1", "port": port},
            "journal": {"path": str(Path(folder) / "journal.db"), "samples_commit_s": 1},
        }
        drivers = [workload.plc(registers_port, 1, 4, 0.2)]
        config = workload.write(Path(folder) / "edge_config.yaml", drivers, 9, port, **PLANT, **own)
        with daemon(config, port) as running:
            until(running.ready, "readings flow")
            yield running


@pytest.fixture
def page(shop: Daemon) -> Iterator[httpx.Client]:
    """Yield a browser on its page."""
    with httpx.Client(base_url=f"http://127.0.0.1:{shop.port}", timeout=60, verify=False) as client:
        yield client


def ask(page: httpx.Client, path: str, **query: Any) -> httpx.Response:
    return page.get(f"/api/v1/{path}", params=query)


def last_minute() -> dict[str, int]:
    now_ms = int(time.time() * 1000)
    return {"from": now_ms - 60_000, "to": now_ms + 1}


def test_samples_and_states_of_the_last_minute_are_told(page: httpx.Client) -> None:
    def kept() -> Any:
        found = ask(page, "history/samples", point="unit_1.r0", **last_minute()).json()
        return found if found["rows"] else None

    found = until(kept, "samples are committed")
    assert found["fields"] == ["ts", "count", "mean", "min", "max", "last"]
    assert found["step_s"] == 0
    assert all(row[1] == 1 for row in found["rows"])
    states = until(
        lambda: [s for s in ask(page, "history/states", **last_minute()).json()["states"]["wheel"] if s[1] == "run"],
        "the machine runs",
    )
    assert states


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("history/samples", {"point": "x.y", "from": 1, "to": 2}, 404),
        ("history/samples", {"point": "unit_1.r0", "from": 2, "to": 2}, 422),
        ("history/samples", {"point": "unit_1.r0", "from": 0, "to": 7_200_001}, 422),
        ("history/states", {"machine": "none", "from": 1, "to": 2}, 404),
        ("history/states", {"from": 0, "to": 33 * 86_400_000}, 422),
    ],
)
def test_what_cannot_be_told_is_refused(page: httpx.Client, path: str, query: dict[str, Any], status: int) -> None:
    assert ask(page, path, **query).status_code == status


def test_a_day_is_told_with_its_shifts_in_the_shops_zone(page: httpx.Client) -> None:
    noon_ms = 1_763_694_000_000  # 2025-11-21 12:00 in Seoul
    found = ask(page, "figures/periods", at=noon_ms).json()
    assert found["to"] - found["from"] == 86_400_000
    assert found["from"] <= noon_ms < found["to"]
    assert [shift["name"] for shift in found["shifts"]] == ["day"]
    assert found["from"] <= found["shifts"][0]["from"] < found["shifts"][0]["to"] <= found["to"]


def test_the_stations_are_named_as_the_configuration_names_them(page: httpx.Client) -> None:
    assert ask(page, "stations").json() == {"stations": [{"name": "desk", "label": {"ko": "책상", "en": "Desk"}}]}


def test_no_page_may_run_or_style_what_stands_within_it(page: httpx.Client) -> None:
    for path in ("/", "/api/docs", "/api/v1/health"):
        policy = page.get(path).headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert "default-src 'none'" in policy
    html = page.get("/api/docs").text
    assert "<style" not in html
    assert " style=" not in html
    assert page.get("/api/docs.css").headers["content-type"].startswith("text/css")
