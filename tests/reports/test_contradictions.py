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
from gateway.reports.contradictions import answer
from gateway.work.opening import open_ledger
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


def _done(quantity: int, bundle: str, what: str = "done") -> dict[str, Any]:
    more = {"code": "BURR"} if what == "defect" else {}
    place = {"operation": "PRESS", "worker": "7", "station": "metal_1"}
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
