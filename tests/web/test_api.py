"""The web server of a real daemon: what everybody sees, who may change what, and what keeps other sites out."""

import io
import json
import re
import socket
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import workload
from rig import Daemon, daemon, free_port, until

from gateway.event import Position
from gateway.history.buckets import empty
from gateway.history.file import HistoryFile
from gateway.web.door import MOST_CONNECTIONS

PLANT: dict[str, Any] = {
    "stations": [{"name": "desk", "label": {"ko": "책상", "en": "Desk"}}],
    "machines": [{"name": "wheel", "station": "desk", "states": [{"state": "run", "when": "unit_1.r0 >= 0"}]}],
    "signals": [{"name": "ran", "unit": "h", "value": "hours(machines.wheel.run)"}],
    "rules": [
        {
            "name": "always",
            "when": "unit_1.r0 >= 0",
            "severity": "critical",
            "message": {"ko": "늘 켜짐", "en": "Always on"},
            "action": {"ko": "확인해 주세요", "en": "Acknowledge it"},
        }
    ],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that reads a register server, on loopback."""
    with workload.register_server() as registers_port:
        yield from _shop(tmp_path_factory.mktemp("shop"), registers_port, "127.0.0.1")


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The same, listening for the whole network."""
    with workload.register_server() as registers_port:
        yield from _shop(tmp_path_factory.mktemp("open"), registers_port, "0.0.0.0")


def _shop(folder: Path, registers_port: int, host: str) -> Iterator[Daemon]:
    web_port = free_port()
    _past(folder)
    drivers = [workload.plc(registers_port, 1, 4, 0.2)]
    own = {
        "dashboard": {"host": host, "port": web_port},
        "journal": {"path": str(folder / "journal.db"), "samples_commit_s": 1},
    }
    config = workload.write(folder / "edge_config.yaml", drivers, 9, web_port, **PLANT, **own)
    with daemon(config, web_port) as running:
        until(running.ready, "readings flow")
        yield running


def _past(folder: Path) -> None:
    """Two minutes of an hour ago, as an earlier run has kept them."""
    file = HistoryFile(folder / "journal.db.history", 10**8)
    file.open()
    minutes = empty(60)
    minutes[10:12] = (60, 5.0, 4.0, 6.0, 5.5)
    hour_ago = int(time.time()) // 3600 - 1
    file.keep({(hour_ago, "unit_1.r0"): minutes, (hour_ago, "gone.power"): minutes}, Position(1, "0000", 1), 0)
    file.close()


@contextmanager
def browser(shop: Daemon) -> Iterator[httpx.Client]:
    """A browser on the gateway's own page."""
    base = f"http://127.0.0.1:{shop.port}"
    with httpx.Client(base_url=base, headers={"Origin": base}, timeout=60, verify=False) as client:
        client.headers["X-CSRF"] = client.get("/api/v1/session").json()["csrf"]
        yield client


def test_a_rule_is_explained_with_the_values_of_now(shop: Daemon) -> None:
    with browser(shop) as page:
        until(lambda: page.get("/api/v1/rules").json()["rules"][0]["active"], "the rule is active")
        told = page.get("/api/v1/rules/always").json()
        assert page.get("/api/v1/rules/never").status_code == 404
    assert (told["when"], told["until"], told["why"]["until"]) == ("unit_1.r0 >= 0", None, None)
    part = told["why"]["when"]["parts"][0]
    assert (part["text"], part["unit"]) == ("unit_1.r0", "1")
    assert part["value"] >= 0
    assert [one["text"] for one in told["why"]["when"]["decides"]] == ["unit_1.r0 >= 0"]


def test_points_tell_value_unit_quality_and_age(shop: Daemon) -> None:
    with browser(shop) as page:
        point = page.get("/api/v1/points").json()["points"][0]
    assert point["name"] == "unit_1.r0"
    assert isinstance(point["value"], float)
    assert (point["quality"], point["quality_name"], point["unit"]) == (0, "good", "1")
    assert point["ts"] > 1_700_000_000_000


def test_the_past_of_a_point_comes_in_minutes_or_hours_and_a_wrong_question_is_told(shop: Daemon) -> None:
    with browser(shop) as page:

        def past(**asked: Any) -> httpx.Response:
            return page.get("/api/v1/history", params=asked)

        until(lambda: past(point="unit_1.r0").status_code == 200, "the history is open")
        day = past(point="unit_1.r0").json()
        assert (day["point"], day["step_s"]) == ("unit_1.r0", 60)
        assert [row[1:] for row in day["rows"][:2]] == [[60, 5, 4, 6, 5.5]] * 2
        week = past(**{"point": "gone.power", "from": day["to"] - 7 * 86_400_000, "to": day["to"]}).json()
        assert (week["step_s"], [row[1] for row in week["rows"]]) == (3600, [120])
        assert past(point="unit_1.r1").json()["rows"] == []
        assert past(point="no.thing").status_code == 404
        assert past().status_code == 422
        assert past(point="unit_1.r0", to=-1).status_code == 422
        answer = past(**{"point": "unit_1.r0", "from": 2000, "to": 1000})
        assert (answer.status_code, "before" in answer.json()["detail"]) == (422, True)


def test_a_diagnostic_bundle_is_made_beside_the_daemon_and_audited(shop: Daemon) -> None:
    with browser(shop) as page:
        made = page.post("/api/v1/components/bundle")
        assert (made.status_code, made.headers["content-type"]) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(made.content)) as file:
            components, log = json.loads(file.read("components.json")), file.read("log.txt").decode()
        assert {one["kind"] for one in components} >= {"driver", "clock"}
        assert "gongbang" in log, "the last lines of this daemon"
        audit = page.get("/api/v1/events", params={"kind": "audit"}).json()["events"]
        assert audit[0]["path"] == "/api/v1/components/bundle"
        assert page.get("/api/v1/points").is_success


