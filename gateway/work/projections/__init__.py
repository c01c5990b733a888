"""The projections of the ledger, one module each; `ALL` is in the order in which they hear of an entry."""

from typing import Final

from gateway.work.projection import Projection
from gateway.work.projections import (
    asked,
    baselines,
    begun,
    bundles,
    downtime,
    incidents,
    jobs,
    lines,
    lots,
    marks,
    masters,
    paid,
    periods,
    places,
    prints,
    quarters,
    sessions,
    usage,
    weighings,
)

ALL: Final[tuple[Projection, ...]] = (
    masters.PROJECTION,
    sessions.PROJECTION,
    asked.PROJECTION,
    places.PROJECTION,
    bundles.PROJECTION,
    begun.PROJECTION,
    paid.PROJECTION,  # before the lines: what it takes back it reads there
    lines.PROJECTION,
    periods.PROJECTION,
    quarters.PROJECTION,  # behind the tables that its triggers read
    marks.PROJECTION,
    baselines.PROJECTION,
    jobs.JOBS.projection,
    jobs.TOOLS.projection,
    lots.LOG.projection,
    weighings.LOG.projection,
    usage.LOG.projection,
    downtime.LOG.projection,
    incidents.LOG.projection,
    prints.PROJECTION,
)
