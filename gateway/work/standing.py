"""What stands at a station now and what its kiosk may offer: who is here, what is asked, lists with the usual first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import apsw

from gateway.config.parts import Text
from gateway.work.dialogue import Here
from gateway.work.dialogues.jobs import on
from gateway.work.projections import asked, masters
from gateway.work.projections.downtime import LOG
from gateway.work.projections.jobs import JOBS

LINES: Final = 5000  # newest lines of the ledger by which defects are told to be frequent
TOLD: Final = 500  # newest reasons, likewise
DONE: Final = 200  # newest entries of jobs at a station
ORDERS: Final = 60  # that a list offers; a traveller can be scanned for any other


def standing(here: Here) -> dict[str, Any]:
    """Return it for JSON; times are UTC ms, labels in both languages, workers by their badges alone."""
    codes, db = here.catalogue.codes, here.db
    known = ((one, here.catalogue.worker(db, int(one.worker))) for one in here.sessions)
    return {
        "workers": [{"worker": one.worker, "language": worker and worker.language} for one, worker in known],
        "waits": _waits(here),
        "job": _job(here),
        "reasons_told": _told(here),
        "defects": _labelled(codes(db, "defect_code"), _defects(db)),
        "reasons": _labelled(codes(db, "reason_code"), [row["code"] for row in LOG.read(db, newest=TOLD)]),
        **_work(here),
    }


def _waits(here: Here) -> dict[str, Any] | None:
    """Return what the next ticket answers, and until when it may."""
    question = asked.asked(here.db, here.scanner)
    if question is None or question.boot != here.boot:
        return None
    left_ns = question.mono_ns + int(here.work.ask_s * 1e9) - here.mono_ns
    if left_ns <= 0:
        return None
    until_ts = (here.time_ns + left_ns) // 1_000_000
    return {"what": question.what, "about": question.about, "until_ts": until_ts}


def _job(here: Here) -> dict[str, Any] | None:
    job = on(here)
    if job is None:
        return None
    label = None if job.operation is None else here.label(job.operation).model_dump()
    return {"order": job.order, "operation": job.operation, "operation_label": label, "running": job.running}


def _told(here: Here) -> dict[str, int]:
    """Return when each machine here, or the station itself (''), was last told to stand still for a reason."""
    rows = LOG.read(here.db, "station = ?", (here.station.name,), newest=TOLD)
    return {row["machine"] or "": row["time_ns"] // 1_000_000 for row in rows}


def _defects(db: apsw.Connection) -> list[str]:
    newest = "SELECT what, code FROM work_lines ORDER BY row DESC, n DESC LIMIT ?"
    return [code for (code,) in db.execute(f"SELECT code FROM ({newest}) WHERE what = 'defect'", (LINES,))]


def _labelled(labels: Mapping[str, Text], seen: Iterable[str]) -> list[dict[str, Any]]:
    """Return codes with their names, the most frequent first, then in their own order."""
    often = Counter(seen)
    return [{"code": code, "label": labels[code].model_dump()} for code in sorted(labels, key=lambda one: -often[one])]


def _work(here: Here) -> dict[str, Any]:
    """Return the orders that can be worked on, each with its operations: first what was done here last, then by due."""
    db, catalogue = here.db, here.catalogue
    operations = {one.code: one.label.model_dump() for one in catalogue.operations(db)}
    done = [(row["order"], row["operation"]) for row in JOBS.read(db, "station = ?", (here.station.name,), newest=DONE)]
    last = {key: at for at, pair in enumerate(done, 1) for key in pair if key is not None}
    orders = sorted(
        (one for one in masters.all_of(db, "order") if not one.retired),
        key=lambda one: (-last.get(one.key, 0), one.body.get("due") or "9", one.key),
    )
    return {
        "operations": operations,
        "orders": [
            {name: one.body.get(name) for name in ("order", "label", "due")}
            | {"operations": _operations(here, one.body["style"], operations, last)}
            for one in orders[:ORDERS]
        ],
    }


def _operations(here: Here, style: str, known: Iterable[str], last: Mapping[str, int]) -> list[str]:
    route = here.catalogue.route(here.db, style)
    codes = known if route is None else [code for step in route for code in step if code in set(known)]
    return sorted(codes, key=lambda code: -last.get(code, 0))
