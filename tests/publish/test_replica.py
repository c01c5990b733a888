"""The wire format of the journal's way to the center: what goes in comes out, and what is none of it is refused."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.event import Position
from gateway.publish import replica
from gateway.publish.replica import BlockRow, Blocks, EventRow, Events, Malformed

POSITIONS = st.builds(
    Position, st.integers(0, 9_999_999), st.text("0123456789abcdef", min_size=4, max_size=4), st.integers(1, 10**12)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NS = st.integers(-(2**63), 2**63 - 1)
BODIES = st.dictionaries(
    TEXTS, st.one_of(st.none(), st.booleans(), TEXTS, st.floats(allow_nan=False, allow_infinity=False), NS), max_size=4
)
EVENTS = st.builds(EventRow, POSITIONS, TEXTS, TEXTS, NS, TEXTS, NS, st.sampled_from(["synced", "unsynced"]), BODIES)
BLOCKS = st.builds(BlockRow, POSITIONS, POSITIONS, TEXTS, TEXTS, st.binary(max_size=50))


@given(st.builds(Events, TEXTS, st.none() | POSITIONS, st.lists(EVENTS, max_size=4)))
def test_events_come_out_as_they_went_in(message: Events) -> None:
    read = replica.read_events(replica.write_events(message))
    assert (read.gateway, read.after, list(read.rows)) == (message.gateway, message.after, list(message.rows))


@given(st.builds(Blocks, TEXTS, st.none() | POSITIONS, st.lists(BLOCKS, max_size=4)))
def test_blocks_come_out_as_they_went_in(message: Blocks) -> None:
    read = replica.read_blocks(replica.write_blocks(message))
    assert (read.gateway, read.after, list(read.rows)) == (message.gateway, message.after, list(message.rows))


@given(st.none() | POSITIONS, st.none() | POSITIONS)
def test_an_acknowledgement_comes_out_as_it_went_in(at: Position | None, missing: Position | None) -> None:
    assert replica.read_ack(replica.write_ack(at, missing)) == (at, missing)


@given(EVENTS)
def test_a_body_that_was_written_before_goes_in_as_it_is(row: EventRow) -> None:
    body = orjson.Fragment(orjson.dumps(row.body))
    assert replica.event_cells(*row[:-1], body) == replica.event_cells(*row)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"gateway": "g", "after": "x", "rows": []}',
        b'{"gateway": "g", "after": null, "rows": [["1-abcd", 1]]}',
        b'{"gateway": "g", "after": null, "rows": [["1-abcd", 0, "k", "s", 1, "b", 1, "synced", {}]]}',
        b'{"gateway": "g", "after": null, "rows": [["1-abcd", 1, "k", "s", 1.5, "b", 1, "synced", {}]]}',
        b'{"gateway": "g", "after": null, "rows": [["1-abcd", true, "k", "s", 1, "b", 1, "synced", {}]]}',
        b'{"gateway": "g", "after": null, "rows": 7}',
    ],
)
def test_what_is_no_message_of_events_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        replica.read_events(payload)


@pytest.mark.parametrize("data", ["*", "YQ", 7, None])
def test_a_block_that_is_not_whole_is_refused(data: object) -> None:
    import json

    row = ["1-abcd", 1, "1-abcd:1", "b", "synced", data]
    with pytest.raises(Malformed):
        replica.read_blocks(json.dumps({"gateway": "g", "after": None, "rows": [row]}).encode())


@pytest.mark.parametrize(
    "payload", [b"7", b"{}", b'{"at": 7}', b'{"at": null, "missing": 7}', b'{"at": "1-zzzz:1"}', b"\xff"]
)
def test_what_is_no_acknowledgement_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        replica.read_ack(payload)
