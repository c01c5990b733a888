"""How much a machine may shake: the evaluation zones A to D of ISO 10816 (now ISO 20816).

The figure is the velocity of a part that does not rotate, mm/s rms in 10 to 1000 Hz. A: as when new. B: may run on.
C: for a while only, plan the repair. D: does damage.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.batch import Float64s

ZONES: Final = "ABCD"


class Boundaries(NamedTuple):
    """Where a zone ends, mm/s rms; a value on a boundary belongs to the zone below."""

    a_b: float
    b_c: float
    c_d: float


# ISO 10816-1:1995, annex B: classes by the size of the machine. ISO 10816-3:2009, tables A.1 and A.2 (unchanged in
# ISO 20816-3:2022): groups by power and shaft height, and whether the foundation is stiffer than the machine shakes.
BOUNDARIES: Final[Mapping[str, Boundaries]] = MappingProxyType(
    {
        "small": Boundaries(0.71, 1.8, 4.5),  # class I: up to 15 kW, most of what stands in a workshop
        "class_2": Boundaries(1.12, 2.8, 7.1),  # 15 to 75 kW; to 300 kW on a foundation of its own
        "class_3": Boundaries(1.8, 4.5, 11.2),  # large, on a rigid and heavy foundation
        "class_4": Boundaries(2.8, 7.1, 18.0),  # large, on a soft foundation
        "group_1_rigid": Boundaries(2.3, 4.5, 7.1),  # above 300 kW, or a motor's shaft 315 mm and higher
        "group_1_flexible": Boundaries(3.5, 7.1, 11.0),
        "group_2_rigid": Boundaries(1.4, 2.8, 4.5),  # 15 to 300 kW, or a motor's shaft 160 to 315 mm high
        "group_2_flexible": Boundaries(2.3, 4.5, 7.1),
    }
)


def zones(velocity_mm_s: Float64s, boundaries: Boundaries) -> NDArray[np.int8]:
    """Return the zone of each velocity (mm/s rms): 0 for A to 3 for D, -1 where it is not known."""
    found = np.searchsorted(np.array(boundaries), velocity_mm_s, "left").astype(np.int8)
    found[np.isnan(velocity_mm_s)] = -1
    return found
