"""What a machine counted for a job: right to the piece however long the job goes on, and no scan reads all of it."""

from collections.abc import Iterator
from typing import Any

import apsw
import pytest

from barcodes.ticket import Badge, Command, EquipmentTicket, Ours, QuantityTicket, Traveller
from gateway.config.load import load
from gateway.event import Event
from gateway.trades.templates import template
from gateway.work import pieces
from gateway.work.jobs import Job, jobs
from gateway.work.projections.jobs import JOBS

ORDER, NEXT = Traveller("2611A", "TURN"), Traveller("2612A", "TURN")
START, STOP, UNDO = Command("START"), Command("STOP"), Command("UNDO")


class Lathe:
    """A shop whose lathe counts, as the engine tells it; a page is ten events."""

    def __init__(self, books: Any) -> None:
        self.books, self.total = books, 0
        self.told(Badge(101))

    def told(self, *tickets: Ours) -> Any:
        for ticket in tickets:
            answer = self.books.scan(ticket, scanner="scanner_lathe")
        return answer

    def counts(self, delta: int, machine: str = "lathe_1", **more: Any) -> None:
        self.books.wait(0.5)
        self.total += delta
        body = {"machine": machine, "delta": delta, "total": self.total, "reset": False, "raw": self.total, **more}
        self.books.append(Event("count", machine, self.books.mono_ns, body))

    def add_up(self) -> None:
        while found := pieces.behind(self.books.db):
            pieces.add_up(self.books.db, *found)

    def restart(self) -> None:
        """The power goes: the badge is scanned again, and the engine's memory is lost."""
        self.books.reboot()
        self.total = 0
        self.told(Badge(101))

    def jobs(self) -> list[Job]:
        return jobs(JOBS.read(self.books.db))


@pytest.fixture
def lathe(books: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lathe]:
    monkeypatch.setattr(pieces, "PAGE", 10)
    books.settings = load(template("metal"))
    return Lathe(books)


@pytest.mark.parametrize("added_up", [True, False])
def test_restarts_resets_estimates_and_damage_leave_the_pieces_right(lathe: Lathe, added_up: bool) -> None:
    """The engine's total begins anew twice, passes what it was before, and a counter's estimates are no pieces."""
    lathe.counts(7)  # before the job
    lathe.told(ORDER, START)
    first_ns = lathe.books.now_ns + 5 * 10**8
    for _ in range(25):
        lathe.counts(2)
        lathe.counts(5, "mill_1")
    lathe.counts(1, missed=3)
    lathe.counts(2, bounced=4)
    lathe.counts(1)
    lathe.books.db.execute("UPDATE events SET body = '{' WHERE id = (SELECT max(id) FROM events)")  # it is damaged
    if added_up:
        lathe.add_up()
    lathe.restart()
    lathe.counts(0, reset=True)
    lathe.counts(40, reset=True)  # while it was off
    for _ in range(25):
        lathe.counts(3)
    if added_up:
        lathe.add_up()
    lathe.restart()
    lathe.counts(1)
    last_ns = lathe.books.now_ns
    lathe.counts(0, reset=True)
    lathe.counts(9, "mill_1")
    lathe.told(STOP)
    (job,) = lathe.jobs()
    assert job.counted == 25 * 2 + 1 + 2 + 40 + 25 * 3 + 1
    assert (job.first_ns, job.last_ns) == (first_ns, last_ns)


def test_each_entry_counts_from_the_one_before_and_one_taken_back_leaves_its_pieces(lathe: Lathe) -> None:
    lathe.told(ORDER, START)
    for pieces_of_time in (21, 13):
        for _ in range(pieces_of_time):
            lathe.counts(1)
        lathe.add_up()
        lathe.told(ORDER, QuantityTicket(10))
    lathe.counts(1)
    lathe.told(STOP)
    assert [row["counted"] for row in JOBS.read(lathe.books.db)] == [None, 21, 13, 1]
    lathe.told(UNDO)
    for _ in range(30):
        lathe.counts(1)
        lathe.add_up()
    lathe.told(STOP, NEXT, START)
    lathe.counts(1)
    lathe.told(STOP)
    assert [job.counted for job in lathe.jobs()] == [21 + 13 + 1 + 30, 1]


def test_a_machine_that_was_told_at_the_start_counts_for_the_whole_job(lathe: Lathe) -> None:
    """The traveller alone, scanned again for a quantity, leaves the machine what it was."""
    machines = tuple(one.model_copy(update={"station": None}) for one in lathe.books.settings.machines)
    lathe.books.settings = lathe.books.settings.model_copy(update={"machines": machines})
    lathe.told(ORDER, EquipmentTicket("lathe_1"), START)
    lathe.counts(4)
    lathe.told(ORDER, QuantityTicket(4))
    lathe.counts(2)
    lathe.told(STOP)
    assert [(job.machine, job.counted) for job in lathe.jobs()] == [("lathe_1", 6)]


def test_a_scan_reads_no_more_the_longer_a_job_goes_on(lathe: Lathe) -> None:
    """SQLite counts the steps of its statements, so no clock is asked."""

    def steps_of_a_stop(events: int) -> int:
        steps: list[int] = []
        lathe.told(ORDER, START)
        for _ in range(events):
            lathe.counts(1)
        lathe.add_up()
        lathe.counts(1)
        lathe.books.db.trace_v2(
            apsw.SQLITE_TRACE_PROFILE, lambda told: steps.append(told["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])
        )
        lathe.told(STOP)
        lathe.books.db.trace_v2(0, None)
        assert lathe.jobs()[-1].counted == events + 1
        return sum(steps)

    steps_of_a_stop(10)  # statements are compiled, tables made
    short, long = steps_of_a_stop(50), steps_of_a_stop(5000)
    assert long < short * 1.5


def test_tallies_do_not_pile_up(lathe: Lathe) -> None:
    lathe.told(ORDER, START)
    for _ in range(3 * pieces.KEPT):
        for _ in range(12):
            lathe.counts(1)
        lathe.add_up()
        lathe.told(ORDER, QuantityTicket(10))
    assert list(lathe.books.db.execute("SELECT count(*) FROM tallies")) == [(pieces.KEPT,)]
