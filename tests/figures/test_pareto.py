"""What took the most comes first, and the sums so far end at all of it."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.figures.pareto import pareto

PARTS = st.dictionaries(st.text(max_size=3), st.dictionaries(st.sampled_from("abc"), st.integers(-5, 50)), max_size=8)


def test_causes_fall_and_their_parts_do_too() -> None:
    found = pareto({"LUNCH": {"press": 60.0}, "": {"press": 100.0, "saw": 200.0}, "NEEDLE": {"saw": 40.0}})
    assert [(one["code"], one["value"], one["share"], one["sum"]) for one in found] == [
        ("", 300.0, 0.75, 0.75),
        ("LUNCH", 60.0, 0.15, 0.9),
        ("NEEDLE", 40.0, 0.1, 1.0),
    ]
    assert found[0]["parts"] == [{"of": "saw", "value": 200.0}, {"of": "press", "value": 100.0}]


def test_where_nothing_was_lost_there_is_nothing_to_show() -> None:
    assert pareto({}) == []
    assert pareto({"STAIN": {"SEW": 2, "CUT": -2}, "SKIP": {"SEW": -1}}) == []


@given(PARTS)
def test_they_always_fall_and_always_come_to_one(causes: dict[str, dict[str, float]]) -> None:
    found = pareto(causes)
    values = [one["value"] for one in found]
    assert values == sorted(values, reverse=True)
    assert all(value > 0 for value in values)
    assert [one["sum"] for one in found[-1:]] == [1.0] * bool(found)
