"""The writer: what it acknowledges is on the medium, and nothing that comes over the wire stops it."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replicas import GATEWAY, PLACE, block, blocks_message, event, events_message, journal, kept
from rig import until

from center.config import Config
from center.fleet import Fleet
from center.inbox import Came, Inbox
from center.store import Store
from center.writer import Writer
from gateway.event import Position
from gateway.publish.replica import Ack

PREFIX = f"gongbang/v1/{PLACE[0]}/{GATEWAY}"


class Part:
    """A writer on a store, with its inbox and fleet."""

    def __init__(self, store: Store, clock: Any, sent: Any) -> None:
        self.clock, self.sent = clock, sent
        self.fleet, self.inbox = Fleet(Config(), clock), Inbox()
        self.fleet.load(store)
        self.fleet.hearing(True)
        self.writer = Writer(store, self.fleet, self.inbox, sent, clock)

    def put(self, topic: str, payload: bytes, retained: bool = False) -> None:
        """Let a message come."""
        assert self.inbox.put(Came(topic, payload, retained, self.clock.utc_ms(), self.clock.mono_s()), 0.0)

    def shop(self) -> dict[str, Any]:
        """What the page shows of the shop."""
        found = self.fleet.one(PLACE)
        assert found
        return found[0]


@contextmanager
def running(store: Store, clock: Any, sent: Any) -> Iterator[Part]:
    """A writer that runs, and is stopped."""
    part = Part(store, clock, sent)
    part.writer.start()
    try:
        yield part
    finally:
        part.writer.stop()


def test_messages_of_one_commit_are_acknowledged_once(store: Store, clock: Any, sent: Any) -> None:
    rows = journal(30)
    blocks = [block(row.position) for row in rows]
    part = Part(store, clock, sent)
    for first in (0, 10, 20):
        part.put(f"{PREFIX}/journal/e", events_message(rows, first, first + 10))
    part.put(f"{PREFIX}/journal/s", blocks_message(blocks, 0, 30))
    part.put(f"gongbang/v1/{PLACE[0]}/gw_2/journal/e", events_message(rows, 5, 10, "gw_2"))
    part.writer.start()
    until(lambda: len(sent.acks) >= 3, "all are answered")
    part.writer.stop()
    assert sent.acks == [
        (f"{PREFIX}/ack/e", Ack(rows[-1].position)),
        (f"{PREFIX}/ack/s", Ack(rows[-1].position)),
        (f"gongbang/v1/{PLACE[0]}/gw_2/ack/e", Ack(None, rows[4].position)),
    ]
    assert kept(store) == rows
    assert (part.shop()["events"], part.shop()["blocks"]) == (30, 30)


def test_a_file_that_another_holds_is_tried_again_and_nothing_is_acknowledged_meanwhile(
    store: Store, clock: Any, sent: Any
) -> None:
    rows = journal(5)
    store.db.set_busy_timeout(50)
    with closing(apsw.Connection(str(store.path))) as other, running(store, clock, sent) as part:
        other.execute("BEGIN IMMEDIATE")
        part.put(f"{PREFIX}/journal/e", events_message(rows, 0, 5))
        until(lambda: part.writer.storage_error, "it says that it cannot write")
        assert sent.acks == []
        other.execute("ROLLBACK")
        until(lambda: sent.acks, "it is acknowledged at last")
        assert sent.last("e") == Ack(rows[4].position)
        assert part.writer.storage_error == ""
    assert kept(store) == rows


def test_on_a_full_disk_nothing_is_acknowledged(tmp_path: Path, clock: Any, sent: Any) -> None:
    rows = [event(Position(1, "abcd", n + 1), raw="x" * 5000) for n in range(100)]
    with closing(Store(tmp_path / "center.db")) as store:
        store.db.pragma("max_page_count", store.db.pragma("page_count") + 5)  # SQLITE_FULL, as a full disk says
        with running(store, clock, sent) as part:
            part.put(f"{PREFIX}/journal/e", events_message(rows, 0, 2))
            until(lambda: sent.acks, "the first two fit")
            part.put(f"{PREFIX}/journal/e", events_message(rows, 2, 100))
            until(lambda: "full" in part.writer.storage_error, "it says that the disk is full")
        assert sent.acks == [(f"{PREFIX}/ack/e", Ack(rows[1].position))]
    with closing(Store(tmp_path / "center.db")) as store, running(store, clock, sent) as part:
        part.put(f"{PREFIX}/journal/e", events_message(rows, 2, 100))
        until(lambda: len(sent.acks) == 2, "with room again, it is taken")
        assert kept(store) == rows


def test_after_connecting_every_gateway_is_told_how_far_it_is_here(store: Store, clock: Any, sent: Any) -> None:
    rows = journal(4)
    with running(store, clock, sent) as part:
        part.put(f"{PREFIX}/journal/e", events_message(rows, 0, 3))
        part.put(f"{PREFIX}/journal/s", blocks_message([block(row.position) for row in rows], 0, 2))
        until(lambda: len(sent.acks) == 2, "both are answered")
        sent.acks.clear()
        part.writer.hearing(True)
        until(lambda: len(sent.acks) == 2, "both are told unasked")
    assert dict(sent.acks) == {f"{PREFIX}/ack/e": Ack(rows[2].position), f"{PREFIX}/ack/s": Ack(rows[1].position)}


def deep(levels: int) -> bytes:
    """A message whose body is nested beyond what can be written again."""
    body = '{"a":' * levels + "1" + "}" * levels
    row = f'["1-abcd", 1, "scan", "s", 1, "b", 1, "synced", {body}]'
    return f'{{"gateway": "{GATEWAY}", "after": null, "rows": [{row}]}}'.encode()


def one(**changes: Any) -> bytes:
    """A message of one row, with some of its cells spoilt."""
    row = {"epoch": "1-abcd", "n": 1, "kind": "scan", "source": "s", "mono": 1, "boot": "b", "ts": 1, "clock": "synced"}
    row |= {"body": {}} | changes
    return json.dumps({"gateway": GATEWAY, "after": None, "rows": [list(row.values())]}).encode()


@pytest.mark.parametrize(
    ("level", "payload"),
    [
        ("journal/e", b""),
        ("journal/e", b"\xff\xfe"),
        ("journal/e", deep(300)),
        ("journal/e", b"[" * 100_000),
        ("journal/e", one(mono=2**63)),
        ("journal/e", one(ts=2**64 - 1)),
        ("journal/e", one(n=2**63 + 1)),
        ("journal/e", one(n=0)),
        ("journal/e", one(body=[])),
        ("journal/e", one(kind=None)),
        ("journal/e", one(epoch=7)),
        ("journal/e", events_message(journal(3), 0, 3, "another")),
        ("journal/e", events_message([*journal(3)[::-1]], 0, 3)),
        ("journal/s", b'{"gateway": "gw_1", "after": null, "rows": [["1-abcd", 1, "1-abcd:1", "b", "synced", "*"]]}'),
        ("status", b'{"gateway": "gw_1", "ts": 1, "state": "asleep"}'),
        ("status", b'{"gateway": "gw_1", "ts": "x", "state": "online"}'),
        ("status", b'{"gateway": "gw_1", "ts": 1, "state": "online", "behind_e": -1}'),
        ("status", b'{"gateway": "gw_2", "ts": 1, "state": "online"}'),
        ("status", b'{"gateway": "gw_1", "ts": 1, "state": "online", "name": "' + b"x" * 1000 + b'"}'),
    ],
)
def test_what_cannot_be_read_is_counted_with_its_shop_and_stops_nothing(
    store: Store, clock: Any, sent: Any, level: str, payload: bytes
) -> None:
    rows = journal(2)
    with running(store, clock, sent) as part:
        part.put(f"{PREFIX}/{level}", payload)
        part.put(f"{PREFIX}/journal/e", events_message(rows, 0, 2))
        until(lambda: sent.acks, "the next message is taken")
        assert sent.acks == [(f"{PREFIX}/ack/e", Ack(rows[1].position))]
        assert part.shop()["malformed"] == 1
    assert kept(store) == rows


TOPICS = st.sampled_from([f"{PREFIX}/journal/e", f"{PREFIX}/journal/s", f"{PREFIX}/status", "gongbang/v1/ㄱ/b/status"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
LIKE = st.fixed_dictionaries(
    {
        "gateway": st.just(GATEWAY) | JSON,
        "after": st.none() | st.just("1-0001:1") | JSON,
        "rows": st.lists(st.lists(JSON, max_size=10), max_size=3) | JSON,
        "state": st.just("online") | JSON,
        "ts": st.just(1) | JSON,
    }
)
PAYLOADS = st.binary(max_size=60) | LIKE.map(lambda body: json.dumps(body).encode())


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TOPICS, PAYLOADS), min_size=1, max_size=10))
def test_no_message_stops_the_writer(
    tmp_path_factory: pytest.TempPathFactory, clock: Any, sent: Any, messages: list[tuple[str, bytes]]
) -> None:
    rows = [event(Position(9_000, "abcd", n + 1)) for n in range(3)]
    sent.acks.clear()
    with closing(Store(tmp_path_factory.mktemp("fuzz") / "center.db")) as store, running(store, clock, sent) as part:
        for topic, payload in messages:
            part.put(topic, payload)
        part.put(f"{PREFIX}/journal/e", events_message(rows, 0, 3))
        until(lambda: any(ack.at == rows[2].position for _, ack in sent.acks), "the good one is taken")
        assert part.writer.alive
        assert kept(store)[-3:] == rows


def test_a_message_that_nobody_foresaw_is_left_out_alone(
    store: Store, clock: Any, sent: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The last border: a fault of ours in one shop's message must not stop all others' journals."""
    rows = journal(4)
    take = Store.take

    def faulty(self: Store, shop: int, message: Any) -> Any:
        if message.after == rows[1].position:
            raise KeyError("ours")
        return take(self, shop, message)

    monkeypatch.setattr(Store, "take", faulty)
    part = Part(store, clock, sent)
    part.put(f"{PREFIX}/journal/e", events_message(rows, 0, 2))
    part.put(f"{PREFIX}/journal/e", events_message(rows, 2, 4))
    part.put(f"gongbang/v1/{PLACE[0]}/gw_2/journal/e", events_message(rows, 0, 4, "gw_2"))
    part.writer.start()
    until(lambda: len(sent.acks) >= 2, "the others are answered")
    part.writer.stop()
    assert sent.acks == [
        (f"{PREFIX}/ack/e", Ack(rows[1].position)),
        (f"{PREFIX[:-4]}gw_2/ack/e", Ack(rows[3].position)),
    ]
    assert "KeyError" in caplog.text
