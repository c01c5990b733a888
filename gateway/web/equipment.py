"""The API of shared equipment: who uses it, sessions with minutes and kWh, no-shows, what is left on."""

from decimal import Decimal
from typing import Any, Literal

import apsw
from pydantic import BaseModel, ConfigDict, Field

from gateway.web.floor import Events, MaybeDates, known_worker, read, record, sees_workers, span_of
from gateway.web.route import Ask, Routes
from gateway.work import usage
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
    live = ask.to.daemon.live

    def entries(db: apsw.Connection) -> tuple[list[Entry], Events]:
        if form.equipment not in all_shared(db, live.config.work):
            raise NotRecorded(f"{form.equipment} 장비는 없어요.", f"There is no equipment {form.equipment}.")
        now = usage.going(LOG.read(db, "equipment = ?", (form.equipment,), newest=20))
        if form.action == "start" and now:
            raise NotRecorded("쓰는 사람이 있어요.", "It is in use.")
        if form.action == "end" and now is None:
            raise NotRecorded("쓰는 사람이 없어요.", "Nobody uses it.")
        entry: Entry = {"do": "session", "equipment": form.equipment, "action": form.action}
        entry["worker"] = known_worker(ask, db, now.worker if now else form.worker)
        minutes = None
        if now:
            lasted = Decimal(int(live.now_ts() * 1e6) - now.start_ns) / 60_000_000_000
            minutes = max(Decimal(0), lasted).quantize(Decimal("0.1"))
            entry["minutes"] = f"{minutes:f}"
        told = {name: entry[name] for name in ("equipment", "worker", "action")}
        told |= {"minutes": None if minutes is None else float(minutes), "kwh": None}
        return [entry], [("session", form.equipment, told)]

    return await record(ask, entries)
