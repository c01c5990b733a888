"""What a value measures: quantities multiplied and divided, so that `2 degC / 1 min` compares with a rate.

A dimension is a tuple of (quantity, exponent), sorted by name; `()` is a plain number. Quantities are those of
`sensors.quantities`; a value of a dimension is in the product of their base units.
"""

from collections.abc import Callable
from typing import Final

from gateway.language.errors import Both
from sensors.quantities import BASE

Dimension = tuple[tuple[str, int], ...]

NUMBER: Final[Dimension] = ()
TIME: Final[Dimension] = (("time", 1),)
RATIO: Final[Dimension] = (("ratio", 1),)
PERCENT: Final = 0.01  # the base unit of a ratio, as a number

# A quantity's base unit as a product of others: factor x units. So V x A compares with W, and a rate of Wh with kW.
# Two named quantities still never compare with each other: what is in W is not in VA.
_MADE_OF: Final[dict[str, tuple[float, Dimension]]] = {
    "power": (1.0, (("current", 1), ("voltage", 1))),
    "apparent_power": (1.0, (("current", 1), ("voltage", 1))),
    "reactive_power": (1.0, (("current", 1), ("voltage", 1))),
    "energy": (3600.0, (("current", 1), ("time", 1), ("voltage", 1))),
    "apparent_energy": (3600.0, (("current", 1), ("time", 1), ("voltage", 1))),
    "reactive_energy": (3600.0, (("current", 1), ("time", 1), ("voltage", 1))),
    "charge": (3600.0, (("current", 1), ("time", 1))),
    "resistance": (1.0, (("current", -1), ("voltage", 1))),
    "frequency": (1.0, (("time", -1),)),
    "production_rate": (1 / 60, (("time", -1),)),
    "area": (1.0, (("length", 2),)),
    "volume": (1e-3, (("length", 3),)),
    "flow": (1e-3 / 60, (("length", 3), ("time", -1))),
    "velocity": (1e-3, (("length", 1), ("time", -1))),
    "acceleration": (1.0, (("length", 1), ("time", -2))),
    "force": (1.0, (("length", 1), ("mass", 1), ("time", -2))),
    "pressure": (1.0, (("length", -1), ("mass", 1), ("time", -2))),
    "density": (1e-9, (("length", -3), ("mass", 1))),
}

_KOREAN: Final[dict[str, str]] = {
    "number": "수",
    "ratio": "비율",
    "humidity": "습도",
    "temperature": "온도",
    "time": "시간",
    "frequency": "주파수",
    "rotation": "회전수",
    "voltage": "전압",
    "current": "전류",
    "power": "전력",
    "apparent_power": "피상전력",
    "reactive_power": "무효전력",
    "energy": "전력량",
    "apparent_energy": "피상전력량",
    "reactive_energy": "무효전력량",
    "charge": "전하량",
    "resistance": "저항",
    "length": "길이",
    "area": "넓이",
    "volume": "부피",
    "flow": "유량",
    "velocity": "속도",
    "acceleration": "가속도",
    "angle": "각도",
    "mass": "무게",
    "force": "힘",
    "torque": "토크",
    "pressure": "압력",
    "illuminance": "밝기",
    "sound_level": "소음",
    "density": "농도",
    "production_rate": "생산 속도",
}


def of_quantity(quantity: str) -> Dimension:
    """Return the dimension of one quantity."""
    return NUMBER if quantity == "number" else ((quantity, 1),)


def times(left: Dimension, right: Dimension, power: int = 1) -> Dimension:
    """Return left x right^power."""
    exponents = dict(left)
    for quantity, exponent in right:
        exponents[quantity] = exponents.get(quantity, 0) + power * exponent
    return tuple(sorted((quantity, exponent) for quantity, exponent in exponents.items() if exponent))


def root(dimension: Dimension) -> Dimension | None:
    """Return the dimension whose square this is, None when there is none."""
    if any(exponent % 2 for _, exponent in dimension):
        return None
    return tuple((quantity, exponent // 2) for quantity, exponent in dimension)


def ratio(one: Dimension, other: Dimension) -> float | None:
    """Return what a value of `one` is multiplied by to be one of `other`; None when they measure different things."""
    if one == other:
        return 1.0
    if _named(one) and _named(other):
        return None
    (one_factor, one_parts), (other_factor, other_parts) = _taken_apart(one), _taken_apart(other)
    return one_factor / other_factor if one_parts == other_parts else None


def _named(dimension: Dimension) -> bool:
    """Tell whether a dimension is a single quantity, or a number: not a product."""
    return not dimension or (len(dimension) == 1 and dimension[0][1] == 1)


def _taken_apart(dimension: Dimension) -> tuple[float, Dimension]:
    factor, parts = 1.0, NUMBER
    for quantity, exponent in dimension:
        one_factor, one_parts = _MADE_OF.get(quantity, (1.0, ((quantity, 1),)))
        factor *= one_factor**exponent
        parts = times(parts, one_parts, exponent)
    return factor, parts


def symbol(dimension: Dimension) -> str:
    """Return the base unit of a dimension as text: `degC/s`; `1` for a number."""
    return _product(dimension, lambda quantity: BASE[quantity].symbol)


def described(dimension: Dimension) -> Both:
    """Name a dimension for an error, in both languages: `temperature (degC)`."""
    if not dimension:
        return {"ko": "단위 없는 수", "en": "a number without unit"}
    unit = symbol(dimension)
    return {
        "ko": f"{_product(dimension, lambda quantity: _KOREAN.get(quantity, quantity))}({unit})",
        "en": f"{_product(dimension, lambda quantity: quantity.replace('_', ' '))} ({unit})",
    }


def _product(dimension: Dimension, name: Callable[[str], str]) -> str:
    """Write a product: what multiplies, then what divides."""
    above = [_power(name(quantity), exponent) for quantity, exponent in dimension if exponent > 0]
    below = [_power(name(quantity), -exponent) for quantity, exponent in dimension if exponent < 0]
    return "/".join(["*".join(above) or "1", *below])


def _power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}^{exponent}"
