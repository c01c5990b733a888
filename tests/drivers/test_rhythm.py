"""When an instrument is asked, and when its silence is told."""

from drivers.rhythm import Rhythm


def test_one_that_is_asked_is_asked_at_once_and_then_every_period() -> None:
    rhythm = Rhythm(2.0, 1.0, 10.0)
    assert rhythm.turn(10.0) == "ask"
    rhythm.heard(10.3)
    assert rhythm.turn(10.3) == "none"
    assert rhythm.wait_s(10.5) == 1.5
    assert rhythm.turn(12.0) == "ask"


def test_no_answer_is_told_once_and_nothing_is_asked_meanwhile() -> None:
    rhythm = Rhythm(0.5, 2.0, 0.0)
    assert rhythm.turn(0.0) == "ask"
    assert rhythm.turn(1.0) == "none", "an answer is awaited"
    assert rhythm.turn(2.0) == "silent"
    assert rhythm.turn(2.0) == "ask", "late polls are left out, the next one is not"


def test_a_poll_that_was_held_up_does_not_bring_two_at_once() -> None:
    rhythm = Rhythm(1.0, None, 0.0)
    assert rhythm.turn(7.0) == "ask"
    assert rhythm.turn(7.0) == "ask", "the second is due by now"
    assert rhythm.turn(7.5) == "none"


def test_the_silence_of_one_that_speaks_by_itself_is_told_again_and_again() -> None:
    rhythm = Rhythm(None, 3.0, 0.0)
    assert rhythm.turn(2.9) == "none"
    rhythm.heard(2.9)
    assert [rhythm.turn(at) for at in (5.8, 5.9, 6.0, 8.9)] == ["none", "silent", "none", "silent"]


def test_a_button_that_nobody_presses_is_no_silence() -> None:
    rhythm = Rhythm(None, None, 0.0)
    assert rhythm.wait_s(0.0) is None
    assert rhythm.turn(1e6) == "none"
