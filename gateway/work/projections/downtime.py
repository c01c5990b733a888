"""Why machines and stations stood still, as people told it: a layer above the states, which stay as they were."""

from typing import Final

from gateway.work.entries import Shape
from gateway.work.projections.log import Log

LOG: Final = Log(
    "work_downtime", "reason", Shape({"code": str, "worker": str}, {"station": str, "machine": str, "note": str})
)
