"""What happens on the shop floor without a scan: a rule's incident, equipment left on, bookings that nobody came to."""

import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import apsw

from gateway import floor_reports
from gateway.clock import Clock
from gateway.config.floor import Equipment
from gateway.desk import Desk
from gateway.engine.shop import MachineState
from gateway.errors import StorageFailed
from gateway.event import Event, Row
from gateway.figures.timeline import Span
from gateway.instruments import Instruments
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.live import Live
from gateway.work import pieces, usage
from gateway.work.dialogues import safety
from gateway.work.entries import Entry
from gateway.work.projections import masters
from gateway.work.projections.usage import LOG
from gateway.work.shared import all_shared

log = logging.getLogger("gongbang")

LOOK_EVERY_S: Final = 30
LOOKED_BACK_NS: Final = 86_400_000_000_000  # for bookings; the daemon may have been off when their time came
ON: Final = ("run", "idle", "setup", "alarm")
BY: Final = "gateway"
Report = dict[str, Any]
Told = Callable[[apsw.Connection], tuple[list[Entry], list[tuple[str, str, dict[str, Any]]]]]


class ShopFloor:
    """Looks every half minute, and at the alarms that are kept; what it records are events of the ledger."""

    def __init__(
        self,
        live: Live,
        journal: Journal,
        desk: Desk,
        instruments: Instruments,
        clock: Clock,
        run: Callable[[Coroutine[Any, Any, Any]], None],
    ) -> None:
        self.left_on: dict[str, int] = {}  # equipment that is on with nobody using it: since when, mono ns
        self._told: set[str] = set()
        self._warned: set[str] = set()
        self._live, self._journal, self._desk, self._clock, self._run = live, journal, desk, clock, run
        self._instruments = instruments

    # Reports; all raise StorageFailed

    async def jobs(self, span: Span, workers: bool) -> Report:
        """Return the jobs of a span, and setup time by machine."""
        return await self._journal.read(lambda db: floor_reports.jobs_report(db, span, self._planned_s, workers))

    async def layers(self, span: Span) -> dict[str, Report]:
        """Return what people told of each machine."""
        return await self._journal.read(lambda db: floor_reports.layers(db, span, self._planned_s))

    async def tools(self) -> Report:
        """Return the life of each tool."""
        work = self._live.config.work
        counted = {tool.machine: self._instruments.counted(tool.machine) for tool in work.tools}
        return await self._journal.read(lambda db: floor_reports.tools_report(db, work, counted))

    def counted(self, machine: str) -> int | None:
        """Return all that a machine has counted."""
        return self._instruments.counted(machine)

    async def losses(self, span: Span) -> Report:
        """Return the balances of metal."""
        work = self._live.config.work
        return await self._journal.read(lambda db: floor_reports.loss_report(db, span, work))

    async def lots(self, span: Span) -> Report:
        """Return the lots of material that went into work."""
        return await self._journal.read(lambda db: floor_reports.lots_report(db, span))

    async def equipment(self, span: Span, workers: bool) -> Report:
        """Return the shared equipment and its sessions; `left_on`: it is on, and nobody uses it for too long."""
        work = self._live.config.work
        found = await self._journal.read(lambda db: floor_reports.equipment_report(db, span, work, workers))
        for entry in found["equipment"]:
            entry["left_on"] = entry["equipment"] in self._told
        return found

    async def downtime(self, span: Span, workers: bool) -> Report:
        """Return the reasons that were told."""
        return await self._journal.read(lambda db: floor_reports.downtime_report(db, span, workers))

    async def incidents(self, span: Span, workers: bool) -> Report:
        """Return the safety log."""
        return await self._journal.read(lambda db: floor_reports.incidents_report(db, span, workers))

    def _planned_s(self, start_ns: int, stop_ns: int) -> float:
        planned = self._live.day.planned((start_ns, stop_ns))
        return sum(stop - start for start, stop in planned) / 1e9

    # What is recorded

    def kept(self, rows: Iterable[Row]) -> None:
        """Record the incidents that rules have raised."""
        rules = {rule.name: rule for rule in self._live.config.all_rules if rule.incident}
        for row in rows:
            if row.kind == "alarm" and row.body["action"] == "raise" and (rule := rules.get(row.body["rule"])):
                where = rule.machine or rule.name
                entry = safety.incident(rule.incident or "other", where, rule.severity, "", rule=rule.name)
                self._run(self.record("rule", BY, partial(_one, entry)))

    def second(self, mono_ns: int, now_ns: int) -> None:
        """Look at the shared equipment, and add up the pieces of jobs, now and then."""
        if mono_ns // 1_000_000_000 % LOOK_EVERY_S == 0:
            self._run(self.look(mono_ns, now_ns))
            self._run(self.add_up())

    async def add_up(self) -> None:
        """Add up what machines counted for jobs that go on: scans come between two pages, and find little left."""
        try:
            while found := await self._journal.read(pieces.behind):
                await self._journal.transact(partial(_add_up, *found))
        except StorageFailed as failed:
            log.warning("pieces of jobs: %s", failed)

    async def look(self, mono_ns: int, now_ns: int) -> None:
        """Record what is left on, once, and who did not come to a booking, once."""
        states = {one.name: one for one in self._live.engine.machines}

        def entries(db: apsw.Connection) -> list[Entry]:
            return [*self._left(db, states, mono_ns), *self._missed(db, now_ns)]

        try:
            if found := await self._journal.read(entries):
                await self.record("equipment", BY, lambda _: (found, [_event(entry) for entry in found]))
        except StorageFailed as failed:
            self._told.clear()  # told once more, then
            log.warning("shared equipment: %s", failed)

    def _left(self, db: apsw.Connection, states: dict[str, MachineState], mono_ns: int) -> Iterable[Entry]:
        for shared in all_shared(db, self._live.config.work).values():
            use = usage.going(LOG.read(db, "equipment = ?", (shared.name,), newest=20))
            state = states.get(shared.machine or "")
            if state is None or state.state not in ON or use is not None:
                self.left_on.pop(shared.name, None)
                self._told.discard(shared.name)
                continue
            since = self.left_on.setdefault(shared.name, mono_ns)
            if mono_ns - since >= shared.left_on_min * 60e9 and shared.name not in self._told:
                self._told.add(shared.name)
                last = LOG.read(db, "equipment = ? AND action = 'end'", (shared.name,), newest=1)
                yield _session(shared, "left_on", last[0]["worker"] if last else "")

    def _missed(self, db: apsw.Connection, now_ns: int) -> Iterable[Entry]:
        """Yield the bookings for which nobody came in time; whoever used it then has come."""
        shared = all_shared(db, self._live.config.work)
        longest_ns = int(max((one.no_show_min for one in shared.values()), default=0) * 60e9)
        for master in masters.booked(db, _day(now_ns - longest_ns - 2 * LOOKED_BACK_NS)):  # a day more: of any zone
            one = shared.get(master.body["equipment"])
            if master.retired or one is None:
                continue
            try:
                start_ns, stop_ns = (utc_ns(master.body[end], self._live.day.zone) for end in ("from", "to"))
            except ValueError as error:
                self._warn_once(f"booking {master.key}: {error}")
                continue
            due_ns = start_ns + int(one.no_show_min * 60e9)
            if not due_ns <= now_ns < due_ns + LOOKED_BACK_NS or _came(db, one.name, start_ns, min(due_ns, stop_ns)):
                continue
            if not LOG.read(db, "booking = ?", (master.key,), newest=1):
                yield _session(one, "no_show", master.body.get("worker") or "") | {"booking": master.key}

    def _warn_once(self, said: str) -> None:
        if said not in self._warned:
            self._warned.add(said)
            log.warning("shared equipment: %s", said)

    async def record(self, source: str, by: str, entries: Told) -> Row:
        """Keep entries, and events of other kinds with them. Raises NotRecorded, StorageFailed."""

        def of(tx: Transaction) -> Sequence[Entry]:
            found, events = entries(tx.db)
            for kind, about, body in events:
                tx.append(Event(kind, about, self._clock.mono_ns(), body))
            return found

        return await self._desk.record(source, by, of)


