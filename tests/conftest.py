"""For every test: no task and no file descriptor may outlive it."""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Coroutine, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion import rewrite
from hypothesis import HealthCheck, settings

# No test fails because the machine has other things to do. At a desk each run tries other examples; continuous
# integration tries the same ones, so that a change is judged by itself.
settings.register_profile(
    "gongbang", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("gongbang")

# The longest files, those of `make test-slow` first. They begin before all others: no worker has one left when the rest
# is done. Those of many tests are dealt out first, as a worker that has only one or two is given the next file at once.
LONG = (
    "e2e/test_screens.py",
    "e2e/test_network_lost.py",
    "deploy/test_install.py",
    "web/test_document.py",
    "dashboard/test_looks.py",
    "e2e/test_first_run.py",
    "e2e/test_kiosk.py",
    "e2e/test_center.py",
    "dashboard/test_pictures.py",
    "e2e/test_demo.py",
    "publish/test_mqtt.py",
    "e2e/test_belt.py",
    "e2e/test_kill.py",
    "test_guide_first_day.py",
    "e2e/test_soak.py",
    "commands/test_demo.py",
    "web/test_lists.py",
    "commands/test_run.py",
    "dashboard/test_station.py",
    "web/test_labels.py",
    "dashboard/test_health_and_setup.py",
    "journal/test_power_cut.py",
    "e2e/test_wall_clock.py",
    "journal/test_damage.py",
    "web/test_pay.py",
    "dashboard/test_work.py",
    "dashboard/test_live.py",
    "dashboard/test_board.py",
    "engine/test_against_reference.py",
    "work/test_paid_once.py",
    "web/test_people.py",
    "backup/test_daemon.py",
    "engine/test_machine_states.py",
    "engine/test_by_rows.py",
)
GRACE_S = 20.0  # for what is on its way out: threads that end, sockets that close
FAILED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Let each worker compile its share of the test files, where they are new: else each of them compiles all."""
    worker = getattr(config, "workerinput", None)
    if worker is None or sys.dont_write_bytecode:
        return
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for file in sorted(Path(__file__).parent.rglob("test_*.py"))[number::count]:
        kept = rewrite.get_cache_dir(file) / (file.stem + rewrite.PYC_TAIL)
        if not kept.exists() or kept.stat().st_mtime < file.stat().st_mtime:
            stat, code = rewrite._rewrite_test(file, config)
            rewrite.try_makedirs(kept.parent)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, stat, kept)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


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
