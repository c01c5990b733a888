"""For every test: no task and no file descriptor may outlive it."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No test fails because the machine has other things to do. At a desk each run tries other examples; continuous
# integration tries the same ones, so that a change is judged by itself.
settings.register_profile(
    "gongbang", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("gongbang")

GRACE_S = 20.0  # for what is on its way out: threads that end, sockets that close
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember which test failed: its traceback keeps objects alive, which is no leak."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def descriptors() -> dict[int, str]:
    """Return what every open file descriptor points to."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[int(number)] = os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:  # the listing's own
            continue
    return found


def left_over(before: dict[int, str]) -> list[str]:
    """Return the descriptors that are open now and were not before, after a time of grace."""
    deadline = time.monotonic() + GRACE_S
    while extra := [f"{fd} -> {what}" for fd, what in descriptors().items() if before.get(fd) != what]:
        gc.collect()
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return extra


async def tasks_left() -> list[str]:
    """Return the tasks of this loop that still run, besides ours, after a time of grace."""
    deadline = time.monotonic() + GRACE_S
    while tasks := [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]:
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.01)
    return [repr(task) for task in tasks]


@pytest.fixture(autouse=True)
def nothing_leaks(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that leaves a descriptor open, or an asyncio task running at the end of `asyncio.run`."""
    before = descriptors()
    tasks: list[str] = []
    run: Callable[..., Any] = asyncio.run

    def watched_run(main: Coroutine[Any, Any, Any], **options: Any) -> Any:
        async def whole() -> Any:
            result = await main
            tasks.extend(await tasks_left())
            return result

        return run(whole(), **options)

    monkeypatch.setattr(asyncio, "run", watched_run)
    yield
    if request.node.stash.get(FAILED, False):
        return
    assert not tasks, f"tasks still run: {tasks}"
    extra = left_over(before)
    assert not extra, f"descriptors still open: {extra}"
