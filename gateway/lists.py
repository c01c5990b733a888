"""Lists: the shop's masters and people, looked at, changed one by one, or taken from a file and given as one."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import apsw

from gateway import apart, erasure, people
from gateway.desk import Desk
from gateway.journal.journal import Journal
from gateway.journal.writer import Transaction
from gateway.live import Live
from gateway.people import Person
from gateway.tables import listing, reading, records, share
from gateway.tables.grid import Grid
from gateway.tables.plan import plan
from gateway.tables.present import look
from gateway.tables.problem import Problem
from gateway.work.entries import Entry, NotRecorded
from gateway.work.projections import masters, prints
from gateway.work.projections.masters import SHAPES

ENTRIES_AT_ONCE: Final = 100  # in one event, and in one transaction unless they belong together: scans wait for it
Json = dict[str, Any]


class Unplanned(Exception):
    """The shop is not any more as it was when the plan was made. Carries the plan as it would be now."""

    def __init__(self, now: Json) -> None:
        super().__init__("the plan has changed")
        self.now = now


class Lists:
    """What the API and the command line ask of the masters. One file is read at a time."""

    def __init__(self, journal: Journal, path: Path, desk: Desk, live: Live) -> None:
        self._journal, self._path, self._desk, self._live = journal, path, desk, live
        self._one = asyncio.Semaphore(1)

    async def know_names(self) -> None:
        """Tell the screens the names of people and operations as they are now."""
        names, operations = await self._journal.read(lambda db: (people.names(db), masters.all_of(db, "operation")))
        labels = {one.key: {"ko": one.body["ko"], "en": one.body["en"]} for one in operations}
        self._live.know(names, labels)

    # From a file

    async def planned(self, data: bytes, kind: str | None, bundle_of: int | None) -> Json:
        """Return what a file would change (see `reading.answer`). Raises apart.Failed."""
        question = {"data": b64encode(data).decode(), "kind": kind, "bundle_of": bundle_of, "base": self._base()}
        async with self._one:
            found: Json = await apart.ask("gateway.tables.reading", question | {"journal": str(self._path)})
        return found

    async def imported(
        self, data: bytes, kind: str | None, bundle_of: int | None, wanted: str, good_rows: bool, by: str
    ) -> Json:
        """Do what the plan `wanted` says; return it with the events that were kept.

        With problems nothing is done, unless `good_rows` says that the rows without one are meant. Raises Unplanned
        when the plan is another by now, NotRecorded, StorageFailed, apart.Failed.
        """
        made = await self.planned(data, kind, bundle_of)
        if made.get("plan") != wanted or (made["problems"] and not good_rows):
            raise Unplanned(made)
        return made | {"events": await self._keep(made["units"], made["people"], "import", by)}

    # Into a file

    def question(self, what: str, format: str, encoding: str, span_ns: tuple[int, int]) -> Json:
        """Return what to ask `gateway.tables.export` for. Times are UTC ns, of lines and scans."""
        about = {"what": what, "format": format, "encoding": encoding, "from_ns": span_ns[0], "to_ns": span_ns[1]}
        shop = self._live.config.workshop
        told = {"workshop": shop.model_dump(include={"id", "trade", "cluster"}), "zone": shop.timezone}
        return about | told | {"journal": str(self._path), "base": self._base()}

    async def may_share(self) -> None:
        """Raise NoConsent unless the shop's consent to share its data is in force."""
        today = self._today()
        await self._journal.read(lambda db: share.consent(db, today))

    async def unsayable(self, question: Json) -> Json:
        """Return how many cells CP949 cannot say, and the first of them. Raises apart.Failed."""
        found: Json = await apart.ask("gateway.tables.export", question | {"look": True})
        return found

    def written(self, question: Json) -> AsyncIterator[bytes]:
        """Return the file, as it is made. Raises apart.Failed."""
        return apart.stream("gateway.tables.export", question)

    # One by one

    async def changed(self, kind: str, rows: Sequence[Mapping[str, Any]], by: str) -> Json:
        """Take rows of fields as if they stood in a file; return the plan, with its events where nothing is wrong."""
        grid = _grid(rows)
        made = await self._journal.read(partial(_planned, grid, kind, self._base()))
        if made["problems"]:
            return made
        return made | {"events": await self._keep(made["units"], made["people"], "api", by)}

    async def retired(self, do: str, key: str, since: str, by: str) -> bool:
        """Retire one thing: it is not offered any more, and what was done with it keeps its name. False without it."""
        found = await self._journal.read(lambda db: look(db, self._base()).masters.get(do, {}).get((key, since)))
        if found is None or found.retired:
            return False
        entry = {"do": do, **{name: value for name, value in found.body.items() if value is not None}, "retired": True}
        await self._keep([[_shaped(entry)]], [], "api", by)
        return True

    async def of_kind(self, do: str) -> list[Json]:
        """Return all of a kind, those of the configuration too; without names of people."""
        found = await self._journal.read(lambda db: look(db, self._base()))
        return [
            {"key": one.key, "since": one.since or None, "retired": one.retired, **one.body}
            for one in found.masters.get(do, {}).values()
        ]

    async def table(self, kind: str) -> list[Json]:
        """Return all of a list as its spreadsheet has it, with the names of people."""
        return await self._journal.read(lambda db: listing.things(kind, look(db, self._base())))

    async def persons(self) -> list[Json]:
        """Return who is known, by badges; a worker without a name too."""
        found = await self._journal.read(lambda db: look(db, self._base()))
        workers = {int(key): one for (key, _), one in found.masters.get("worker", {}).items()}
        return [
            {"badge": one.body["worker"], "retired": one.retired}
            | found.people.get(number, Person(number))._asdict()
            | {"name": (found.people[number].name or None) if number in found.people else None}
            for number, one in sorted(workers.items())
        ]

    async def consents(self) -> list[Json]:
        """Return the newest consent of each worker and purpose, and the shop's own."""
        found = await self._journal.read(lambda db: masters.all_of(db, "consent"))
        return [one.body for one in found]

    async def consented(self, badge: int | None, purpose: str, granted: bool, until: str | None, by: str) -> str:
        """Record a consent; returns the event. Raises NotRecorded, StorageFailed."""

        def entry(tx: Transaction) -> list[Entry]:
            said: Entry = {"do": "consent", "purpose": purpose, "granted": granted, "until": until}
            if badge is None:
                return [said]
            known = look(tx.db, self._base()).masters.get("worker", {}).get((str(badge), ""))
            if known is None:
                raise NotRecorded(f"{badge}번 명찰을 가진 사람이 없어요.", f"Nobody has the badge {badge}.")
            return [said | {"worker": known.body["worker"]}]

        return (await self._desk.record("people", by, entry)).id(self._live.gateway_id)

    async def erased(self, number: int, by: str) -> Json:
        """Forget a worker who has left. Raises NotRecorded, StorageFailed."""
        emptied = await erasure.erase(self._journal, self._desk, number, self._today(), by)
        await self.know_names()
        return {"log_emptied": emptied, "elsewhere": erasure.elsewhere(self._live.config, number)}

    def _today(self) -> str:
        return datetime.fromtimestamp(self._live.now_ts() / 1000, self._live.day.zone).date().isoformat()

    def _base(self) -> Json:
        return self._live.config.work.model_dump(mode="json")

    async def _keep(self, units: Sequence[list[Entry]], persons: Sequence[Any], source: str, by: str) -> list[str]:
        """Keep people first, then events of whole units."""
        events: list[str] = []
        if persons:
            await self._journal.transact(lambda tx: people.keep(tx.db, [Person(*one) for one in persons]))
        parts = list(_parts(units))
        for number, entries in enumerate(parts, 1):
            given = partial(_given, entries)
            rows = await self._desk.record_together(source, by, given, part=number, parts=len(parts))
            events += [row.id(self._live.gateway_id) for row in rows]
        await self.know_names()
        return events


