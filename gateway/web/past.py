"""The API of the past: a point's curve, its samples as they came, and the states of the machines beside them."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import StorageFailed
from gateway.figures.timeline import Span
from gateway.web.route import LATEST_MS, Ask, Routes, Stop

routes = Routes("read")
MOST_HOURS: Final = 2  # of samples: beyond that minutes tell as much
MOST_DAYS: Final = 32  # of states


class SpanQuery(BaseModel):
    """From when to when."""

    model_config = ConfigDict(extra="forbid")

    since: int = Field(alias="from", ge=0, le=LATEST_MS, description="UTC ms.")
    to: int = Field(ge=0, le=LATEST_MS, description="UTC ms.")


class SamplesQuery(SpanQuery):
    """Which samples to show."""

    point: str = Field(max_length=200, description="A point, device.point.")


class StatesQuery(SpanQuery):
    """Whose states to show."""

    machine: str | None = Field(None, max_length=63, description="This machine only.")


class HistoryQuery(BaseModel):
    """Which past to show."""

    model_config = ConfigDict(extra="forbid")

    point: str = Field(max_length=200, description="A point, device.point.")
    since: int | None = Field(None, alias="from", ge=0, le=LATEST_MS, description="UTC ms; a day before `to`.")
    to: int | None = Field(None, ge=0, le=LATEST_MS, description="UTC ms; now.")


@routes.get("/history", "viewer", query=HistoryQuery)
async def history(ask: Ask) -> dict[str, Any]:
    """A point's past: count, mean, min, max, last of each minute, or of hours in a long time; gaps are left out."""
    asked, daemon = ask.query, ask.to.daemon
    if asked.since is not None and asked.to is not None and asked.since >= asked.to:
        raise Stop(422, "`from` must be before `to`.")
    try:
        found = await daemon.history(asked.point, _seconds(asked.since), _seconds(asked.to))
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    if not found["rows"] and asked.point not in daemon.live.table.names:
        raise Stop(404, f"There is nothing of a point {asked.point}.")
    return {"point": asked.point} | found


@routes.get("/history/samples", "viewer", query=SamplesQuery)
async def samples(ask: Ask) -> dict[str, Any]:
    """A point's samples of two hours at most, as they were kept: in the shape of its past, `step_s` 0 when each is one.

    A sample of bad quality has count 0. The newest seconds are not kept yet: `journal.samples_commit_s`.
    """
    asked, daemon = ask.query, ask.to.daemon
    span = _span(asked, MOST_HOURS * 3600)
    if asked.point not in daemon.live.table.names:
        raise Stop(404, f"There is no point {asked.point}.")
    try:
        found = await daemon.reckoner.samples(asked.point, span)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"point": asked.point, "from": asked.since, "to": asked.to} | found


@routes.get("/history/states", "viewer", query=StatesQuery)
async def states(ask: Ask) -> dict[str, Any]:
    """When each state of each machine began, `[ts, state]`, in 32 days at most; what nobody kept is unknown."""
    asked, daemon = ask.query, ask.to.daemon
    span = _span(asked, MOST_DAYS * 86_400)
    machines = [one.name for one in daemon.live.config.machines if asked.machine in (None, one.name)]
    if asked.machine is not None and not machines:
        raise Stop(404, f"There is no machine {asked.machine}.")
    try:
        found = await daemon.reckoner.states(machines, span)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"from": asked.since, "to": asked.to} | found


def _span(asked: SpanQuery, most_s: int) -> Span:
    if asked.since >= asked.to:
        raise Stop(422, "`from` must be before `to`.")
    if asked.to - asked.since > most_s * 1000:
        raise Stop(422, f"At most {most_s // 3600} hours.")
    return asked.since * 1_000_000, asked.to * 1_000_000


def _seconds(ms: int | None) -> int | None:
    return None if ms is None else ms // 1000
