"""Who used shared equipment, and when: begun, ended (with minutes and kWh), not come, left on."""

from typing import Final

from gateway.work.entries import Shape
from gateway.work.projections.log import Log

LOG: Final = Log(
    "work_usage",
    "session",
    Shape(
        {"equipment": str, "action": str, "worker": str},
        {"station": str, "minutes": str, "kwh": str, "meter_kwh": str, "booking": str},
    ),
    index="equipment",
)
