"""When a weight is stable, and when it is a weighing."""

from drivers.settling import Settling

SECOND_NS = 1_000_000_000


def weighings(settling: Settling, *came: tuple[float, bool]) -> list[float]:
    """The weights that were weighings, of (value, stable) once a second."""
    judged = [(value, settling.judge(value, stable, n * SECOND_NS)) for n, (value, stable) in enumerate(came)]
    return [value for value, (_, weighed) in judged if weighed]


def test_a_cup_is_weighed_once_however_long_it_stands_and_trembles() -> None:
    settling = Settling("settled", 0.5, SECOND_NS)
    assert weighings(settling, (0, True), (60, False), (80.2, True), (80.2, True), (80.1, False), (80.2, True)) == [
        80.2
    ]


def test_the_same_cup_put_down_again_is_weighed_again_and_another_one_too() -> None:
    settling = Settling("settled", 0.5, SECOND_NS)
    assert weighings(settling, (80.2, True), (0, True), (80.2, True), (91, True)) == [80.2, 80.2, 91]


def test_an_empty_pan_and_dust_are_no_weighing_but_a_loss_below_zero_is() -> None:
    settling = Settling("settled", 0.5, SECOND_NS)
    assert weighings(settling, (0, True), (0.4, True), (-12.5, True)) == [-12.5]


def test_a_key_that_sends_weighs_each_time() -> None:
    assert weighings(Settling("each", 0, SECOND_NS), (5, True), (5, True), (5, False)) == [5, 5]


def test_none_weighs_nothing() -> None:
    assert weighings(Settling("none", 0, SECOND_NS), (5, True)) == []


def test_a_scale_that_does_not_tell_is_stable_after_standing_still() -> None:
    settling = Settling("settled", 0, SECOND_NS)
    told = [settling.judge(value, None, at) for value, at in ((5, 0), (5, 900_000_000), (5, SECOND_NS), (6, SECOND_NS))]
    assert told == [(False, False), (False, False), (True, True), (False, False)]


def test_after_an_overload_the_same_weight_is_another_weighing() -> None:
    settling = Settling("settled", 1, SECOND_NS)
    assert weighings(settling, (5, True)) == [5]
    settling.overloaded()
    assert weighings(settling, (5, True)) == [5]
