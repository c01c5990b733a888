"""Pay and figures over the API of a real daemon: a period is closed once, and what concerns a worker is the owner's."""

import asyncio
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import workload
from rig import Daemon, daemon, free_port, until

from gateway.desk import record
from gateway.journal.journal import Journal
from gateway.reports.evidence.verify import verify
from gateway.web.table import ROUTES
from gateway.work.opening import open_ledger
from tests.web.shapes import OFFICE, missing
from tests.web.test_api import browser

SEOUL = ZoneInfo("Asia/Seoul")
FIRST = datetime.now(SEOUL).date() - timedelta(60)
LAST = FIRST + timedelta(29)
WORK: dict[str, Any] = {
    "operations": [
        {"code": "CUT", "label": {"ko": "재단", "en": "cutting"}, "sam_s": 30},
        {"code": "SEW", "label": {"ko": "봉제", "en": "sewing"}, "sam_s": 60, "after": ["CUT"]},
    ],
    "minimum_wage": [{"since": "2020-01-01", "won_per_h": 10_000}],
}
DATES = {"from": FIRST.isoformat(), "to": LAST.isoformat()}


@dataclass
class Past:
    """A clock that is set by hand."""

    now_ns: int = 0
    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns


def at(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=SEOUL).timestamp()) * 10**9


async def _write(path: Path) -> None:
    """Two days of work: a worker cuts 20 and 30, another sews 20, one of them wrong."""
    clock = Past(at(FIRST, 9))
    async with await Journal.open(path, "bench", clock) as journal:
        await open_ledger(journal)

        async def enter(day: date, hour: int, *entries: dict[str, Any]) -> None:
            clock.now_ns = at(day, hour)
            await journal.transact(lambda tx: record(tx, clock.now_ns, "api", "owner", entries))

        def done(bundle: str, operation: str, quantity: int, worker: str) -> dict[str, Any]:
            place = {"worker": worker, "station": "desk", "style": "S1", "order": "O1"}
            return {"do": "done", "bundle": bundle, "operation": operation, "quantity": quantity, **place}

        rates = [{"do": "rate", "operation": code, "won": won, "from": "2020-01-01"} for code, won in (("CUT", "50"),)]
        lines = [{"size": "M", "colour": "red", "quantity": 100}]
        rates.append({"do": "order", "order": "O1", "style": "S1", "lines": lines})
        await enter(FIRST, 9, *rates, {"do": "badge", "station": "desk", "worker": "7"})
        await enter(FIRST, 10, done("1", "CUT", 20, "7"))
        await enter(FIRST, 12, {"do": "leave", "station": "desk"})
        wrong = {"do": "defect", "bundle": "1", "operation": "SEW", "code": "SKIP", "quantity": 1, "worker": "8"}
        await enter(FIRST + timedelta(1), 10, done("2", "CUT", 30, "7"), done("1", "SEW", 20, "8"), wrong)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("shop")
    asyncio.run(_write(folder / "journal.db"))
    web_port = free_port()
    with workload.register_server() as registers_port:
        drivers = [workload.plc(registers_port, 1, 4, 0.2)]
        config = workload.write(folder / "edge_config.yaml", drivers, 9, web_port, work=WORK)
        with daemon(config, web_port) as running:
            until(running.ready, "readings flow")
            yield running


def test_pay_shows_what_has_no_rate_and_hours_below_the_minimum_wage(shop: Daemon) -> None:
    with browser(shop) as page:
        told = page.get("/api/v1/work/pay", params=DATES).json()
    unrated = [{"operation": "SEW", "style": "S1", "pieces": 20}]
    assert (told["state"], told["won"], told["unrated"], told["differs"]) == ("open", 2500, unrated, [])
    seven = told["workers"][0]
    assert (seven["worker"], seven["minimum"]["hours"], seven["minimum"]["shortfall_won"]) == ("7", 3.0, 27_500)


