"""Values whose words are swapped: what a device sends is right, and its two registers are read in the wrong order."""

import math
import struct
from collections.abc import Mapping
from typing import Final

from sensors.point import Point
from sensors.quantities import UNITS

# What a workshop's devices show, in base units, by quantity: far beyond it something is wrong.
LIKELY: Final[Mapping[str, tuple[float, float]]] = {
    "frequency": (0.5, 1000.0),
    "voltage": (0.01, 2000.0),
    "current": (0.001, 5000.0),
    "power": (0.01, 5e6),
    "apparent_power": (0.01, 5e6),
    "reactive_power": (0.01, 5e6),
    "energy": (0.1, 1e10),
    "temperature": (-60.0, 1500.0),
    "humidity": (0.1, 100.0),
    "number": (0.001, 1e7),
}


def unswapped(point: Point, value: float) -> float | None:
    """Return what the value would be with its words swapped, if that is likely and what it is now is not."""
    if point.type not in ("f32", "u32", "i32") or point.scale == 0 or value == 0 or not math.isfinite(value):
        return None
    form = {"f32": ">f", "u32": ">I", "i32": ">i"}[point.type]
    raw = (value - point.offset) / point.scale
    try:
        packed = struct.pack(form, raw if point.type == "f32" else round(raw))
    except (struct.error, OverflowError):
        return None
    (turned,) = struct.unpack(form, packed[2:] + packed[:2])
    other = float(f"{turned * point.scale + point.offset:.6g}")
    return other if _likely(point, other) and not _likely(point, value) else None


def _likely(point: Point, value: float) -> bool:
    unit = UNITS[point.unit]
    low, high = LIKELY.get(unit.quantity, (1e-6, 1e9))
    base = unit.to_base(value)
    return math.isfinite(base) and (low <= abs(base) <= high if low > 0 else low <= base <= high)
