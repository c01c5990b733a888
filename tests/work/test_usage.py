"""Sessions of shared equipment."""

from decimal import Decimal
from typing import Any

from gateway.work.usage import going, uses


def said(minute: int, action: str, **more: Any) -> dict[str, Any]:
    told = {"row": minute, "time_ns": minute * 60_000_000_000, "equipment": "laser_1", "worker": "7", "action": action}
    return told | dict.fromkeys(("minutes", "kwh", "meter_kwh", "booking")) | more


def test_a_session_has_its_minutes_and_energy_when_it_is_over() -> None:
    rows = [said(0, "start", meter_kwh="120.5"), said(30, "end", minutes="30.0", kwh="1.25")]
    (use,) = uses(rows)
    assert (use.minutes, use.kwh, use.meter_kwh) == (Decimal(30), Decimal("1.25"), Decimal("120.5"))
    assert going(rows) is None


def test_who_is_at_it_now_is_told() -> None:
    now = going([said(0, "start"), said(5, "end"), said(9, "start", worker="8")])
    assert now is not None
    assert now.worker == "8"


def test_a_no_show_is_no_session() -> None:
    (missed,) = uses([said(0, "no_show", booking="B17")])
    assert (missed.action, missed.booking) == ("no_show", "B17")
    assert going([said(0, "no_show")]) is None


def test_an_end_without_a_beginning_means_nothing() -> None:
    assert uses([said(0, "end")]) == []