def test_figures_are_told_with_what_they_are_made_of_and_wrong_questions_with_why(shop: Daemon) -> None:
    with browser(shop) as page:

        def figures(kind: str, **asked: Any) -> httpx.Response:
            return page.get(f"/api/v1/figures/{kind}", params=asked)

        until(lambda: figures("energy", point="unit_1.r0").status_code == 404, "the history is open")
        (wheel,) = figures("oee").json()["machines"]
        assert (wheel["machine"], wheel["oee"]["oee"], wheel["oee"]["effectiveness"]) == ("wheel", None, None)
        now = figures("oee", machine="wheel").json()["to"]
        recent = figures("oee", **{"from": int(now) - 1000, "to": int(now) + 60_000}).json()
        assert recent["machines"][0]["seconds"].keys() == {"unknown", "off", "idle", "setup", "run", "alarm"}
        assert recent["to"] < now + 30_000, "nothing is known of the future"
        assert figures("oee", machine="whel").status_code == 404
        lost = figures("pareto", machine="wheel").json()
        assert (lost["machine"], lost["defects"], lost["labels"]["reasons"]) == ("wheel", [], {})
        assert figures("pareto", machine="whel").status_code == 404
        assert figures("charts").json() == {"charts": []}, "no watch charts anything here"
        assert figures("energy").status_code == 422
        assert figures("energy", machine="wheel").status_code == 404
        assert figures("oee", **{"from": 2000, "to": 1000}).status_code == 422
        assert figures("oee", **{"from": 0, "to": int(now)}).status_code == 422


def test_a_machine_tells_its_state_and_what_it_reads(shop: Daemon) -> None:
    with browser(shop) as page:
        (machine,) = page.get("/api/v1/machines").json()["machines"]
    assert (machine["name"], machine["state"], machine["values"]) == ("wheel", "run", ["unit_1.r0"])


