"""The kernel gives what NumPy gives, to the last bit, and leaves behind what NumPy leaves behind."""

import math
import random
import subprocess
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.engine import kernel, native
from gateway.engine.snapshot import unpack
from tests.engine.conftest import Bench

Make = Callable[..., Bench]
POINTS = [f"x{number}" for number in range(5)]
WINDOWS = ("mean", "sum", "std", "min", "max", "range", "count", "delta", "rate", "first", "last")
NUMBERS = [
    *(
        f"{function}(a.{point}, {length})" + " * 1 s" * (function == "rate")
        for function in WINDOWS for point in POINTS[:3] for length in ("2s", "7s")
    ),
    "ewma(a.x0, 3s)", "ewma(a.x1, 3s)", "ewma(a.x2, 5s)", "a.x0 - a.x1", "a.x0 * 2 + a.x2",
    "(a.x3 if a.x0 > a.x1 else a.x4)",
]  # fmt: skip
TRUTHS = [
    "a.x0 > 0.5", "a.x1 <= 0.25", "a.x0 >= a.x2", "a.x1 < a.x3 and a.x4 > 0", "a.x0 > 0.9 or b.y < 0.1 or a.x3 > 0.8",
    "a.x0 > 0.2 for 2s", "a.x3 < 0.6 and b.y > 0.3 for 1s", "changed(a.x4, 2s)", "stuck(a.x4, 3s)", "missing(a.x4, 4s)",
    "a.x3 > 0.1 for 2s", "(a.x0 > 0.2 for 2s) and (a.x3 > 0.1 for 2s)", "mean(a.x0, 7s) > 0.5 and not stuck(a.x1, 2s)",
    "percentile(a.x0, 90, 5s) > 0.8",
]  # fmt: skip


def _shop(make_shop: Make, signals: bool = True) -> Bench:
    limits = [f"{text} > 0.6" for text in NUMBERS if " * 1 s" not in text]
    return make_shop(
        {"a": POINTS, "b": ["y"]},
        signals=[{"name": f"s{number}", "value": text} for number, text in enumerate(NUMBERS) if signals],
        rules=[{"name": f"r{number}", "when": text} for number, text in enumerate([*TRUTHS, *limits])],
        machines=[{"name": "m", "states": [{"state": "run", "when": "a.x0 > 0.4"}]}],
    )


def _day(seed: int, bad: float) -> Iterator[tuple[str, float, list[float]]]:
    """Rows of two devices, at times that are not even, and seconds; a share of the readings is bad or too large."""
    chance, at_s = random.Random(seed), 0.0
    for _ in range(250):
        at_s += chance.choice([0.25, 0.5, 0.5, 0.75, 1e-9, 3.0])
        device = chance.choice("aaab")
        row = [chance.choice([0.0, 0.1, 0.3, 0.7, 0.95, 1.3, -0.3, -0.7]) for _ in POINTS]
        row = [chance.choice([math.nan, 1e200]) if chance.random() < bad else value for value in row]
        yield device, at_s, row if device == "a" else row[:1]
        if chance.random() < 0.3:
            yield "", math.floor(at_s), []


def _told(shop: Bench, seed: int, bad: float) -> list[Any]:
    """Everything that comes out, and what is remembered now and then."""
    found: list[Any] = []
    for step, (device, at_s, row) in enumerate(_day(seed, bad)):
        output = shop.engine.feed(shop.batch(device, [(at_s, row)])) if device else shop.engine.tick(int(at_s * 1e9))
        found += [(event.kind, event.source, event.mono_ns, event.body) for event in output.events]
        found += [(batch.mono_ns.tolist(), _bits(batch.values)) for batch in output.derived]
        if step % 50 == 49:
            found.append(unpack(shop.engine.snapshot()))
    return found


def _bits(values: Any) -> bytes:
    return (np.where(np.isnan(values), np.nan, values) + 0.0).tobytes()


