"""Payloads by golden cases: `payloads/<case>/input.json` gives the lines of `expected.jsonl`, byte by byte."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.event import Position, Row
from gateway.publish import payloads

CASES = Path(__file__).parent / "payloads"


def _array(numbers: list[Any]) -> Any:
    return np.array([[float("nan") if n is None else float(n) for n in row] for row in numbers])


def _data(case: dict[str, Any]) -> list[bytes]:
    values = _array(case["values"])
    chosen = np.array(case.get("chosen", np.ones(values.shape)), np.bool_)
    quality = np.array(case["quality"], np.uint8)
    return list(
        payloads.data("gw_1", case["fields"], np.array(case["time_ns"]), values, quality, chosen, *_clock(case))
    )


def _clock(case: dict[str, Any]) -> tuple[str, ...]:
    return (case["clock"],) if "clock" in case else ()


def _window(case: dict[str, Any]) -> list[bytes]:
    part = SimpleNamespace(**{which: _array([case[which]])[0] for which in ("count", "mean", "min", "max", "last")})
    made = payloads.window("gw_1", case["fields"], case["time_ns"], case["window_s"], part, *_clock(case))  # type: ignore[arg-type] # read from JSON
    return [made] if made else []


def _event(case: dict[str, Any]) -> list[bytes]:
    place = Position(12, "9f3a", case["n"])
    row = Row(place, case["kind"], case["source"], 0, "boot", case["time_ns"], case["clock"], case["body"])
    return [payloads.event("gw_1", row)]


def _status(case: dict[str, Any]) -> list[bytes]:
    return [payloads.status("gw_1", case["time_ns"], case["state"], **case["more"])]


MAKERS = {"data": _data, "window": _window, "event": _event, "status": _status}


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_a_golden_case_gives_its_payloads(folder: Path) -> None:
    """The contract's forms, exactly."""
    case = json.loads((folder / "input.json").read_text("utf-8"))
    expected = (folder / "expected.jsonl").read_text("utf-8").splitlines()
    assert [payload.decode() for payload in MAKERS[case["form"]](case)] == expected


def test_every_form_has_a_case() -> None:
    """No form goes without a golden case."""
    assert {json.loads((folder / "input.json").read_text("utf-8"))["form"] for folder in CASES.iterdir()} == set(MAKERS)


def test_a_long_batch_becomes_messages_that_brokers_take() -> None:
    """A waveform of 60000 cells is cut, in order, nothing lost."""
    values = np.arange(60_000, dtype=np.float64).reshape(20_000, 3)
    time_ns = np.arange(20_000, dtype=np.int64) + 1_764_000_000_000_000_000
    quality = np.zeros(values.shape, np.uint8)
    made = list(payloads.data("gw_1", ["a", "b", "c"], time_ns, values, quality, np.ones(values.shape, np.bool_)))
    assert len(made) > 1
    assert max(map(len, made)) < 200_000
    rows = [row for payload in made for row in json.loads(payload)["rows"]]
    assert [row[1:] for row in rows] == values.tolist()


@given(st.integers(0, 2**62))
def test_a_time_is_exact_to_the_nanosecond(time_ns: int) -> None:
    """As a decimal text it gives back the very nanosecond."""
    text = orjson.dumps(payloads.utc_ms(time_ns)).decode()
    whole, _, rest = text.partition(".")
    assert int(whole) * 1_000_000 + int(rest.ljust(6, "0")) == time_ns


@given(st.data())
def test_rows_give_back_what_was_chosen(data: st.DataObject) -> None:
    """Whatever the pattern of bad and chosen: each good chosen value arrives, no other, each bad one is named."""
    rows, points = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 3))
    cells = st.lists(
        st.lists(st.sampled_from((0, 0, 1, 18, 20)), min_size=points, max_size=points), min_size=rows, max_size=rows
    )
    quality = np.array(data.draw(cells), np.uint8)
    chosen = np.array(data.draw(cells), np.uint8) == 0
    values = np.arange(rows * points, dtype=np.float64).reshape(rows, points)
    fields = ["a", "b", "c"][:points]
    came: dict[tuple[int, str], float] = {}
    bad: dict[tuple[int, str], int] = {}
    for payload in payloads.data("gw_1", fields, np.arange(rows) * 1_000_000, values, quality, chosen):
        body = json.loads(payload)
        long = [(ts, dict(zip(body["fields"], row, strict=True))) for ts, *row in body.get("rows", [])]
        for ts, named in long or [(body["ts"], body["values"])]:
            came |= {(ts, name): value for name, value in named.items() if value is not None}
            bad |= {(ts, name): code for name, code in body.get("bad", {}).items()}
    wanted = {(t, fields[k]): values[t, k] for t, k in np.argwhere(chosen & (quality < 16)).tolist()}
    rows_sent = np.flatnonzero(chosen.any(axis=1))
    named = {(t, fields[k]): quality[t, k] for t in rows_sent.tolist() for k in range(points) if quality[t, k] >= 16}
    assert came == wanted
    assert bad == named
