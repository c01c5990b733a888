"""What the routes of the shop floor have in common: the days that are asked for, and how something is recorded."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import apsw
from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import StorageFailed
from gateway.figures.timeline import Span
from gateway.pay.terms import Terms
from gateway.web.pay import Dates, checked
from gateway.web.route import Ask, Stop
from gateway.work.entries import Entry, NotRecorded

T = TypeVar("T")
CODE = r"^[A-Z0-9]{1,12}$"
Events = list[tuple[str, str, dict[str, Any]]]  # kind, source, body: kept with the entries


class MaybeDates(BaseModel):
    """Local dates of the shop; both belong to it. Today, when they are left out."""

    model_config = ConfigDict(extra="forbid")

    first: str | None = Field(None, alias="from", description="The first day, 2026-12-01; today.")
    last: str | None = Field(None, alias="to", description="The last day; the first one.")


def span_of(ask: Ask) -> Span:
    """Return the time of the days that were asked for, UTC ns."""
    live = ask.to.daemon.live
    today = datetime.fromtimestamp(live.now_ts() / 1000, live.day.zone).date().isoformat()
    first = ask.query.first or today
    try:
        dates = Dates.model_validate({"from": first, "to": ask.query.last or first})
    except ValueError as error:
        raise Stop(422, f"Days are written as 2026-12-01: {first}, {ask.query.last}") from error
    return Terms.of(live.config).bounds(*checked(dates))


def sees_workers(ask: Ask) -> bool:
    """Return whether who asks may see what each worker did."""
    return ask.who.sees_people


async def read(found: Awaitable[T]) -> T:
    """Return a report; 503 when the journal cannot be read."""
    try:
        return await found
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


async def record(ask: Ask, entries: Callable[[apsw.Connection], tuple[list[Entry], Events]]) -> dict[str, Any]:
    """Keep what `entries` returns, in the name of who asks; 409 with the reason for what cannot be."""
    daemon = ask.to.daemon
    try:
        row = await daemon.shopfloor.record("api", ask.who.user or ask.who.role, entries)
    except NotRecorded as refused:
        raise Stop(409, refused.text) from refused
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"id": row.id(daemon.live.gateway_id)}


def known_worker(ask: Ask, db: apsw.Connection, badge: str) -> str:
    """Return a badge as it was given out. Raises NotRecorded without such a worker."""
    known = ask.to.daemon.desk.ledger.catalogue.worker(db, int(badge))
    if known is None:
        raise NotRecorded(f"{badge}번 명찰은 없어요.", f"There is no worker with badge {badge}.")
    return known.badge


def known_operation(ask: Ask, db: apsw.Connection, code: str) -> str:
    """Return an operation's code. Raises NotRecorded, with the nearest, without such an operation."""
    catalogue = ask.to.daemon.desk.ledger.catalogue
    if catalogue.operation(db, code) is None:
        near = catalogue.nearest_operation(db, code) or "-"
        raise NotRecorded(
            f"{code} 공정은 없어요. 가장 가까운 것: {near}", f"There is no operation {code}; the nearest is {near}."
        )
    return code
