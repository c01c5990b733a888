"""The access word: wrong ones must wait longer and longer, and a session ends."""

from typing import Any

from center.access import Access

WORD = "correct horse"


def test_without_a_word_everybody_is_let_in(clock: Any) -> None:
    access = Access(None, clock)
    assert not access.needed
    assert access.knows(None)
    assert access.enter("anything", "a") is None


def test_the_word_opens_for_twelve_hours(clock: Any) -> None:
    access = Access(WORD, clock)
    assert not access.knows(None)
    assert not access.knows("guessed")
    token = access.enter(WORD, "a")
    assert access.knows(token)
    clock.turn(12 * 3600 - 1)
    assert access.knows(token)
    clock.turn(1)
    assert not access.knows(token)


def test_leaving_ends_a_session(clock: Any) -> None:
    access = Access(WORD, clock)
    token, other = access.enter(WORD, "a"), access.enter(WORD, "a")
    access.leave(token)
    assert not access.knows(token)
    assert access.knows(other)


def test_each_failure_doubles_the_wait_of_its_address_alone(clock: Any) -> None:
    access = Access(WORD, clock)
    waits = []
    for _ in range(8):
        assert access.enter("wrong", "a") is None
        waits.append(access.wait_s("a"))
        assert access.enter(WORD, "a") is None, "not even the right word, before its time"
        clock.turn(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert access.wait_s("b") == 0
    assert access.enter(WORD, "b")
    assert access.enter(WORD, "a")
    assert access.enter("wrong", "a") is None
    assert access.wait_s("a") == 1, "the right word forgave the failures"


def test_failures_are_forgotten_after_an_hour(clock: Any) -> None:
    access = Access(WORD, clock)
    for _ in range(5):
        access.enter("wrong", "a")
        clock.turn(60)
    clock.turn(3600)
    access.enter("wrong", "a")
    assert access.wait_s("a") == 1


def test_sessions_and_addresses_do_not_grow_without_end(clock: Any) -> None:
    access = Access(WORD, clock)
    first = access.enter(WORD, "a")
    tokens = [access.enter(WORD, "a") for _ in range(200)]
    assert not access.knows(first)
    assert access.knows(tokens[-1])
    for n in range(1100):
        access.enter("wrong", f"address {n}")
    assert access.wait_s("address 0") == 0
    assert access.wait_s("address 1099") == 1
