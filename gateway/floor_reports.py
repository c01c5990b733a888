"""Reports of the shop floor from the ledger's tables: jobs and setup, metal loss, equipment, downtime, safety.

All take the database and a span of time, UTC ns; entries are for JSON, times in ms UTC. A worker is a badge's number.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import apsw

from gateway.config.work import Work
from gateway.figures.timeline import Span
from gateway.work import loss, usage
from gateway.work.dialogues.weighing import metal_of
from gateway.work.jobs import Job, PlannedS, jobs
from gateway.work.loss import balances
from gateway.work.projections import downtime, incidents, lots, weighings
from gateway.work.projections.jobs import JOBS, TOOLS
from gateway.work.projections.usage import LOG as USAGE
from gateway.work.shared import all_shared

Entry = dict[str, Any]
JOBS_LOOKED_BACK_NS: Final = 14 * 86_400_000_000_000  # a job that goes on longer is told from then on
DAY_NS: Final = 86_400_000_000_000
_MS: Final = 1_000_000


def jobs_in(db: apsw.Connection, span: Span, planned_s: PlannedS) -> list[Job]:
    """Return the jobs that were on in a span, by what was told until its end."""
    found = jobs(JOBS.between(db, span[0] - JOBS_LOOKED_BACK_NS, span[1]), planned_s)
    return [job for job in found if job.stop_ns is None or job.stop_ns >= span[0]]


def jobs_report(db: apsw.Connection, span: Span, planned_s: PlannedS, workers: bool) -> Entry:
    """Return the jobs, and setup time by machine (by station, where there is none)."""
    found = jobs_in(db, span, planned_s)
    setups: dict[str, list[float]] = {}
    for job in found:
        if job.setup_s is not None:
            setups.setdefault(job.machine or job.station, []).append(job.setup_s)
    told = [job.entry() if workers else _without(job.entry(), "workers") for job in found]
    by_place = [
        {"place": place, "setups": len(each), "setup_s": round(sum(each), 3), "mean_s": round(sum(each) / len(each), 3)}
        for place, each in sorted(setups.items())
    ]
    return {"jobs": told, "setups": by_place}


def layers(db: apsw.Connection, span: Span, planned_s: PlannedS) -> dict[str, Entry]:
    """Return what people told of each machine, as `figures.machine.Layer` takes it."""
    found: dict[str, Entry] = {}
    last: dict[str, Job] = {}
    for job in jobs_in(db, span, planned_s):
        if job.machine is None:
            continue
        layer = found.setdefault(job.machine, {"setups": [], "told": []})
        before, to_ns = last.get(job.machine), job.good_from_ns()
        from_ns = before.good_until_ns() if before else job.setup_ns
        if from_ns is not None:
            layer["setups"].append((from_ns, to_ns if to_ns is not None else span[1]))
        last[job.machine] = job
    for row in downtime.LOG.between(db, *span):
        if row["machine"]:
            layer = found.setdefault(row["machine"], {"setups": [], "told": []})
            layer["told"].append((row["time_ns"], row["code"]))
    return found


def tools_report(db: apsw.Connection, work: Work, counted: Mapping[str, int | None]) -> Entry:
    """Return each tool's life: pieces of its machine since it was changed; `counted` is what each machine counts."""
    told = []
    for tool in work.tools:
        changed = TOOLS.read(db, "tool = ?", (tool.name,), newest=1)
        now, then = counted.get(tool.machine), changed[0]["total"] if changed else None
        pieces = None if now is None or then is None else (now - then if now >= then else now)
        told.append(
            {
                "tool": tool.name,
                "label": tool.label and tool.label.model_dump(),
                "machine": tool.machine,
                "changed": changed[0]["time_ns"] // _MS if changed else None,
                "pieces": pieces,
                "life_pieces": tool.life_pieces,
                "life_min": tool.life_min,
                "worn": pieces is not None and tool.life_pieces is not None and pieces >= tool.life_pieces,
            }
        )
    return {"tools": told}


