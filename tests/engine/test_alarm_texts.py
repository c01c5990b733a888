"""An alarm's text holds the values of its moment, in both languages, and keeps them until it is over."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wording import Malformed, expressions, fill, placeholders, spelt

Make = Callable[..., Any]
DEVICES = {"m": [{"name": "heat", "unit": "degC"}, {"name": "load", "unit": "%"}], "n": ["count"]}
HOT = {
    "name": "hot",
    "when": "m.heat > 80 degC",
    "value": "m.heat",
    "message": {
        "ko": "과열 {value} {unit}, 부하 {m.load}, {n.count}개 {{1}}",
        "en": "Hot by {m.heat - 80 degC} at {value}",
    },
}


def test_the_values_are_those_of_the_row_that_raised_it(bench: Make) -> None:
    """However many rows came with it; other devices' as they were then; what is not known is a dash."""
    rows = [(1, (70, 40)), (2, (83.25, 55.5)), (3, (99, 99))]
    for cut in (1, 3):
        shop = bench(DEVICES, rules=[HOT])
        shop.feed("n", (0.5, (1234567,)))
        for start in range(0, 3, cut):
            shop.feed("m", *rows[start : start + cut])
        assert shop.events[-1].body["message"] == {
            "ko": "과열 83.25 °C, 부하 55.5 %, 1234567개 {1}",
            "en": "Hot by 3.25 °C at 83.25",
        }
    unknown = bench(DEVICES, rules=[HOT])
    unknown.feed("m", (1, (81, np.nan)))
    assert unknown.events[-1].body["message"]["ko"] == "과열 81 °C, 부하 —, —개 {1}"


def test_the_text_stays_as_it_was_raised_and_outlives_a_restart(bench: Make) -> None:
    shop = bench(DEVICES, rules=[HOT])
    shop.feed("m", (1, (83, 50)))
    raised = shop.events[-1]
    again = bench(DEVICES, rules=[HOT])
    again.engine.restore(shop.engine.snapshot(), [], same_boot=True)
    told = bench(DEVICES, rules=[HOT])
    told.engine.restore(bench(DEVICES, rules=[HOT]).engine.snapshot(), [raised], same_boot=True)
    for one in (shop, again, told):
        (event,) = one.engine.acknowledge("hot", "김", 2_000_000_000)
        assert event.body["message"] == raised.body["message"]
        (clear,) = one.feed("m", (3, (60, 10)))
        assert (clear.body["message"], clear.body["value"]) == (raised.body["message"], 60)


def test_a_snapshot_that_knows_of_no_texts_is_read(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.engine import memory

    shop = bench(DEVICES, rules=[HOT])
    shop.feed("m", (1, (83, 50)))
    with monkeypatch.context() as older:
        older.setattr(memory, "_ALARM", tuple(name for name in memory._ALARM if name != "message"))
        snapshot = shop.engine.snapshot()
    again = bench(DEVICES, rules=[HOT])
    again.engine.restore(snapshot, [], same_boot=True)
    assert [alarm.rule for alarm in again.engine.alarms] == ["hot"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (83.25, "83.25"), (-83.254, "-83.25"), (0.012345, "0.01235"), (-1e-12, "0"), (123456.7, "123457"),
        (1e9, "1000000000"), (99.996, "100"), (None, "—"), (float("nan"), "—"), (float("inf"), "—"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_people_read_it(value: float | None, text: str) -> None:
    assert spelt(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_within_its_four_digits(value: float) -> None:
    assert float(spelt(value)) == pytest.approx(value, rel=6e-4, abs=6e-10)


@given(st.text(alphabet="{}ab. "))
def test_doubled_braces_are_the_text_itself_and_a_single_one_is_refused_or_a_place(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert (placeholders(doubled), fill(doubled, {})) == ([], text)
    with suppress(Malformed):
        named = placeholders(text)
        assert all("{" not in name and "}" not in name for name in named)
        assert expressions([text, text]) == list(dict.fromkeys(named))
