"""What functions that rows move on mean, in plain Python over all rows until now: (time in ns, reading or NaN)."""

import cmath
import math
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from statistics import mean, median

Row = tuple[int, float]
NAN = math.nan
D2 = {2: 1.128, 3: 1.693, 4: 2.059, 5: 2.326}
D3 = {2: 0.853, 3: 0.888, 4: 0.880, 5: 0.864}


def wave(function: str, rows: Sequence[Row], window_ns: int, hop_ns: int, low: float = 0, high: float = 0) -> float:
    """Return rms, crest, kurtosis, band or velocity of the window that was over when the last row came."""
    end_ns = rows[-1][0] // hop_ns * hop_ns
    inside = [row for row in rows if end_ns - window_ns <= row[0] < end_ns]
    if function in ("band", "velocity"):
        return spectrum(function, inside, window_ns, low, high)
    good = [value for _, value in inside if not math.isnan(value)]
    if not good:
        return NAN
    if function == "rms":
        return math.sqrt(mean(value**2 for value in good))
    middle = mean(good)
    square = mean((value - middle) ** 2 for value in good)
    if square < 1e-30:
        return NAN
    if function == "crest":
        return max(abs(value - middle) for value in good) / math.sqrt(square)
    return mean((value - middle) ** 4 for value in good) / square**2


