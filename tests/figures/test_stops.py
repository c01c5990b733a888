"""Why a machine stood still: reasons that people tell, laid over what was measured."""

from gateway.figures.machine import Layer, Period, Record, machine_figures
from gateway.figures.stops import NOT_TOLD, by_reason
from gateway.figures.timeline import Timeline
from gateway.states import IDLE, OFF, RUN

MIN = 60_000_000_000


def test_a_reason_is_of_the_stop_in_which_it_is_told_or_of_the_one_just_before() -> None:
    """Ran 0-10, stood 10-20, ran 20-60, stood 60-65, ran 65-100, stood 100-110 min."""
    changes = [(minute * MIN, code) for minute, code in ((10, IDLE), (20, RUN), (60, OFF), (65, RUN), (100, IDLE))]
    timeline = Timeline.of((0, 110 * MIN), RUN, changes)
    told = [(12 * MIN, "TOOL"), (15 * MIN, "BREAK"), (70 * MIN, "LUNCH"), (99 * MIN, "TOO_LATE")]
    found = by_reason(timeline, [(0, 110 * MIN)], told)
    assert found == {
        "BREAK": {"stops": 1, "s": 600.0},
        NOT_TOLD: {"stops": 1, "s": 600.0},
        "LUNCH": {"stops": 1, "s": 300.0},
    }


def test_a_reason_before_the_first_stop_explains_nothing() -> None:
    timeline = Timeline.of((0, 10 * MIN), RUN, [(5 * MIN, IDLE)])
    assert by_reason(timeline, [(0, 10 * MIN)], [(MIN, "TOOL")]) == {NOT_TOLD: {"stops": 1, "s": 300.0}}


def test_between_two_jobs_a_machine_is_set_up_whatever_its_signal_says() -> None:
    """It ran an hour, of which 10 minutes made trial pieces between two jobs, and stood off for the rest of two."""
    record = Record(RUN, [(60 * MIN, OFF)])
    period = Period((0, 120 * MIN), [(0, 120 * MIN)], [])
    found = machine_figures(
        record, period, None, 300, layer=Layer(setups=[(20 * MIN, 30 * MIN), (90 * MIN, 100 * MIN)])
    )
    assert found["setup_s"] == 600
    assert found["seconds"]["run"] == 50 * 60
    assert found["oee"]["availability"]["numerator"] == 50 * 60
