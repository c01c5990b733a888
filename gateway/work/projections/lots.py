"""Which lot of material was taken into work at a station, and when."""

from typing import Final

from gateway.work.entries import Shape
from gateway.work.projections.log import Log

LOG: Final = Log("work_lots", "lot", Shape({"station": str, "lot": str}, {"worker": str}), index="lot")
