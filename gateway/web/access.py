"""The API of who did what, and of programs' tokens. Owners only."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.event import position_of
from gateway.web.accounts import RANK
from gateway.web.audit import AUDIT
from gateway.web.keys import MOST, Full
from gateway.web.route import Ask, Routes, Stop
from gateway.web.scope import Granted

routes = Routes("door")


class AuditQuery(BaseModel):
    """Which of the kept accesses to show."""

    model_config = ConfigDict(extra="forbid")

    before: str | None = Field(None, description="The id of one: the older ones follow.")
    limit: int = Field(50, ge=1, le=200, description="At most so many.")


class TokenForm(BaseModel):
    """A token for a program."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64, description="What it is for.")
    scopes: list[Granted] = Field(min_length=1, description="What it may do.")
    days: int | None = Field(None, ge=1, le=3650, description="It is over after so many; without it never.")


@routes.get("/tokens", "owner")
async def tokens(ask: Ask) -> dict[str, Any]:
    """The tokens of programs: name, scopes, when made, until when and last used (UTC ms; 0: never), who made each."""
    return {"tokens": [{"id": short, **asdict(one)} for short, one in ask.to.accounts.keys.tokens().items()]}


@routes.post("/tokens", "owner", form=TokenForm)
async def make(ask: Ask) -> dict[str, Any]:
    """Make a token; it is shown this once. 403 for a scope that has what one may not oneself."""
    from gateway.web.table import ROUTES  # that imports us

    form: TokenForm = ask.form
    for route in ROUTES:
        if route.needs in form.scopes and RANK[route.role] > RANK[ask.who.role]:
            raise Stop(403, f"The scope {route.needs} needs the role {route.role}.")
    try:
        short, token = ask.to.accounts.keys.make(form.name, sorted(set(form.scopes)), form.days, ask.who.user)
    except Full as full:
        raise Stop(409, {"ko": f"토큰은 {MOST}개까지예요. 안 쓰는 것을 먼저 없애 주세요.", "en": str(full)}) from full
    return {"id": short, "token": token}


@routes.post("/tokens/{id}/revoke", "owner")
async def revoke(ask: Ask) -> dict[str, Any]:
    """End a token at once; 404 without it."""
    if not ask.to.accounts.keys.revoke(ask.path["id"]):
        raise Stop(404, f"There is no token {ask.path['id']}.")
    return {"ok": True}


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
