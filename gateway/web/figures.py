"""The API of figures: OEE and energy of a period, and which periods a day has."""

from collections.abc import Awaitable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import StorageFailed
from gateway.figures.timeline import Span
from gateway.web.route import Ask, Routes, Stop

routes = Routes("read")
LATEST_MS: Final = 4_102_444_800_000  # the year 2100
MOST_DAYS: Final = 100


class OeeQuery(BaseModel):
    """Which machine, and when."""

    model_config = ConfigDict(extra="forbid")

    machine: str | None = Field(None, max_length=63, description="This machine only.")
    since: int | None = Field(None, alias="from", ge=0, le=LATEST_MS, description="UTC ms; the day's beginning.")
    to: int | None = Field(None, ge=0, le=LATEST_MS, description="UTC ms; now.")


class EnergyQuery(BaseModel):
    """Which machine or point, and when."""

    model_config = ConfigDict(extra="forbid")

    machine: str | None = Field(None, max_length=63, description="A machine that names its meter (`energy`).")
    point: str | None = Field(None, max_length=200, description="Or a point of energy or power, device.point.")
    since: int | None = Field(None, alias="from", ge=0, le=LATEST_MS, description="UTC ms; the day's beginning.")
    to: int | None = Field(None, ge=0, le=LATEST_MS, description="UTC ms; now.")


class PeriodsQuery(BaseModel):
    """Of which day."""

    model_config = ConfigDict(extra="forbid")

    at: int | None = Field(None, ge=0, le=LATEST_MS, description="UTC ms within the day; now.")


@routes.get("/figures/periods", "viewer", query=PeriodsQuery)
async def periods(ask: Ask) -> dict[str, Any]:
    """A day in the shop's zone from midnight to midnight, and the shifts that begin on it; UTC ms."""
    live = ask.to.daemon.live
    day, turns = live.day.of_day(int((live.now_ts() if ask.query.at is None else ask.query.at) * 1_000_000))
    labels = {shift.name: shift.label and shift.label.model_dump() for shift in live.config.shifts}
    shifts = [{"name": turn.shift, "label": labels.get(turn.shift), **_told(turn.whole)} for turn in turns]
    return _told(day) | {"shifts": shifts}


@routes.get("/figures/oee", "viewer", query=OeeQuery)
async def oee(ask: Ask) -> dict[str, Any]:
    """OEE after ISO 22400-2 by machine, each factor with numerator, denominator and coverage; stops, cycles, pieces."""
    span, live = _span(ask), ask.to.daemon.live
    layers = await _found(ask.to.daemon.shopfloor.layers(span))
    reasons = {one.code: one.label.model_dump() for one in live.config.work.reasons}
    return (
        _told(span)
        | {"reasons": reasons}
        | await _found(ask.to.daemon.reckoner.oee(live.config, ask.query.machine, span, layers))
    )


@routes.get("/figures/energy", "viewer", query=EnergyQuery)
async def energy(ask: Ask) -> dict[str, Any]:
    """Energy by the machine's state, a piece, on standby, and the highest calendar quarter hour."""
    names = [one for one in (ask.query.machine, ask.query.point) if one is not None]
    if len(names) != 1:
        raise Stop(422, "Name either a machine or a point.")
    span, live = _span(ask), ask.to.daemon.live
    return _told(span) | await _found(ask.to.daemon.reckoner.energy(live.config, live.table, names[0], span))


def _span(ask: Ask) -> Span:
    """Return the period asked for, UTC ns; nothing is known of the future."""
    live = ask.to.daemon.live
    now_ns = int(live.now_ts() * 1_000_000)
    stop_ns = now_ns if ask.query.to is None else min(now_ns, ask.query.to * 1_000_000)
    start_ns = live.day.midnight_ns(stop_ns) if ask.query.since is None else ask.query.since * 1_000_000
    if start_ns >= stop_ns:
        raise Stop(422, "`from` must be before `to`, and in the past.")
    if stop_ns - start_ns > MOST_DAYS * 86_400_000_000_000:
        raise Stop(422, f"At most {MOST_DAYS} days.")
    return start_ns, stop_ns


def _told(span: Span) -> dict[str, Any]:
    return {"from": span[0] / 1e6, "to": span[1] / 1e6}


async def _found(figures: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    try:
        return await figures
    except KeyError as error:
        raise Stop(404, f"There is no such machine, or no energy is known of it: {error.args[0]}") from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
