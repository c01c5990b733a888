"""The API of alarms: which are on, what people do about them, and which there were."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.alarm_desk import LONGEST_SHELF_MIN
from gateway.errors import StorageFailed
from gateway.web.route import LATEST_MS, Ask, Routes, Stop

DAY_MS = 86_400_000
MS = 1_000_000
routes = Routes("alarms")


class ShelveForm(BaseModel):
    """For how long a rule is to be silent."""

    model_config = ConfigDict(extra="forbid")

    minutes: float = Field(ge=0, le=LONGEST_SHELF_MIN, description="Minutes from now; 0 ends it.")


class PastQuery(BaseModel):
    """Which past alarms to show."""

    model_config = ConfigDict(extra="forbid")

    rule: str | None = Field(None, max_length=64, description="This rule only.")
    since: int | None = Field(None, alias="from", ge=0, le=LATEST_MS, description="UTC ms; a day before `to`.")
    to: int | None = Field(None, ge=0, le=LATEST_MS, description="UTC ms; now.")
    limit: int = Field(100, ge=1, le=1000, description="At most so many, the newest.")


@routes.get("/alarms", "viewer")
async def alarms(ask: Ask) -> dict[str, Any]:
    """The alarms that are on; rules that are quiet, shelved or following from another; when the last event was."""
    live = ask.to.daemon.live
    return {"alarms": live.alarms(), "quiet": live.quiet(), "last_ts": live.last_alarm_ts()}


@routes.get("/alarms/history", "viewer", query=PastQuery)
async def history(ask: Ask) -> dict[str, Any]:
    """Alarms that were raised: when, what value, who saw it when, how long it was on; and sums by rule."""
    asked = ask.query
    to_ms = round(ask.to.daemon.live.now_ts()) + 1 if asked.to is None else asked.to
    from_ms = max(0, to_ms - DAY_MS) if asked.since is None else asked.since
    if from_ms >= to_ms:
        raise Stop(422, "`from` must be before `to`.")
    try:
        found = await ask.to.daemon.alarms.history(asked.rule, from_ms * MS, to_ms * MS, asked.limit)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"from": from_ms, "to": to_ms} | found


@routes.post("/alarms/{rule}/acknowledge", "operator")
async def acknowledge(ask: Ask) -> dict[str, Any]:
    """Acknowledge an alarm; 404 when it is not on."""
    rule = ask.path["rule"]
    if not await ask.to.daemon.alarms.acknowledge(rule, ask.who.user or ask.who.role):
        raise Stop(404, f"The alarm {rule} is not on.")
    return {"ok": True}


@routes.post("/alarms/{rule}/shelve", "operator", form=ShelveForm)
async def shelve(ask: Ask) -> dict[str, Any]:
    """Keep a rule silent for a while; 404 when there is no such rule."""
    rule = ask.path["rule"]
    if not await ask.to.daemon.alarms.shelve(rule, ask.form.minutes, ask.who.user or ask.who.role):
        raise Stop(404, f"There is no rule {rule}.")
    return {"ok": True}


@routes.post("/signals/{name}/reset", "operator")
async def reset(ask: Ask) -> dict[str, Any]:
    """Let what accrues in a signal (run hours, energy) begin anew; 404 when there is none such."""
    name = ask.path["name"]
    if not await ask.to.daemon.alarms.reset(name, ask.who.user or ask.who.role):
        raise Stop(404, f"Nothing accrues in a signal {name}.")
    return {"ok": True}


@routes.post("/actions/{name}/test", "owner")
async def test_action(ask: Ask) -> dict[str, Any]:
    """Do an action once: a test message, an output on for two seconds; 503 with the reason when it did not work."""
    name = ask.path["name"]
    why = await ask.to.daemon.actions.test(name, ask.who.user or ask.who.role)
    if why is None:
        raise Stop(404, f"There is no action {name}.")
    if why:
        raise Stop(503, why)
    return {"ok": True}