def test_a_worker_is_paid_day_by_day_what_the_slip_says(shop: Daemon) -> None:
    with browser(shop) as page:
        whole = page.get("/api/v1/work/pay", params=DATES).json()
        told = page.get("/api/v1/work/pay/days", params=DATES | {"worker": "0007"}).json()
        slip = page.get("/api/v1/work/reports/pay", params=DATES | {"worker": "7", "format": "csv", "language": "en"})
    assert [(one["day"], one["pieces"], one["amount"]) for one in told["days"]] == [
        (FIRST.isoformat(), 20, "1000"),
        ((FIRST + timedelta(1)).isoformat(), 30, "1500"),
    ]
    assert whole["workers"][0]["amount"] == "2500"
    assert whole["operations"]["CUT"] == {"ko": "재단", "en": "cutting"}
    rows = slip.content.decode("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["7"], "nobody else's pay is on it"
    assert f"pay-{FIRST}-{LAST}-7.csv" in slip.headers["content-disposition"]


def test_the_screens_are_shown_what_this_api_answers(shop: Daemon) -> None:
    fixture = dict(OFFICE)
    fixture["work/figures/workers"] = fixture["work/figures"] | {
        "workers": fixture["workers"],
        "names": fixture["work/pay"]["names"],
    }
    paths = ("work/pay", "work/pay/days", "work/figures", "work/figures/workers", "work/contradictions")
    with browser(shop) as page:
        for path in paths:
            query = DATES | ({"worker": "7"} if path.endswith("days") else {})
            assert missing(page.get(f"/api/v1/{path}", params=query).json(), fixture[path], path) == []


def test_a_period_is_closed_once_and_the_next_follows_it(shop: Daemon) -> None:
    day, rest = {"from": DATES["from"], "to": DATES["from"]}, DATES | {"from": (FIRST + timedelta(1)).isoformat()}
    with browser(shop) as page:
        closed = page.post("/api/v1/work/pay/close", json=day).json()
        assert (closed["number"], closed["lines"], closed["sums"]["won"]) == (1, 1, 1000)
        told = page.get("/api/v1/work/pay", params=day).json()
        assert (told["state"], told["hash"], told["won"]) == ("closed", closed["hash"], 1000)
        again, overlaps, unrated = (page.post("/api/v1/work/pay/close", json=dates) for dates in (day, DATES, rest))
        periods = page.get("/api/v1/work/pay/periods").json()
    assert missing(periods, OFFICE["work/pay/periods"]) == []
    assert [one.status_code for one in (again, overlaps, unrated)] == [409, 409, 409]
    assert "is closed already" in again.json()["detail"]["en"]
    assert "is closed already" in overlaps.json()["detail"]["en"]
    assert "SEW/S1" in unrated.json()["detail"]["en"]
    assert (periods["next_from"], [one["won"] for one in periods["periods"]]) == (rest["from"], [1000])


def test_figures_of_the_days_are_anybodys_and_those_of_workers_the_owners(shop: Daemon) -> None:
    with browser(shop) as page:
        told = page.get("/api/v1/work/figures", params=DATES).json()
        workers = page.get("/api/v1/work/figures/workers", params=DATES).json()["workers"]
    assert (told["output"], told["quality"]["dhu"]["value"]) == (20, 5.0)
    assert {one["operation"]: one["done"] for one in told["operations"]} == {"CUT": 50, "SEW": 20}
    assert told["wip"]["operations"] == [{"operation": "SEW", "waiting": 30}]
    assert told["efficiency"]["numerator"] == 50 * 30 + 20 * 60
    assert "workers" not in told
    order = next(one for one in told["orders"] if one["order"])
    ratio = {"value": 0.2, "numerator": 20, "denominator": 100, "coverage": None}
    assert order["progress"] == {"made": 20, "target": 100, "ratio": ratio, "left": 80}
    assert [(one["worker"], one["done"]) for one in workers] == [("7", 50), ("8", 20), (None, 0)]
    roles = {route.path: route.role for route in ROUTES if route.path.startswith("/work/")}
    assert (roles["/work/figures"], roles["/work/figures/workers"]) == ("viewer", "owner")
    assert {role for path, role in roles.items() if path.startswith("/work/pay")} == {"owner"}


def test_a_wrong_question_is_told(shop: Daemon) -> None:
    asked = [
        ({"from": DATES["to"], "to": DATES["from"]}, 422, "must not be after"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, 422, "At most 100 days"),
        ({"from": "yesterday", "to": "2026-01-01"}, 422, "from"),
        ({"from": DATES["from"], "to": DATES["from"], "shift": "night"}, 404, "The shifts: day"),
        (DATES | {"shift": "day"}, 422, "A shift is of one day"),
    ]
    with browser(shop) as page:
        for query, status, why in asked:
            answer = page.get("/api/v1/work/figures", params=query)
            assert (answer.status_code, why in str(answer.json()["detail"])) == (status, True), query


def test_a_shift_is_cut_out_of_its_day(shop: Daemon) -> None:
    with browser(shop) as page:
        query = {"from": DATES["from"], "to": DATES["from"], "shift": "day"}
        told = page.get("/api/v1/work/figures", params=query).json()
    assert (told["to"] - told["from"], told["operations"][0]["done"]) == (9 * 3_600_000, 20)


def test_reports_come_as_files(shop: Daemon) -> None:
    query = {"from": DATES["from"], "to": DATES["from"]}
    with browser(shop) as page:
        slips = page.get("/api/v1/work/reports/pay", params=query)
        rows = page.get("/api/v1/work/reports/day", params={**query, "format": "csv", "language": "en"})
        missing = page.get("/api/v1/work/reports/day", params={**query, "shift": "night"})
        alike = page.get("/api/v1/work/contradictions", params=query).json()
    assert (slips.headers["content-type"], slips.content[:5]) == ("application/pdf", b"%PDF-")
    assert slips.headers["content-disposition"] == f'attachment; filename="pay-{FIRST}-{FIRST}.pdf"'
    assert rows.content.decode("utf-8-sig").splitlines()[1].startswith("cutting (CUT),20,0")
    assert missing.status_code == 404
    assert (alike["compared"], alike["contradictions"]) == (0, [])
    roles = {route.path.rpartition("/")[2]: route.role for route in ROUTES if route.path.startswith("/work/reports/")}
    private = {"pay", "workers", "evidence", "look", "loss"}
    assert {name for name, role in roles.items() if role == "owner"} == private
    assert {role for name, role in roles.items() if name not in private} == {"viewer"}


@pytest.mark.slow
def test_a_baseline_told_by_hand_is_in_the_pack_of_evidence(shop: Daemon, tmp_path: Path) -> None:
    figures = {"output_per_h": 4.5, "dhu": "12.0"}
    before = {"from": "2020-01-01", "to": "2020-01-28", "figures": figures, "source": "작업일지 4주"}
    with browser(shop) as page:
        overlaps = page.get("/api/v1/work/reports/evidence", params=DATES)
        wrong = page.post("/api/v1/work/baseline", json=before | {"figures": {"speed": 1}})
        kept = page.post("/api/v1/work/baseline", json=before)
        look = page.get("/api/v1/work/reports/evidence/look", params=DATES).json()
        pack = page.get("/api/v1/work/reports/evidence", params=DATES)
    assert missing(look, OFFICE["work/reports/evidence/look"]) == []
    assert look["baseline"]["figures"]["dhu"]["value"] == 12.0
    assert look["now"]["figures"].keys() == look["change"].keys() == look["measures"].keys()
    assert (overlaps.status_code, wrong.status_code, kept.status_code, pack.status_code) == (409, 422, 200, 200)
    assert "overlaps the present" in overlaps.text
    file = tmp_path / "pack.zip"
    file.write_bytes(pack.content)
    assert verify(file) == []
    with zipfile.ZipFile(file) as opened:
        told = json.loads(opened.read("figures.json"))
    assert (told["baseline"]["by_hand"], told["baseline"]["figures"]["dhu"]["value"]) == (True, 12.0)
    assert told["now"]["figures"]["manual_share"]["value"] == 1.0, "all of it came from the API"
