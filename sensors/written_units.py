"""Units as instruments write them (`KG`, `℃`, `돈`, `mom`), by the symbols of our table.

Sources: A&D GX-A/GF-A communication manual, "Unit" (g, kg, oz, ozt, ct, mom, lb, dwt, GN, tl, PC, %); CAS CI series
manuals, "Data format" (kg, t, lb). 1 momme is 3.75 g, exactly as 1 don. The tael has three sizes, so it is not here.
"""

from collections.abc import Mapping
from typing import Final

from sensors.quantities import UNITS, Unit

_WRITTEN: Final[Mapping[str, str]] = {
    "돈": "don",
    "mom": "don",
    "momme": "don",
    "car": "ct",
    "pc": "pcs",
    "pcs": "pcs",
    "ea": "pcs",
    "개": "pcs",
    "c": "degC",
    "℃": "degC",
    "°c": "degC",
    "f": "degF",
    "℉": "degF",
    "°f": "degF",
    "in": "inch",
    "pct": "%",
    "rh": "%RH",
    "%rh": "%RH",
    "l": "L",
    "ml": "mL",
    "kgf/cm²": "kgf/cm2",
    "μm": "um",
    "ω": "ohm",
}
_BY_SHOWN: Final = {unit.shown: unit for unit in UNITS.values() if unit.shown}
_BY_LOWER: Final = {
    lower: units[0]
    for lower in {symbol.lower() for symbol in UNITS}
    if len(units := [unit for symbol, unit in UNITS.items() if symbol.lower() == lower]) == 1
}


def written_unit(text: str) -> Unit | None:
    """Return the unit that an instrument means by `text`; None where that is not known for sure.

    As it is in our table first, then as people read it, then in any case where that is no other unit (mW is not MW).
    """
    text = text.strip()
    found = UNITS.get(text) or _BY_SHOWN.get(text)
    if found is None:
        lower = text.lower()
        found = UNITS.get(_WRITTEN.get(lower, "")) or _BY_LOWER.get(lower)
    return None if found is None or found.symbol == "1" else found
