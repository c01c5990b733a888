"""The API of the figures of work."""

from typing import Any

from pydantic import Field

from gateway.errors import StorageFailed
from gateway.figures.timeline import Span
from gateway.pay.terms import Terms
from gateway.web.pay import Dates, checked
from gateway.web.route import Ask, Routes, Stop

routes = Routes()
MOST_DAYS = 100  # of machines' own events


class Days(Dates):
    """Which days, or which shift of one day."""

    shift: str | None = Field(None, max_length=63, description="This shift of the day only; it may end on the next.")


@routes.get("/work/figures", "viewer", query=Days)
async def work_figures(ask: Ask) -> dict[str, Any]:
    """Output by hour, operation, style, order and station; efficiency, balance, WIP, DHU, yields, lead time."""
    return await _figures(ask, workers=False)


@routes.get("/work/figures/workers", "owner", query=Days)
async def workers_figures(ask: Ask) -> dict[str, Any]:
    """The same, and each worker's pieces, hours and efficiency, for those who may see them."""
    return await _figures(ask, workers=True)


@routes.get("/work/contradictions", "viewer", query=Dates)
async def contradictions(ask: Ask) -> dict[str, Any]:
    """Days on which a station's scans and its machine disagree: in numbers, or scanned while it stood still."""
    daemon, (first, last) = ask.to.daemon, checked(ask.query)
    if (last - first).days >= MOST_DAYS:
        raise Stop(422, f"At most {MOST_DAYS} days.")
    config = daemon.live.config
    try:
        return await daemon.office.contradictions(config, Terms.of(config).bounds(first, last))
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


async def _figures(ask: Ask, workers: bool) -> dict[str, Any]:
    daemon = ask.to.daemon
    try:
        return await daemon.office.figures(daemon.live.config, span_of(ask), workers)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


def span_of(ask: Ask) -> Span:
    """Return the time of the days or the shift that were asked for, UTC ns."""
    (first, last), terms = checked(ask.query), Terms.of(ask.to.daemon.live.config)
    if ask.query.shift is None:
        return terms.bounds(first, last)
    if first != last:
        raise Stop(422, "A shift is of one day: let `from` and `to` be the same.")
    turn = terms.day.turn(first, ask.query.shift)
    if turn is None:
        names = ", ".join(shift.name for shift in terms.day.shifts)
        raise Stop(404, f"No shift {ask.query.shift} begins on {first}. The shifts: {names}.")
    return turn.whole
