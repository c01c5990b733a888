"""The filter of changes: by cases, and by what must hold whatever comes."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.publish.changes import Changes

S = 1_000_000_000
NAN = float("nan")


def choose(changes: Changes, *rows: tuple[float, ...], at_s: float = 0.0, step_s: float = 1.0) -> list[list[bool]]:
    """Return what is chosen of rows that come a second apart; a NaN is a point that did not answer."""
    values = np.array(rows, np.float64)
    mono_ns = ((at_s + np.arange(len(rows)) * step_s) * S).astype(np.int64)
    quality = np.where(np.isnan(values), 18, 0).astype(np.uint8)
    return changes.choose(0, mono_ns, values, quality).tolist()


def test_the_first_row_is_whole_and_then_only_changes_go() -> None:
    """A value that stays is not sent again."""
    changes = Changes(np.zeros(2), 60.0)
    assert choose(changes, (1, 2), (1, 2), (1, 3), (2, 3)) == [
        [True, True],
        [False, False],
        [False, True],
        [True, False],
    ]


def test_a_deadband_is_measured_from_what_was_sent() -> None:
    """A slow drift goes out once it left the band, and not before."""
    changes = Changes(np.array([0.5]), 60.0)
    assert choose(changes, (1.0,), (1.4,), (1.5,), (1.6,), (2.0,), (2.2,)) == [
        [True],
        [False],
        [False],
        [True],
        [False],
        [True],
    ]


def test_a_point_that_turns_bad_or_good_again_is_a_change() -> None:
    """Bad once, good once, also when the value is the same as before."""
    changes = Changes(np.zeros(1), 60.0)
    assert choose(changes, (1,), (NAN,), (NAN,), (1,), (1,)) == [[True], [True], [False], [True], [False]]


def test_a_full_row_goes_out_at_least_every_refresh() -> None:
    """Whole, and counted from the last whole one."""
    changes = Changes(np.array([9.0, 0.0]), 3.0)
    sent = choose(changes, (1, 1), (1, 2), (1, 2), (1, 2), (1, 2), (1, 2), (1, 2))
    assert sent == [[True, True], [False, True], [False] * 2, [True] * 2, [False] * 2, [False] * 2, [True] * 2]


def test_forgetting_makes_the_next_row_whole() -> None:
    """After a gap the receiver may have missed something."""
    changes = Changes(np.zeros(1), 60.0)
    choose(changes, (1,))
    changes.forget()
    assert choose(changes, (1,), at_s=1.0) == [[True]]


def test_no_rows_choose_nothing() -> None:
    """An empty batch is no error."""
    changes = Changes(np.zeros(2), 60.0)
    assert changes.choose(0, np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros((0, 2), np.uint8)).shape == (0, 2)


points = st.lists(st.tuples(*[st.sampled_from((0.0, 0.3, 1.0, 2.0, NAN))] * 2), min_size=1, max_size=30)


@given(points, st.sampled_from((0.0, 0.5)), st.sampled_from((2.5, 60.0)), st.sets(st.integers(1, 29)))
def test_cutting_a_stream_into_batches_changes_nothing(
    rows: list[tuple[float, ...]], deadband: float, refresh_s: float, cuts: set[int]
) -> None:
    """As every other reader of batches: the stream counts, not its pieces."""
    whole = choose(Changes(np.full(2, deadband), refresh_s), *rows)
    parted = Changes(np.full(2, deadband), refresh_s)
    borders = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    pieces = [choose(parted, *rows[a:b], at_s=a) for a, b in itertools.pairwise(borders)]
    assert [row for piece in pieces for row in piece] == whole


@given(points, st.sampled_from((0.0, 0.5)))
def test_the_receiver_is_never_further_off_than_the_deadband(rows: list[tuple[float, ...]], deadband: float) -> None:
    """Who keeps the last value that came knows each value within the deadband, and each bad one as bad."""
    sent = choose(Changes(np.full(2, deadband), 60.0), *rows)
    known = [NAN, NAN]
    for row, chosen in zip(rows, sent, strict=True):
        known = [value if out else old for value, out, old in zip(row, chosen, known, strict=True)]
        for value, held in zip(row, known, strict=True):
            assert (value != value) == (held != held)
            assert value != value or abs(value - held) <= deadband
