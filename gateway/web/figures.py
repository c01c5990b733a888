"""The API of figures: OEE, energy, stops and defects of a period, and which periods a day lies in."""

from collections.abc import Awaitable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.engine.control_charts import control_charts
from gateway.errors import StorageFailed
from gateway.figures.pareto import FORMULA, pareto
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
    """A day in the shop's zone from midnight to midnight, the shifts that begin on it, its week and month; UTC ms."""
    live = ask.to.daemon.live
    at_ns = int((live.now_ts() if ask.query.at is None else ask.query.at) * 1_000_000)
    day, turns = live.day.of_day(at_ns)
    labels = {shift.name: shift.label and shift.label.model_dump() for shift in live.config.shifts}
    shifts = [{"name": turn.shift, "label": labels.get(turn.shift), **_told(turn.whole)} for turn in turns]
    week, month = (_told(span) for span in live.day.week_and_month(at_ns))
    return _told(day) | {"shifts": shifts, "week": week, "month": month}


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


@routes.get("/figures/pareto", "viewer", query=OeeQuery)
async def causes(ask: Ask) -> dict[str, Any]:
    """What took the most: reasons of stops (seconds) and kinds of defects (pieces), the greatest first, sums to 1.

    `parts`: the machines that stood, the operations where it came about. Of one machine, the defects are those that
    were told at its station. The code '' is of stops that nobody explained.
    """
    span, daemon = _span(ask), ask.to.daemon
    config, asked = daemon.live.config, ask.query.machine
    station = next((one.station for one in config.machines if one.name == asked), None)
    found = (await _found(daemon.reckoner.oee(config, asked, span, await _found(daemon.shopfloor.layers(span)))))[
        "machines"
    ]
    told = await _found(daemon.office.causes(config, span, station))
    stood: dict[str, dict[str, float]] = {}
    times: dict[str, int] = {}
    for one in found:
        for code, stops in one["downtime"].items():
            stood.setdefault(code, {})[one["machine"]] = stops["s"]
            times[code] = times.get(code, 0) + stops["stops"]
    pieces = told.pop("pieces") if asked is None or station else {}
    planned = {reason.code for reason in config.work.reasons if reason.planned}
    stops_told = [
        cause | {"stops": times[cause["code"]], "planned": cause["code"] in planned} for cause in pareto(stood)
    ]
    lost = {"stops": stops_told, "defects": pareto(pieces)}
    return _told(span) | {"formula": FORMULA, "machine": asked, **lost, "labels": told}


@routes.get("/figures/charts", "viewer")
async def charts(ask: Ask) -> dict[str, Any]:
    """The control charts of the watches: baseline, centre and limits, the last points `[ts, value, broken, uneven]`."""
    live = ask.to.daemon.live
    return {"charts": control_charts(live.engine, live.config, live.ts)}


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
