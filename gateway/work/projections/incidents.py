"""The safety log: what happened, where, how bad, and who told."""

from typing import Final

from gateway.work.entries import Shape
from gateway.work.projections.log import Log

LOG: Final = Log(
    "work_incidents",
    "incident",
    Shape({"what": str, "where": str, "severity": str, "worker": str}, {"station": str, "note": str, "rule": str}),
)
