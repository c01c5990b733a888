"""What NumPy cannot go below for a row: one gather, one compare and one state update an evaluation."""

import time

import numpy as np


def floor_s(points: int, rules: int, rows: int, chance: np.random.Generator) -> float:
    """Return the processor's seconds a row, with everything prepared that can be."""
    values = chance.normal(50.0, 2.0, (rows, points))
    places, limits = chance.integers(0, points, rules).astype(np.intp), chance.normal(54.0, 2.0, rules)
    gathered, above, active = np.empty(rules), np.empty(rules, np.bool_), np.zeros(rules, np.bool_)
    begun = time.process_time()
    for row in values:
        row.take(places, None, gathered, "clip")
        np.greater(gathered, limits, above)
        np.logical_or(active, above, active)
    return (time.process_time() - begun) / rows
