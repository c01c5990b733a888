"""The API of jobs at machines: what is on, setup time, pieces and waste; tool life."""

from typing import Any, Literal

import apsw
from pydantic import BaseModel, ConfigDict, Field

from gateway.web.floor import (
    CODE,
    Events,
    MaybeDates,
    known_operation,
    known_worker,
    read,
    record,
    sees_workers,
    span_of,
)
from gateway.web.route import Ask, Routes
from gateway.work.entries import Entry, NotRecorded
from gateway.work.jobs import open_job
from gateway.work.projections.jobs import JOBS

routes = Routes("work")


class JobForm(BaseModel):
    """What happened with a job, where nobody scanned it."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["setup", "start", "stop", "supply", "output"]
    order: str = Field(pattern=CODE)
    operation: str = Field(pattern=CODE)
    station: str = Field(max_length=63)
    worker: str = Field(pattern=r"^[0-9]{1,6}$", description="The badge.")
    quantity: int | None = Field(None, ge=1, le=999_999, description="Supplied, or good pieces.")
    scrap: int | None = Field(None, ge=1, le=999_999)
    code: str | None = Field(None, pattern=CODE, description="The defect of the scrap.")


class ToolForm(BaseModel):
    """A tool that was changed."""

    model_config = ConfigDict(extra="forbid")

    tool: str = Field(max_length=63)
    worker: str = Field(pattern=r"^[0-9]{1,6}$", description="The badge.")


@routes.get("/work/jobs", "viewer", query=MaybeDates)
async def jobs(ask: Ask) -> dict[str, Any]:
    """Jobs that were on: times, setup from good piece to good piece, pieces, scrap, waste; setup by machine."""
    return await read(ask.to.daemon.shopfloor.jobs(span_of(ask), sees_workers(ask)))


@routes.get("/work/tools", "viewer")
async def tools(ask: Ask) -> dict[str, Any]:
    """The life of each tool: pieces and minutes of running since it was changed, and whether it is worn.

    `unknown_min`: minutes since then of which nobody knows whether its machine ran; they are not in `run_min`."""
    daemon = ask.to.daemon
    told = (await read(daemon.shopfloor.tools()))["tools"]
    now_ns = int(daemon.live.now_ts() * 1_000_000)
    return {"tools": await read(daemon.reckoner.tools(daemon.live.config, told, now_ns))}


@routes.post("/work/tools", "operator", form=ToolForm)
async def tell_change(ask: Ask) -> dict[str, Any]:
    """Record that a tool was changed: its life begins anew."""
    form: ToolForm = ask.form
    daemon = ask.to.daemon

    def entries(db: apsw.Connection) -> tuple[list[Entry], Events]:
        tool = next((one for one in daemon.live.config.work.tools if one.name == form.tool), None)
        if tool is None:
            raise NotRecorded(f"{form.tool} 공구는 없어요.", f"There is no tool {form.tool}.")
        entry: Entry = {"do": "tool", "tool": tool.name, "machine": tool.machine}
        entry["worker"] = known_worker(ask, db, form.worker)
        total = daemon.shopfloor.counted(tool.machine)
        return [entry | ({} if total is None else {"total": total})], []

    return await record(ask, entries)


@routes.post("/work/jobs", "operator", form=JobForm)
async def tell_job(ask: Ask) -> dict[str, Any]:
    """Record what happened with a job; 409 when it cannot be, such as a stop of what is not on."""
    form: JobForm = ask.form

    def entries(db: apsw.Connection) -> tuple[list[Entry], Events]:
        worker, operation = known_worker(ask, db, form.worker), known_operation(ask, db, form.operation)
        _check(form, db, [station.name for station in ask.to.daemon.live.config.stations])
        told = form.model_dump(exclude_none=True) | {"do": "job", "worker": worker}
        line = {"operation": operation, "order": form.order, "worker": worker, "station": form.station}
        found: list[Entry] = [told]
        if form.action == "output" and form.quantity:
            found.append({"do": "done", "quantity": form.quantity, **line})
        if form.scrap:
            wrong = {"quantity": form.scrap, "code": form.code or "SCRAP", **line}
            found += [{"do": "defect", **wrong}, {"do": "scrap", **wrong}]
        return found, []

    return await record(ask, entries)


def _check(form: JobForm, db: apsw.Connection, stations: list[str]) -> None:
    if form.station not in stations:
        raise NotRecorded(f"{form.station} 자리는 없어요.", f"There is no station {form.station}.")
    if form.action in ("supply", "output") and not (form.quantity or form.scrap):
        raise NotRecorded("수량을 적어 주세요.", "Say how many: quantity or scrap.")
    job = open_job(JOBS.read(db, "station = ?", (form.station,), newest=200))
    on = job is not None and (job.order, job.operation) == (form.order, form.operation)
    if form.action == "stop" and not on:
        raise NotRecorded(
            f"{form.order} 작업은 그 자리에서 하고 있지 않아요.", f"{form.order} is not on at that station."
        )
    if form.action == "start" and on and job and job.running:
        raise NotRecorded(f"{form.order} 작업은 이미 하고 있어요.", f"{form.order} is on already.")
