"""A block leaves out windows that are on one side of all they are compared with; nobody can tell from what happens."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gateway.engine import kernel
from gateway.engine.between import BETWEEN
from gateway.engine.sliding import Part, Window
from tests.engine.expressions import EXAMPLES

Make = Callable[..., Any]
POINTS = [f"p{number}" for number in range(12)]
LIMITS: dict[str, list[float]] = {"range": [0.9, 2.1, 4.3], "std": [0.33, 0.71, 1.43]}
NEAR = [-1.1, 0.2, 0.9, 2.3]  # of the others: where the readings are
CALLS = {name: "percentile({}, 90, 8s)" if name == "percentile" else f"{name}({{}}, 8s)" for name in sorted(BETWEEN)}
RULES = [
    {"name": f"{name}_{point}_{place}", "when": f"{call.format(f'a.{point}')} {'>' if place % 2 else '<='} {limit}"}
    for name, call in CALLS.items()
    for point in POINTS
    for place, limit in enumerate(LIMITS.get(name, NEAR))
]
SHOWN = {"name": "shown", "when": "a.p0 > 0.5", "value": "mean(a.p0, 8s)"}


def walks(seed: int) -> NDArray[np.float64]:
    """Readings [150, 12] that wander for a while and stand still for a while; some fail."""
    chance = np.random.default_rng(seed)
    steps = chance.normal(0.0, 0.4, (150, 12)) * (chance.random((15, 12)) < 0.5).repeat(10, axis=0)
    rows = np.round(np.cumsum(steps, axis=0) + chance.normal(0.0, 1.0, 12), 2)
    rows[chance.random((150, 12)) < 0.001] = np.nan
    return np.asarray(rows, np.float64)


def happened(make_shop: Make, rows: NDArray[np.float64], cuts: list[int]) -> list[tuple[object, ...]]:
    shop = make_shop({"a": POINTS}, rules=[*RULES, SHOWN])
    chance = np.random.default_rng(len(rows))
    times = np.arange(1, len(rows) + 1) + chance.uniform(-0.02, 0.02, len(rows))
    for part in np.split(np.arange(len(rows)), cuts):
        shop.feed("a", *((times[row], rows[row]) for row in part.tolist()))
    return [(event.mono_ns, event.source, event.body["action"], event.body["value"]) for event in shop.events]


@settings(max_examples=max(5, EXAMPLES // 20))
@given(seed=st.integers(0, 999), cuts=st.lists(st.integers(1, 149), max_size=4, unique=True).map(sorted))
def test_blocks_tell_what_rows_tell(make_shop: Make, seed: int, cuts: list[int]) -> None:
    rows = walks(seed)
    assert happened(make_shop, rows, cuts) == happened(make_shop, rows, list(range(1, 150)))


def test_most_windows_are_left_out_and_those_that_are_shown_never(
    make_shop: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: dict[str, int] = dict.fromkeys(BETWEEN, 0)
    of_some, settle = Part.of_some, Window._settle

    monkeypatch.setattr(kernel, "LOADED", None)  # which goes row by row

    def count_some(part: Part, columns: Any, *rest: Any) -> Any:
        computed[part.function] += len(columns)
        return of_some(part, columns, *rest)

    def count_settled(window: Window, part: Part, *rest: Any) -> bool:
        return settle(window, part, *rest) or bool(computed.update({part.function: 10**6}))

    monkeypatch.setattr(Part, "of_some", count_some)
    monkeypatch.setattr(Window, "_settle", count_settled)
    rows = np.tile(0.4 + np.arange(2)[:, None] * 0.1, (75, 12))
    happened(make_shop, rows, [50, 100])
    assert computed == dict.fromkeys(BETWEEN, 0) | {"mean": 3}, "one in each block: its value is told"


@pytest.mark.parametrize("text", ["range(a.x, 2s) >= 0", "std(a.x, 2s) > -1", "mean(a.x, 2s) > -1"])
@pytest.mark.parametrize("odd", [[np.nan], [1e200, -1e200], [1e308, 1e308]])
def test_windows_of_which_nothing_is_known_are_not_settled(make_shop: Make, text: str, odd: list[float]) -> None:
    rows = [(second, (odd[second % len(odd)] if second > 2 else 1.0, 2.0)) for second in range(12)]

    def told(cuts: list[int]) -> list[object]:
        signals = [{"name": "s", "value": "a.y"}]  # blocks are NumPy's
        shop = make_shop({"a": ["x", "y"]}, signals=signals, rules=[{"name": "r", "when": "a.y > 1", "until": text}])
        for first, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            shop.feed("a", *rows[first:stop])
        return [(event.mono_ns, event.body["action"]) for event in shop.events]

    assert told([6]) == told(list(range(1, 12)))
