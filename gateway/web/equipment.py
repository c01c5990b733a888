"""The API of shared equipment: who uses it, sessions with minutes and kWh, no-shows, what is left on."""

from typing import Any, Literal

import apsw
from pydantic import BaseModel, ConfigDict, Field

from gateway.corrections import OFFICE
from gateway.web.floor import Events, MaybeDates, known_worker, read, record, sees_workers, span_of
from gateway.web.route import Ask, Routes
from gateway.work import usage
from gateway.work.dialogues.equipment import begun, ended
from gateway.work.entries import Entry, NotRecorded
from gateway.work.projections.usage import LOG
from gateway.work.shared import all_shared

routes = Routes("work")


class SessionForm(BaseModel):
    """A session that nobody scanned."""

    model_config = ConfigDict(extra="forbid")

    equipment: str = Field(max_length=63)
    action: Literal["start", "end"]
    worker: str = Field(pattern=r"^[0-9]{1,6}$", description="The badge.")


@routes.get("/work/equipment", "viewer", query=MaybeDates)
async def equipment(ask: Ask) -> dict[str, Any]:
    """Shared equipment: in use, left on, and its sessions and no-shows of some days, with minutes and kWh."""
    return await read(ask.to.daemon.shopfloor.equipment(span_of(ask), sees_workers(ask)))


@routes.post("/work/equipment", "operator", form=SessionForm)
async def tell_session(ask: Ask) -> dict[str, Any]:
    """Begin or end a session; 409 when it is in use, or is not."""
    form: SessionForm = ask.form
    daemon = ask.to.daemon

    def entries(db: apsw.Connection) -> tuple[list[Entry], Events]:
        shared = all_shared(db, daemon.live.config.work).get(form.equipment)
        if shared is None:
            raise NotRecorded(f"{form.equipment} 장비는 없어요.", f"There is no equipment {form.equipment}.")
        now = usage.going(LOG.read(db, "equipment = ?", (form.equipment,), newest=20))
        if form.action == "start" and now:
            raise NotRecorded("쓰는 사람이 있어요.", "It is in use.")
        if form.action == "end" and now is None:
            raise NotRecorded("쓰는 사람이 없어요.", "Nobody uses it.")
        here, worker = daemon.desk.here(db, OFFICE), known_worker(ask, db, now.worker if now else form.worker)
        entry, told = ended(shared, now, worker, here) if now else begun(shared, worker, here)
        return [entry], [("session", form.equipment, told)]

    return await record(ask, entries)
