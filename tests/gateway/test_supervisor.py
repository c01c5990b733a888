"""The supervisor: lives that end are begun again after a drawn wait, each apart from the others, told once."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceGone, WrongConfiguration
from gateway.component import Component
from gateway.errors import SinkAway
from gateway.supervisor import Backoff, Supervisor

QUICK = Backoff(0.5, 30.0)
SECOND = 1_000_000_000


class Draws:
    """Draws no wait at all, and remembers between what it was to draw."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def __call__(self, least: float, most: float) -> float:
        self.asked.append((least, most))
        return 0.0


async def until(true: Callable[[], Any]) -> None:
    """Let the loop run until something holds."""
    end_s = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end_s
        await asyncio.sleep(0)


def supervised(body: Callable[[Supervisor, Draws, Any], Awaitable[None]], clock: Any) -> None:
    """Run a test's body with a supervisor, and end it."""

    async def main() -> None:
        draws = Draws()
        supervisor = Supervisor(clock.mono_ns, draws)
        try:
            await body(supervisor, draws, clock)
        finally:
            await supervisor.stop_all()

    asyncio.run(main())


@given(st.floats(0.01, 10), st.floats(0.01, 1000), st.integers(0, 10_000))
def test_a_wait_is_drawn_between_the_least_and_a_bound_that_doubles_up_to_the_most(
    least_s: float, more_s: float, failures: int
) -> None:
    backoff = Backoff(least_s, least_s + more_s)
    low, high = backoff.wait_s(failures, min), backoff.wait_s(failures, max)
    assert low == least_s
    assert high == min(backoff.most_s, least_s * 2 ** min(failures, 16))
    assert low <= backoff.wait_s(failures) <= high


def test_each_failure_doubles_the_bound_of_the_wait(clock: Any) -> None:
    async def life() -> None:
        raise DeviceGone("no such port")

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        supervisor.start(Component("bus_1", "driver"), life, QUICK)
        await until(lambda: len(draws.asked) >= 8)
        assert [most for _, most in draws.asked[:8]] == [1, 2, 4, 8, 16, 30, 30, 30]
        assert {least for least, _ in draws.asked} == {0.5}

    supervised(body, clock)


def test_a_long_life_begins_the_waits_anew(clock: Any) -> None:
    lengths_s = iter([0, 0, 0, 31, 0])

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        async def life() -> None:
            clock.pass_s(next(lengths_s, 0))
            raise SinkAway("gone")

        supervisor.start(Component("broker", "publisher"), life, QUICK)
        await until(lambda: len(draws.asked) >= 5)
        assert [most for _, most in draws.asked[:5]] == [1, 2, 4, 0.5, 1]

    supervised(body, clock)