def spectrum(function: str, inside: Sequence[Row], window_ns: int, low: float, high: float) -> float:
    """Return the rms of a band, by the definition of the Fourier transform."""
    count = len(inside)
    if count < 8 or any(math.isnan(value) for _, value in inside):
        return NAN
    step_ns = (inside[-1][0] - inside[0][0]) / (count - 1)
    apart = [(later - at) / step_ns for (at, _), (later, _) in pairwise(inside)]
    if min(apart) <= 0.5 or max(apart) >= 1.5 or step_ns * count < 0.9 * window_ns or high > 0.5e9 / step_ns:
        return NAN
    middle = mean(value for _, value in inside)
    hann = [0.5 - 0.5 * math.cos(2 * math.pi * place / count) for place in range(count)]
    total = 0.0
    for place in range(count // 2 + 1):
        hz = place * 1e9 / step_ns / count
        if low <= hz < high:
            terms = (
                weight * (value - middle) * cmath.exp(-2j * math.pi * place * number / count)
                for number, (weight, (_, value)) in enumerate(zip(hann, inside, strict=True))
            )
            twice = 1 if place in (0, count / 2) else 2
            part = twice * abs(sum(terms)) ** 2 / (count * sum(weight**2 for weight in hann))
            total += part / (2 * math.pi * hz) ** 2 if function == "velocity" else part
    return math.sqrt(total) * (1000 if function == "velocity" else 1)


def chart_points(rows: Sequence[Row], every_ns: int, size: int) -> list[tuple[int, list[float]]]:
    """Return the readings of each chart point and when it began."""
    if every_ns:
        stretches = [(key, list(group)) for key, group in groupby(rows, lambda row: row[0] // every_ns)]
        over = [(key * every_ns, [one for _, one in group if not math.isnan(one)]) for key, group in stretches[:-1]]
        return [(begin, readings) for begin, readings in over if readings]
    good = [row for row in rows if not math.isnan(row[1])]
    groups = [good[first : first + size] for first in range(0, len(good) - size + 1, size)]
    return [(group[-1][0], [value for _, value in group]) for group in groups]


def learned(function: str, rows: Sequence[Row], count: int, every_ns: int, size: int) -> float:
    """Return charted, usual, sigma, uneven, drift, drift_since, western_electric or nelson."""
    points = [readings for _, readings in chart_points(rows, every_ns, size)]
    values = [mean(readings) for readings in points]
    if function == "charted":
        return values[-1] if values else NAN
    if function == "learned":
        return 100 * min(len(values), count) / count
    if len(values) < count:
        return NAN
    of_ranges = max(size, 2)
    ranges = [abs(one - other) for other, one in pairwise(values)]
    if size > 1:
        ranges = [max(readings) - min(readings) for readings in points]
    baseline = ranges[:count] if size > 1 else ranges[: count - 1]
    center, sigma = mean(values[:count]), mean(baseline) / D2[of_ranges] / math.sqrt(size)
    if function in ("usual", "sigma"):
        return center if function == "usual" else sigma
    if sigma == 0 or len(values) == count:
        return NAN
    if function == "uneven":
        return ranges[-1] / (mean(baseline) * (1 + 3 * D3[of_ranges] / D2[of_ranges]))
    z = [(value - center) / sigma for value in values[count:]]
    if function not in RULES:
        moved, run = drift(z)
        return moved * sigma if function == "drift" else run * (every_ns / 1e9 or NAN) if run else 0.0
    return broken(z, RULES[function])


def drift(z: Sequence[float]) -> tuple[float, int]:
    """Return the shift of the mean in sigma by the tabular CUSUM (k = 0.5, h = 5, sums up to 10), and since when."""
    high, low, since_high, since_low = 0.0, 0.0, [], []
    for one in z:
        high, low = min(10.0, max(0.0, high + one - 0.5)), min(10.0, max(0.0, low - one - 0.5))
        since_high, since_low = ([*since_high, one] if high else []), ([*since_low, one] if low else [])
    if max(high, low) <= 5:
        return 0.0, 0
    since = since_high if high >= low else since_low
    return mean(since), len(since)


def broken(z: Sequence[float], rules: Sequence[Callable[[Sequence[float]], bool]]) -> float:
    """Return the first rule that the last point breaks, in its own words or those of the mirror image."""
    mirrored = [-one for one in z]
    return next((number for number, rule in enumerate(rules, 1) if rule(z) or rule(mirrored)), 0)


def beyond(sigmas: float, needed: int, among: int) -> Callable[[Sequence[float]], bool]:
    """So many of the last ones are beyond, and the last is one of them."""
    return lambda z: z[-1] > sigmas and sum(one > sigmas for one in z[-among:]) >= needed


def steps(z: Sequence[float], points: int) -> list[float]:
    """How far each of the last points is from the one before; nothing when there are not so many."""
    return [one - other for other, one in pairwise(z[-points:])] if len(z) >= points else []


def rises(z: Sequence[float]) -> bool:
    return bool(steps(z, 6)) and all(step > 0 for step in steps(z, 6))


def alternates(z: Sequence[float]) -> bool:
    return bool(steps(z, 14)) and all(one * other < 0 for one, other in pairwise(steps(z, 14)))


RULES: dict[str, list[Callable[[Sequence[float]], bool]]] = {
    "western_electric": [beyond(3, 1, 1), beyond(2, 2, 3), beyond(1, 4, 5), beyond(0, 8, 8)],
    "nelson": [
        beyond(3, 1, 1), beyond(0, 9, 9), rises, alternates, beyond(2, 2, 3), beyond(1, 4, 5),
        lambda z: len(z) >= 15 and all(abs(one) < 1 for one in z[-15:]),
        lambda z: len(z) >= 8 and all(abs(one) > 1 for one in z[-8:]),
    ],
}  # fmt: skip


def seasonal(function: str, rows: Sequence[Row], count: int, every_ns: int, hours: bool) -> float:
    """Return odd or normal: by the first 12 points of a season, then followed as by Gelper, Fried and Croux."""
    known: dict[int, tuple[float, float]] = {}
    first: dict[int, list[float]] = {}
    odd = normal = NAN
    for begin_ns, readings in chart_points(rows, every_ns, 1):
        season, value = begin_ns // 3_600_000_000_000 % 24 if hours else 0, mean(readings)
        odd = normal = NAN
        if season in known:
            normal, sigma = known[season]
            if sigma:
                odd = z = (value - normal) / sigma
                rho = 2.52 * (1 - (1 - (z / 2) ** 2) ** 3) if abs(z) < 2 else 2.52
                moved = normal + max(-2.0, min(2.0, z)) * sigma / count
                known[season] = moved, sigma * math.sqrt(1 - 1 / count + rho / count)
            elif value != normal:
                known.pop(season)
                first[season] = []
        if season not in known:
            learning = first.setdefault(season, [])
            learning.append(value)
            if len(learning) == 12:
                middle = median(learning)
                distances = [abs(one - middle) for one in learning]
                known[season] = middle, median(distances) / 0.6745 or mean(distances) / 0.7979
    return odd if function == "odd" else normal
