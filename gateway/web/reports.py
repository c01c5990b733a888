"""The API of the figures of work."""

import asyncio
from base64 import b64decode
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Literal

from pydantic import Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from gateway.errors import StorageFailed
from gateway.figures.timeline import Span
from gateway.pay.terms import Terms
from gateway.web.pay import BADGE, Dates, Day, checked
from gateway.web.route import Ask, Routes, Stop

routes = Routes("people")
MOST_DAYS = 100  # anybody may ask


class Days(Dates):
    """Which days, or which shift of one day."""

    shift: str | None = Field(None, max_length=63, description="This shift of the day only; it may end on the next.")


@routes.get("/work/figures", "viewer", query=Days)
async def work_figures(ask: Ask) -> dict[str, Any]:
    """Output by hour, operation, style, order and station; efficiency, balance, WIP, DHU, yields, lead time."""
    return await _figures(ask, workers=False)


@routes.get("/work/figures/workers", "owner", query=Days)
async def workers_figures(ask: Ask) -> dict[str, Any]:
    """The same, and each worker's pieces, hours and efficiency, for those who may see them."""
    return await _figures(ask, workers=True)


class Paper(Days):
    """A report as a file."""

    format: Literal["pdf", "xlsx", "csv"] = Field("pdf", description="What kind of file.")
    language: Literal["ko", "en"] | None = Field(None, description="The workshop's unless told otherwise.")


class Slips(Paper):
    """Wage slips as a file."""

    worker: str | None = Field(None, pattern=BADGE, description="The slip of this badge alone.")


@routes.get("/work/reports/pay", "owner", query=Slips, gives="*/*")
async def pay_report(ask: Ask) -> Response:
    """Wage slips: the sums of all, and a sheet for each worker, or that of one; PDF, XLSX or CSV."""
    return await _file(ask, "pay")


@routes.get("/work/reports/day", "viewer", query=Paper, gives="*/*")
async def day_report(ask: Ask) -> Response:
    """The report of some days, or of a shift, without anybody's own figures; PDF, XLSX or CSV."""
    return await _file(ask, "day")


@routes.get("/work/reports/workers", "owner", query=Paper, gives="*/*")
async def workers_report(ask: Ask) -> Response:
    """The same, with each worker's figures."""
    return await _file(ask, "day", workers=True)


class Evidence(Dates):
    """What is compared with what."""

    baseline: Day | None = Field(None, description="Four weeks from here on; else those told by hand, or the first.")
    language: Literal["ko", "en"] | None = Field(None, description="The workshop's unless told otherwise.")


@routes.get("/work/reports/evidence", "owner", query=Evidence, gives="*/*")
async def evidence(ask: Ask) -> Response:
    """The pack of evidence: a ZIP of the figures of now and a baseline, their formulas, the raw log, and hashes."""
    folder = Path(await asyncio.to_thread(mkdtemp))
    gone = BackgroundTask(rmtree, folder, ignore_errors=True)
    try:
        made = await _evidence(ask, language=ask.query.language, into=str(folder / "pack.zip"))
    except Stop:
        await gone()
        raise
    return FileResponse(folder / "pack.zip", media_type="application/zip", filename=made["name"], background=gone)


@routes.get("/work/reports/evidence/look", "owner", query=Evidence)
async def evidence_look(ask: Ask) -> dict[str, Any]:
    """What the pack of evidence would say, and what it lacks: the figures of both times, by how much each changed."""
    return await _evidence(ask)


async def _evidence(ask: Ask, **more: Any) -> dict[str, Any]:
    daemon, query = ask.to.daemon, ask.query
    more |= {"baseline": query.baseline and query.baseline.isoformat()}
    try:
        made = await daemon.office.evidence(daemon.live.config, *checked(query), **more)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    if why := made.get("refused"):
        raise Stop(409, why)
    return made


Told = Literal[
    "output_per_h",
    "dhu",
    "lead_time_h",
    "order_lead_time_h",
    "lot_lead_time_h",
    "loss_percent",
    "manual_share",
    "kwh_per_piece",
]


class Baseline(Dates):
    """What somebody knows of the time before, from paper."""

    figures: dict[Told, Decimal] = Field(
        min_length=1,
        description="By name: pieces an hour, defects per hundred, hours, percent, a share (0 to 1), kWh a piece.",
    )
    source: str = Field(min_length=1, max_length=200, description="What they are from: four weeks of tally sheets.")


@routes.post("/work/baseline", "owner", form=Baseline)
async def baseline(ask: Ask) -> dict[str, Any]:
    """Keep a baseline that was told by hand; the newest counts, and the pack of evidence says that it was."""
    first, last = checked(ask.form)
    figures: dict[str, str] = {name: str(value) for name, value in ask.form.figures.items()}
    days = {"from": first.isoformat(), "to": last.isoformat()}
    entry = {"do": "baseline", **days, "figures": figures, "source": ask.form.source}
    try:
        return await ask.to.daemon.office.baseline(entry, ask.who.user or ask.who.role)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


@routes.get("/work/contradictions", "viewer", query=Dates)
async def contradictions(ask: Ask) -> dict[str, Any]:
    """Where a station's scans and its machine disagree: by bundle and job (`stays`), by day, while it stood."""
    daemon, (first, last) = ask.to.daemon, checked(ask.query, MOST_DAYS)
    config = daemon.live.config
    try:
        found = await daemon.office.contradictions(config, Terms.of(config).bounds(first, last))
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    for stay in found["stays"] if not ask.who.sees_people else ():
        del stay["workers"]
    return found


async def _figures(ask: Ask, workers: bool) -> dict[str, Any]:
    daemon = ask.to.daemon
    try:
        return await daemon.office.figures(daemon.live.config, span_of(ask), workers)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


async def _file(ask: Ask, kind: str, workers: bool = False) -> Response:
    daemon, query = ask.to.daemon, ask.query
    if kind == "pay":
        checked(query)
    else:
        span_of(ask)  # a shift that is not on that day is told before anything is made
    more = {"workers": workers, **query.model_dump(exclude={"first", "last"}, exclude_none=True)}
    try:
        made = await daemon.office.report(daemon.live.config, kind, query.first, query.last, **more)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    headers = {"Content-Disposition": f'attachment; filename="{made["name"]}"', "Cache-Control": "no-store"}
    return Response(b64decode(made["data"]), media_type=made["media"], headers=headers)


def span_of(ask: Ask) -> Span:
    """Return the time of the days or the shift that were asked for, UTC ns."""
    (first, last), terms = checked(ask.query, MOST_DAYS), Terms.of(ask.to.daemon.live.config)
    if ask.query.shift is None:
        return terms.bounds(first, last)
    if first != last:
        raise Stop(422, "A shift is of one day: let `from` and `to` be the same.")
    turn = terms.day.turn(first, ask.query.shift)
    if turn is None:
        names = ", ".join(shift.name for shift in terms.day.shifts)
        raise Stop(404, f"No shift {ask.query.shift} begins on {first}. The shifts: {names}.")
    return turn.whole