@pytest.mark.parametrize("bad", [0.0, 0.01, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_the_kernel_gives_and_remembers_what_numpy_does(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch, seed: int, bad: float
) -> None:
    assert kernel.LOADED is not None
    by_kernel = _told(_shop(make_shop), seed, bad)
    monkeypatch.setattr(kernel, "LOADED", None)
    by_numpy = _told(_shop(make_shop), seed, bad)
    assert len(by_kernel) > 250
    assert by_kernel == by_numpy


@pytest.mark.parametrize("bad", [0.0, 0.002])
def test_rows_that_come_together_give_what_they_give_one_by_one(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    def told(shop: Bench, together: bool) -> list[Any]:
        found, engine = [], shop.engine
        for device, of_one in groupby(_day(7, bad), itemgetter(0)):
            rows = [(at_s, row) for _, at_s, row in of_one]
            for part in [rows] if together and device else [[one] for one in rows]:
                given = engine.feed(shop.batch(device, part)) if device else engine.tick(int(part[0][0] * 1e9))
                found += given.events
        return [*found, unpack(shop.engine.snapshot())]

    by_kernel = told(_shop(make_shop, signals=False), together=True)
    monkeypatch.setattr(kernel, "LOADED", None)
    by_numpy = told(_shop(make_shop, signals=False), together=False)
    assert len(by_kernel) > 400
    assert by_kernel == by_numpy


def _seconds(seed: int, bad: float) -> Iterator[tuple[str, float, list[float]]]:
    """Rows of two devices in stretches and every second, the rows later than it now and then; windows run empty."""
    chance, second = random.Random(seed), 0
    for _ in range(40):
        for _ in range(chance.choice([1, 2, 5])):
            late_s = chance.choice([0.0, 0.0, 0.4, 2.5])
            row = [chance.choice([0.0, 0.3, 0.7, 0.95, -0.7, 1.3]) for _ in POINTS]
            row = [chance.choice([math.nan, 1e200]) if chance.random() < bad else value for value in row]
            at_s = second + chance.choice([0.0, 0.25, 0.5]) - late_s
            yield "a", at_s, row
            if chance.random() < 0.5:
                yield "b", at_s, row[:1]
            second += 1
            yield "", second, []
        for _ in range(chance.choice([0, 0, 1, 3, 9])):
            second += 1
            yield "", second, []


@pytest.mark.parametrize("bad", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("seed", range(2))
def test_time_that_passes_without_rows_gives_what_numpy_does(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch, seed: int, bad: float
) -> None:
    def told() -> list[Any]:
        shop, found = _shop(make_shop), []
        for step, (device, at_s, row) in enumerate(_seconds(seed, bad)):
            engine = shop.engine
            output = engine.feed(shop.batch(device, [(at_s, row)])) if device else engine.tick(int(at_s * 1e9))
            found += [(event.kind, event.source, event.mono_ns, event.body) for event in output.events]
            found += [(batch.mono_ns.tolist(), _bits(batch.values)) for batch in output.derived]
            if step % 60 == 30:
                snapshot, shop = engine.snapshot(), _shop(make_shop)
                found.append(unpack(snapshot))
                shop.engine.restore(snapshot, [], same_boot=True)
        return found

    by_kernel = told()
    monkeypatch.setattr(native, "_MOST", 10)  # stages: the row's program goes by NumPy, the second's by the kernel
    by_both = told()
    monkeypatch.setattr(kernel, "LOADED", None)
    by_numpy = told()
    assert len(by_kernel) > 250
    assert by_kernel == by_both == by_numpy


@pytest.mark.parametrize("signals", [[], [{"name": "s", "value": "a.x"}]])  # with one, rows together are blocks
def test_numbers_on_before_and_behind_their_limits_are_compared_anew(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch, signals: list[dict[str, str]]
) -> None:
    limits = ["0", "0.5", "0.5000000000000001", "-0.5", "1e300"]
    numbers = [float(limit) for limit in limits] + [-0.0, math.nan, math.inf, -math.inf]
    numbers += [math.nextafter(float(limit), way) for limit in limits for way in (-math.inf, math.inf)]

    points = ["x", *(f"w{number}" for number in range(120)), "y"]  # so many that they are not compared at once

    def told() -> list[Any]:
        texts = [
            f"a.{point} {sign} {limit}" for point in ("x", "y") for sign in (">", ">=", "<", "<=") for limit in limits
        ]
        texts += ["a.x - a.y < 0.25", *(f"a.{point} > 0.5" for point in points)]
        rules = [{"name": f"r{number}", "when": text} for number, text in enumerate(texts)]
        shop, chance, found = make_shop({"a": points}, signals=signals, rules=rules), random.Random(3), []
        for start in range(0, 400, 8):
            rows = [(start + place, chance.choices(numbers, k=len(points))) for place in range(8)]
            for part in chance.choice([[rows], [[row] for row in rows]]):
                found += shop.engine.feed(shop.batch("a", part)).events
            if start % 80 == 0:
                old = shop.engine.snapshot()
                shop = make_shop({"a": points}, signals=signals, rules=rules) if start % 160 else shop
                shop.engine.restore(old, [], same_boot=True)
        return [*found, unpack(shop.engine.snapshot())]

    by_kernel = told()
    monkeypatch.setattr(kernel, "LOADED", None)
    assert len(by_kernel) > 5000
    assert by_kernel == told()


def test_what_was_stuck_missing_or_changed_is_told_of_many_points(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [f"x{number}" for number in range(50)]  # so many that they are not looked at together
    texts = [
        f"{name}(a.{point}, {2 + n % 3}s)" for name in ("stuck", "missing", "changed") for n, point in enumerate(points)
    ]

    def told() -> list[Any]:
        rules = [{"name": f"r{number}", "when": text} for number, text in enumerate(texts)]
        shop, chance, found = make_shop({"a": points}, rules=rules), random.Random(2), []
        row, at_s = [0.0] * len(points), 0.0
        for _ in range(120):
            row = [1.0 - value if chance.random() < 0.2 else value for value in row]
            at_s += chance.choice([0.25, 1.0, 1.0, 5.0])
            found += shop.engine.feed(shop.batch("a", [(at_s, row)])).events
            found += shop.engine.tick(int((at_s + chance.choice([0.0, 3.0])) * 1e9)).events
        return [*found, unpack(shop.engine.snapshot())]

    by_kernel = told()
    monkeypatch.setattr(kernel, "LOADED", None)
    assert len(by_kernel) > 1000
    assert by_kernel == told()


def test_means_of_several_times_take_rows_that_are_not_good(make_shop: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    times = (3, 5, 5, 7)
    signals = [{"name": f"s{number}", "value": f"ewma(a.x{number}, {time}s)"} for number, time in enumerate(times)]

    def told() -> list[bytes]:
        shop, chance = make_shop({"a": POINTS}, signals=signals), random.Random(1)
        rows = [[chance.choice([math.nan, chance.random(), chance.random()]) for _ in POINTS] for _ in range(60)]
        outputs = [shop.engine.feed(shop.batch("a", [(0.7 * place, row)])) for place, row in enumerate(rows)]
        return [_bits(batch.values) for output in outputs for batch in output.derived]

    by_kernel = told()
    monkeypatch.setattr(kernel, "LOADED", None)
    assert by_kernel == told()


def test_a_program_that_is_numpys_reads_what_others_kept(make_shop: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though one of the kernel's had it kept first."""
    texts = ["a.x > 1 and b.y > 1", "missing(a.z, 20s)"]
    texts += ["a.x - a.z > 50 and not (a.x < 0)", "b.y - b.z > 50 and not (b.y < 0)"]  # more stages

    def told() -> list[Any]:
        rules = [{"name": f"r{number}", "when": text} for number, text in enumerate(texts)]
        shop = make_shop({"a": ["x", "z"], "b": ["y", "z"]}, rules=rules)
        shop.feed("b", (2, (0, 0)))
        shop.tick(3)
        shop.feed("a", (4, (2, 0)))
        shop.feed("b", (6, (0, 0)))
        shop.feed("a", (18, (0, 0)))
        shop.tick(30)
        shop.feed("b", (32, (2, 0)))  # while a.x is 0
        return [(event.source, event.mono_ns) for event in shop.events]

    monkeypatch.setattr(native, "_MOST", 2)
    assert told() == []


def test_a_second_that_comes_after_many_rows_finds_what_changed(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between them more truths change than a program that waits is told one by one."""
    points = [f"x{number}" for number in range(60)]
    texts = [f"mean(a.{point}, 3s) > 0.5 and a.{point} > 0.2 for 2s" for point in points]
    texts += [f"(changed(a.{point}, 2s) or a.x0 > 0.9) and not (a.{point} > 0.7)" for point in points]

    def told() -> list[Any]:
        rules = [{"name": f"r{number}", "when": text} for number, text in enumerate(texts)]
        shop, chance, found = make_shop({"a": points}, rules=rules), random.Random(4), []
        for second in range(300):
            row = [chance.choice([0.0, 0.3, 0.6, 0.95]) for _ in points]
            found += shop.feed("a", (second + 0.5, row))
            found += shop.tick(second + 1) if second % 97 == 0 or second < 3 else []
        return [*found, unpack(shop.engine.snapshot())]

    by_kernel = told()
    monkeypatch.setattr(kernel, "LOADED", None)
    assert len(by_kernel) > 5000
    assert by_kernel == told()


def test_rows_that_are_not_good_are_the_kernels_from_the_first_on(make_shop: Make) -> None:
    """NumPy would take a thousand times as long for a row, and for all of a window at once."""
    texts = [*TRUTHS[:-1], *(f"{text} > 0.6" for text in NUMBERS if " * 1 s" not in text)]
    rules = [{"name": f"r{number}", "when": text} for number, text in enumerate(texts)]
    shop, chance = make_shop({"a": POINTS, "b": ["y"]}, rules=rules), random.Random(5)
    for second in range(60):
        shop.feed("a", (second, [chance.random() for _ in POINTS]))
    row = shop.engine.tasks.rows[0].program._row  # type: ignore[union-attr]  # there are rules

    def fail(now_ns: int) -> None:
        raise AssertionError("a stage of the kernel was left to NumPy")

    assert isinstance(row, native.NativeRow)
    row._python = [fail] * len(row._python)
    for second in range(60, 120):
        shop.feed("a", (second, [chance.choice([math.nan, 0.5, 1.0]) for _ in POINTS]))


def test_functions_of_one_length_keep_the_readings_of_their_points_once(make_shop: Make) -> None:
    texts = [f"{function}(a.{point}, 9s) > 1" for function in ("mean", "std", "delta") for point in POINTS]
    texts += ["max(a.x1, 9s) > 1", "max(a.x3, 9s) > 1"]  # not beside each other: kept again
    shop = make_shop({"a": POINTS}, rules=[{"name": f"r{n}", "when": text} for n, text in enumerate(texts)])
    (window,) = shop.engine.state.windows.values()
    assert window.rows.shape[1] == len(POINTS) + 2
    assert len(window.cells) == window.results_n == len(texts)
    for part in window.parts:
        assert window.read[part.read] == [cell.inputs[0] for cell in window.cells[part.results]]


def test_windows_that_were_restored_without_rows_get_room_for_them(make_shop: Make) -> None:
    empty, shop = _shop(make_shop), _shop(make_shop)
    shop.engine.restore(empty.engine.snapshot(), [], same_boot=True)
    for device, at_s, row in _day(1, 0.0):
        if device:
            shop.engine.feed(shop.batch(device, [(at_s, row)]))
        for window in shop.engine.state.windows.values():
            assert window.count <= window.capacity == len(window.rows)


def test_a_file_that_is_no_kernel_of_this_version_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, broken = tmp_path / "other.so", tmp_path / "broken.so"
    source = Path(kernel.__file__).with_name("in_c")
    subprocess.run(["cc", "-DEDITION=0", "-shared", "-fPIC", "-o", other, *source.glob("*.c"), "-lm"], check=True)
    broken.write_bytes(b"nothing")
    assert kernel.load(other) is None
    assert kernel.load(broken) is None
    assert kernel.load(tmp_path / "missing.so") is None
    assert kernel.load(kernel.LIBRARY) is not None
    monkeypatch.setattr(kernel, "_STRUCTURES", (*kernel._STRUCTURES[:-1], kernel.Stage))
    assert kernel.load(kernel.LIBRARY) is None, "a structure has another size there"
