"""Stays in columns are those that one works out by hand, for whatever was scanned."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import apsw
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.event import Position, Row
from gateway.journal.rows import key
from gateway.work import fold, making
from gateway.work.done import NEVER
from gateway.work.stays import SEVERAL, stays
from tests.work.plain_stays import plain_stays

MINUTE_NS = 60_000_000_000
START_NS = 1_795_316_400_000_000_000
MACHINES = {"sew_1": ["juki_1"], "sew_2": ["juki_2"], "pair": ["press_1", "press_2"]}
STATIONS = st.sampled_from(["sew_1", "sew_1", "sew_2", "pair", "table"])  # the table has no machine
WORKERS = st.sampled_from(["1", "2"])
BUNDLES = st.sampled_from("ABCDEFGHIJKLMNOP")
OPERATIONS = st.sampled_from(["FRONT", "SLEEVE"])


def done(bundle: str | None, operation: str, station: str, shares: dict[str, int]) -> dict[str, Any]:
    entry = {"do": "done", "operation": operation, "station": station, "quantity": sum(shares.values())}
    who = {"worker": next(iter(shares))}
    return entry | who | ({"shares": shares} if len(shares) > 1 else {}) | ({"bundle": bundle} if bundle else {})


SHARES = st.dictionaries(WORKERS, st.integers(1, 30), min_size=1, max_size=2)
DONE = st.builds(done, st.one_of(st.none(), BUNDLES), OPERATIONS, STATIONS, SHARES)
BEGIN = st.builds(
    lambda bundle, operation, worker, station: {
        "do": "begin", "bundle": bundle, "operation": operation, "worker": worker, "station": station,
    },
    BUNDLES, OPERATIONS, WORKERS, STATIONS,
)  # fmt: skip
BADGE = st.builds(lambda worker, station: {"do": "badge", "station": station, "worker": worker}, WORKERS, STATIONS)
VOID = st.builds(lambda back: {"do": "void", "of": back, "reason": "", "by": "owner"}, st.integers(1, 6))
SCAN = st.one_of(
    *[st.lists(DONE, min_size=1, max_size=2)] * 4, *[one.map(lambda entry: [entry]) for one in (BEGIN, BADGE, VOID)]
)
MINUTES = st.sampled_from([0, 1, 2, 3, 5, 20, -2])  # since the one before: some come late
SCANS = st.lists(st.tuples(MINUTES, SCAN), min_size=1, max_size=30)


def ledger(scans: list[tuple[int, list[dict[str, Any]]]]) -> apsw.Connection:
    """Return the tables of a ledger to which this happened."""
    db = apsw.Connection(":memory:")
    db.execute("CREATE TABLE events(id INTEGER PRIMARY KEY, kind TEXT, time_ns INTEGER, clock INTEGER, body TEXT)")
    making.rebuild(db, ())
    now_ns = START_NS
    for n, (minutes, entries) in enumerate(scans, 1):
        now_ns += minutes * MINUTE_NS
        named = [one | ({"of": f"gw_1:e:1-a1b2:{max(1, n - one['of'])}"} if "of" in one else {}) for one in entries]
        body = {"by": "owner", "entries": named}
        row = Row(Position(1, "a1b2", n), "scan", "scanner", 0, "boot-1", now_ns, "synced", body)
        with suppress(apsw.ConstraintError), db:  # a coupon is paid once: what is refused stands nowhere
            fold.project(db, row)
            values = (key(1, n), now_ns, orjson.dumps(body).decode())
            db.execute("INSERT INTO events VALUES(?, 'scan', ?, 1, ?)", values)
    return db


@settings(max_examples=300)
@given(SCANS)
def test_whatever_was_scanned_they_are_those_of_one_line_after_the_other(scans: Any) -> None:
    db = ledger(scans)
    reader: Any = SimpleNamespace(db=db, epochs={1: None})
    found = stays(reader, MACHINES, (START_NS - 10**15, START_NS + 10**16))
    told = []
    for n in range(len(found.to_ns)):
        stay, machine, from_ns = found.stay(n), int(found.machine[n]), int(found.from_ns[n])
        name = None if machine == SEVERAL else found.names[machine]
        begin = None if from_ns == NEVER else from_ns
        about = (stay.station, name, stay.workers, stay.how, begin, int(found.to_ns[n]))
        told.append((*about, [tuple(part) for part in stay.parts], bool(found.overlaps[n])))
        assert int(found.scanned[n]) == sum(part.pieces for part in stay.parts)
        assert all(n in found.holding(part.row) for part in stay.parts)
    plain = [
        (one.station, one.machine, one.workers, one.how, one.begin_ns, one.end_ns, one.parts, one.overlaps)
        for one in plain_stays(db, MACHINES, 0)
    ]
    assert sorted(told, key=repr) == sorted(plain, key=repr)
