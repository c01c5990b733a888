"""Journal and publishers under arbitrary sequences of faults, against a model: the ledger of losses closes every time.

MODEL_EXAMPLES=2000 tries more than the short form; those are drawn anew each time, and hypothesis prints how to repeat
one that fails.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, Final

import apsw
import numpy as np
import pytest
from full_disk import FullDisk
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.component import Component
from gateway.config.parts import Workshop
from gateway.config.publish import CenterPublisher as CenterConfig
from gateway.config.publish import InfluxPublisher as DatabaseConfig
from gateway.config.publish import MqttPublisher as BrokerConfig
from gateway.errors import StorageFailed
from gateway.event import Event, Position, Row, position_of
from gateway.journal.blocks import Schema
from gateway.journal.journal import Journal
from gateway.losses import Account
from gateway.publish.center import CenterPublisher
from gateway.publish.influxdb import InfluxPublisher
from gateway.publish.mqtt import MqttPublisher
from gateway.supervisor import Backoff, Supervisor
from gateway.table import DeviceEntry, PointTable
from sensors.batch import Batch
from sensors.point import Point
from tests.publish.other_side import ODD, Broker, Database

EXAMPLES: Final = int(os.environ.get("MODEL_EXAMPLES", "0"))
MAX_BYTES: Final = 500_000
WAIT_S: Final = 60.0
SECOND_NS: Final = 1_000_000_000
PUBLISHERS: Final = {"broker": MqttPublisher, "center": CenterPublisher, "database": InfluxPublisher}
METER: Final = PointTable([DeviceEntry("meter_1", "bus_1", None, 0, (Point(name="power", unit="W", address=0),))])


class Clock:
    """A clock moved by hand; UTC is mono plus an offset, which a step changes."""

    def __init__(self) -> None:
        self.now_ns, self.offset_ns = 1000 * SECOND_NS, 1_764_000_000 * SECOND_NS
        self.synced, self.boot_id = True, "boot-1"

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns + self.offset_ns


class House(RuleBasedStateMachine):
    """A journal with three publishers, their other sides, and what the model knows: which events were acknowledged."""

    folders: Iterator[Path]

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.Runner()
        self.clock, self.disk = Clock(), FullDisk()
        self.broker, self.database = Broker(), Database()
        self.kept: dict[Position, Row] = {}  # acknowledged
        self.damaged: set[Position] = set()  # events that we damaged
        self.vanished = False  # some row was deleted behind the journal's back
        self.folder = next(self.folders)
        self._do(self._listen())
        self._do(self._open())

    def _do(self, doing: Awaitable[Any]) -> Any:
        async def bounded() -> Any:
            return await asyncio.wait_for(doing, 2 * WAIT_S)

        return self.loop.run(bounded())

    async def _listen(self) -> None:
        self.servers = [await asyncio.start_server(one.serve, "127.0.0.1", 0) for one in (self.broker, self.database)]
        self.ports = [server.sockets[0].getsockname()[1] for server in self.servers]

    async def _open(self) -> None:
        path = self.folder / "journal.db"
        sizes: dict[str, Any] = {"max_bytes": MAX_BYTES, "samples_keep_d": 1.0, "linger_s": 0.0}
        self.journal = await Journal.open(path, "gw_1", self.clock, vfs=self.disk.name, **sizes)
        await self.journal.keep_cursors(PUBLISHERS)
        self.schema: Schema = await self.journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
        self.supervisor = Supervisor(self.clock.mono_ns)
        self.publishers = {name: self._publisher(name) for name in PUBLISHERS}
        self.components = [Component(name, "publisher") for name in PUBLISHERS]
        for component in self.components:
            self.supervisor.start(component, self.publishers[component.name].run, Backoff(0.01, 0.02))

    def _publisher(self, name: str) -> Any:
        broker, database = self.ports
        configs = {
            "broker": lambda: BrokerConfig(name=name, type="mqtt", host="127.0.0.1", port=broker, samples="all"),
            "center": lambda: CenterConfig(name=name, type="center", host="127.0.0.1", port=broker, answer_s=1.0),
            "database": lambda: DatabaseConfig(
                name=name, type="influxdb", url=f"http://127.0.0.1:{database}", version=1, database="shop"
            ),
        }
        known: dict[str, Any] = {"gateway": "gw_1", "table": METER, "journal": self.journal, "clock": self.clock}
        return PUBLISHERS[name](configs[name](), workshop=Workshop(id="shop-1", name="공방"), **known)

    # What happens in the shop

    @rule(kinds=st.lists(st.sampled_from(("scan", "state", "count", ODD)), min_size=1, max_size=30))
    def events(self, kinds: list[str]) -> None:
        self._do(self._append(kinds))

    @rule(many=st.integers(50, 300))
    def many_events(self, many: int) -> None:
        self._do(self._append(["state"] * many))

    async def _append(self, kinds: list[str]) -> None:
        self.clock.now_ns += SECOND_NS
        events = [
            Event("count" if kind == ODD else kind, "press_1", self.clock.now_ns, {"text": kind * 20}) for kind in kinds
        ]
        try:
            rows = await self.journal.append(events)
        except StorageFailed:
            assert self.disk.full
            return
        self.kept |= {row.position: row for row in rows}

    @rule(rows=st.integers(1, 3000), commit=st.booleans())
    def samples(self, rows: int, commit: bool) -> None:
        self._do(self._sample(rows, commit))

    async def _sample(self, rows: int, commit: bool) -> None:
        self.clock.now_ns += SECOND_NS
        values = np.random.default_rng(rows).normal(0, 1, (rows, 1))
        batch = Batch(0, 0, self.clock.now_ns + np.arange(rows), values, np.zeros((rows, 1), np.uint8))
        time_ns = self.journal.stage(batch, self.schema)
        self.publishers["broker"].offer(batch, time_ns)
        if commit:
            await self._commit()

    async def _commit(self) -> None:
        try:
            await self.journal.commit_block(b"snapshot")
        except StorageFailed:
            assert self.disk.full

    # Faults

    @rule(seconds=st.sampled_from((1, 60, 1000, 90_000)))
    def time_passes(self, seconds: int) -> None:
        self.clock.now_ns += seconds * SECOND_NS

    @rule(seconds=st.sampled_from((-315_360_000, -3600, -1, 1, 3600, 315_360_000)), synced=st.booleans())
    def the_clock_steps(self, seconds: int, synced: bool) -> None:
        self.clock.offset_ns += seconds * SECOND_NS
        self.clock.synced = synced

    @rule()
    def the_clock_is_right(self) -> None:
        self.clock.synced = True

    @rule(there=st.booleans())
    def the_broker_goes_or_comes(self, there: bool) -> None:
        self._do(self._broker(there))

    async def _broker(self, there: bool) -> None:
        if there:
            self.broker.there = True
        else:
            self.broker.go()

    @rule(there=st.booleans())
    def the_database_goes_or_comes(self, there: bool) -> None:
        self.database.there = there

    @rule(hears=st.booleans())
    def the_center_goes_or_comes(self, hears: bool) -> None:
        self._do(self._center(hears))

    async def _center(self, hears: bool) -> None:
        self.broker.center.hears = hears
        if hears:
            self.broker.announce()

    @rule(refuses=st.booleans())
    def they_refuse_what_is_odd_or_take_it(self, refuses: bool) -> None:
        self.broker.refuses = self.database.refuses = refuses

    @rule(publisher=st.sampled_from(("broker", "database")))
    def dead_letters_are_sent_again(self, publisher: str) -> None:
        self._do(self._redrive(publisher))

    async def _redrive(self, publisher: str) -> None:
        try:
            await self.journal.letters.redrive(publisher, "somebody")
        except StorageFailed:
            assert self.disk.full

    @rule(full=st.booleans())
    def the_disk_is_full_or_has_room(self, full: bool) -> None:
        self.disk.full = full

    @precondition(lambda self: not self.disk.full)
    @rule(reboot=st.booleans())
    def it_is_restarted(self, reboot: bool) -> None:
        self._do(self._close())
        self._reboot(reboot)
        self._do(self._open())

    @precondition(lambda self: not self.disk.full)
    @rule(reboot=st.booleans(), damage=st.sampled_from(("", "", "event", "block", "cursor", "no event", "no block")))
    def it_is_killed(self, reboot: bool, damage: str) -> None:
        self._do(self._kill())
        self._reboot(reboot)
        if damage:
            self._damage(*damage.split()[::-1])
        self._do(self._open())

    def _reboot(self, reboot: bool) -> None:
        if reboot:
            self.clock.boot_id = f"boot-{int(self.clock.boot_id[5:]) + 1}"
            self.clock.offset_ns += self.clock.now_ns - 1000 * SECOND_NS
            self.clock.now_ns = 1000 * SECOND_NS

    async def _close(self) -> None:
        await self.supervisor.stop_all()
        await self._commit()
        await self.journal.close()

    async def _kill(self) -> None:
        """Go on with the files as they are at a moment between two commits, while everything runs."""
        folder = next(self.folders)
        await self.journal.read(lambda _: shutil.copytree(self.folder, folder, dirs_exist_ok=True))
        await self.supervisor.stop_all()
        await self.journal.close()
        self.folder = folder

    def _damage(self, what: str, no: str = "") -> None:
        """Change or delete the row in the middle, behind the journal's back."""
        table = {"event": "events", "block": "blocks", "cursor": "cursors"}[what]
        with closing(apsw.Connection(str(self.folder / "journal.db"))) as db:
            if what == "cursor":
                db.execute("UPDATE cursors SET crc = crc + 1 WHERE name = 'broker'")
                return
            ids = [row_id for (row_id,) in db.execute(f"SELECT id FROM {table} ORDER BY id")]
            if not ids:
                return
            row_id = ids[len(ids) // 2]
            db.execute(
                f"DELETE FROM {table} WHERE id = ?" if no else f"UPDATE {table} SET crc = crc + 1 WHERE id = ?",
                (row_id,),
            )
        self.vanished |= bool(no)
        if what == "event":
            self.damaged |= {place for place in self.kept if place.start << 40 | place.n == row_id}

    # What holds, always

    @invariant()
    def the_sums_close(self) -> None:
        if hasattr(self, "journal"):
            for name, account in self._accounts():
                if not (self.vanished and name == "journal"):  # until somebody reads over them
                    assert not account.unexplained, (name, account)

    def _accounts(self) -> list[tuple[str, Account]]:
        self._do(self.journal.count())
        own = [("journal", account) for account in self.journal.accounts()]
        return own + [(name, account) for name in PUBLISHERS for account in self.journal.accounts(name)]

    # And at the end, when all is back

    def teardown(self) -> None:
        try:
            if hasattr(self, "components"):
                self._do(self._all_is_back())
                self._everything_is_told()
        finally:
            self._do(self._end())
            self.loop.close()
            self.disk.unregister()

    async def _end(self) -> None:
        await self.supervisor.stop_all()
        await self.journal.close()
        for server in self.servers:
            server.close()
            await server.wait_closed()
        self.broker.go()

    async def _all_is_back(self) -> None:
        self.disk.full = False
        self.clock.synced = True
        self.broker.there = self.database.there = True
        await self._commit()
        await self._append(["scan"])
        await self._center(True)
        await self._all_events()  # so that what is gone is told
        await self._soon(self._all_sent, "everything is sent")
        self.broker.refuses = self.database.refuses = False
        for publisher in PUBLISHERS:
            await self._redrive(publisher)
        await self._soon(self._no_letters, "every dead letter is taken when it is sent again")

    async def _all_sent(self) -> bool:
        await self.journal.append([])  # the cursors go with it
        await self.journal.count()
        accounts = [account for name in PUBLISHERS for account in self.journal.accounts(name)]
        return len(accounts) == 2 * len(PUBLISHERS) and not any(account.sum_of("waiting") for account in accounts)

    async def _no_letters(self) -> bool:
        return await self._all_sent() and not await self.journal.read(
            lambda db: list(db.execute("SELECT 1 FROM dead_letters"))
        )

    async def _soon(self, true: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline = time.monotonic() + WAIT_S
        while not await true():
            accounts = [(name, account) for name in PUBLISHERS for account in self.journal.accounts(name)]
            assert time.monotonic() < deadline, (what, accounts, self.components)
            await asyncio.sleep(0.01)

    def _everything_is_told(self) -> None:
        events = self._do(self._all_events())
        gone = self._gone()
        self._nothing_acknowledged_is_missing(events, gone)
        for name, account in self._accounts():
            assert not account.unexplained, (name, account)
        self._each_other_side_has_all(events, gone)

    async def _all_events(self) -> dict[Position, Row]:
        found: dict[Position, Row] = {}
        at: Position | None = None
        for stream in (self.journal.blocks, self.journal.events):
            at = None
            while more := await stream(at):
                at = more[-1].position
                if isinstance(more[0], Row):
                    found |= {row.position: row for row in more if isinstance(row, Row)}
        return found

    def _gone(self) -> Callable[[Position], bool]:
        ranges = self._do(
            self.journal.read(lambda db: list(db.execute("SELECT first, last FROM gaps WHERE stream = 'e'")))
        )
        return lambda place: any(first <= place.start << 40 | place.n <= last for first, last in ranges)

    def _nothing_acknowledged_is_missing(self, events: dict[Position, Row], gone: Callable[[Position], bool]) -> None:
        assert list(events) == sorted(events), "in the order of their places"
        for place, row in self.kept.items():
            if place in events:
                assert (events[place].kind, events[place].body) == (row.kind, row.body)
            else:
                assert gone(place), f"{place} is lost and nothing tells it"
                assert row.kind != "scan" or place in self.damaged, "what pay depends on never goes for space"

    def _each_other_side_has_all(self, events: dict[Position, Row], gone: Callable[[Position], bool]) -> None:
        wanted = [row.id("gw_1") for row in events.values() if row.kind != "schema"]
        came = list(dict.fromkeys(self.broker.taken))
        in_order = [id_ for id_ in came if id_ not in self.broker.refused]  # what was refused may be taken later
        assert in_order == sorted(in_order, key=position_of)
        assert not set(wanted) - set(came), "the broker has all that is there"
        assert all(gone(position_of(id_)) for id_ in set(came) - set(wanted)), "and else only what went since"
        assert not set(events) - set(self.broker.center.rows["e"])
        lines = "\n".join(self.database.taken)
        assert not [id_ for id_ in wanted if f'"{id_}"' not in lines]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that waits for seconds waits for a hundredth: the sequences count, not the time."""
    for name in ("upkeep.RETENTION_S", "census.AGAIN_S", "places.LINGER_S"):
        monkeypatch.setattr(f"gateway.journal.{name}", 0.0)
    monkeypatch.setattr("gateway.journal.writer.UPKEEP_S", 0.01)
    monkeypatch.setattr("gateway.publish.events.MOVE_S", 0.01)
    monkeypatch.setattr("gateway.publish.backlog.VALUES_PER_S", 10**9)


@pytest.mark.timeout(0 if EXAMPLES else 600)
def test_whatever_happens_nothing_acknowledged_is_lost_or_twice_and_the_sums_close(quick: None, tmp_path: Path) -> None:
    House.folders = (tmp_path / f"house-{number}" for number in count())
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=EXAMPLES or 25,
            stateful_step_count=40 if EXAMPLES else 12,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=checks,
            print_blob=True,
        ),
    )
