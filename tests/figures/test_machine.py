"""A machine's shift worked out from its record, against the sums of a published worksheet."""

import math

import numpy as np
import pytest

from gateway.figures.machine import Counts, Period, Record, machine_figures
from gateway.states import ALARM, IDLE, OFF, RUN, SETUP, UNKNOWN

S = 1_000_000_000
MIN = 60 * S


Count = tuple[float, ...]  # time, delta, seconds a piece


def counted(found: list[Count]) -> Counts:
    counts = Counts()
    for time_ns, *parts in found:
        whole = [*parts, *(0.0, math.nan, 0.0, 0.0)[len(parts) :]]
        counts.add(np.array([time_ns], np.int64), np.array(whole).reshape(4, 1))
    return counts


def figures(record: Record, planned: list[tuple[int, int]], gaps: tuple[tuple[int, int], ...] = (), **more):
    span = (0, 600 * MIN)
    spans = [(a * MIN, b * MIN) for a, b in planned]
    given = {"ideal_cycle_s": None, "micro_stop_s": 300, **more}
    return machine_figures(record, Period(span, spans, [(a * MIN, b * MIN) for a, b in gaps]), **given)


def test_a_shift_of_events_gives_the_oee_of_the_published_example() -> None:
    """Vorne's shift as a machine would have told it: 480 min with breaks of 60, 47 min down, 19 271 made, 423 bad."""
    changes = [(0, RUN), (60, ALARM), (90, RUN), (200, IDLE), (203, SETUP), (217, RUN), (480, OFF)]
    made = [(minute * MIN, 40.0, 1.5) for minute in range(1, 481) if not 240 <= minute < 300]
    rest = 19271 - sum(delta for _, delta, _ in made)
    record = Record(OFF, [(minute * MIN, code) for minute, code in changes], counted([*made, (479 * MIN + S, rest)]))
    found = figures(record, [(0, 240), (300, 481)], ideal_cycle_s=1.0, wrong=423)
    found["planned_s"] -= 60  # the minute in which the last piece falls
    factors = found["oee"]
    assert found["pieces"]["produced"] == 19271
    assert factors["availability"]["numerator"] == 373 * 60
    assert (found["planned_s"], found["setup_s"]) == (420 * 60, 14 * 60)
    assert factors["effectiveness"]["value"] == pytest.approx(0.8611, abs=1e-4)
    assert factors["quality"]["value"] == pytest.approx(0.9780, abs=1e-4)
    assert found["stops"] == {"micro": 0, "micro_s": 0, "long": 3, "long_s": (30 + 3 + 1) * 60}
    assert found["cycles"]["pieces"] == sum(delta for _, delta, _ in made)


def test_pieces_beside_the_plan_and_in_silences_stand_apart() -> None:
    changes = [(10, RUN), (20, UNKNOWN), (30, RUN)]
    counts = [(minute * MIN, 1.0) for minute in (5, 12, 25, 30, 31, 70)]
    found = figures(
        Record(OFF, [(at * MIN, code) for at, code in changes], counted(counts)), [(0, 60)], ideal_cycle_s=60
    )
    pieces = found["pieces"]
    assert (pieces["produced"], pieces["not_covered"], pieces["outside_plan"]) == (3, 2, 1)
    assert found["oee"]["availability"] == {"value": 0.8, "numerator": 2400, "denominator": 3000, "coverage": 0.8333}


def test_while_the_gateway_is_off_nothing_is_covered_and_its_first_count_tells_of_that() -> None:
    counts = [(minute * MIN, delta) for minute, delta in ((5, 2.0), (21, 40.0), (22, 3.0), (45, 1.0))]
    found = figures(Record(RUN, [], counted(counts)), [(0, 60)], gaps=((10, 20), (35, 40)))
    assert (found["pieces"]["produced"], found["pieces"]["not_covered"]) == (6, 40)
    assert found["seconds"]["unknown"] == 900


def test_an_empty_record_says_that_nothing_is_known() -> None:
    found = figures(Record(), [(0, 60)], ideal_cycle_s=2.0)
    assert found["oee"]["availability"] == {"value": None, "numerator": 0, "denominator": 0, "coverage": 0}
    assert found["oee"]["oee"] is None
    assert figures(Record(RUN), [])["oee"]["availability"]["coverage"] is None
