"""Jobs: what the entries of work orders at machines and stations mean together. Pure.

A job is a work order's operation at a station, from its setup or start to its stop. Setup time is the time from the
last good piece of the job before, on the same machine, to the first good piece of this one, in the planned hours. A
machine's own counts tell those pieces; without them the scans do: the last output (else the stop) of one, the start of
the other.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Row = Mapping[str, Any]  # of the table work_jobs
PlannedS = Callable[[int, int], float]  # planned seconds between two UTC ns
_MS: Final = 1_000_000


@dataclass(slots=True)
class Job:
    """One run of a work order's operation. Times are UTC ns, None where nobody told."""

    order: str
    operation: str | None
    station: str
    machine: str | None
    row: int  # of its first entry: its identity
    setup_ns: int | None = None
    start_ns: int | None = None
    stop_ns: int | None = None
    first_ns: int | None = None  # the first good piece that the machine counted
    first_pieces: int = 1  # that were counted at once with it
    last_ns: int | None = None  # the last one
    told_ns: int | None = None  # the last output that was scanned
    setup_s: float | None = None
    supplied: int = 0
    quantity: int = 0  # good ones, as people counted
    scrap: int = 0
    counted: int = 0  # by the machine, since the start
    counted_in_setup: int = 0
    scraps: dict[str, int] = field(default_factory=dict)  # by defect code
    workers: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Return whether it goes on."""
        return self.stop_ns is None

    @property
    def running(self) -> bool:
        """Return whether it was started and goes on: before that it is being set up."""
        return self.open and self.start_ns is not None

    @property
    def gross(self) -> int:
        """Return all that the machine counted, of setting up, too."""
        return self.counted + self.counted_in_setup

    @property
    def waste(self) -> int | None:
        """Return what was made and is not good: gross - net; None while nothing was counted, or told."""
        return self.gross - self.quantity if self.gross and self.quantity else None

    @property
    def cycle_s(self) -> float | None:
        """Return the mean time from piece to piece: what came with the first count was made before it."""
        if self.first_ns is None or self.last_ns is None or self.counted <= self.first_pieces:
            return None
        return (self.last_ns - self.first_ns) / 1e9 / (self.counted - self.first_pieces)

    def good_from_ns(self) -> int | None:
        """Return when its first good piece came, as far as is known."""
        return self.first_ns if self.first_ns is not None else self.start_ns

    def good_until_ns(self) -> int | None:
        """Return when its last good piece came, likewise."""
        return next((at for at in (self.last_ns, self.told_ns, self.stop_ns) if at is not None), None)

    def entry(self) -> dict[str, Any]:
        """Return it for JSON; times in ms UTC."""
        times = {
            name: None if at is None else at // _MS
            for name, at in (
                ("setup", self.setup_ns),
                ("start", self.start_ns),
                ("stop", self.stop_ns),
                ("first_piece", self.first_ns),
                ("last_piece", self.last_ns),
            )
        }
        return {
            "order": self.order,
            "operation": self.operation,
            "station": self.station,
            "machine": self.machine,
            "workers": self.workers,
            **times,
            "setup_s": None if self.setup_s is None else round(self.setup_s, 3),
            "quantity": self.quantity,
            "scrap": self.scrap,
            "scraps": self.scraps,
            "counted": self.counted,
            "counted_in_setup": self.counted_in_setup,
            "gross": self.gross,
            "waste": self.waste,
            "supplied": self.supplied or None,
            "spare": self.supplied - self.gross if self.supplied and self.gross else None,
            "cycle_s": None if self.cycle_s is None else round(self.cycle_s, 3),
        }


def jobs(rows: Iterable[Row], planned_s: PlannedS = lambda start_ns, stop_ns: (stop_ns - start_ns) / 1e9) -> list[Job]:
    """Return the jobs that these entries tell of, in the order of their beginning."""
    found: list[Job] = []
    latest: dict[str, Job] = {}  # at each station
    for row in rows:
        job = latest.get(row["station"])
        same = job is not None and (job.order, job.operation) == (row["order"], row["operation"])
        if job is None or not (same and job.open):
            job = Job(row["order"], row["operation"], row["station"], row["machine"], row["row"])
            latest[row["station"]] = job
            found.append(job)
        _take(job, row)
    _set_up(found, planned_s)
    return found


def open_job(rows: Iterable[Row]) -> Job | None:
    """Return the job that is on at the station of these entries."""
    last = next(reversed(jobs(rows)), None)
    return last if last is not None and last.open else None


def _take(job: Job, row: Row) -> None:
    at: int = row["time_ns"]
    if row["worker"] and row["worker"] not in job.workers:
        job.workers.append(row["worker"])
    job.machine = job.machine or row["machine"]
    counted = row["counted"] or 0
    match row["action"]:
        case "setup":
            job.setup_ns = at if job.setup_ns is None else job.setup_ns
        case "start":
            job.start_ns = at if job.start_ns is None else job.start_ns
            job.counted_in_setup += counted
            return
        case "supply":
            job.supplied += row["quantity"] or 0
        case "output":
            job.quantity += row["quantity"] or 0
            job.told_ns = at if row["quantity"] else job.told_ns
        case "stop":
            job.stop_ns = at
    if row["scrap"]:
        job.scrap += row["scrap"]
        code = row["code"] or ""
        job.scraps[code] = job.scraps.get(code, 0) + row["scrap"]
    _pieces(job, row, counted)


def _pieces(job: Job, row: Row, counted: int) -> None:
    if job.start_ns is None:
        job.counted_in_setup += counted
        return
    job.counted += counted
    if row["first_after_ms"] is not None and job.first_ns is None:
        job.first_ns = job.start_ns + row["first_after_ms"] * _MS
        job.first_pieces = row["first_pieces"] or 1
    if row["last_before_ms"] is not None:
        job.last_ns = row["time_ns"] - row["last_before_ms"] * _MS


def _set_up(found: list[Job], planned_s: PlannedS) -> None:
    """Set each job's setup time; of the first one on a machine it counts from the scan of its setup, if any."""
    before: dict[str, Job] = {}
    for job in found:
        place = job.machine or job.station
        last, to_ns = before.get(place), job.good_from_ns()
        from_ns = last.good_until_ns() if last else job.setup_ns
        if from_ns is not None and to_ns is not None and to_ns >= from_ns:
            job.setup_s = planned_s(from_ns, to_ns)
        before[place] = job
