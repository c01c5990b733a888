"""The store: each row once, none without the one before it, and answers that say how far a stream is."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from replicas import GATEWAY, PLACE, block, blocks_message, event, events_message, journal, kept

from center import projections
from center.rows import read
from center.store import Store
from gateway.event import Position
from gateway.publish.replica import event_cells, joined


def take(store: Store, payload: bytes, stream: str = "e", now_ms: int = 0) -> Position | None:
    """Take one message in a transaction of its own; the answer."""
    with store.transaction():
        return store.take(store.shop(*PLACE), read(GATEWAY, stream, payload, now_ms)).at  # type: ignore[arg-type]


@contextmanager
def fresh() -> Iterator[Store]:
    """A store for one example."""
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "center.db")) as store:
        yield store


def test_a_message_is_taken_when_the_row_before_it_is_there(store: Store) -> None:
    rows = journal(10, 10)
    assert take(store, events_message(rows, 0, 5)) == rows[4].position
    assert take(store, events_message(rows, 5, 15)) == rows[14].position  # over a start of the gateway
    assert kept(store) == rows[:15]


def test_of_a_message_with_a_hole_before_it_nothing_is_taken(store: Store) -> None:
    rows = journal(20)
    with store.transaction():
        refused = store.take(store.shop(*PLACE), read(GATEWAY, "e", events_message(rows, 5, 10), 0))
    assert (refused.at, refused.missing) == (None, rows[4].position)
    assert take(store, events_message(rows, 0, 5)) == rows[4].position
    assert take(store, events_message(rows, 10, 15)) == rows[4].position
    assert kept(store) == rows[:5]


def test_rows_that_come_again_are_answered_and_kept_once(store: Store) -> None:
    rows = journal(20)
    take(store, events_message(rows, 0, 15))
    assert take(store, events_message(rows, 3, 12)) == rows[11].position
    assert take(store, events_message(rows, 12, 20)) == rows[19].position
    assert take(store, events_message(rows, 0, 2)) == rows[1].position
    assert store.chain(store.shop(*PLACE), "e") == rows[19].position
    assert kept(store) == rows


def test_a_row_that_comes_after_all_is_taken_beside_the_chain(store: Store) -> None:
    rows = journal(5)
    take(store, events_message(rows[:1], 0, 1))
    take(store, joined(GATEWAY, rows[0].position, [event_cells(*row) for row in rows[2:]]))
    assert kept(store) == [rows[0], *rows[2:]]
    again = joined(GATEWAY, None, [event_cells(*rows[1])], again=True)
    assert take(store, again) == take(store, again) == rows[1].position
    assert kept(store) == rows
    assert store.chain(store.shop(*PLACE), "e") == rows[4].position


def test_a_row_that_is_there_is_never_written_over(store: Store) -> None:
    rows = journal(3)
    take(store, events_message(rows, 0, 3))
    other = [rows[0], rows[1]._replace(body={"raw": "other"}), *rows[2:]]
    take(store, events_message(other, 0, 3))
    assert kept(store) == rows


def test_a_gateway_whose_journal_began_anew_is_taken_from_its_beginning(store: Store) -> None:
    old = [event(Position(40, "aaaa", n + 1)) for n in range(5)]
    new = [event(Position(1, "bbbb", n + 1)) for n in range(5)]
    take(store, events_message(old, 0, 5))
    assert take(store, events_message(new, 3, 5)) == old[4].position
    assert take(store, events_message(new, 0, 3)) == new[2].position
    assert take(store, events_message(new, 3, 5)) == new[4].position
    assert kept(store) == [*new, *old]


def test_the_streams_and_the_shops_do_not_know_of_each_other(store: Store) -> None:
    rows = journal(4)
    blocks = [block(row.position) for row in rows]
    take(store, events_message(rows, 0, 4))
    assert take(store, blocks_message(blocks, 2, 4), "s") is None
    assert take(store, blocks_message(blocks, 0, 2), "s") == blocks[1].position
    with store.transaction():
        other = store.shop("changsin-017", "gw_2")
        assert store.take(other, read("gw_2", "e", events_message(rows, 2, 4, "gw_2"), 0)).at is None
    assert kept(store, ("changsin-017", "gw_2")) == []


def test_blocks_are_kept_bit_by_bit(store: Store) -> None:
    blocks = [block(row.position) for row in journal(3, 2)]
    take(store, blocks_message(blocks, 0, 5), "s")
    columns = "start, token, n, schema_start, schema_token, schema_n, boot, clock, data"
    found = list(store.db.execute(f"SELECT {columns} FROM blocks ORDER BY start, n"))
    assert found == [(*row.position, *row.schema, row.boot, row.clock, row.data) for row in blocks]


def test_what_a_transaction_began_and_did_not_end_leaves_nothing(store: Store) -> None:
    rows = journal(4)
    try:
        with store.transaction():
            store.take(store.shop(*PLACE), read(GATEWAY, "e", events_message(rows, 0, 4), 0))
            raise InterruptedError
    except InterruptedError:
        pass
    assert take(store, events_message(rows, 2, 4)) is None
    assert take(store, events_message(rows, 0, 4)) == rows[3].position
    assert kept(store) == rows


def test_a_restart_keeps_how_far_everything_is(tmp_path: Path) -> None:
    rows = journal(10)
    for first in range(0, 10, 2):
        with closing(Store(tmp_path / "center.db")) as store:
            assert take(store, events_message(rows, first, first + 2)) == rows[first + 1].position
    with closing(Store(tmp_path / "center.db")) as store:
        assert store.chain(store.shop(*PLACE), "e") == rows[9].position
        assert kept(store) == rows


@settings(max_examples=25)
@given(st.data())
def test_however_messages_are_cut_lost_doubled_and_turned_around_the_rows_end_the_same(data: st.DataObject) -> None:
    """A gateway that sends again from the answer ends with exactly its rows, whatever the way there does."""
    rows = journal(*data.draw(st.lists(st.integers(1, 12), min_size=1, max_size=4)))
    number = {row.position: i for i, row in enumerate(rows)}
    cut = st.tuples(st.integers(0, len(rows) - 1), st.integers(1, 8))
    with fresh() as store:
        have = 0  # rows that the center has: always the first ones
        for first, size in data.draw(st.lists(cut, max_size=25)):
            stop = min(first + size, len(rows))
            at = take(store, events_message(rows, first, stop))
            if first <= have:
                assert at == rows[stop - 1].position
                have = max(have, stop)
            else:
                assert at == (rows[have - 1].position if have else None)
            assert kept(store) == rows[:have]
        at = store.chain(store.shop(*PLACE), "e")
        while (begin := number[at] + 1 if at else 0) < len(rows):
            at = take(store, events_message(rows, begin, min(begin + 5, len(rows))))
        assert kept(store) == rows
        counted = "SELECT events, blocks, lost FROM shops"
        assert list(store.db.execute(counted)) == [(len(rows), 0, 0)]


ALARMS = st.lists(
    st.tuples(
        st.sampled_from(["raise", "acknowledge", "clear", "escalate", "suppress", "shelve", "nonsense"]),
        st.sampled_from(["hot", "jam"]),
        st.sampled_from(["info", "warning", "critical", "odd", None]),
    ),
    max_size=20,
)


@settings(max_examples=25)
@given(ALARMS, st.lists(st.integers(0, 10**6), max_size=4))
def test_the_projections_are_what_the_events_say_when_made_again(
    alarms: list[tuple[str, str, str | None]], lost: list[int]
) -> None:
    rows = [
        event(Position(1, "abcd", n + 1), "alarm", rule, rule=rule, action=action, severity=severity)
        for n, (action, rule, severity) in enumerate(alarms)
    ]
    rows += [event(Position(1, "abcd", len(rows) + n + 1), "gap", "journal", rows=k) for n, k in enumerate(lost)]
    with fresh() as store:
        for first in range(0, len(rows), 3):
            take(store, events_message(rows, first, min(first + 3, len(rows))))
        take(store, events_message(rows, 0, len(rows)))
        shop = store.shop(*PLACE)
        before = projections.load_alarms(store.db, shop)
        with store.transaction():
            projections.rebuild(store.db)
        assert projections.load_alarms(store.db, shop) == before
        on: dict[str, tuple[bool, str]] = {}
        for action, rule, severity in alarms:
            told = severity if severity in projections.SEVERITIES else None
            if action == "raise":
                on[rule] = False, told or "warning"
            elif action == "acknowledge" and rule in on:
                on[rule] = True, on[rule][1]
            elif action == "escalate" and rule in on and told:
                on[rule] = on[rule][0], told
            elif action == "clear":
                on.pop(rule, None)
        assert {rule: (alarm.acknowledged, alarm.severity) for rule, alarm in before.items()} == on
        assert list(store.db.execute("SELECT events, lost FROM shops")) == [(len(rows), sum(lost))]


def test_a_gap_tells_how_many_rows_are_lost(store: Store) -> None:
    gaps = [
        {"from": "3-abcd:11", "to": "3-abcd:20", "cause": "damaged"},  # 10
        {"from": "3-abcd:1", "to": "3-abcd:500", "cause": "space", "rows": 7},  # its own word goes before
        {"from": "2-abcd:5", "to": "3-abcd:9", "cause": "lost"},  # of two starts: how many is not known
        {"from": None, "to": None, "cause": "storage", "rows": 3},
        {"from": 7, "to": "x", "rows": True},
    ]
    rows = [event(Position(3, "abcd", n + 1), "gap", "journal", **body) for n, body in enumerate(gaps)]
    take(store, events_message(rows, 0, 5))
    assert next(store.db.execute("SELECT lost FROM shops")) == (20,)


def test_samples_go_when_their_days_are_over_and_are_not_asked_for_again(store: Store) -> None:
    blocks = [block(row.position) for row in journal(6, 4)]
    take(store, blocks_message(blocks, 0, 4), "s", 1000)
    take(store, blocks_message(blocks, 4, 10), "s", 2000)
    while True:
        with store.transaction():
            if not store.prune(1500):
                break
    assert next(store.db.execute("SELECT count(*) FROM blocks")) == (6,)
    assert next(store.db.execute("SELECT blocks FROM shops")) == (6,)
    assert take(store, blocks_message(blocks, 2, 5), "s", 3000) == blocks[4].position
    assert next(store.db.execute("SELECT count(*) FROM blocks")) == (6,)
    while True:
        with store.transaction():
            if not store.prune(10_000):
                break
    assert [n for (n,) in store.db.execute("SELECT n FROM blocks")] == [4], "the newest stays"
    assert take(store, blocks_message(blocks, 9, 10), "s", 3000) == blocks[9].position
