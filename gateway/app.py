"""The daemon: puts the parts together, starts and stops them in order, and changes the configuration under way."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from barcodes.scan import Scan
from drivers.base import Driver, Reading, Written
from gateway.actions.actions import Actions
from gateway.alarm_desk import AlarmDesk
from gateway.backup.backups import Backups
from gateway.clock import Clock
from gateway.component import Component
from gateway.config.difference import config_hash, difference
from gateway.config.parts import size_bytes
from gateway.config.publish import PublisherConfig
from gateway.config.root import EdgeConfig
from gateway.desk import Desk
from gateway.dial import Dial
from gateway.engine.engine import Engine
from gateway.errands import Errands
from gateway.errors import ConfigurationError, StorageFailed
from gateway.event import Event, Position, Row
from gateway.flow import Flow
from gateway.history.history import History
from gateway.identity import gateway_id
from gateway.instruments import Instruments
from gateway.journal.journal import Journal
from gateway.journal.sums import pieces_since
from gateway.lists import Lists
from gateway.live import Live
from gateway.notify import Notifier
from gateway.orders import errand
from gateway.outputs import Outputs, wanted
from gateway.publish.publisher import Publisher, publisher_class
from gateway.reckoner import Reckoner
from gateway.schemas import Schemas
from gateway.seldom import Seldom
from gateway.shopfloor import ShopFloor
from gateway.site import Site
from gateway.supervisor import Supervisor, end
from gateway.table import PointTable
from gateway.wires import Part, Wires
from gateway.work.answer import Answer
from gateway.work.ledger import Ledger
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.opening import open_ledger
from gateway.work.projections.places import calls
from gateway.work.summary import summary
from sensors.batch import Batch
from sensors.measurement import Measurement
from sensors.text import TextReading

log = logging.getLogger("gongbang")

SECOND_NS = 1_000_000_000
USUAL_PATH = Path("edge_config.yaml")
TICKS_CAUGHT_UP = 120  # after a longer sleep of the machine, only the last ones are given
BOOKS_S = 10.0
RECENT = 200  # events that the live view looks back at when the daemon starts


class Gateway(Seldom):
    """One workshop's daemon. `run` lives until `stop` is set; the parts below it know nothing of each other."""

    live: Live
    desk: Desk
    lists: Lists
    alarms: AlarmDesk
    reckoner: Reckoner
    actions: Actions
    backups: Backups
    outputs: Outputs

    def __init__(
        self,
        config: EdgeConfig,
        clock: Clock,
        reread: Callable[[], EdgeConfig],
        notifier: Notifier | None = None,
        path: Path = USUAL_PATH,
    ) -> None:
        self._path = path
        self.config, self.id = config, gateway_id(config.gateway.id)
        self._first = config  # what cannot change under way is from here
        self.stop = asyncio.Event()
        self._clock, self._reread = clock, reread
        self._notifier = notifier or Notifier()
        self._reloading = asyncio.Lock()
        self._errands = Errands()

    async def run(self) -> None:
        """Open the journal, take up the engine where it was, read, publish, serve; close in the opposite order.

        Raises StorageFailed when the journal cannot be opened, OSError when the dashboard's port is taken, and
        whatever ends a part that must never end.
        """
        async with AsyncExitStack() as stack:
            self._site = Site(self.config.dashboard, Path(self.config.journal.path).with_name("accounts.json"))
            stack.callback(self._site.close)
            async with self._reloading:  # a SIGHUP that comes now waits
                self._journal = await stack.enter_async_context(await self._open_journal())
                await self._assemble()
            stack.push_async_callback(self._history.close)
            stack.push_async_callback(self._flow.commit_samples)
            stack.push_async_callback(self._wires.end_all)
            stack.push_async_callback(self.close_printers)
            self._flow.add([self._config_event("start", "")])
            self._start_parts()
            await self.start_printers(self.config)
            lives: list[Coroutine[Any, Any, Any]] = [
                self._flow.keep_events(),
                self._flow.keep_samples(self.config.journal.samples_commit_s),
                self._tick(),
                self._keep_books(),
                self._history.run(),
                self._site.serve(self),
                self.stop.wait(),
            ]
            tasks = [asyncio.create_task(life) for life in lives]
            stack.push_async_callback(end, tasks)
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self.order is None:  # systemd would end whoever takes longer to stop than a restore may
                self._notifier.stopping()
            for task in done:
                task.result()

    async def _open_journal(self) -> Journal:
        config = self.config.journal
        Path(config.path).parent.mkdir(parents=True, exist_ok=True)
        return await Journal.open(
            config.path,
            self.id,
            self._clock,
            max_bytes=size_bytes(config.max_bytes),
            hold_s=self.config.clock.hold_s,
            samples_keep_d=config.samples_keep_d,
        )

    async def _assemble(self) -> None:
        table = PointTable.of(self.config)
        engine = await self._restored(table)
        schemas = await Schemas.declare(self._journal, self.config, table)
        await open_ledger(self._journal)
        await self._journal.keep_cursors(_readers(self.config))
        now_ns = self._clock.mono_ns()
        component = Component("engine", "engine", state="up", since_ns=now_ns)
        component.detail = lambda: {"late": self._flow.engine.late}
        component.accounts = lambda: [self._flow.account()]
        self._history = History.beside(self.config.journal, self._journal, self._clock)
        self.reckoner = Reckoner(Path(self.config.journal.path), self._history, self._clock)
        self.live = Live(self.config, self.id, self._clock, table, engine)
        for kind in ("scan", "alarm"):  # each by its own index or reach: scans may be long ago
            self.live.happened(reversed(await self._journal.recent(RECENT, [kind])))
        self.live.calls.begin(await self._journal.read(calls))
        self.live.pieces = await self._journal.read(lambda db: pieces_since(db, self._midnight_ns()))
        self._flow = Flow(self._journal, engine, schemas, component, self._kept)
        self.alarms = AlarmDesk(self._flow, self._journal, self._clock)
        self._instruments = Instruments(self.live)
        self.desk = Desk(self._journal, self._clock, self._ledger(), self._answered)
        there = (self.live, self._journal, self.desk, self._instruments, self._clock, self._errands.run)
        self.shopfloor = ShopFloor(*there)
        self.lists = Lists(self._journal, Path(self.config.journal.path), self.desk, self.live)
        await self.lists.know_names()
        journal = Component("journal", "journal", self._journal.counters, state="up", since_ns=now_ns)
        journal.detail = lambda: {"thinned": self._journal.counters.thinned}
        journal.accounts = self._journal.accounts
        self._configuration = Component("configuration", "configuration", state="up", since_ns=now_ns)
        self._dial = Dial(self._clock, self._journal)
        parts = [component, journal, self._configuration, self._history.component, self._dial.component]
        self.live.components = {part.name: part for part in parts}
        supervisor = Supervisor(self._clock.mono_ns)
        needed = (self._take, self._publisher, self._journal.accounts)
        self._wires = Wires(supervisor, self.live.components, self._flow.sinks, *needed)
        self.outputs = Outputs(self._clock, self._wires.write, self._flow.add)
        components, alarms = self.live.components, lambda: self._flow.engine.rules
        self.actions = Actions(supervisor, components, self._journal, self._clock, self.outputs.write, alarms)
        await self.actions.prepare(self.config)
        self.backups = Backups(supervisor, components, self._journal, self._clock, Path(self.config.journal.path))

    async def _restored(self, table: PointTable) -> Engine:
        """Return the engine as it was; a new one where nothing is kept, or a version that we do not know."""
        engine = Engine(self.config, table)
        found = await self._journal.latest_snapshot()
        if found is None:
            return engine
        try:
            engine.restore(found.data, found.events_since, same_boot=found.boot == self._clock.boot_id)
        except ValueError as error:
            log.warning("the engine begins anew: its snapshot cannot be read: %s", error)
            return Engine(self.config, table)
        return engine

    def _ledger(self) -> Ledger:
        catalogue = LedgerCatalogue(self.config.work, self.live.day.zone, self._utc_ns)
        return Ledger(self.config, self.id, self._clock.boot_id, catalogue, self._instruments)

    def _publisher(self, config: PublisherConfig, arrived: Callable[[], None]) -> Publisher:
        made: Publisher = publisher_class(config)(
            config,
            workshop=self.config.workshop,
            gateway=self.id,
            table=self.live.table,
            journal=self._journal,
            clock=self._clock,
            arrived=arrived,
            command=self._command,
        )
        return made

    def _start_parts(self) -> None:
        for part in _parts(self.config):
            self._wires.start(part, self.live.table.slots(part.name))
        self.actions.start(self.config, self.id)
        self.backups.start(self.config, self.id, self._path)

    # What happens

    async def _take(self, reading: Reading, driver: Driver) -> int:
        """Take what a driver read; return how many rows of it were late, or scans not kept."""
        match reading:
            case Batch():
                return self._flow.batch(reading)
            case Scan():
                await self._flow.go_along()
                return int(await self.desk.scan(reading, driver) is None)
            case TextReading():
                self._flow.text(reading)
            case Measurement():
                self._instruments.take(reading)
                self._flow.measurement(reading)
        return 0

    async def _tick(self) -> None:
        """Give the engine each whole second of mono, also those that the machine slept through."""
        done_s = self._clock.mono_ns() // SECOND_NS
        while True:
            await asyncio.sleep(done_s + 1 - self._clock.mono_ns() / SECOND_NS)
            now_s = self._clock.mono_ns() // SECOND_NS
            self._flow.engine.season.offset_ns = self._clock.time_ns(0)
            for second in range(max(done_s + 1, now_s - TICKS_CAUGHT_UP), now_s + 1):
                self._flow.tick(second * SECOND_NS)
            done_s = max(done_s, now_s)
            self._journal_health()
            self._dial.second()
            self.shopfloor.second(now_s * SECOND_NS, self._utc_ns())
            self._site.second(now_s * SECOND_NS)
            self._notifier.turned(self._site.listening, self._clock.mono_ns())  # the journal is open: we would not tick

    async def _keep_books(self) -> None:
        """Look again and again what became of all rows, for whoever asks at once."""
        while True:
            await asyncio.gather(self.count(), self.desk.settle(), asyncio.sleep(BOOKS_S))

    def _journal_health(self) -> None:
        component, error = self.live.components["journal"], self._journal.storage_error
        component.turn("down" if error else "up", self._clock.mono_ns(), error)
        if self._journal.damaged:
            raise StorageFailed("the journal is damaged: the next start mends it")

    def _kept(self, rows: list[Row]) -> None:
        self.live.happened(rows)
        self.shopfloor.kept(rows)
        for one in wanted(rows, (root.rule for root in self._flow.engine.roots.rules)):
            self._errands.run(self.outputs.obey(*one))

    def _answered(self, scan: Scan, answer: Answer) -> None:
        rows = [answer.row, *answer.more] if answer.row else []
        entry = self.live.happened(rows)[0] if rows else self.live.failed_scan(scan, answer)
        entry["language"] = answer.language
        self._site.scanned(entry)
        self._errands.run(self.outputs.shine(self.config.stations, entry["station"], answer.tone))

    def _command(self, name: str, body: dict[str, Any]) -> None:
        """Obey what came on command/<name>."""
        if (asked := errand(self, name, body)) is not None:
            self._errands.run(asked)

    def reload_soon(self, by: str) -> None:
        """Reload in a task of its own: for signal handlers."""
        self._errands.run(self.reload(by))

    # What the web server asks

    def unready(self) -> list[str]:
        """Return what has not read anything yet; empty when the shop is seen."""
        return self._wires.unready()

    async def write(self, output: str, value: float | str, by: str) -> Written:
        """Write an output. Raises NotWritten or DeviceGone with the reason; the event of it tells that too."""
        return await self.outputs.write(output, value, by)

    async def vouch(self, utc_ms: int, by: str) -> None:
        """Take the UTC of an operator's device. Raises ValueError for one that cannot be, StorageFailed, OSError."""
        self._flow.add([await self._dial.vouch(utc_ms, by)])
        await self._flow.flush()

    async def redrive(self, publisher: str, by: str) -> int | None:
        """Have the dead letters of a publisher or action sent again; return how many. Raises StorageFailed."""
        if publisher not in _readers(self.config):
            return None
        return await self._journal.letters.redrive(publisher, by)

    async def recent(self, kind: str | None, before: Position | None, limit: int) -> list[Row]:
        """Return the newest kept events, newest first; `before` a place in the journal."""
        return await self._journal.recent(limit, [kind] if kind else None, before)

    async def count(self) -> None:
        """Bring the accounts of the journal and the publishers up to date, if it can be read."""
        with suppress(StorageFailed):
            await self._journal.count()

    def preview(self, camera: str) -> bytes | None:
        """Return the newest picture (JPEG) of a camera whose owner switched that on."""
        return self._wires.preview(camera)

    async def history(self, point: str, from_s: int | None, to_s: int | None) -> dict[str, Any]:
        """Return the past of a point. Raises StorageFailed."""
        return await self._history.query(point, from_s, to_s)

    async def work_summary(self) -> dict[str, Any]:
        """Return today's work, from the paid coupons."""
        return await self._journal.read(lambda db: summary(db, self._midnight_ns()))

    def _midnight_ns(self) -> int:
        return self.live.day.midnight_ns(self._utc_ns())

    def _utc_ns(self) -> int:
        return self._clock.time_ns(self._clock.mono_ns())

    # Hot reload

    async def reload(self, by: str) -> list[str]:
        """Read the configuration again and change over; return its problems, in which case the old one goes on."""
        async with self._reloading:
            try:
                config = await asyncio.to_thread(self._reread)
                table = PointTable.of(config)
                engine = Engine(config, table)
                await self._change(config, table, engine, by)
            except ConfigurationError as error:
                return self._refused(by, error.problems)
            except StorageFailed as failed:
                return self._refused(by, [f"journal: {failed}"])
            self._configuration.last_error = ""
            self._configuration.turn("up", self._clock.mono_ns())
            return []

    def _refused(self, by: str, problems: list[str]) -> list[str]:
        """Show that the file is not what runs."""
        log.warning("%s: the old configuration goes on\n%s", by, "\n".join(problems))
        self._configuration.turn("down", self._clock.mono_ns(), "\n".join(problems))
        return problems

    async def _change(self, config: EdgeConfig, table: PointTable, engine: Engine, by: str) -> None:
        schemas = await Schemas.declare(self._journal, config, table)
        await self._wires.keep_only({part.name for part in _parts(config) if self._same(part, config, table)})
        await self.actions.prepare(config)
        await self.backups.prepare(config)
        what = difference(self.config, config)
        # From here on nothing waits: no reading may come between the old engine and the new one.
        self._flow.add(engine.adopt(self._flow.engine))
        self.config = config
        self._flow.engine, self._flow.schemas = engine, schemas
        self.live.watch(config, table, engine)
        self.desk.ledger = self._ledger()
        self._flow.add([self._config_event(by, what)])
        self._start_parts()
        self._site.begin_anew()
        await self.start_printers(config)
        with suppress(StorageFailed):  # then the next start forgets them
            await self._journal.keep_cursors(_readers(config))
        log.info("configuration changed by %s: %s", by, what)
        if fixed := self.needs_restart():
            log.warning("a restart is needed for what changed under %s", ", ".join(fixed))

    def _same(self, part: Part, config: EdgeConfig, table: PointTable) -> bool:
        """Return whether a part may go on: nothing of its own changed, nor where its points stand."""
        if not self._wires.runs(part):
            return False
        if isinstance(part, PublisherConfig):
            return config.workshop == self.config.workshop and table.devices == self.live.table.devices
        return table.slots(part.name) == self.live.table.slots(part.name)

    def _config_event(self, by: str, what: str) -> Event:
        body = {"hash": config_hash(self.config), "by": by, "difference": what}
        return Event("config", "gateway", self._clock.mono_ns(), body)


def _readers(config: EdgeConfig) -> list[str]:
    """Return the names of those that have a place in the journal."""
    return [*(part.name for part in config.publish), *(part.name for part in config.actions)]


def _parts(config: EdgeConfig) -> list[Part]:
    return [*config.drivers, *config.publish]