def test_gone_is_told_once_and_back_once(clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gongbang")
    component = Component("bus_1", "driver")
    lives: list[int] = []

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        async def life() -> None:
            lives.append(1)
            if len(lives) in (4, 8):
                supervisor.arrived(component)
                supervisor.arrived(component)
            raise DeviceGone("no such port")

        supervisor.start(component, life, QUICK)
        await until(lambda: len(lives) >= 12)

    supervised(body, clock)
    told = [record.getMessage() for record in caplog.records]
    assert told == ["bus_1: no such port"] + ["bus_1: connected", "bus_1: no such port"] * 2


def test_a_component_tells_its_state_since_when_and_its_last_error(clock: Any) -> None:
    component, go_on = Component("bus_1", "driver"), asyncio.Event()

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        async def life() -> None:
            if not draws.asked:
                raise DeviceGone("the cable is out")
            clock.pass_s(5)
            supervisor.arrived(component)
            await go_on.wait()

        assert component.state == "waiting"
        supervisor.start(component, life, QUICK)
        await until(lambda: component.state == "down")
        assert (component.since_ns, component.last_error) == (1000 * SECOND, "the cable is out")
        await until(lambda: component.state == "up")
        assert (component.since_ns, component.last_error) == (1005 * SECOND, "the cable is out")

    supervised(body, clock)


def test_a_bug_in_one_life_is_told_once_with_its_traceback_and_the_others_go_on(
    clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    beats: list[int] = []

    async def buggy() -> None:
        raise ZeroDivisionError("a bug")

    async def sound() -> None:
        while True:
            beats.append(1)
            await asyncio.sleep(0)

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        bad, good = Component("bus_1", "driver"), Component("bus_2", "driver")
        supervisor.start(bad, buggy, QUICK)
        supervisor.start(good, sound, QUICK)
        await until(lambda: len(draws.asked) >= 5)
        seen = len(beats)
        await until(lambda: len(beats) > seen + 5)
        assert (bad.state, bad.last_error) == ("down", "ZeroDivisionError: a bug")

    supervised(body, clock)
    traced = [record for record in caplog.records if record.exc_info]
    assert [record.getMessage() for record in traced] == ["bus_1: failed"]
    assert traced[0].exc_info
    assert traced[0].exc_info[0] is ZeroDivisionError


def test_a_life_that_waits_for_something_cancelled_is_begun_again(clock: Any) -> None:
    lives: list[int] = []

    async def life() -> None:
        lives.append(1)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        answer.cancel()  # as a library does with its own when a connection is lost
        await answer

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        component = Component("bus_1", "driver")
        supervisor.start(component, life, QUICK)
        await until(lambda: len(lives) >= 3)
        assert (component.state, component.last_error) == ("down", "what it waited for was cancelled")

    supervised(body, clock)


def test_a_wrong_configuration_goes_off_and_is_not_tried_again(clock: Any) -> None:
    tries: list[int] = []

    async def life() -> None:
        tries.append(1)
        raise WrongConfiguration("9600 baud is not possible here")

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        component = Component("bus_1", "driver")
        supervisor.start(component, life, QUICK)
        await until(lambda: component.state == "off")
        for _ in range(20):
            await asyncio.sleep(0)
        assert (len(tries), draws.asked) == (1, [])
        assert component.last_error == "9600 baud is not possible here"
        await supervisor.stop("bus_1")  # what a reload does, before it starts the mended one
        supervisor.start(component, life, QUICK)
        await until(lambda: len(tries) == 2)

    supervised(body, clock)


def test_a_life_that_returns_is_begun_again(clock: Any) -> None:
    lives: list[int] = []

    async def life() -> None:
        lives.append(1)

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        component = Component("bus_1", "driver")
        supervisor.start(component, life, QUICK)
        await until(lambda: len(lives) >= 3)
        assert (component.state, component.last_error) == ("down", "ended")

    supervised(body, clock)


def test_stopping_waits_until_the_life_has_closed_its_wire(clock: Any) -> None:
    closed: list[str] = []

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        def lasting(name: str) -> Callable[[], Awaitable[None]]:
            async def life() -> None:
                try:
                    await asyncio.sleep(3600)
                finally:
                    await asyncio.sleep(0)
                    closed.append(name)

            return life

        for name in ("bus_1", "bus_2", "bus_3"):
            supervisor.start(Component(name, "driver"), lasting(name), QUICK)
        await asyncio.sleep(0)
        await supervisor.stop("bus_2")
        assert closed == ["bus_2"]
        await supervisor.stop("bus_2")
        await supervisor.stop_all()
        assert sorted(closed) == ["bus_1", "bus_2", "bus_3"]

    supervised(body, clock)


def test_one_name_cannot_live_twice(clock: Any) -> None:
    async def life() -> None:
        await asyncio.sleep(3600)

    async def body(supervisor: Supervisor, draws: Draws, _: Any) -> None:
        supervisor.start(Component("bus_1", "driver"), life, QUICK)
        with pytest.raises(ValueError, match="bus_1"):
            supervisor.start(Component("bus_1", "driver"), life, QUICK)

    supervised(body, clock)
