"""The states of shops over time, by a clock that is turned by hand."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from replicas import GATEWAY, PLACE, UTC_MS, event

from center.config import Config, Enrolled
from center.fleet import Fleet
from center.inbox import Came
from center.projections import Alarm, Cleared, Lost, Raised
from center.status import read_status
from center.store import Store, Taken
from gateway.event import Position
from gateway.publish.replica import Copied

NEVER = Enrolled(workshop="mullae-201", gateway="gw_1", name="문래 정밀", trade="metal", cluster="mullae")


class Heard:
    """A fleet, and messages that come to it."""

    def __init__(self, clock: Any, config: Config | None = None) -> None:
        self.clock = clock
        self.fleet = Fleet(config or Config(shops=(NEVER,)), clock)
        self.fleet.hearing(True)

    def status(self, state: str, retained: bool = False, **more: Any) -> None:
        """A status message comes."""
        payload = json.dumps({"gateway": GATEWAY, "ts": self.clock.utc_ms(), "state": state} | more).encode()
        self.fleet.heard(PLACE, self._came(payload, retained), read_status(GATEWAY, payload))

    def journal(self) -> None:
        """A message of the journal comes."""
        self.fleet.heard(PLACE, self._came(b"", False), None)

    def _came(self, payload: bytes, retained: bool) -> Came:
        return Came("", payload, retained, self.clock.utc_ms(), self.clock.mono_s())

    @property
    def shop(self) -> dict[str, Any]:
        """The shop as the page shows it."""
        found = self.fleet.one(PLACE)
        assert found
        return found[0]

    @property
    def state(self) -> tuple[str, int | None]:
        """Its state and since when, in seconds of the clock's day."""
        since = self.shop["since"]
        return self.shop["state"], None if since is None else (since - UTC_MS) // 1000


@pytest.fixture
def heard(clock: Any) -> Heard:
    """A fleet that hears."""
    return Heard(clock)


def test_a_shop_is_live_then_stale_then_offline_as_it_falls_silent(heard: Heard, clock: Any) -> None:
    heard.status("online")
    assert heard.state == ("live", 0)
    clock.turn(60)
    heard.journal()
    clock.turn(90)
    assert heard.state == ("live", 0)
    clock.turn(1)
    assert heard.state == ("stale", 60)  # since the last message
    clock.turn(809)
    assert heard.state == ("stale", 60)
    clock.turn(1)
    assert heard.state == ("offline", 60)
    heard.status("online")
    assert heard.state == ("live", 961)


def test_a_goodbye_or_the_will_makes_it_offline_at_once(heard: Heard, clock: Any) -> None:
    heard.status("online", version="0.1.0", behind_e=7, behind_s=2, oldest_ms=UTC_MS - 5000)
    clock.turn(10)
    heard.status("offline", version="0.1.0", behind_e=1)  # the will was written when it connected
    clock.turn(500)
    assert heard.state == ("offline", 10)
    assert heard.shop["last"] == UTC_MS + 10_000
    assert (heard.shop["queued"], heard.shop["behind_s"], heard.shop["oldest"]) == (7, 2, UTC_MS - 5000)
    heard.status("online", behind_e=0)
    assert heard.state == ("live", 510)
    assert (heard.shop["queued"], heard.shop["oldest"]) == (0, None)


def test_what_a_shop_says_that_it_lost_is_shown_when_its_gaps_tell_less(heard: Heard) -> None:
    heard.status("online")
    assert heard.shop["lost"] == 0
    heard.status("online", losses=12)
    assert heard.shop["lost"] == 12
    heard.status("offline")
    assert heard.shop["lost"] == 12


def test_whoever_sends_is_there(heard: Heard, clock: Any) -> None:
    """The will of a connection that a new one replaced may come after the new one's first word."""
    heard.status("offline")
    clock.turn(1)
    heard.journal()
    assert heard.state == ("live", 1)


def test_an_enrolled_shop_that_was_never_heard_is_unseen(heard: Heard) -> None:
    counts, shops = heard.fleet.view()
    assert counts == {"live": 0, "stale": 0, "offline": 0, "unseen": 1, "alarms": 0, "queued": 0}
    (shop,) = shops
    assert {
        key: shop[key] for key in ("workshop", "gateway", "name", "trade", "cluster", "state", "since", "last")
    } == {
        "workshop": "mullae-201",
        "gateway": "gw_1",
        "name": "문래 정밀",
        "trade": "metal",
        "cluster": "mullae",
        "state": "unseen",
        "since": None,
        "last": None,
    }


def test_what_the_broker_kept_for_us_is_no_news_of_now(heard: Heard, clock: Any) -> None:
    heard.status("online", retained=True, ts=UTC_MS - 20_000)
    assert heard.state == ("live", 0)  # the broker would have told its will
    assert heard.shop["last"] == UTC_MS - 20_000
    clock.turn(91)
    assert heard.state == ("stale", -20)


def test_silence_is_not_counted_while_we_cannot_hear(heard: Heard, clock: Any) -> None:
    heard.status("online")
    clock.turn(80)
    heard.fleet.hearing(False)
    clock.turn(10_000)
    assert heard.state == ("live", 0)
    heard.fleet.hearing(True)
    clock.turn(10)
    assert heard.state == ("live", 0)
    clock.turn(1)
    assert heard.state == ("stale", 0)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Store]:
    """A store that outlives fleets."""
    with closing(Store(tmp_path / "center.db")) as store:
        yield store


