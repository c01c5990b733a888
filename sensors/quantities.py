"""Quantities and units: the one table that says what may be compared with what, and how to convert it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. A value in base units is `value * scale + offset`; a difference of two values has no offset."""

    symbol: str  # as written in a configuration: degC, kW, mm/s
    quantity: str
    scale: float
    offset: float = 0.0
    shown: str = ""  # as people read it: °C, m/s²

    def to_base(self, value: float, *, difference: bool = False) -> float:
        """Convert from this unit to the quantity's base unit."""
        return value * self.scale + (0.0 if difference else self.offset)

    def from_base(self, value: float, *, difference: bool = False) -> float:
        """Convert from the quantity's base unit to this one."""
        return (value - (0.0 if difference else self.offset)) / self.scale


# Quantity, then its units: (symbol, scale) or (symbol, scale, offset, shown); the first is the base unit.
# Factors are exact by definition (BIPM, SI Brochure, 9th edition; 1 don = 3.75 g and 1 carat = 0.2 g by law).
_Row = tuple[str, float] | tuple[str, float, float] | tuple[str, float, float, str]
_TABLE: Final[Mapping[str, tuple[_Row, ...]]] = {
    "number": (("1", 1.0), ("pcs", 1.0), ("pairs", 1.0), ("sheets", 1.0)),
    "ratio": (("%", 1.0), ("ppm", 1e-4)),
    "humidity": (("%RH", 1.0, 0.0, "%RH"),),
    "temperature": (
        ("degC", 1.0, 0.0, "°C"),
        ("K", 1.0, -273.15),
        ("degF", 5.0 / 9.0, -160.0 / 9.0, "°F"),
    ),
    "time": (("s", 1.0), ("us", 1e-6, 0.0, "µs"), ("ms", 1e-3), ("min", 60.0), ("h", 3600.0), ("d", 86400.0)),
    "frequency": (("Hz", 1.0), ("mHz", 1e-3), ("kHz", 1e3), ("MHz", 1e6)),
    "rotation": (("rpm", 1.0),),
    "voltage": (("V", 1.0), ("mV", 1e-3), ("kV", 1e3)),
    "current": (("A", 1.0), ("uA", 1e-6, 0.0, "µA"), ("mA", 1e-3), ("kA", 1e3)),
    "power": (("W", 1.0), ("mW", 1e-3), ("kW", 1e3), ("MW", 1e6)),
    "apparent_power": (("VA", 1.0), ("kVA", 1e3)),
    "reactive_power": (("var", 1.0), ("kvar", 1e3)),
    "energy": (("Wh", 1.0), ("kWh", 1e3), ("MWh", 1e6), ("J", 1.0 / 3600.0), ("kJ", 1.0 / 3.6), ("MJ", 1e4 / 36.0)),
    "apparent_energy": (("VAh", 1.0), ("kVAh", 1e3)),
    "reactive_energy": (("varh", 1.0), ("kvarh", 1e3)),
    "charge": (("Ah", 1.0), ("mAh", 1e-3)),
    "resistance": (("ohm", 1.0, 0.0, "Ω"), ("kohm", 1e3, 0.0, "kΩ"), ("Mohm", 1e6, 0.0, "MΩ")),
    "length": (
        ("m", 1.0),
        ("um", 1e-6, 0.0, "µm"),
        ("mm", 1e-3),
        ("cm", 1e-2),
        ("km", 1e3),
        ("inch", 0.0254),
        ("yd", 0.9144),
    ),
    "area": (("m2", 1.0, 0.0, "m²"), ("cm2", 1e-4, 0.0, "cm²")),
    "volume": (("L", 1.0), ("mL", 1e-3), ("m3", 1e3, 0.0, "m³")),
    "flow": (("L/min", 1.0), ("mL/min", 1e-3), ("L/h", 1.0 / 60.0), ("m3/h", 1e3 / 60.0, 0.0, "m³/h")),
    "velocity": (("mm/s", 1.0), ("cm/s", 10.0), ("m/s", 1e3), ("m/min", 1e3 / 60.0), ("km/h", 1e4 / 36.0)),
    "acceleration": (("m/s2", 1.0, 0.0, "m/s²"), ("gn", 9.80665, 0.0, "g")),
    "angle": (("deg", 1.0, 0.0, "°"), ("rad", 57.29577951308232), ("mrad", 0.05729577951308232)),
    "mass": (
        ("kg", 1.0),
        ("g", 1e-3),
        ("mg", 1e-6),
        ("t", 1e3),
        ("don", 3.75e-3, 0.0, "돈"),
        ("ct", 2e-4),
        ("lb", 0.45359237),
        ("oz", 0.028349523125),
    ),
    "force": (("N", 1.0), ("mN", 1e-3), ("kN", 1e3), ("kgf", 9.80665)),
    "torque": (("Nm", 1.0, 0.0, "N·m"), ("mNm", 1e-3, 0.0, "mN·m")),
    "pressure": (
        ("Pa", 1.0),
        ("hPa", 1e2),
        ("kPa", 1e3),
        ("MPa", 1e6),
        ("mbar", 1e2),
        ("bar", 1e5),
        ("psi", 6894.757293168361),
        ("kgf/cm2", 98066.5, 0.0, "kgf/cm²"),
    ),
    "illuminance": (("lx", 1.0), ("klx", 1e3)),
    "sound_level": (("dB", 1.0), ("dBA", 1.0, 0.0, "dB(A)")),
    "density": (("ug/m3", 1.0, 0.0, "µg/m³"), ("mg/m3", 1e3, 0.0, "mg/m³")),
    "production_rate": (("pcs/min", 1.0), ("pcs/h", 1.0 / 60.0), ("spm", 1.0)),
}


def _unit(quantity: str, row: _Row) -> Unit:
    symbol, scale = row[0], row[1]
    offset = row[2] if len(row) > 2 else 0.0
    shown = row[3] if len(row) > 3 else symbol
    return Unit(symbol, quantity, scale, offset, "" if symbol == "1" else shown)


UNITS: Final[Mapping[str, Unit]] = MappingProxyType(
    {row[0]: _unit(quantity, row) for quantity, rows in _TABLE.items() for row in rows}
)
BASE: Final[Mapping[str, Unit]] = MappingProxyType({quantity: UNITS[rows[0][0]] for quantity, rows in _TABLE.items()})
QUANTITIES: Final = tuple(_TABLE)

# For a parser: the longest symbol that follows a number wins ("mm/s" before "mm" before "m"). "1" is never written.
LONGEST_FIRST: Final = tuple(sorted((symbol for symbol in UNITS if symbol != "1"), key=lambda s: (-len(s), s)))


def unit(symbol: str) -> Unit:
    """Return the unit of this symbol; KeyError when there is none."""
    return UNITS[symbol]


def convert(value: float, source: Unit, target: Unit, *, difference: bool = False) -> float:
    """Convert between two units of one quantity; ValueError names both when they measure different things."""
    if source.quantity != target.quantity:
        raise ValueError(f"{source.symbol} is {source.quantity}, {target.symbol} is {target.quantity}")
    return target.from_base(source.to_base(value, difference=difference), difference=difference)
