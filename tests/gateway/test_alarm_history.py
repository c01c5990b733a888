"""The past of alarms, from their events."""

from typing import Any

import pytest

from gateway.alarm_history import episodes, sums
from gateway.event import Position, Row

TEXT = {"ko": "뜨거워요", "en": "Hot"}


def told(*events: tuple[float, str, str, dict[str, Any]]) -> list[Row]:
    """Events as the journal has them: at which second, of which rule, what, and more."""
    return [
        Row(
            Position(1, "00ff", number),
            "alarm",
            rule,
            0,
            "boot",
            round(at_s * 1e9),
            "synced",
            {"rule": rule, "action": action, "severity": "warning", "message": TEXT, "value": 81.5, "by": None} | more,
        )
        for number, (at_s, rule, action, more) in enumerate(events, 1)
    ]


def test_an_episode_goes_from_its_raise_to_its_clear() -> None:
    rows = told(
        (1, "cold", "acknowledge", {"by": "은하"}),  # of one that was raised before
        (2, "hot", "raise", {"unit": "degC", "machine": "press"}),
        (3, "warm", "suppress", {"because_of": "hot"}),
        (62, "hot", "escalate", {"level": 1, "severity": "critical"}),
        (63, "hot", "shelve", {"by": "은하"}),
        (64.5, "hot", "acknowledge", {"by": "은하"}),
        (70, "hot", "clear", {"value": 60.0}),
        (80, "hot", "raise", {}),
    )
    first, second = [episode.entry() for episode in episodes(rows, "gw_1")]
    assert first == {
        "id": "gw_1:e:1-00ff:2",
        "rule": "hot",
        "severity": "critical",
        "message": TEXT,
        "machine": "press",
        "value": 81.5,
        "unit": "degC",
        "raised_ts": 2000.0,
        "acknowledged_ts": 64500.0,
        "acknowledged_by": "은하",
        "cleared_ts": 70000.0,
        "duration_s": 68.0,
        "level": 1,
        "suppressed": 1,
    }
    assert (second["raised_ts"], second["cleared_ts"], second["duration_s"], second["severity"]) == (
        80000.0,
        None,
        None,
        "warning",
    )


@pytest.mark.parametrize(("apart_s", "most"), [(60, 11), (601, 1), (300, 3)])
def test_one_that_chatters_is_found_by_its_rule(apart_s: int, most: int) -> None:
    times = [(n * apart_s, action, {}) for n in range(12) for action in ("raise", "clear")]
    rows = told(*[(at + 10 * (action == "clear"), "door", action, more) for at, action, more in times])
    assert sums(episodes(rows, "gw")) == [{"rule": "door", "raised": 12, "on_s": 120.0, "most_in_10_min": most}]