def loss_report(db: apsw.Connection, span: Span, work: Work) -> Entry:
    """Return the balance of each lot, operation and worker that was weighed in a span, and sums of what is closed."""
    allowed = {one.code: one.loss_percent for one in work.operations}
    found = balances(weighings.between(db, *span))
    told = []
    sums: dict[str, dict[str, list[Decimal]]] = {"operation": {}, "worker": {}, "metal": {}}
    for key, balance in found.items():
        metal = metal_of(key.lot, work.metals)
        told.append(loss.entry(key, balance, metal.fineness_permille if metal else None, allowed.get(key.operation)))
        if not balance.held:
            for by, value in (("operation", key.operation), ("worker", key.worker), ("metal", metal and metal.code)):
                of = sums[by].setdefault(value or "", [Decimal(0), Decimal(0)])
                of[0] += balance.issued
                of[1] += balance.out
    return {"balances": told, **{f"by_{by}": [_sum(by, *one) for one in of.items()] for by, of in sums.items()}}


def _sum(by: str, value: str, weights: list[Decimal]) -> Entry:
    issued, lost = weights
    percent = loss.text((lost / issued * 100).quantize(Decimal("0.01"))) if issued else None
    told = {"issued_g": loss.text(issued), "loss_g": loss.text(lost), "loss_don": loss.don(lost)}
    return {by: value, **told, "loss_percent": percent}


def lots_report(db: apsw.Connection, span: Span) -> Entry:
    """Return which lots of material went into work at which station."""
    rows = lots.LOG.between(db, *span)
    return {"lots": [{"ts": row["time_ns"] // _MS, "lot": row["lot"], "station": row["station"]} for row in rows]}


def equipment_report(db: apsw.Connection, span: Span, work: Work, workers: bool) -> Entry:
    """Return the shared equipment with the session that is on; sessions and no-shows of a span, and their sums."""
    found = [
        use
        for use in usage.uses(USAGE.between(db, span[0] - DAY_NS, span[1]))
        if use.stop_ns is None or use.stop_ns >= span[0]
    ]
    sums: dict[str, Entry] = {}
    for use in found:
        of = sums.setdefault(use.equipment, {"sessions": 0, "no_shows": 0, "minutes": Decimal(0), "kwh": Decimal(0)})
        of["sessions" if use.action == "use" else "no_shows"] += 1
        of["minutes"] += use.minutes or 0
        of["kwh"] += use.kwh or 0
    told = []
    for name, shared in all_shared(db, work).items():
        now = usage.going(USAGE.read(db, "equipment = ?", (name,), newest=20))
        of = sums.get(name, {"sessions": 0, "no_shows": 0, "minutes": Decimal(0), "kwh": Decimal(0)})
        entry: Entry = {
            "equipment": name,
            "label": shared.label and shared.label.model_dump(),
            "machine": shared.machine,
        }
        entry |= {
            "in_use_since": now.start_ns // _MS if now else None,
            "in_use_by": now.worker if now and workers else None,
        }
        told.append(entry | of | {"minutes": f"{of['minutes']:f}", "kwh": f"{of['kwh']:f}"})
    sessions = [use.entry() if workers else _without(use.entry(), "worker") for use in found]
    return {"equipment": told, "sessions": sessions}


def downtime_report(db: apsw.Connection, span: Span, workers: bool) -> Entry:
    """Return the reasons that were told in a span."""
    told = [
        {"ts": row["time_ns"] // _MS, "code": row["code"], "machine": row["machine"], "station": row["station"]}
        | ({"worker": row["worker"]} if workers else {})
        for row in downtime.LOG.between(db, *span)
    ]
    return {"told": told}


def incidents_report(db: apsw.Connection, span: Span, workers: bool) -> Entry:
    """Return the safety log of a span, the newest first, and how many of each kind."""
    rows = list(incidents.LOG.between(db, *span))
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row["what"]] = kinds.get(row["what"], 0) + 1
    told = [
        {"ts": row["time_ns"] // _MS, **{name: row[name] for name in ("what", "where", "severity", "note", "rule")}}
        | ({"worker": row["worker"]} if workers else {})
        for row in reversed(rows)
    ]
    return {"incidents": told, "kinds": kinds}


def _without(entry: Entry, name: str) -> Entry:
    return {key: value for key, value in entry.items() if key != name}