def test_every_component_tells_its_state_and_counters(shop: Daemon) -> None:
    with browser(shop) as page:
        parts = {part["name"]: part for part in page.get("/api/v1/components").json()["components"]}
    assert parts["plc"]["state"] == "up"
    assert parts["plc"]["received"] > 0
    assert parts["journal"]["state"] == "up"
    assert parts["broker"]["state"] in ("down", "waiting")
    assert parts["broker"]["state"] != "down" or parts["broker"]["advice"]["ko"]


def test_an_alarm_is_acknowledged_once_and_the_event_is_kept(shop: Daemon) -> None:
    with browser(shop) as page:
        until(lambda: page.get("/api/v1/alarms").json()["alarms"], "the alarm is on")
        assert page.post("/api/v1/alarms/always/acknowledge").status_code == 200
        (alarm,) = page.get("/api/v1/alarms").json()["alarms"]
        assert alarm["acknowledged_by"] == "installer"
        assert page.post("/api/v1/alarms/never/acknowledge").status_code == 404
        events = page.get("/api/v1/events", params={"kind": "alarm"}).json()["events"]
    assert [event["action"] for event in events if event["action"] != "shelve"] == ["acknowledge", "raise"]


def test_an_alarm_is_shelved_and_its_past_is_told(shop: Daemon) -> None:
    with browser(shop) as page:
        until(lambda: page.get("/api/v1/alarms").json()["alarms"], "the alarm is on")
        assert page.post("/api/v1/alarms/always/shelve", json={"minutes": 30}).status_code == 200
        told = page.get("/api/v1/alarms").json()
        assert told["quiet"][0]["shelved_until_ts"] == told["alarms"][0]["shelved_until_ts"]
        assert 29 < (told["quiet"][0]["shelved_until_ts"] / 1e3 - time.time()) / 60 <= 30
        assert page.post("/api/v1/alarms/never/shelve", json={"minutes": 1}).status_code == 404
        assert page.post("/api/v1/alarms/always/shelve", json={"minutes": -1}).status_code == 422
        past = page.get("/api/v1/alarms/history").json()
        (episode,) = past["alarms"]
        assert (episode["rule"], episode["cleared_ts"], past["complete"]) == ("always", None, True)
        assert past["rules"] == [{"rule": "always", "raised": 1, "on_s": 0, "most_in_10_min": 1}]
        other = page.get("/api/v1/alarms/history", params={"rule": "never"}).json()
        assert (other["alarms"], other["rules"]) == ([], [])
        assert page.get("/api/v1/alarms/history", params={"from": 2, "to": 1}).status_code == 422
        assert page.post("/api/v1/alarms/always/shelve", json={"minutes": 0}).status_code == 200
        until(lambda: not page.get("/api/v1/alarms").json()["quiet"], "the shelving is over")


def test_run_hours_begin_anew_when_an_operator_says_so(shop: Daemon) -> None:
    with browser(shop) as page:
        assert page.post("/api/v1/signals/ran/reset").status_code == 200
        (event,) = page.get("/api/v1/events", params={"kind": "reset"}).json()["events"]
        assert (event["signal"], event["unit"], event["by"]) == ("ran", "h", "installer")
        assert page.post("/api/v1/signals/rann/reset").status_code == 404


def test_older_events_follow_the_one_that_is_named(shop: Daemon) -> None:
    with browser(shop) as page:
        newest, *older = page.get("/api/v1/events", params={"limit": 5}).json()["events"]
        again = page.get("/api/v1/events", params={"limit": 4, "before": newest["id"]}).json()["events"]
        assert [event["id"] for event in again] == [event["id"] for event in older]
        for nonsense in ("nonsense", f"gw:e:1-0000:{10**30}", "gw:e:x-0000:1"):
            assert page.get("/api/v1/events", params={"before": nonsense}).status_code == 422