def save(fleet: Fleet, store: Store) -> None:
    """Keep what was heard, as the writer does."""
    with store.transaction():
        for place, seen in fleet.unsaved():
            store.keep_seen(store.shop(*place), seen)


def test_a_restart_keeps_since_when_and_what_was_told(heard: Heard, clock: Any, file: Store) -> None:
    heard.status("online", version="0.1.0", name="창신 봉제", clock="synced", behind_e=3)
    clock.turn(30)
    heard.journal()
    before = heard.shop
    save(heard.fleet, file)
    clock.turn(3600)
    again = Heard(clock)
    again.fleet.load(file)
    assert again.shop == before
    again.status("online", retained=True)
    assert again.state == ("live", 0)
    assert again.shop["last"] == before["last"]


def test_a_restart_does_not_forget_how_long_a_shop_was_silent(heard: Heard, clock: Any, file: Store) -> None:
    heard.status("online")
    save(heard.fleet, file)
    clock.turn(500)
    other = Came("", b"", False, clock.utc_ms(), clock.mono_s())
    heard.fleet.heard(("other", "gw_1"), other, None)
    save(heard.fleet, file)
    clock.turn(3600)
    again = Heard(clock)
    again.fleet.load(file)
    again.fleet.hearing(True)
    assert again.state == ("stale", 0)
    clock.turn(401)
    assert again.state == ("offline", 0)


def test_a_shop_that_went_while_we_were_away_is_offline_since_we_last_heard_it(
    heard: Heard, clock: Any, file: Store
) -> None:
    heard.status("online")
    clock.turn(60)
    heard.journal()
    save(heard.fleet, file)
    clock.turn(3600)
    again = Heard(clock)
    again.fleet.load(file)
    again.fleet.hearing(True)
    again.status("offline", retained=True)
    assert again.state == ("offline", 60)


def test_shops_in_need_come_first(clock: Any) -> None:
    fleet = Fleet(Config(shops=(NEVER,)), clock)
    fleet.hearing(True)

    def hear(name: str, state: str = "online") -> None:
        payload = json.dumps({"gateway": "gw_1", "ts": 1, "state": state, "name": name}).encode()
        fleet.heard((name, "gw_1"), Came("", payload, False, UTC_MS, clock.mono_s()), read_status("gw_1", payload))

    for name in ("calm", "warm", "burning", "late", "gone", "unlike"):
        hear(name, "offline" if name == "gone" else "online")
    clock.turn(100)
    for name in ("calm", "warm", "burning", "unlike"):
        hear(name)
    fleet.copied(("unlike", "gw_1"), Copied(UTC_MS, UTC_MS, False, ["missing e:1-abcd:4"]))
    for name, severity in (("warm", "warning"), ("burning", "critical")):
        fleet.take((name, "gw_1"), Taken(None, changes=[Raised(Alarm("hot", severity, "hot", UTC_MS, False))]))
    counts, shops = fleet.view()
    assert [shop["workshop"] for shop in shops] == ["burning", "unlike", "gone", "warm", "late", "mullae-201", "calm"]
    assert counts == {"live": 4, "stale": 1, "offline": 1, "unseen": 1, "alarms": 2, "queued": 0}


def test_alarms_and_losses_follow_the_journal(heard: Heard) -> None:
    heard.status("online")
    first, second = (Alarm(rule, "warning", {"ko": "뜨거워요", "en": "hot"}, UTC_MS, False) for rule in ("a", "b"))
    heard.fleet.take(PLACE, Taken(None, None, 4, 0, [Raised(first), Raised(second), Lost(12)]))
    assert (heard.shop["alarms"], heard.shop["worst"], heard.shop["lost"], heard.shop["events"]) == (
        2,
        "warning",
        12,
        4,
    )
    heard.fleet.take(PLACE, Taken(None, None, 2, 3, [Raised(first._replace(acknowledged=True)), Cleared("b")]))
    found = heard.fleet.one(PLACE)
    assert found
    assert [(alarm["rule"], alarm["acknowledged"]) for alarm in found[1]] == [("a", True)]
    assert (heard.shop["events"], heard.shop["blocks"]) == (6, 3)


def test_a_restart_keeps_the_alarms(heard: Heard, clock: Any, file: Store) -> None:
    from center.rows import Rows

    body = {"rule": "hot", "action": "raise", "severity": "critical", "message": {"ko": "뜨거워요", "en": "hot"}}
    row = event(Position(1, "abcd", 1), "alarm", "hot", **body)
    cells = (*row.position, row.kind, row.source, row.mono_ns, row.boot, row.time_ns, row.clock, json.dumps(row.body))
    with file.transaction():
        taken = file.take(file.shop(*PLACE), Rows("e", None, [cells]))
    heard.status("online")
    heard.fleet.take(PLACE, taken)
    before = heard.fleet.one(PLACE)
    assert before
    assert before[1][0]["since_ms"] == row.time_ns // 1_000_000
    save(heard.fleet, file)
    again = Heard(clock)
    again.fleet.load(file)
    assert again.fleet.one(PLACE) == before
