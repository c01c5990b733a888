"""The API of weighings: metal loss by lot, operation and worker; weighings that no scale of ours has seen."""

from decimal import Decimal
from typing import Any, Literal

import apsw
from pydantic import BaseModel, ConfigDict, Field

from gateway.web.floor import CODE, Events, MaybeDates, known_operation, known_worker, read, record, span_of
from gateway.web.route import Ask, Routes
from gateway.work import loss
from gateway.work.entries import Entry, NotRecorded

routes = Routes("work")
WEIGHT = r"^[0-9]{1,6}(\.[0-9]{1,6})?$"


class WeighForm(BaseModel):
    """A weighing by hand."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["issue", "return", "recover"]
    lot: str = Field(pattern=r"^[A-Z0-9]{1,20}$")
    operation: str = Field(pattern=CODE)
    worker: str = Field(pattern=r"^[0-9]{1,6}$", description="The badge.")
    grams: str = Field(pattern=WEIGHT, description="What the pan held, stones among it; a decimal as text.")
    stones_ct: str | None = Field(None, pattern=WEIGHT, description="What of it were stones, carats as text.")
    note: str | None = Field(None, max_length=200, description="Why by hand; no names of people.")


@routes.get("/work/weighing", "owner", query=MaybeDates)
async def losses(ask: Ask) -> dict[str, Any]:
    """Metal issued, returned, recovered and lost, g and 돈, fine grams, percent and limits; stones apart."""
    return await read(ask.to.daemon.shopfloor.losses(span_of(ask)))


@routes.get("/work/lots", "viewer", query=MaybeDates)
async def lots(ask: Ask) -> dict[str, Any]:
    """Lots of material that went into work: which, at which station, when."""
    return await read(ask.to.daemon.shopfloor.lots(span_of(ask)))


@routes.post("/work/weighing", "owner", form=WeighForm)
async def weigh(ask: Ask) -> dict[str, Any]:
    """Record a weighing that no scale of ours has seen."""
    form: WeighForm = ask.form

    def entries(db: apsw.Connection) -> tuple[list[Entry], Events]:
        known_operation(ask, db, form.operation)
        told = form.model_dump(exclude_none=True) | {"do": "weigh", "worker": known_worker(ask, db, form.worker)}
        grams, stones = Decimal(form.grams), Decimal(form.stones_ct or 0)
        if grams == 0 or grams < stones * loss.GRAMS_A_CARAT:
            raise NotRecorded("무게가 보석보다 가벼워요.", "It weighs nothing, or less than its stones.")
        return [told], []

    return await record(ask, entries)