def _given(entries: list[Entry], tx: Transaction) -> Iterator[list[Entry]]:
    """Yield the entries, as many as an event holds; bundles without a serial get theirs in this transaction."""
    fresh = [entry for entry in entries if entry["do"] == "bundle" and "bundle" not in entry]
    whole = entries
    if fresh:
        issued = prints.issue(tx.db, tx.epoch, len(fresh))
        serials = iter(issued)
        named = [_named(entry, serials) for entry in entries]
        whole = [{"do": "issue", "serials": issued}, *named]
    for first in range(0, len(whole), ENTRIES_AT_ONCE):
        yield whole[first : first + ENTRIES_AT_ONCE]


def _named(entry: Entry, serials: Iterator[str]) -> Entry:
    return entry if entry["do"] != "bundle" or "bundle" in entry else entry | {"bundle": next(serials)}


def _parts(units: Sequence[list[Entry]]) -> Iterator[list[Entry]]:
    part: list[Entry] = []
    for unit in units:
        if part and len(part) + len(unit) > ENTRIES_AT_ONCE:
            yield part
            part = []
        part = part + unit
    if part:
        yield part


def _grid(rows: Sequence[Mapping[str, Any]]) -> Grid:
    """Return a grid whose header are the fields' own names."""
    fields = list(dict.fromkeys(name for row in rows for name in row))
    cells = [tuple(_cell(row.get(name)) for name in fields) for row in rows]
    return Grid("", (tuple(fields), *cells))


def _cell(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _planned(grid: Grid, kind: str, base: Json, db: apsw.Connection) -> Json:
    found = records.read(grid, kind)
    if isinstance(found, Problem):
        return {"problems": [found.entry()]}
    return reading.entry(plan([found], look(db, base)))


def _shaped(entry: Entry) -> Entry:
    """Return an entry with the fields that its word has: the configuration's things have others too."""
    shape = SHAPES[entry["do"]]
    known = {name: value for name, value in entry.items() if name in ("do", *shape.must, *shape.may)}
    if wrong := shape.problem(known):
        raise NotRecorded(f"장부에 적을 수 없어요: {wrong}", f"this cannot be recorded: {wrong}")
    return known
