"""Spans of states: what they cover, whatever they are laid over; stops and cycles that follow from them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.figures.cycles import cycles
from gateway.figures.stops import Stops, stops
from gateway.figures.timeline import Timeline, clipped, holds, merged
from gateway.states import ALARM, IDLE, OFF, RUN, SETUP, STATES, UNKNOWN

S = 1_000_000_000
edges = st.integers(0, 60)
spans = st.lists(st.tuples(edges, edges), max_size=5)
changes = st.lists(st.tuples(edges, st.integers(0, 5)), max_size=8).map(sorted)


def timeline(*changes: tuple[int, int], until: int = 100, gaps=()) -> Timeline:
    """States from 0 s on, in seconds."""
    (_, before), *others = changes
    return Timeline.of(
        (0, until * S), before, [(at * S, code) for at, code in others], [(a * S, b * S) for a, b in gaps]
    )


def test_seconds_are_those_within_the_spans() -> None:
    found = timeline((0, OFF), (10, RUN), (30, IDLE), (40, RUN)).seconds([(5 * S, 20 * S), (35 * S, 50 * S)])
    assert {state: seconds for state, seconds in found.items() if seconds} == {"off": 5, "run": 20, "idle": 5}


def test_a_gap_of_the_record_is_unknown_and_the_state_goes_on_behind_it() -> None:
    found = timeline((0, RUN), (50, IDLE), until=60, gaps=[(20, 30)])
    assert found.codes.tolist() == [RUN, UNKNOWN, RUN, IDLE]
    assert (found.edges_ns // S).tolist() == [0, 20, 30, 50, 60]


def test_pieces_at_the_time_of_a_change_belong_to_the_state_before() -> None:
    found = timeline((0, UNKNOWN), (10, RUN))
    at = np.array([10 * S, 10 * S + 1], np.int64)
    assert (found.before(at).tolist(), found.at(at).tolist()) == ([UNKNOWN, RUN], [RUN, RUN])


@given(changes, spans, spans)
def test_every_second_is_counted_once(changes, gaps, laid) -> None:
    """Second by second, plainly."""
    whole = Timeline.of((0, 60 * S), OFF, [(at * S, code) for at, code in changes], [(a * S, b * S) for a, b in gaps])
    expected = dict.fromkeys(STATES, 0.0)
    over = merged(laid)
    for second in range(60):
        state = next((code for at, code in reversed(changes) if at <= second), OFF)
        state = UNKNOWN if any(a <= second < b for a, b in gaps) else state
        expected[STATES[state]] += any(a <= second < b for a, b in over)
    assert whole.seconds([(a * S, b * S) for a, b in over]) == expected


@given(spans, edges, edges)
def test_merged_and_clipped_spans_hold_the_same_times(laid, start, stop) -> None:
    times = np.arange(60, dtype=np.int64)
    neat = merged(laid)
    assert holds(times, neat).tolist() == holds(times, laid).tolist()
    assert all(one[1] < other[0] for one, other in pairwise(neat))
    within = holds(times, laid) & holds(times, [(start, stop)])
    assert holds(times, clipped(laid, (start, stop))).tolist() == within.tolist()


def test_short_stops_between_running_are_told_apart_from_long_ones() -> None:
    found = timeline(
        (0, RUN), (10, IDLE), (12, ALARM), (15, RUN), (40, IDLE), (70, RUN), (80, SETUP), (85, RUN), (95, OFF)
    )
    assert stops(found, [(0, 100 * S)], micro_stop_s=10) == Stops(micro=1, micro_s=5, long=2, long_s=35)


def test_a_stop_into_the_break_is_as_long_as_it_is() -> None:
    """Two seconds before the break and one behind it make no micro-stop."""
    found = timeline((0, RUN), (48, IDLE), (61, RUN))
    assert stops(found, [(0, 50 * S), (60 * S, 100 * S)], micro_stop_s=10) == Stops(0, 0, 1, 3)
    assert stops(found, [(0, 40 * S)], micro_stop_s=10) == Stops(0, 0, 0, 0)


def test_cycles_are_weighted_by_their_pieces() -> None:
    found = cycles(np.array([10.0, 4.0, np.nan, 6.0]), np.array([1.0, 3.0, 7.0, 1.0]))
    assert found.entry() == {"pieces": 5, "last_s": 6.0, "mean_s": 5.6, "median_s": 4.0, "best_s": 4.0}
    assert cycles(np.array([np.nan]), np.array([1.0])).entry()["mean_s"] is None


def test_an_empty_period_has_no_seconds() -> None:
    assert sum(Timeline.of((5, 5), RUN, []).seconds([(0, 10)]).values()) == pytest.approx(0)
