"""What the center's page tells first: causes over many shops, and finding a shop by its first consonants."""

from typing import Any

import pytest

from tests.dashboard.calling import call, calls

NOW, MIN = 1_764_000_000_000, 60_000


def shop(number: int, **told: Any) -> dict[str, Any]:
    """Return a shop that is well, but for what is told."""
    well = {"workshop": f"w{number}", "gateway": "gw_1", "name": f"Shop {number}", "cluster": "east", "state": "live"}
    zero = {"queued": 0, "behind_s": 0, "alarms": 0, "events": 0, "blocks": 0, "lost": 0}
    none = {"trade": None, "since": None, "last": None, "oldest": None, "worst": None}
    return {**well, **zero, **none, "version": "1.2.0", "clock": "synced", **told}


def causes(*shops: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the causes that the page finds among shops."""
    found: list[dict[str, Any]] = call("../center/causes", "causes", list(shops), NOW, "1.2.0")
    return found


def test_shops_that_are_well_are_no_cause() -> None:
    assert causes(shop(1), shop(2, queued=12, oldest=NOW - MIN), shop(3, alarms=1, worst="info")) == []


def test_three_shops_of_a_cluster_that_fell_silent_together_are_one_outage() -> None:
    gone = [shop(i, state="offline", since=NOW - (20 + i) * MIN) for i in range(3)]
    (one,) = causes(*gone)
    assert (one["kind"], one["cluster"], len(one["shops"])) == ("outage", "east", 3)
    assert one["since"] == NOW - 22 * MIN
    (slow,) = causes(*[shop(i, state="offline", since=NOW - i * 60 * MIN) for i in range(3)])
    assert slow["kind"] == "offline", "hours apart is no outage"


def test_single_silent_shops_stand_together_and_without_a_cluster_too() -> None:
    away = [shop(1, cluster="east"), shop(2, cluster="west"), shop(3, cluster=None), shop(4, cluster=None)]
    (one,) = causes(*[{**each, "state": "offline", "since": NOW} for each in away])
    assert (one["id"], one["cluster"], len(one["shops"])) == ("offline", None, 4)


def test_causes_stand_in_the_order_of_their_urgency() -> None:
    found = causes(
        shop(1, state="unseen", version=None, clock=None),
        shop(2, version="1.1.9"),
        shop(3, lost=7),
        shop(4, clock="unsynced"),
        shop(5, queued=5000, oldest=NOW - MIN),
        shop(6, queued=3, oldest=NOW - 30 * MIN),
        shop(7, state="stale", since=NOW - 2 * MIN),
        shop(8, alarms=2, worst="warning"),
        shop(9, state="offline", since=NOW - MIN, cluster="west"),
        shop(10, alarms=3, worst="critical"),
        *[shop(i, state="offline", since=NOW) for i in range(11, 15)],
        shop(15, copy={"ok": False, "said": ["ledger: work_paid"]}),
        shop(16, copy={"ok": True}),
    )
    kinds = [
        "critical",
        "copy",
        "outage",
        "offline",
        "warning",
        "stale",
        "backlog",
        "unsynced",
        "lost",
        "old",
        "unseen",
    ]
    assert [one["kind"] for one in found] == kinds
    assert found[0]["amount"] == 3
    assert (found[6]["amount"], found[6]["since"]) == (5003, NOW - 30 * MIN)
    assert found[8]["amount"] == 7


def test_what_a_silent_shop_said_last_is_no_cause_of_its_own() -> None:
    found = causes(shop(1, state="offline", since=NOW, queued=9000, clock="unsynced", version="1.0.0"))
    assert [one["kind"] for one in found] == ["offline"]


@pytest.mark.parametrize(
    ("a", "b", "older"),
    [("0.9.9", "0.10.0", True), ("1.2.0", "1.2.0", False), ("1.2", "1.2.1", True), ("2.0.0", "1.9.9", False)],
)
def test_versions_are_compared_by_their_numbers(a: str, b: str, older: bool) -> None:
    assert call("../center/causes", "older", a, b) == older


def test_the_newest_of_versions_some_of_which_are_unknown() -> None:
    assert calls("../center/causes", "newestOf", [[["0.9.0", None, "0.10.1", "0.2.0"]], [[None]]]) == ["0.10.1", None]


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("창신 봉제 17호", "창신", True),
        ("창신 봉제 17호", "ㅊㅅ", True),
        ("창신 봉제 17호", "ㅊㅅㅂㅈ17", True),
        ("창신 봉제 17호", "신 봉ㅈ", True),
        ("창신 봉제 17호", "ㅅㅊ", False),
        ("문래 기계금속", "ㄱㄱㄱㅅ", True),
        ("Mullae 201", "mull", True),
        ("Mullae 201", "mull3", False),
        ("창신", "창신동", False),
        ("", "", True),
    ],
)
def test_a_name_is_found_by_its_letters_and_by_first_consonants(text: str, typed: str, found: bool) -> None:
    assert call("initials", "finds", text, typed) == found
