"""What was scanned against what the machine counted and did, from a journal."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.desk import record
from gateway.event import Event
from gateway.journal import figures
from gateway.journal.journal import Journal
from gateway.journal.reader import open_reader
from gateway.reports import causes, stays
from gateway.reports.contradictions import answer
from gateway.work.opening import open_ledger
from gateway.work.reading import ledger_of
from tests.pay.conftest import TERMS, ns

MACHINES = [{"name": "press_1", "station": "metal_1", "counts": True}]
DAY_NS = 86_400 * 10**9


class Day:
    """A clock that is told; UTC and mono are the same."""

    synced, boot_id, now_ns = True, "boot-1", 0

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns


def _done(quantity: int, bundle: str, what: str = "done", worker: str = "7") -> dict[str, Any]:
    more = {"code": "BURR"} if what == "defect" else {}
    place = {"operation": "PRESS", "worker": worker, "station": "metal_1"}
    return {"do": what, "bundle": bundle, "quantity": quantity, **place, **more}


def _event(kind: str, now_ns: int, **body: Any) -> Event:
    return Event(kind, "press_1", now_ns, {"machine": "press_1", **body})


async def _write(path: Path, happened: list[tuple[str, Any]]) -> None:
    clock = Day()
    clock.now_ns = ns("2026-11-02T00:00")
    async with await Journal.open(path, "gw_1", clock) as journal:
        await open_ledger(journal)
        await journal.append([Event("config", "gateway", clock.now_ns, {})])
        for time, what in [("2026-11-02T00:00", "off"), *happened, ("2026-11-03T02:00", "off")]:
            now_ns = clock.now_ns = ns(time)
            if isinstance(what, int):
                await journal.append([_event("count", now_ns, delta=what, total=what, reset=False, raw=what)])
            elif isinstance(what, Event):
                await journal.append([what])
            elif isinstance(what, str):
                await journal.append([_event("state", now_ns, state=what, before="unknown", after_s=1.0)])
            else:
                entries = [what]
                await journal.transact(lambda tx, at=now_ns, all=entries: record(tx, at, "api", "owner", all))


def told(path: Path, *happened: tuple[str, Any]) -> dict[str, Any]:
    asyncio.run(_write(path, list(happened)))
    span = (ns("2026-11-02T00:00"), ns("2026-11-03T00:00"))
    return answer({**TERMS.question(), "journal": str(path), "span": span, "machines": MACHINES})


RUNS, IDLES = ("2026-11-02T09:00", "run"), ("2026-11-02T12:00", "idle")


def test_thirty_scanned_and_twelve_counted_contradict_each_other(tmp_path: Path) -> None:
    found = told(tmp_path / "j.db", RUNS, ("2026-11-02T11:00", 12), ("2026-11-02T11:30", _done(30, "1")), IDLES)
    (line,) = found["contradictions"]
    assert (line["day"], line["scanned"], line["counted"], line["differs"]) == ("2026-11-02", 30, 12, True)
    assert line["scanned_while_still"] == 0


def test_nearly_the_same_numbers_do_not(tmp_path: Path) -> None:
    found = told(tmp_path / "j.db", RUNS, ("2026-11-02T11:00", 32), ("2026-11-02T11:30", _done(30, "1")), IDLES)
    assert (found["compared"], found["contradictions"]) == (1, [])


def test_what_was_scanned_long_after_the_machine_stopped_is_told(tmp_path: Path) -> None:
    scans = [("2026-11-02T12:30", _done(20, "1")), ("2026-11-02T15:00", _done(10, "2"))]
    found = told(tmp_path / "j.db", RUNS, ("2026-11-02T11:00", 30), IDLES, *scans)
    (line,) = found["contradictions"]
    assert (line["differs"], line["scanned_while_still"]) == (False, 10)
    assert line["still_at"] == [ns("2026-11-02T15:00") // 1_000_000]


def at(time: str) -> str:
    return f"2026-11-02T{time}"


def _badge(time: str, worker: str) -> tuple[str, Event]:
    body = {"entries": [{"do": "badge", "station": "metal_1", "worker": worker}]}
    return at(time), Event("scan", "scanner_1", ns(at(time)), body)


def _job(action: str, **more: int) -> dict[str, Any]:
    of = {"order": "2611A", "operation": "PRESS", "worker": "7", "station": "metal_1", "machine": "press_1"}
    return {"do": "job", "action": action, **of, **more}


IN = {"do": "begin", "bundle": "1", "operation": "PRESS", "worker": "7", "station": "metal_1"}
STAYS = [
    *((at("09:00"), "run"), (at("09:05"), IN), (at("09:30"), 12), (at("09:45"), "idle")),
    *((at("10:05"), _done(30, "1")), (at("10:10"), "run"), (at("11:00"), 20)),  # IN and OUT: 12 for 30
    *((at("11:05"), _done(10, "2")), (at("11:06"), _done(10, "3")), (at("11:10"), "idle")),  # since 10:05: 20 for 20
    *(_badge("11:30", "8"), (at("12:00"), _done(20, "4", worker="8"))),  # these four are on at the same time
    *((at("13:00"), _done(20, "5")), (at("13:30"), _done(20, "6", worker="8")), (at("15:00"), _done(20, "7"))),
    *((at("16:00"), _done(20, "8")), (at("16:10"), _job("start")), (at("16:10"), "run"), (at("16:50"), 52)),
    *((at("17:00"), _job("output", quantity=50)), (at("17:00"), _job("stop")), (at("17:00"), "idle")),  # 52 for 50
    (at("17:30"), _done(20, "9", worker="9")),  # nobody knows since when
]


def test_work_is_held_against_what_the_machine_did_while_it_was_there(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    found = told(path, *STAYS)
    assert (found["stays_compared"], found["stays_unclear"]) == (
        4,
        {"begin": 1, "machines": 0, "overlap": 4, "coverage": 0},
    )
    few, still = found["stays"]
    assert (few["bundles"], few["how"], few["scanned"], few["counted"], few["differs"]) == (
        ["1"],
        "in_out",
        30,
        12,
        True,
    )
    assert (few["from"], few["to"]) == tuple(ns(at(time)) // 1_000_000 for time in ("09:05", "10:05"))
    assert (few["run_s"], few["stopped_s"], few["coverage"], few["still"]) == (40 * 60, 20 * 60, 1, False)
    assert (still["bundles"], still["counted"], still["run_s"], still["still"]) == (["8"], 0, 0, True)
    of = {"journal": str(path), "machines": MACHINES, "gateway": "gw_1"}
    (pile,) = stays.answer(of | {"bundle": "3"})["stays"]
    assert (pile["bundles"], pile["scanned"], pile["counted"], pile["unclear"]) == (["2", "3"], 20, 20, None)
    assert (pile["how"], pile["run_s"], pile["stopped_s"]) == ("out", 56 * 60, 5 * 60)
    (both,) = stays.answer(of | {"bundle": "6"})["stays"]
    assert (both["unclear"], both["differs"]) == ("overlap", False)
    two = stays.answer(of | {"bundle": "1", "machines": [*MACHINES, MACHINES[0] | {"name": "press_2"}]})["stays"]
    assert [(one["unclear"], one["counted"]) for one in two] == [("machines", None)]


def test_defects_are_told_by_code_and_operation_of_their_time_alone(tmp_path: Path) -> None:
    path, hole = tmp_path / "j.db", _done(2, "1", "defect") | {"code": "HOLE", "station": "metal_2"}
    wrong = [("2026-11-02T11:31", _done(4, "1", "defect")), ("2026-11-02T11:32", hole)]
    told(path, ("2026-11-02T08:59", _done(9, "1", "defect")), *wrong, ("2026-11-02T12:00", _done(5, "1", "defect")))
    span = (ns("2026-11-02T09:00"), ns("2026-11-02T12:00"))
    with ledger_of(path) as reader:
        assert causes.defects(reader.db, span, None) == {"BURR": {"PRESS": 4}, "HOLE": {"PRESS": 2}}
        assert causes.defects(reader.db, span, "metal_2") == {"HOLE": {"PRESS": 2}}
        assert causes.defects(reader.db, (span[1] + DAY_NS, span[1] + 2 * DAY_NS), None) == {}


def test_defects_at_a_machines_station_make_the_quality_of_its_oee(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    wrong = [("2026-11-02T11:31", _done(4, "1", "defect")), ("2026-11-02T11:32", _done(3, "1", "repair"))]
    told(path, RUNS, ("2026-11-02T11:00", 40), *wrong, IDLES)
    span = (ns("2026-11-02T09:00"), ns("2026-11-02T12:00"))
    machine = {"name": "press_1", "ideal_cycle_s": 180.0, "micro_stop_s": 300.0}
    question = {"journal": str(path), "span": span, "planned": [span]}
    (press,) = figures.answer(question | {"machines": [machine | {"station": "metal_1"}]})
    assert press["oee"]["quality"]["value"] == pytest.approx(36 / 40)
    assert press["oee"]["oee"] == pytest.approx(40 * 180 / 10800 * 0.9, abs=1e-4)
    (unknown,) = figures.answer(question | {"machines": [machine | {"station": "metal_2"}]})
    assert unknown["oee"]["quality"] is None
    with open_reader(path) as reader:
        ends = (span[1], span[1] + 90 * DAY_NS)
        later = [figures.pieces_wrong(reader.db, "metal_1", (at, at + DAY_NS)) for at in ends]
    assert later == [0, None], "for 90 days somebody looks there"
