"""People over the API of a real daemon: names stay in their table, and go when somebody who has left is erased."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import workload
from rig import Daemon, Mosquitto, daemon, free_port, mosquitto, until

from gateway.web.api import without_people
from gateway.web.table import ROUTES

NAME, NOTE = "Nguyễn Thị Hoa", "왼손잡이라 자리를 바꿈"
PLANT: dict[str, Any] = {
    "work": {
        "workers": [{"badge": "0101", "name": "은하"}],
        "operations": [{"code": "CUT", "label": {"ko": "재단", "en": "cutting"}}],
    }
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "broker") as running:
        yield running


@contextmanager
def shop(folder: Path, broker: Mosquitto) -> Iterator[Daemon]:
    """A daemon on loopback that publishes to a broker."""
    web_port = free_port()
    own = {"dashboard": {"host": "127.0.0.1", "port": web_port}, "journal": {"path": str(folder / "journal.db")}}
    config = workload.write(folder / "edge_config.yaml", [], broker.port, web_port, **PLANT, **own)
    with daemon(config, web_port) as running:
        until(running.ready, "it answers")
        yield running


@contextmanager
def heard(broker: Mosquitto, file: Path) -> Iterator[None]:
    """All that is published, written to a file."""
    with file.open("wb") as out:
        command = ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-q", "1", "-F", "%t %p"]
        listener = subprocess.Popen(command, stdout=out)
    try:
        yield
    finally:
        listener.terminate()
        listener.wait(60)


@contextmanager
def owner(shop: Daemon) -> Iterator[httpx.Client]:
    address = f"http://localhost:{shop.port}"
    with httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=60, verify=False) as page:
        page.headers["X-CSRF"] = page.get("/session").json()["csrf"]
        yield page


def kept(page: httpx.Client, row: dict[str, Any]) -> None:
    answer = page.post("/work/masters/workers", json={"rows": [row]})
    assert answer.status_code == 200, answer.text


def holding(folder: Path, text: str) -> list[str]:
    """The files in which a text stands, however it is written there."""
    ways = [text.encode(), text.encode("utf-16-le"), ascii(text)[1:-1].encode()]
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(way in file.read_bytes() for way in ways)]


def test_an_erased_name_is_nowhere_and_the_number_stays(tmp_path: Path, broker: Mosquitto) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    told = tmp_path / "mqtt.txt"
    with heard(broker, told), shop(folder, broker) as running, owner(running) as page:
        kept(page, {"badge": 7, "name": NAME, "language": "vi", "since": "2026-01-05", "note": NOTE})
        kept(page, {"badge": 8, "name": "박순복"})
        assert page.post("/work/consents", json={"badge": 7, "purpose": "camera", "granted": True}).status_code == 200
        assert holding(folder, NAME)  # it stands in the database, or in its log
        early = page.post("/work/people/7/erase", json={"badge": 7})
        assert early.status_code == 422
        kept(page, {"badge": 7, "left": "2026-02-01"})
        assert page.post("/work/people/7/erase", json={"badge": 8}).status_code == 422
        done = page.post("/work/people/0007/erase", json={"badge": 7}).json()
        assert done["log_emptied"]
        assert [one["where"] for one in done["elsewhere"]] == ["xlsx, csv"]
        (folder / "workers.csv").write_bytes(
            page.get("/work/export", params={"what": "workers", "format": "csv"}).content
        )
        (folder / "api.txt").write_text(page.get("/work/people").text + page.get("/events").text, "utf-8")
        assert holding(folder, NAME) == holding(folder, NOTE) == []
        assert holding(folder, "박순복")
        people = {one["badge"]: one for one in page.get("/work/people").json()["people"]}
        assert people["0007"] == {
            "badge": "0007",
            "retired": True,
            "number": 7,
            "name": None,
            "language": None,
            "since": None,
            "left": None,
            "note": None,
        }
        events = page.get("/events", params={"kind": "work"}).json()["events"]
        assert events[0]["erased"] == "0007"
        until(lambda: b"erased" in told.read_bytes(), "the broker has heard of it")
        running.stop()
    assert holding(folder, NAME) == holding(folder, NOTE) == []
    assert holding(tmp_path, NAME) == holding(tmp_path, NOTE) == []
    assert holding(tmp_path, "0007")


def test_a_name_of_the_configuration_is_not_shown_after_the_erasure(tmp_path: Path, broker: Mosquitto) -> None:
    with shop(tmp_path, broker) as running, owner(running) as page:
        kept(page, {"badge": "101", "left": "2026-02-01"})
        done = page.post("/work/people/101/erase", json={"badge": 101}).json()
        assert "work.workers" in [one["where"] for one in done["elsewhere"]]
        assert [one["name"] for one in page.get("/work/people").json()["people"]] == [None]


def test_consents_are_kept_and_withdrawn(tmp_path: Path, broker: Mosquitto) -> None:
    with shop(tmp_path, broker) as running, owner(running) as page:
        for granted in (True, False):
            said = {"badge": 101, "purpose": "camera", "granted": granted, "until": "2027-12-31"}
            assert page.post("/work/consents", json=said).status_code == 200
        assert page.post("/work/consents", json={"purpose": "share", "granted": True}).status_code == 200
        assert page.post("/work/consents", json={"purpose": "camera", "granted": True}).status_code == 422
        unknown = {"badge": 55, "purpose": "camera", "granted": True}
        assert page.post("/work/consents", json=unknown).status_code == 422
        consents = page.get("/work/people").json()["consents"]
        assert [(one.get("worker"), one["purpose"], one["granted"]) for one in consents] == [
            (None, "share", True),
            ("0101", "camera", False),
        ]


def test_what_is_of_single_people_is_for_owners() -> None:
    private = {"/work/people", "/work/consents", "/work/people/{badge}/erase", "/work/summary", "/work/export"}
    private |= {"/work/import", "/work/pay", "/work/figures/workers", "/work/reports/pay", "/work/reports/workers"}
    roles = {route.path: route.role for route in ROUTES}
    assert {path: roles[path] for path in private} == dict.fromkeys(private, "owner")


def test_who_may_only_look_sees_no_rates_and_no_consents_in_the_events(tmp_path: Path, broker: Mosquitto) -> None:
    with shop(tmp_path, broker) as running, owner(running) as page:
        kept(page, {"badge": 8, "name": "박순복"})
        (event,) = page.get("/events", params={"kind": "work"}).json()["events"]
        assert event["entries"] == [{"do": "worker", "worker": "0008"}]
    assert without_people({"by": "owner", "entries": [1]}) == {"by": "owner"}
    pressed = {"by": "0101", "worker": "0101", "held_by": "0102", "answer_text": {"ko": "0101번"}, "raw": "C-UNDO-0"}
    assert without_people(pressed) == {"raw": "C-UNDO-0"}
    assert without_people({"worker": None, "answer_text": {"ko": "먼저 명찰"}}) == {"answer_text": {"ko": "먼저 명찰"}}
