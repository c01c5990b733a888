"""What the fixture server tells of work has the keys that a real daemon tells: else its tests would prove nothing."""

import json
from typing import Any
from urllib.request import urlopen

import httpx
import workload
from rig import daemon, free_port, until

from tests.dashboard.conftest import Server
from tests.web.test_api import browser
from tests.web.test_floor import JOB, MORE, WEIGH

DATA = {"scraps", "defects", "counts", "kinds", "values", "before"}  # whose keys are data
OPTIONAL = {"note", "since", "left", "until", "sam_s", "name", "colour", "size", "due", "bundle_of", "after", "en"}
PATHS = ["orders", "bundles", "jobs", "tools", "equipment", "incidents", "weighing", "people", "masters"]
PATHS += [f"masters/{kind}/table" for kind in ("workers", "operations", "rates", "orders")]
ROWS: list[tuple[str, list[dict[str, Any]]]] = [
    ("styles", [{"style": "A101", "name": "셔츠"}]),
    ("rates", [{"style": "*", "operation": "TURN", "won": "1200", "from": "2026-12-01"}]),
    ("orders", [{"order": "2026-11-03", "style": "A101", "quantity": 40, "due": "2026-12-05", "bundle_of": 20}]),
]


def test_the_fixture_tells_what_the_daemon_tells(tmp_path: Any, built: Any) -> None:
    web_port, fixture = free_port(), Server("server.mjs", "--still", "--role", "owner")
    with workload.register_server() as registers_port:
        drivers = [workload.plc(registers_port, 1, 4, 0.2)]
        config = workload.write(tmp_path / "edge_config.yaml", drivers, 9, web_port, **MORE)
        with daemon(config, web_port) as running:
            until(running.ready, "readings flow")
            try:
                with browser(running) as page:
                    serial = _work(page)
                    for path in [*PATHS, f"bundles/{serial}", f"bundles/{serial}/machines"]:
                        same = path.replace(serial, "0231")
                        with urlopen(f"{fixture.url}api/v1/work/{same}") as answer:
                            told = json.load(answer)
                        _compare(path, told, page.get(f"/api/v1/work/{path}").json())
                    plan = page.post("/api/v1/work/import", content="공정코드,공정\nMILL,밀링\nA-1,x\n".encode()).json()
                    session = page.get("/api/v1/session").json()
            finally:
                fixture.close()
    assert set(plan) == {"plan", "counts", "bundles", "changes", "problems", "skipped", "untold"}
    assert set(plan["problems"][0]) == {"sheet", "cell", "found", "text"}
    assert "work" in session["screens"]


def _work(page: httpx.Client) -> str:
    """Let something happen of each kind; returns a bundle."""

    def post(path: str, **form: Any) -> Any:
        answer = page.post(f"/api/v1/work/{path}", json=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    for kind, rows in ROWS:
        post(f"masters/{kind}", rows=rows)
    for form in ({"action": "setup"}, {"action": "start"}, {"action": "output", "quantity": 9, "scrap": 1}):
        post("jobs", **JOB | form)
    post("weighing", **WEIGH, action="issue", grams="10")
    for action in ("start", "end"):
        post("equipment", equipment="laser_1", worker="7", action=action)
    post("incidents", what="nearmiss", where="lathe")
    post("consents", badge=7, purpose="work_figures", granted=True)
    serial: str = page.get("/api/v1/work/bundles").json()["bundles"][0]["bundle"]
    post(f"bundles/{serial}/short", quantity=19, reason="모자라요")
    return serial


def _compare(where: str, told: Any, real: Any) -> None:
    """Compare the keys of two answers as deep as both have something."""
    if isinstance(told, list) and isinstance(real, list):
        if told and real:
            _compare(f"{where}[]", told[0], real[0])
    elif isinstance(told, dict) and isinstance(real, dict):
        if where.rpartition(".")[2] in DATA or where.endswith(("entries[]", "rows[]")):
            return
        assert set(told) - OPTIONAL == set(real) - OPTIONAL, where
        for key in told.keys() & real.keys():
            _compare(f"{where}.{key}", told[key], real[key])