@pytest.mark.slow
def test_a_rule_is_tried_on_what_is_kept_before_it_is_live(shop: Daemon) -> None:
    rule = {"name": "new", "when": "unit_1.r0 >= 0 for 1s", "message": {"ko": "새", "en": "New"}, "value": "unit_1.r0"}

    def tried(**more: Any) -> httpx.Response:
        return page.post("/api/v1/rules/try", json={"rule": rule | more}, timeout=60)

    with browser(shop) as page:
        until(lambda: time.sleep(0.2) or tried().json()["rows"] > 10, "samples are kept")  # a trial is work
        found = tried().json()
        assert (found["raised"], len(found["times"]), found["times"][0]["until_ts"]) == (1, 1, None)
        assert found["text"]["en"].endswith("this would have raised once.")
        assert found["to"] - found["from"] >= found["active_s"] * 1e3 > 0
        with ThreadPoolExecutor(2) as both:
            answers = sorted(one.result().status_code for one in [both.submit(tried) for _ in range(2)])
        assert answers == [200, 409], "one trial at a time"
        assert tried(when="unit_1.r9 > 0").json()["detail"][0].startswith("rules.new.when: ")
        assert tried(wenn="x").json()["detail"] == ["wenn: Extra inputs are not permitted"]
        assert tried(when="unit_1.r0 < 0").json()["raised"] == 0
        assert tried(when="device.r0 >= 0", for_each={"point": "r0"}).json()["raised"] >= 1
        assert tried(when="device.r0 >= 0", for_each={"point": "none"}).json()["detail"] == [
            "rules.new.for_each: no device or machine fits it"
        ]


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
def test_a_change_from_another_site_is_refused(shop: Daemon, origin: str | None) -> None:
    with browser(shop) as page:
        del page.headers["Origin"]
        headers = {"Origin": origin} if origin else {}
        assert page.post("/api/v1/alarms/always/acknowledge", headers=headers).status_code == 403


def test_a_change_without_the_sessions_token_is_refused(shop: Daemon) -> None:
    with browser(shop) as page:
        assert page.post("/api/v1/alarms/always/acknowledge", headers={"X-CSRF": "guess"}).status_code == 403


def test_on_loopback_another_host_name_is_refused(shop: Daemon) -> None:
    with browser(shop) as page:
        assert page.get("/api/v1/points", headers={"Host": "evil.example"}).status_code == 421


def test_the_stream_begins_with_a_snapshot_and_goes_on_with_changes(shop: Daemon) -> None:
    seen: list[str] = []
    with urllib.request.urlopen(f"http://127.0.0.1:{shop.port}/api/v1/stream", timeout=60) as stream:
        while "change" not in seen or "heartbeat" not in seen:
            event, data = stream.readline().decode().strip(), stream.readline().decode().strip()
            stream.readline()
            seen.append(event.removeprefix("event: "))
            body = json.loads(data.removeprefix("data: "))
            if seen[-1] == "snapshot":
                assert {"points", "machines", "alarms", "scans", "components", "build"} <= body.keys()
    assert seen[0] == "snapshot"


def test_a_crowd_of_connections_leaves_the_descriptors_to_the_drivers(shop: Daemon) -> None:
    before = shop.descriptors
    with ExitStack() as crowd:
        for _ in range(MOST_CONNECTIONS + 100):
            crowd.enter_context(socket.create_connection(("127.0.0.1", shop.port)))
        until(lambda: "no more are taken" in shop.log(), "the limit is told")
        until(lambda: shop.descriptors <= before + MOST_CONNECTIONS + 5, "those too many are closed")
        until(shop.ready, "those that ask nothing were closed, and one that asks is answered")


def test_a_clock_that_is_trusted_is_not_set_by_a_browser(shop: Daemon) -> None:
    with browser(shop) as page:
        answer = page.post("/api/v1/clock", json={"ts": round(time.time() * 1000)})
        assert (answer.status_code, "right already" in answer.json()["detail"]) == (409, True)
        assert page.post("/api/v1/clock", json={"ts": -1}).status_code == 422


