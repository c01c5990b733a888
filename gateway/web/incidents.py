"""The API of the safety log, and of downtime reasons."""

from typing import Any, Literal

import apsw
from pydantic import BaseModel, ConfigDict, Field

from gateway.web.floor import CODE, Events, MaybeDates, read, record, sees_workers, span_of
from gateway.web.route import Ask, Routes
from gateway.work.dialogues import safety
from gateway.work.entries import Entry, NotRecorded

routes = Routes("work")


class IncidentForm(BaseModel):
    """Something that happened."""

    model_config = ConfigDict(extra="forbid")

    what: Literal["estop", "guard", "nearmiss", "injury", "fire", "other"]
    where: str = Field(min_length=1, max_length=63, description="A station or a machine, or a place in a few words.")
    severity: Literal["info", "warning", "critical"] = "warning"
    note: str | None = Field(None, max_length=500, description="What happened, without names of people.")


class ReasonForm(BaseModel):
    """Why a machine or a station stands still."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=CODE)
    machine: str | None = Field(None, max_length=63)
    station: str | None = Field(None, max_length=63)


@routes.get("/work/incidents", "viewer", query=MaybeDates)
async def incidents(ask: Ask) -> dict[str, Any]:
    """The safety log of some days, the newest first: what, where, how bad; by scan, by a rule, by hand."""
    return await read(ask.to.daemon.shopfloor.incidents(span_of(ask), sees_workers(ask)))


@routes.post("/work/incidents", "operator", form=IncidentForm)
async def tell_incident(ask: Ask) -> dict[str, Any]:
    """Put something into the safety log."""
    form: IncidentForm = ask.form
    more = {} if form.note is None else {"note": form.note}
    entry = safety.incident(form.what, form.where, form.severity, "", **more)
    return await record(ask, lambda db: ([entry], [safety.event(entry)]))


@routes.get("/work/downtime", "viewer", query=MaybeDates)
async def downtime(ask: Ask) -> dict[str, Any]:
    """Downtime reasons that were told, and each machine's stops by them; '' for what nobody explained."""
    daemon, span = ask.to.daemon, span_of(ask)
    now_ns = int(daemon.live.now_ts() * 1_000_000)
    span = span[0], min(span[1], now_ns)
    told = await read(daemon.shopfloor.downtime(span, sees_workers(ask)))
    if span[0] >= span[1]:
        return told | {"machines": []}
    layers = await read(daemon.shopfloor.layers(span))
    found = await read(daemon.reckoner.oee(daemon.live.config, None, span, layers))
    return told | {
        "machines": [{name: one[name] for name in ("machine", "downtime", "setup_s")} for one in found["machines"]]
    }


@routes.post("/work/downtime", "operator", form=ReasonForm)
async def tell_reason(ask: Ask) -> dict[str, Any]:
    """Tell why a machine or a station stands still."""
    form: ReasonForm = ask.form
    config = ask.to.daemon.live.config

    def entries(db: apsw.Connection) -> tuple[list[Entry], Events]:
        if ask.to.daemon.desk.ledger.catalogue.reason(db, form.code) is None:
            raise NotRecorded(f"비가동 사유 {form.code}: 없어요.", f"There is no downtime reason {form.code}.")
        if form.machine not in (None, *(one.name for one in config.machines)):
            raise NotRecorded(f"{form.machine} 기계는 없어요.", f"There is no machine {form.machine}.")
        if form.station not in (None, *(one.name for one in config.stations)):
            raise NotRecorded(f"{form.station} 자리는 없어요.", f"There is no station {form.station}.")
        if form.machine is None and form.station is None:
            raise NotRecorded("기계나 자리를 적어 주세요.", "Name a machine or a station.")
        return [{"do": "reason", "worker": "", **form.model_dump(exclude_none=True)}], []

    return await record(ask, entries)