def _add_up(machine: str, since: int, tx: Transaction) -> None:
    pieces.add_up(tx.db, machine, since)


def _event(entry: Entry) -> tuple[str, str, dict[str, Any]]:
    body = {name: entry[name] for name in ("equipment", "worker", "action")}
    return "session", entry["equipment"], body | {"minutes": None, "kwh": None}


def _one(entry: Entry, _: apsw.Connection) -> tuple[list[Entry], list[tuple[str, str, dict[str, Any]]]]:
    return [entry], [safety.event(entry)]


def utc_ns(written: str, zone: ZoneInfo) -> int:
    """Return the UTC of a local time as bookings have it: 2026-12-01T14:00."""
    there = datetime.fromisoformat(written)
    return int((there if there.tzinfo else there.replace(tzinfo=zone)).timestamp()) * 1_000_000_000


def _day(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // 1_000_000_000, UTC).date().isoformat()


def _session(shared: Equipment, action: str, worker: str) -> Entry:
    return {"do": "session", "equipment": shared.name, "action": action, "worker": worker}


def _came(db: apsw.Connection, name: str, start_ns: int, due_ns: int) -> bool:
    """Return whether anybody used it in a time, or began before and was still there."""
    rows = LOG.read(db, "equipment = ? AND time_ns < ?", (name, due_ns), newest=20)
    return any(use.action == "use" and (use.stop_ns is None or use.stop_ns > start_ns) for use in usage.uses(rows))
