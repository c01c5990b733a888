"""Energy: from power and from counters, by state, a piece, and the quarter-hour demand."""

import numpy as np
import pytest

from gateway.figures.energy import energy, of_counter, of_power, peak, projected_kw, quarters
from gateway.figures.timeline import Timeline
from gateway.states import IDLE, RUN

NAN = np.nan
HOUR_S = 1_790_000_100 // 900 * 900 + 900  # a quarter hour begins
S = 1_000_000_000


def test_demand_is_energy_by_time() -> None:
    """calculator.academy, "Electrical maximum demand": D = E / T. 12.5 kWh in a quarter hour are 50 kW."""
    (quarter,) = quarters(of_power(HOUR_S, np.full(15, 50.0)))
    assert (quarter.start_s, quarter.mean_kw, quarter.minutes) == (HOUR_S, pytest.approx(50.0), 15)
    counted = of_counter(HOUR_S, 100 + np.arange(16) * (12.5 / 15))
    assert quarters(counted)[0].mean_kw == pytest.approx(50.0)


def test_the_peak_is_the_highest_calendar_quarter_not_the_highest_minute() -> None:
    power = np.concatenate((np.full(5, 0.0), np.full(15, 10.0), np.full(9, 40.0), np.full(16, 4.0)))
    found = quarters(of_power(HOUR_S - 300, power))
    assert [(one.start_s - HOUR_S) // 900 for one in found] == [0, 1]  # of the first and last too little is known
    assert [one.mean_kw for one in found] == pytest.approx([10.0, (9 * 40 + 6 * 4) / 15])
    assert peak(found) == found[1]


def test_a_quarter_hour_of_which_little_is_known_has_no_demand() -> None:
    power = np.full(30, 5.0)
    power[3:7] = NAN
    assert [one.minutes for one in quarters(of_power(HOUR_S, power))] == [15]
    power[3] = 5.0
    assert [one.minutes for one in quarters(of_power(HOUR_S, power))] == [12, 15]


def test_what_a_counter_counted_in_silence_is_kept_and_no_demand_follows_from_it() -> None:
    shown = np.array([7.0, 7.5, NAN, NAN, 9.0, 0.25])
    found = of_counter(0, shown)
    assert found.kwh.tolist() == [0.5, 0.5, 0.5, 0.5, 0.25]
    assert found.measured.tolist() == [True, False, False, False, True]


def test_a_minutes_energy_belongs_to_the_states_it_had() -> None:
    states = Timeline.of((HOUR_S * S, (HOUR_S + 240) * S), IDLE, [((HOUR_S + 90) * S, RUN)])
    found = energy(of_power(HOUR_S, np.array([6.0, 12.0, 18.0, NAN])), states, pieces=4)
    assert found.by_state_kwh["idle"] == pytest.approx(0.1 + 0.1)
    assert found.by_state_kwh["run"] == pytest.approx(0.1 + 0.3)
    assert (found.total_kwh, found.standby_kwh) == pytest.approx((0.6, 0.2))
    assert found.per_piece.value == pytest.approx(0.15)
    assert found.per_piece_run.value == pytest.approx(0.1)
    assert found.coverage == pytest.approx(0.75)
    entry = found.entry()
    assert (entry["peak"], entry["kwh"], entry["per_piece"]["denominator"]) == (None, 0.6, 4)


def test_without_pieces_or_minutes_there_is_no_figure_a_piece() -> None:
    states = Timeline.of((0, 60 * S), IDLE, [])
    assert energy(of_power(0, np.array([6.0])), states, 0).per_piece.value is None
    nothing = energy(of_power(0, np.empty(0)), states, 0)
    assert (nothing.total_kwh, nothing.coverage, nothing.peak) == (0.0, 0.0, None)


def test_a_projection_takes_what_was_and_what_goes_on() -> None:
    """Five minutes at 30 kW and ten at 60 make a quarter hour of 50."""
    assert projected_kw(so_far_kwh=2.5, now_kw=60, left_s=600) == pytest.approx(50.0)
    assert projected_kw(0, 42, 900) == pytest.approx(42)
