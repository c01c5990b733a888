"""The API of pay: wage slips of a period, the periods that are closed, and closing one."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import StorageFailed
from gateway.web.route import Ask, Routes, Stop
from gateway.work.entries import NotRecorded

routes = Routes("people")
MOST_DAYS = 366
BADGE = r"^[0-9]{0,6}$"  # empty: what nobody scanned a badge for


Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class Dates(BaseModel):
    """Local dates of the shop; both belong to it."""

    model_config = ConfigDict(extra="forbid")

    first: Day = Field(alias="from", description="The first day, 2026-12-01.")
    last: Day = Field(alias="to", description="The last day.")


@routes.get("/work/pay", "owner", query=Dates)
async def pay(ask: Ask) -> dict[str, Any]:
    """Every worker's pay of some days with the rates it is made of, hours and the minimum wage; as it was closed."""
    first, last = checked(ask.query)
    try:
        return await ask.to.daemon.office.pay(ask.to.daemon.live.config, first, last)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


class OfWorker(Dates):
    """Whose pay."""

    worker: str = Field(pattern=BADGE, description="The badge.")


@routes.get("/work/pay/days", "owner", query=OfWorker)
async def days(ask: Ask) -> dict[str, Any]:
    """One worker's pay day by day: operations, pieces, rates, amounts, and what corrects a closed period."""
    first, last = checked(ask.query)
    try:
        return await ask.to.daemon.office.pay_by_day(ask.to.daemon.live.config, first, last, ask.query.worker)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


@routes.get("/work/pay/periods", "owner")
async def periods(ask: Ask) -> dict[str, Any]:
    """The periods that are closed, with their sums and hashes, and the day on which the next one begins."""
    try:
        return await ask.to.daemon.office.periods()
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


@routes.post("/work/pay/close", "owner", form=Dates)
async def close(ask: Ask) -> dict[str, Any]:
    """Close a period for ever; 409 with the reason when it overlaps, leaves days out, is not over, or lacks rates."""
    first, last = checked(ask.form)
    daemon = ask.to.daemon
    try:
        return await daemon.office.close(daemon.live.config, first, last, ask.who.user or ask.who.role)
    except NotRecorded as refused:
        raise Stop(409, refused.text) from refused
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


def checked(dates: Dates, most: int = MOST_DAYS) -> tuple[date, date]:
    """Return the days that were asked for; 422 when the last is before the first, or they are too many."""
    if dates.first > dates.last:
        raise Stop(422, "`from` must not be after `to`.")
    if (dates.last - dates.first).days >= most:
        raise Stop(422, f"At most {most} days.")
    return dates.first, dates.last