def test_metrics_tell_every_component(shop: Daemon) -> None:
    with browser(shop) as page:
        text = page.get("/metrics").text
    assert re.search(r'gongbang_received_total\{component="plc",kind="driver"\} \d+', text)
    assert re.search(r'gongbang_rows_total\{component="plc",reason="",stream="rows",what="whole"\} \d+', text)
    assert re.search(r'gongbang_rows_now\{component="journal",reason="",stream="e",what="kept"\} \d+', text)


def test_the_ledger_of_losses_closes_for_every_component_that_keeps_one(shop: Daemon) -> None:
    with browser(shop) as page:

        def details() -> dict[str, Any]:
            return {part["name"]: part["detail"] for part in page.get("/api/v1/components").json()["components"]}

        until(
            lambda: len(details()["broker"].get("ledger", ())) == 2, "the broker, which was never there, has its place"
        )
        parts = details()
    kept = {name: [one["stream"] for one in detail.get("ledger", ())] for name, detail in parts.items()}
    inner = {"engine": ["e"], "journal": ["rows", "e", "s"], "configuration": [], "curves": [], "clock": [], "web": []}
    assert kept == inner | {"plc": ["rows"], "broker": ["e", "s"]}
    for detail in parts.values():
        assert all(one["closes"] for one in detail.get("ledger", ())), detail
        assert detail.get("lost", 0) == 0


def test_the_api_page_and_its_document_list_every_route(shop: Daemon) -> None:
    with browser(shop) as page:
        paths = page.get("/api/openapi.json").json()["paths"]
        html = page.get("/api/docs").text
    assert {"/api/v1/points", "/api/v1/stream", "/api/v1/alarms/{rule}/acknowledge"} <= paths.keys()
    assert all(path in html for path in paths)
    assert "<script" not in html


def test_a_wrong_configuration_is_told_and_the_old_one_goes_on(shop: Daemon) -> None:
    good = shop.config.read_text("utf-8")
    shop.config.write_text(good.replace("unit_1.r0 >= 0", "unit_1.r99 >= 0", 1), "utf-8")
    try:
        with browser(shop) as page:
            answer = page.post("/api/v1/reload")
            assert answer.status_code == 422
            assert "unit_1.r99" in answer.json()["detail"][0]
            assert shop.ready()
    finally:
        shop.config.write_text(good, "utf-8")


def test_on_the_network_nobody_sees_anything_before_set_up(open_shop: Daemon) -> None:
    with browser(open_shop) as page:
        assert page.get("/api/v1/session").json()["setup"] is True
        for path in (
            "points",
            "machines",
            "alarms",
            "events",
            "components",
            "stream",
            "work/scans",
            "history?point=x.y",
            "history/samples?point=x.y&from=1&to=2",
            "history/states?from=1&to=2",
            "stations",
            "figures/oee",
            "figures/periods",
            "figures/pareto",
            "figures/charts",
            "figures/energy?point=x.y",
        ):
            assert page.get(f"/api/v1/{path}").status_code == 401
        assert page.post("/api/v1/setup", json={"code": "00000000", "password": "long enough"}).status_code == 403


def test_the_printed_code_makes_an_owner_and_then_is_used_up(open_shop: Daemon) -> None:
    found = re.search(r"set-up code: (\d{8})", open_shop.log())
    assert found
    form = {"code": found[1], "password": "나무 책상 일곱"}
    with browser(open_shop) as page:
        assert page.post("/api/v1/setup", json=form).json()["role"] == "installer"
        assert page.get("/api/v1/points").status_code == 200
        assert page.post("/api/v1/setup", json=form).status_code == 403
    with browser(open_shop) as stranger:
        assert stranger.get("/api/v1/session").json()["role"] == "viewer"
        assert stranger.post("/api/v1/alarms/always/acknowledge").status_code == 401
        assert stranger.post("/api/v1/clock", json={"ts": 1}).status_code == 401
        wrong = {"user": "owner", "password": "wrong"}
        assert stranger.post("/api/v1/login", json=wrong).status_code == 403
        right = {"user": "owner", "password": form["password"]}
        assert stranger.post("/api/v1/login", json=right).json()["role"] == "installer"
