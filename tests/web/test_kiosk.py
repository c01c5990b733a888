"""The keys of a kiosk over the API of a real daemon: who may press them, and what stands at the station then."""

import os
import re
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import workload
from rig import Daemon, daemon, free_port, listens, until

from barcodes.ticket import Badge, Command, Coupon, encode
from tests.web.test_api import browser

BADGE = encode(Badge(101))
PASSWORD = "beside the scanner"
STATIONS = [{"name": "sewing_1", "label": {"ko": "봉제 1", "en": "Sewing 1"}}, {"name": "sewing_2"}]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon on the network, where nobody sees anything without a login; an owner has set it up."""
    folder, port = tmp_path_factory.mktemp("kiosk"), free_port()
    own: dict[str, Any] = {
        "dashboard": {"host": "0.0.0.0", "port": port, "viewer_without_login": False},
        "stations": STATIONS,
        "work": {"workers": [{"badge": "0007", "name": "은하"}]},
    }
    config = workload.write(folder / "edge_config.yaml", [], 9, port, **own)
    with daemon(config, port) as running:
        until(running.ready, "it answers")
        code = until(lambda: re.search(r"set-up code: (\S+)", running.log()), "the set-up code")
        with browser(running) as page:
            page.post("/api/v1/setup", json={"code": code[1], "password": PASSWORD}).raise_for_status()
        yield running


def owner(page: httpx.Client) -> httpx.Client:
    page.post("/api/v1/login", json={"user": "owner", "password": PASSWORD}).raise_for_status()
    return renewed(page)


def renewed(page: httpx.Client) -> httpx.Client:
    page.headers["X-CSRF"] = page.get("/api/v1/session").json()["csrf"]
    return page


def kept(page: httpx.Client) -> list[dict[str, Any]]:
    """What is told of the kept scans, newest first."""
    told = ("station", "answer", "worker", "raw")
    found = page.get("/api/v1/events", params={"kind": "scan"}).json()["events"]
    return [{name: scan[name] for name in told if name in scan} for scan in found]


def press(page: httpx.Client, ticket: str, press_id: str, station: str = "sewing_1") -> httpx.Response:
    return page.post(f"/api/v1/stations/{station}/keys", json={"ticket": ticket, "id": press_id * 16})


def test_a_tablet_becomes_the_kiosk_of_one_station_and_its_owner_is_logged_out(shop: Daemon) -> None:
    with browser(shop) as tablet, browser(shop) as stranger, browser(shop) as desk:
        assert press(tablet, "C-HELP", "1").status_code == 401
        assert tablet.get("/api/v1/stations/sewing_1").status_code == 401
        assert tablet.post("/api/v1/stations/sewing_1/kiosk", json={"on": True}).status_code == 401
        owner(tablet).post("/api/v1/stations/sewing_1/kiosk", json={"on": True}).raise_for_status()
        seen = renewed(tablet).get("/api/v1/session").json()
        assert (seen["role"], seen["user"]) == ("viewer", "")
        told = tablet.get("/api/v1/stations/sewing_1").json()
        assert (told["keys"], told["kiosks"], told["workers"]) == (True, None, [])
        assert press(tablet, "C-MATERIAL", "2").json()["tone"] == "ok"
        assert press(tablet, "C-HELP", "3", "sewing_2").status_code == 403
        assert tablet.get("/api/v1/stations/sewing_2").json()["keys"] is False
        assert tablet.get("/api/v1/work/summary").status_code in (401, 403)
        assert press(stranger, "C-HELP", "4").status_code == 401
        assert owner(desk).get("/api/v1/stations/sewing_1").json()["kiosks"] == 1
        desk.post("/api/v1/stations/sewing_1/kiosk", json={"on": False}).raise_for_status()
        assert press(tablet, "C-HELPED", "5").status_code == 401
        assert press(desk, "C-HELPED", "5").json()["tone"] == "ok"


def test_a_kiosk_stays_one_through_a_restart(shop: Daemon) -> None:
    with browser(shop) as tablet:
        owner(tablet).post("/api/v1/stations/sewing_2/kiosk", json={"on": True}).raise_for_status()
        assert press(renewed(tablet), "C-QUALITY", "6", "sewing_2").json()["tone"] == "ok"
        shop.stop()
        shop.start()
        until(shop.ready, "it answers again")
        renewed(tablet)
        assert press(tablet, "C-QUALITY", "6", "sewing_2").json()["tone"] == "ok", "sent again: the answer of then"
        assert press(tablet, "C-HELP", "7", "sewing_2").json()["tone"] == "duplicate"
        scans = tablet.get("/api/v1/work/scans").json()["scans"]
        assert [scan["raw"] for scan in scans if scan["station"] == "sewing_2"] == ["C-QUALITY-8", "C-HELP-Z"]


@pytest.mark.parametrize("ticket", ["W-0007", "B-0231-SEW-20", "S-SEWING-2", "L-A1", "C-NOTHING", "", "D-a", "N-0"])
def test_who_somebody_is_and_what_is_paid_is_no_key(shop: Daemon, ticket: str) -> None:
    with browser(shop) as page:
        assert press(owner(page), ticket, "8").status_code == 422


@pytest.mark.parametrize("form", [{"ticket": "C-UNDO"}, {"ticket": "C-UNDO", "id": "short"}, {"id": "a" * 16}])
def test_a_key_that_says_not_enough_is_refused(shop: Daemon, form: dict[str, Any]) -> None:
    with browser(shop) as page:
        assert owner(page).post("/api/v1/stations/sewing_1/keys", json=form).status_code == 422
        assert press(page, "C-UNDO", "9", "nowhere").status_code == 404


def test_the_badge_at_a_station_is_the_operator_of_its_kiosk(tmp_path: Path) -> None:
    near, far = os.openpty()
    tty.setraw(far)
    port = free_port()
    own = {
        "dashboard": {"host": "0.0.0.0", "port": port, "viewer_without_login": False},
        "stations": STATIONS,
        "work": {"workers": [{"badge": "0101", "name": "은하"}]},
    }
    scanner = {"name": "gun", "type": "serial_scanner", "port": os.ttyname(far), "station": "sewing_1"}
    config = workload.write(tmp_path / "edge_config.yaml", [scanner], 9, port, **own)
    try:
        with daemon(config, port) as running:
            until(lambda: listens(port), "it answers")
            with browser(running) as tablet, browser(running) as stranger:
                code = until(lambda: re.search(r"set-up code: (\S+)", running.log()), "the set-up code")
                tablet.post("/api/v1/setup", json={"code": code[1], "password": PASSWORD}).raise_for_status()
                renewed(tablet)

                def up() -> bool:
                    parts = tablet.get("/api/v1/components").json()["components"]
                    return {part["name"]: part["state"] for part in parts}["gun"] == "up"

                until(up, "the scanner is open")
                tablet.post("/api/v1/stations/sewing_1/kiosk", json={"on": True}).raise_for_status()

                def who() -> tuple[str, str]:
                    seen = tablet.get("/api/v1/session").json()
                    return seen["role"], seen["user"]

                assert who() == ("viewer", "")
                os.write(near, BADGE.encode() + b"\r")
                until(lambda: who() == ("operator", "0101"), "the badge is on")
                assert stranger.get("/api/v1/session").json()["role"] == "nobody"
                keys = [tablet.get(f"/api/v1/stations/{one['name']}").json()["keys"] for one in STATIONS]
                assert keys == [True, False], "of its own station alone"
                assert press(renewed(tablet), "C-HELP", "a", "sewing_2").status_code == 403
                os.write(near, encode(Command("LOGOUT")).encode() + b"\r")
                until(lambda: who() == ("viewer", ""), "they left")
                assert kept(tablet)[-1] == {"station": "sewing_1", "answer": "badge"}, "who it was is the owner's"
                renewed(tablet)
                owner(tablet)
                assert kept(tablet)[-1] == {"station": "sewing_1", "answer": "badge", "worker": "0101", "raw": BADGE}
                told = tablet.get("/api/v1/audit").json()["audit"]
                scanned = [(one["by"], one["from"]) for one in told if one["method"] == "SCAN"]
                assert scanned == [("", "sewing_1"), ("0101", "sewing_1")]
    finally:
        os.close(near)
        os.close(far)


def show(page: httpx.Client, code: str, scan_id: str, station: str = "sewing_1") -> httpx.Response:
    return page.post(f"/api/v1/stations/{station}/scans", json={"code": code, "id": scan_id * 16})


def test_a_stations_own_camera_scans_all_and_a_phone_neither_badges_nor_coupons(shop: Daemon) -> None:
    badge, coupon, call = (encode(one) for one in (Badge(7), Coupon("0231", "SEW", 20), Command("MACHINE")))
    with browser(shop) as tablet, browser(shop) as phone, browser(shop) as stranger:
        assert show(stranger, badge, "b").status_code == 401
        owner(tablet).post("/api/v1/stations/sewing_2/kiosk", json={"on": True}).raise_for_status()
        assert show(renewed(tablet), badge, "c", "sewing_1").status_code == 403, "it is no camera of another station"
        told = show(tablet, badge, "d", "sewing_2").json()
        assert (told["answer"], told["tone"]) == ("badge", "ok")
        assert show(tablet, badge, "d", "sewing_2").json() == told, "sent again: the answer of then"
        assert [one["worker"] for one in tablet.get("/api/v1/stations/sewing_2").json()["workers"]] == ["0007"]
        assert show(tablet, "8801234567893", "e", "sewing_2").json()["answer"] == "unknown"
        for paper in (badge, coupon):
            refused = show(owner(phone), paper, "f", "sewing_2")
            assert (refused.status_code, sorted(refused.json()["detail"])) == (403, ["en", "ko"])
        assert show(phone, call, "g", "sewing_2").json()["answer"] == "command"
        assert show(phone, "", "h").status_code == show(phone, "x" * 513, "h").status_code == 422
        events = phone.get("/api/v1/events", params={"kind": "scan", "limit": 3}).json()["events"]
        told = [(one["text"], one.get("camera"), one["by"]) for one in events]
        assert told == [(call, True, "owner"), ("8801234567893", True, "0007"), (badge, True, "kiosk")]
