"""The shop floor over the API of a real daemon: jobs, metal loss, equipment, downtime, safety."""

import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import workload
from rig import Daemon, daemon, free_port, until

from tests.web.test_api import browser

WORK: dict[str, Any] = {
    "workers": [{"badge": "7", "name": "민서"}, {"badge": "8", "name": "하늘"}],
    "operations": [
        {"code": "TURN", "label": {"ko": "선삭", "en": "turning"}},
        {"code": "POLISH", "label": {"ko": "광", "en": "polishing"}, "loss_percent": 1.5},
    ],
    "metals": [{"code": "AU18K", "label": {"ko": "18K", "en": "18 karat"}, "fineness_permille": 750}],
    "reasons": [{"code": "TOOL", "label": {"ko": "공구", "en": "Tool"}}],
    "tools": [{"name": "insert_1", "machine": "lathe_1", "life_pieces": 400, "life_min": 240}],
    "equipment": [{"name": "laser_1", "machine": "lathe_1"}],
}
MORE: dict[str, Any] = {
    "workshop": {"id": "bench", "name": "bench", "day_start": "00:00", "day_end": "00:00"},  # tests run at any hour
    "stations": [{"name": "lathe"}],
    "machines": [{"name": "lathe_1", "station": "lathe", "states": [{"state": "idle", "when": "unit_1.r0 >= 0"}]}],
    "rules": [
        {
            "name": "guard_open",
            "when": "unit_1.r0 >= 0",
            "machine": "lathe_1",
            "severity": "critical",
            "incident": "guard",
            "message": {"ko": "덮개", "en": "Guard"},
        }
    ],
    "work": WORK,
}
JOB = {"order": "2611A", "operation": "TURN", "station": "lathe", "worker": "7"}
WEIGH = {"lot": "AU18K0231", "operation": "POLISH", "worker": "7"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder, web_port = tmp_path_factory.mktemp("shop"), free_port()
    with workload.register_server() as registers_port:
        driver = workload.plc(registers_port, 1, 4, 0.2)
        energy = {"name": "energy", "table": "holding", "address": 1, "type": "u16", "unit": "kWh"}
        driver["devices"][0]["points"].append(energy)
        machines = [MORE["machines"][0] | {"energy": "unit_1.energy"}]
        config = workload.write(folder / "edge_config.yaml", [driver], 9, web_port, **MORE | {"machines": machines})
        with daemon(config, web_port) as running:
            until(running.ready, "readings flow")
            yield running


def test_a_job_is_told_and_shown_and_its_pieces_are_paid(shop: Daemon) -> None:
    with browser(shop) as page:
        for form in ({"action": "setup"}, {"action": "start"}, {"action": "output", "quantity": 28, "scrap": 2}):
            assert page.post("/api/v1/work/jobs", json=JOB | form).status_code == 200
        again = page.post("/api/v1/work/jobs", json=JOB | {"action": "start"})
        assert page.post("/api/v1/work/jobs", json=JOB | {"action": "stop"}).status_code == 200
        wrong = page.post("/api/v1/work/jobs", json=JOB | {"action": "stop"})
        unknown = page.post("/api/v1/work/jobs", json=JOB | {"action": "start", "operation": "TRUN"})
        (job,) = page.get("/api/v1/work/jobs").json()["jobs"]
        (tool,) = page.get("/api/v1/work/tools").json()["tools"]
        summary = page.get("/api/v1/work/summary").json()
    assert (job["quantity"], job["scrap"], job["workers"]) == (28, 2, ["7"])
    assert [one.status_code for one in (again, wrong, unknown)] == [409] * 3
    assert "the nearest is TURN" in unknown.json()["detail"]["en"]
    assert (tool["tool"], tool["pieces"], tool["run_min"], tool["worn"]) == ("insert_1", None, None, False)
    assert summary["pieces"] == 28


def test_the_life_of_a_tool_begins_anew_when_it_is_changed(shop: Daemon) -> None:
    with browser(shop) as page:
        assert page.post("/api/v1/work/tools", json={"tool": "insert_1", "worker": "7"}).is_success
        assert page.post("/api/v1/work/tools", json={"tool": "insert_2", "worker": "7"}).status_code == 409
        (tool,) = page.get("/api/v1/work/tools").json()["tools"]
    assert tool["changed"] is not None
    assert (tool["run_min"], tool["worn"]) == (0.0, False)


def test_metal_loss_is_exact_and_flagged(shop: Daemon) -> None:
    with browser(shop) as page:
        for action, grams in (("issue", "10.000"), ("return", "9.80"), ("recover", "0.01")):
            assert page.post("/api/v1/work/weighing", json=WEIGH | {"action": action, "grams": grams}).is_success
        light = WEIGH | {"action": "return", "grams": "0.1", "stones_ct": "1.0"}
        refused = page.post("/api/v1/work/weighing", json=light)
        told = page.get("/api/v1/work/weighing").json()
    assert refused.status_code == 409
    (one,) = told["balances"]
    assert (one["loss_g"], one["loss_percent"], one["loss_fine_g"], one["beyond"]) == ("0.19", "1.9", "0.1425", True)
    assert told["by_metal"] == [
        {"metal": "AU18K", "issued_g": "10", "loss_g": "0.19", "loss_don": "0.051", "loss_percent": "1.9"}
    ]


def test_equipment_is_used_by_one_at_a_time(shop: Daemon) -> None:
    use = {"equipment": "laser_1", "worker": "7"}
    with browser(shop) as page:
        told = [page.post("/api/v1/work/equipment", json=use | {"action": one}) for one in ("end", "start", "start")]
        now = page.get("/api/v1/work/equipment").json()["equipment"][0]
        assert page.post("/api/v1/work/equipment", json=use | {"action": "end"}).is_success
        after = page.get("/api/v1/work/equipment").json()
    assert [one.status_code for one in told] == [409, 200, 409]
    assert (now["in_use_by"], now["left_on"]) == ("7", False)
    (session,) = after["sessions"]
    assert (session["worker"], session["action"]) == ("7", "use")
    assert Decimal(session["kwh"]) >= 0, "by its meter at both ends, as for a scan"
    assert after["equipment"][0]["in_use_since"] is None


def test_reasons_explain_the_stops_of_a_machine(shop: Daemon) -> None:
    with browser(shop) as page:
        assert page.post("/api/v1/work/downtime", json={"code": "TOOL", "machine": "lathe_1"}).is_success
        wrong = [
            page.post("/api/v1/work/downtime", json=form).status_code
            for form in ({"code": "TOOK", "machine": "lathe_1"}, {"code": "TOOL"}, {"code": "TOOL", "machine": "lathe"})
        ]
        told = page.get("/api/v1/work/downtime").json()
    assert wrong == [409, 409, 409]
    assert [(one["code"], one["machine"]) for one in told["told"]] == [("TOOL", "lathe_1")]
    assert [one["machine"] for one in told["machines"]] == ["lathe_1"]


def test_the_safety_log_has_what_people_and_rules_tell(shop: Daemon) -> None:
    with browser(shop) as page:
        form = {"what": "nearmiss", "where": "lathe", "severity": "info", "note": "바닥이 미끄러웠어요"}
        assert page.post("/api/v1/work/incidents", json=form).is_success
        told = until(
            lambda: (found := page.get("/api/v1/work/incidents").json())["kinds"].get("guard") and found,
            "the rule's incident is there",
        )
        events = page.get("/api/v1/events", params={"kind": "incident"}).json()["events"]
    assert told["kinds"] == {"nearmiss": 1, "guard": 1}
    by_rule = next(one for one in told["incidents"] if one["rule"])
    assert (by_rule["where"], by_rule["severity"], by_rule["rule"]) == ("lathe_1", "critical", "guard_open")
    assert {one["what"] for one in events} == {"nearmiss", "guard"}


def test_a_day_that_is_none_is_told(shop: Daemon) -> None:
    with browser(shop) as page:
        for path in ("jobs", "weighing", "lots", "equipment", "downtime", "incidents"):
            assert page.get(f"/api/v1/work/{path}", params={"from": "yesterday"}).status_code == 422
            empty = page.get(f"/api/v1/work/{path}", params={"from": "2020-01-01", "to": "2020-01-31"})
            assert empty.is_success


FILES = {  # by what was told above: the headers, and a row of each file
    "setup": ("작업지시,공정,자리,기계,작업자", "2611A,선삭,lathe,,7 민서"),
    "loss": ("로트,공정,작업자,내줌(g)", "AU18K0231,광,7 민서"),
    "downtime": ("기계,까닭,멈춘 횟수", "lathe_1,공구"),
    "equipment": ("기계,작업자,무엇,시작,끝,시간(분)", "laser_1,8 하늘,사용"),
    "safety": ("때,무엇,어디,얼마나,비고,규칙,작업자", "안전덮개,lathe_1,위급,,guard_open"),
    "contradictions": ("날,기계,자리,스캔한 수량", ""),
}


def test_each_report_of_the_floor_is_a_file_with_names(shop: Daemon) -> None:
    with browser(shop) as page:
        for form in ({"action": "setup"}, {"action": "start"}, {"action": "output", "quantity": 1}, {"action": "stop"}):
            assert page.post("/api/v1/work/jobs", json=JOB | form).is_success
        assert page.post("/api/v1/work/weighing", json=WEIGH | {"action": "issue", "grams": "10"}).is_success
        assert page.post("/api/v1/work/downtime", json={"code": "TOOL", "machine": "lathe_1"}).is_success
        for action in ("start", "end"):
            use = {"equipment": "laser_1", "action": action, "worker": "8"}
            assert page.post("/api/v1/work/equipment", json=use).is_success
        told_s = page.get("/api/v1/work/incidents").json()["incidents"][0]["ts"] / 1000
        day = datetime.fromtimestamp(told_s, ZoneInfo("Asia/Seoul")).date().isoformat()
        asked = {"from": day, "to": day}
        for kind, (headers, row) in FILES.items():
            got = page.get(f"/api/v1/work/reports/{kind}", params=asked | {"format": "csv"})
            assert got.status_code == 200, got.text
            lines = got.content.decode("utf-8-sig").splitlines()
            assert lines[0].startswith(headers), kind
            assert any(row in line for line in lines[1:]) or not row, lines
        book = page.get("/api/v1/work/reports/equipment", params=asked | {"language": "en"})
    sessions, used = openpyxl.load_workbook(io.BytesIO(book.content), read_only=True).worksheets
    assert next(sessions.iter_rows(values_only=True))[:3] == ("Machine", "Worker", "What")
    assert [row[0] for row in used.iter_rows(values_only=True)] == ["Machine", "laser_1"]
