"""The API of who did what: the audit. Owners only."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.event import position_of
from gateway.web.audit import AUDIT
from gateway.web.route import Ask, Routes, Stop

routes = Routes()


class AuditQuery(BaseModel):
    """Which of the kept accesses to show."""

    model_config = ConfigDict(extra="forbid")

    before: str | None = Field(None, description="The id of one: the older ones follow.")
    limit: int = Field(50, ge=1, le=200, description="At most so many.")


@routes.get("/audit", "owner", query=AuditQuery)
async def audit(ask: Ask) -> dict[str, Any]:
    """Who changed something or tried to, newest first: by, role, from, method, path, status; what was left out."""
    try:
        place = position_of(ask.query.before) if ask.query.before else None
    except ValueError as error:
        raise Stop(422, str(error)) from error
    rows = await ask.to.daemon.recent(AUDIT, place, ask.query.limit)
    gateway = ask.to.daemon.live.gateway_id
    return {"audit": [{"id": row.id(gateway), "ts": row.time_ns / 1e6, **row.body} for row in rows]}
