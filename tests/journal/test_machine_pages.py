"""Pages tell of machines what the events do of which they were made, whatever became of either."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from gateway.event import Event
from gateway.figures.timeline import Span
from gateway.journal import machine_rows, pager
from gateway.journal.files import Files
from gateway.journal.journal import Journal
from gateway.journal.machine_rows import MachineRows
from gateway.journal.period import records
from gateway.journal.reader import open_reader
from gateway.journal.retention import Retention
from gateway.journal.rows import Corrupted
from gateway.journal.store import Store
from gateway.states import STATES

SECOND = 1_000_000_000
NAMES = ["press", "lathe", "mill"]
EVENTS = 400


def event(dice: random.Random, now_ns: int, time_ns: int) -> Event:
    """Something that a machine's journal has, or something else."""
    name = dice.choice([*NAMES, "other"])
    match dice.choice(["state", "count", "count", "energy", "scan"]):
        case "state":
            body: dict[str, Any] = {"machine": name, "state": dice.choice(STATES), "before": "off", "after_s": 1.0}
            return Event("state", name, now_ns, body)
        case "count":
            body = {"machine": name, "delta": dice.randrange(9), "total": 5, "reset": False, "raw": 5}
            more = dice.choice([{}, {"cycle_s": dice.random()}, {"missed": 1, "bounced": 2}, {"cycle_s": None}])
            return Event("count", name, now_ns, body | more)
        case "energy":
            of = {"from": time_ns // 1_000_000, "kw": dice.choice([None, dice.random()]), "known_s": 870.5}
            return Event("energy", name, now_ns, of)
        case kind:
            return Event(kind, "scanner", now_ns, {"entries": []})


async def write(path: Path, clock: Any, dice: random.Random, rows: int = EVENTS) -> None:
    async with await Journal.open(path, "gw_1", clock) as journal:
        happened = []
        for _ in range(rows):
            clock.pass_s(dice.choice([0, 1, 7, 60]))
            happened.append(event(dice, clock.now_ns, clock.time_ns(clock.now_ns)))
        await journal.append(happened)


def paged(path: Path, clock: Any, then: Callable[[Store], Any] = lambda store: None) -> int:
    """Make pages of all that may stand in one; return how many there are."""
    store, making = Store(Files(path), clock, 0.0), pager.Pager()
    store.open()
    try:
        while making.step(store):
            pass
        then(store)
        ((count,),) = store.db.execute("SELECT count(*) FROM machine_pages")
    finally:
        store.close()
    return int(count)


def told(path: Path, span: Span) -> Any:
    """Everything that is told of a period, as plain values."""
    with open_reader(path) as reader:
        found, gaps = records(reader, NAMES, span)
    counts = [[column.tolist() for column in one.counts.columns()] for one in found.values()]
    return repr((gaps, counts, [(one.before, one.changes, one.quarters) for one in found.values()]))


def spans(clock: Any, start_ns: int) -> list[Span]:
    now_ns = clock.time_ns(clock.now_ns)
    whole = now_ns - start_ns
    return [
        (start_ns + whole * first // 10, start_ns + whole * last // 10)
        for first, last in ((0, 10), (3, 4), (5, 9), (-5, 20), (9, 15))
    ]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of a few events."""
    monkeypatch.setattr(pager, "ROWS", 16)


@pytest.mark.parametrize("seed", range(4))
def test_pages_tell_what_the_events_tell_in_every_period(tmp_path: Path, clock: Any, seed: int) -> None:
    path, dice, start_ns = tmp_path / "j.db", random.Random(seed), clock.time_ns(clock.now_ns)
    for _ in range(2):  # two runs of the daemon
        asyncio.run(write(path, clock, dice, EVENTS // 2))
        clock.pass_s(1000)
    periods = spans(clock, start_ns)
    before = [told(path, span) for span in periods]
    assert paged(path, clock) > 5
    assert [told(path, span) for span in periods] == before
    asyncio.run(write(path, clock, dice, 50))
    assert told(path, periods[1]) == before[1], "the newest stand behind the pages"


def test_a_damaged_event_stands_in_no_page_and_stays_a_gap(tmp_path: Path, clock: Any) -> None:
    path, start_ns = tmp_path / "j.db", clock.time_ns(clock.now_ns)
    asyncio.run(write(path, clock, random.Random(1)))

    db = apsw.Connection(str(path))
    db.execute("UPDATE events SET crc = crc + 1 WHERE id IN (SELECT id FROM events WHERE id % 97 < 2)")
    db.close()
    periods = spans(clock, start_ns)
    before = [told(path, span) for span in periods]
    assert paged(path, clock) > 5
    assert [told(path, span) for span in periods] == before
    with open_reader(path) as reader:
        assert records(reader, NAMES, periods[0])[1]


def test_an_event_that_is_damaged_after_its_page_was_made_is_still_known(tmp_path: Path, clock: Any) -> None:
    path, start_ns = tmp_path / "j.db", clock.time_ns(clock.now_ns)
    asyncio.run(write(path, clock, random.Random(2)))
    span = spans(clock, start_ns)[0]
    before = told(path, span)
    harm = "UPDATE events SET crc = crc + 1 WHERE id = (SELECT min(last) FROM machine_pages)"
    paged(path, clock, lambda store: store.db.execute(harm))
    assert told(path, span) == before


@pytest.mark.parametrize("harm", ["data = x'00'", "crc = crc + 1", "data = zeroblob(40)", "first = first + 1"])
def test_a_damaged_page_is_passed_over(tmp_path: Path, clock: Any, harm: str) -> None:
    path, start_ns = tmp_path / "j.db", clock.time_ns(clock.now_ns)
    asyncio.run(write(path, clock, random.Random(3)))
    periods = spans(clock, start_ns)
    before = [told(path, span) for span in periods]
    paged(path, clock, lambda store: store.db.execute(f"UPDATE machine_pages SET {harm}"))
    assert [told(path, span) for span in periods] == before


def test_what_was_packed_comes_back_bit_by_bit_and_what_is_no_page_is_refused(tmp_path: Path, clock: Any) -> None:
    asyncio.run(write(tmp_path / "j.db", clock, random.Random(4)))
    with open_reader(tmp_path / "j.db") as reader:
        gathering = machine_rows.Gathering()
        for raw in reader.db.execute(f"{pager.rows.SELECT} WHERE {machine_rows.WANTED}"):
            gathering.add(raw, reader.epochs)
    rows = gathering.rows()
    data = rows.pack()
    assert len(data) < 14 * len(rows.time_ns)
    again = MachineRows.unpack(data)
    assert again.names == rows.names
    assert all(one.tobytes() == other.tobytes() for one, other in zip(again[1:], rows[1:], strict=True))
    for spoiled in (b"", data[:9], b"\x02" + data[1:], data[:40]):
        with pytest.raises(Corrupted):
            MachineRows.unpack(spoiled)


def test_rows_whose_time_waits_for_the_clock_stand_in_no_page(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "j.db"
    clock.synced = False
    asyncio.run(write(path, clock, random.Random(5)))
    with open_reader(path) as reader:
        ((waiting,),) = reader.db.execute("SELECT min(id) FROM events WHERE clock = 0")
    assert waiting is not None
    store, making = Store(Files(path), clock, 10**9), pager.Pager()
    store.open()
    while making.step(store):
        pass
    assert list(store.db.execute("SELECT count(*) FROM machine_pages WHERE last >= ?", (waiting,))) == [(0,)]
    store.close()


def test_pages_go_with_their_events(tmp_path: Path, clock: Any) -> None:
    asyncio.run(write(tmp_path / "j.db", clock, random.Random(6)))
    made = paged(tmp_path / "j.db", clock)

    def evict(store: Store) -> None:
        ids = [row_id for (row_id,) in store.db.execute("SELECT id FROM events ORDER BY id LIMIT 100")]
        Retention(store, 10**9, 30)._let_go("e", ids, ids, "space")

    assert 0 < paged(tmp_path / "j.db", clock, evict) < made
    with open_reader(tmp_path / "j.db") as reader:
        ((oldest,),) = reader.db.execute("SELECT min(first) FROM machine_pages")
        assert not list(reader.db.execute("SELECT 1 FROM gaps WHERE stream = 'e' AND last >= ?", (oldest,)))


def test_the_daemon_makes_them_by_itself(tmp_path: Path, clock: Any) -> None:
    def pages(tx: Any) -> int:
        return int(next(tx._store.db.execute("SELECT count(*) FROM machine_pages"))[0])

    async def main() -> None:
        await write(tmp_path / "j.db", clock, random.Random(7))
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            while await journal.transact(pages) < 10:  # noqa: ASYNC110 - the writer tells nobody
                await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(main(), 60))
