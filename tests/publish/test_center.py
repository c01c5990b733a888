"""The publisher of the center against a real Mosquitto and a small center of our own that tells what it was sent."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import paho.mqtt.client as paho
import pytest
from amqtt.broker import Broker
from paho.mqtt.enums import CallbackAPIVersion
from rig import free_port

from gateway.clock import Clock, SystemClock
from gateway.component import Component
from gateway.config.parts import Workshop
from gateway.config.publish import CenterPublisher as Config
from gateway.event import Event, Position
from gateway.journal.journal import Journal
from gateway.publish import replica
from gateway.publish.center import CenterPublisher
from gateway.publish.chain import WINDOW
from gateway.publish.replication import STRIKES
from gateway.supervisor import Backoff, Supervisor
from sensors.batch import one_row

LOOPBACK = "127.0.0.1"
PREFIX = "gongbang/v1/shop-1/gw_1/"
NEVER_S = 600.0  # an answer that is waited for so long is not what mends a test
Place = Position | None


class Center:
    """Takes rows when it has the one before them, and says so. `hears` decides which messages reach it."""

    def __init__(self, port: int) -> None:
        self.rows: dict[str, dict[Position, Any]] = {"e": {}, "s": {}}
        self.at: dict[str, Place] = {"e": None, "s": None}
        self.came: list[tuple[str, Place, int]] = []  # every message: stream, the row before it, its rows
        self.statuses: list[dict[str, Any]] = []
        self.hears: Callable[[str, int], bool] = lambda stream, number: True
        self.ready = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="center")
        self._client.reconnect_delay_set(0.05, 0.1)  # type: ignore[arg-type] # seconds may be broken
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(PREFIX + "journal/+", 1), (PREFIX + "status", 1)]
        )
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_message = lambda _c, _u, message: self._take(message.topic, bytes(message.payload))
        self._client.connect_async(LOOPBACK, port)
        self._client.loop_start()
        assert self.ready.wait(60), "the center could not subscribe"

    def _take(self, topic: str, payload: bytes) -> None:
        stream = topic.rpartition("/")[2]
        if stream == "status":
            self.statuses.append(json.loads(payload))
            return
        message: Any = (replica.read_events if stream == "e" else replica.read_blocks)(payload)
        self.came.append((stream, message.after, len(message.rows)))
        if not self.hears(stream, len(self.came)):
            return
        missing = None if message.after is None or message.after in self.rows[stream] else message.after
        if missing is None:
            self.rows[stream] |= {row.position: row for row in message.rows}
            self.at[stream] = message.rows[-1].position
        self.say(stream, self.at[stream], missing)

    def say(self, stream: str, at: Place, missing: Place = None) -> None:
        """Answer, or say something unasked."""
        self.send(stream, replica.write_ack(at, missing))

    def send(self, stream: str, payload: bytes) -> None:
        """Publish anything as an answer."""
        self._client.publish(PREFIX + f"ack/{stream}", payload, qos=1)

    def forget(self, stream: str, keep: int) -> None:
        """Have the first rows only, as after a return to a backup."""
        kept = list(self.rows[stream].items())[:keep]
        self.rows[stream] = dict(kept)
        self.at[stream] = kept[-1][0] if kept else None

    def close(self) -> None:
        """Leave, without a cycle that would keep the client's sockets."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None
        del self._client


@pytest.fixture
def center() -> Iterator[Callable[[int], Center]]:
    """Return a maker of centers."""
    made: list[Center] = []

    def make(port: int) -> Center:
        made.append(Center(port))
        return made[-1]

    yield make
    while made:
        made.pop().close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin again sooner than in life."""
    monkeypatch.setattr("gateway.publish.chain.QUICK_S", 0.2)


class Shop:
    """A journal and the publisher of the center under the real supervisor."""

    def __init__(self, journal: Journal, clock: Clock, **options: Any) -> None:
        self.journal, self.clock = journal, clock
        self.supervisor = Supervisor(clock.mono_ns)
        self.component = Component("center", "publisher")
        self.publisher = CenterPublisher(
            Config.model_validate({"name": "center", "type": "center", "host": LOOPBACK, **options}),
            workshop=Workshop(id="shop-1", name="창신 봉제 17호", trade="sewing", cluster="changsin"),
            gateway="gw_1",
            journal=journal,
            clock=clock,
            arrived=lambda: self.supervisor.arrived(self.component),
        )

    def start(self) -> None:
        """Let the publisher live."""
        self.supervisor.start(self.component, self.publisher.run, Backoff(0.05, 0.2))

    async def events(self, number: int, **body: Any) -> None:
        """Keep some events."""
        await self.journal.append(
            [Event("count", "press_1", self.clock.mono_ns(), {"n": n, **body}) for n in range(number)]
        )

    async def block(self, *powers: float) -> None:
        """Keep a block of samples."""
        schema = await self.journal.declare("meter_1", {"fields": ["power"], "units": ["W"]})
        for power in powers:
            mono_ns = self.clock.mono_ns()
            self.journal.stage(one_row(0, 0, mono_ns, np.array([power]), np.zeros(1, np.uint8)), schema)
        await self.journal.commit_block()

    async def same(self, center: Center) -> bool:
        """Return whether the center has exactly the journal's rows, cell by cell."""
        events = [copy async for copy in _all(self.journal.event_copies)]
        blocks = [copy async for copy in _all(self.journal.block_copies)]
        return list(center.rows["e"].values()) == [(*copy[:-1], orjson.loads(copy.body)) for copy in events] and list(
            center.rows["s"].values()
        ) == [(copy.position, copy.schema, copy.boot, copy.clock, copy.data) for copy in blocks]

    async def until_same(self, center: Center) -> None:
        """Wait until it has, and has said so."""
        for _ in range(6000):
            if self.publisher.detail()["behind_e"] == 0 and await self.same(center):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"the center is not the same: {self.publisher.detail()} {self.component.last_error}")


async def _all(read: Any) -> AsyncIterator[Any]:
    after = None
    while rows := await read(after, 100):
        for row in rows:
            yield row
        after = rows[-1].position


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Any]:
    """Return `async with opened(port=..., ...) as shop:`; its publisher is not started yet."""

    @asynccontextmanager
    async def run(name: str = "journal", clock: Any = None, **options: Any) -> AsyncIterator[Shop]:
        clock = clock or SystemClock(trust=True)
        async with await Journal.open(tmp_path / f"{name}.db", "gw_1", clock, linger_s=0.001) as journal:
            shop = Shop(journal, clock, **options)
            try:
                yield shop
            finally:
                await shop.supervisor.stop_all()

    return run


def test_the_center_has_the_journal_row_by_row_and_the_cursor_is_where_it_says(
    mosquitto: Any, center: Any, opened: Any, soon: Any
) -> None:
    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened(port=broker.port) as shop:
            await shop.events(700, text="가")
            await shop.block(1.0, 2.0)
            shop.start()
            await shop.events(3)
            await shop.until_same(far)
            await soon(lambda: shop.publisher.detail()["behind_s"] == 0, "the block is confirmed")
            assert max(rows for _, _, rows in far.came) <= 200
            last = {stream: list(far.rows[stream])[-1] for stream in "es"}
            for stream in ("e", "s"):
                assert await shop.journal.cursor("center", stream) == last[stream]
            detail = shop.publisher.detail()
            assert shop.publisher.queued == 0
            assert detail["confirmed_e_ms"] == far.rows["e"][last["e"]].time_ns // 1_000_000
            assert (detail["begun_again_e"], detail["foreign_answers_e"], detail["center"]) == (0, 0, "answers")
            assert shop.publisher.counters.sent == shop.publisher.counters.received == 705  # 704 events and a block

    asyncio.run(run())


def test_the_status_says_who_we_are_and_how_far_the_center_is(
    mosquitto: Any, center: Any, opened: Any, soon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retained, with the backlog; told again when that is gone; offline at the end."""
    monkeypatch.setattr("gateway.publish.center.CALM_S", 0.1)

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened(port=broker.port) as shop:
            await shop.events(5)
            shop.start()
            await soon(lambda: far.statuses, "the status")
            said = far.statuses[0]
            (oldest,) = await shop.journal.event_copies(None, 1)
            assert {key: said[key] for key in ("gateway", "state", "behind_e", "behind_s", "oldest_ms")} == {
                "gateway": "gw_1", "state": "online", "behind_e": 5, "behind_s": 0,
                "oldest_ms": oldest.time_ns // 1_000_000,
            }  # fmt: skip
            assert {key: said[key] for key in ("name", "trade", "cluster", "language", "clock", "epoch")} == {
                "name": "창신 봉제 17호", "trade": "sewing", "cluster": "changsin", "language": "ko",
                "clock": "synced", "epoch": shop.journal.epoch,
            }  # fmt: skip
            await soon(lambda: far.statuses[-1]["behind_e"] == 0, "the backlog is gone")
            assert "oldest_ms" not in far.statuses[-1]
            assert "losses" not in far.statuses[-1], "only when there are any"
        await soon(lambda: far.statuses[-1]["state"] == "offline", "a goodbye")

    asyncio.run(run())


def test_what_a_broker_forgets_is_sent_again(mosquitto: Any, center: Any, opened: Any, soon: Any) -> None:
    """Two power cuts of a broker that keeps nothing, while events flow; the center is there before or after us."""

    async def run() -> None:
        far = center((broker := mosquitto("allow_anonymous true", "max_queued_messages 0")).port)
        async with opened(port=broker.port, answer_s=1) as shop:
            shop.start()
            for _ in range(2):
                for _ in range(20):
                    await shop.events(10)
                    await asyncio.sleep(0.01)
                broker.kill()
                await shop.events(50)
                broker.start()
            await shop.until_same(far)

    asyncio.run(run())


def test_a_lost_message_is_mended_by_the_centers_refusal_at_once(
    mosquitto: Any, center: Any, opened: Any, quick: None
) -> None:
    """Each fifth message never comes; we would wait ten minutes for an answer, but need not."""

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        far.hears = lambda stream, number: number % 5 != 0
        async with opened(port=broker.port, answer_s=NEVER_S) as shop:
            await shop.events(3000)
            await shop.events(1)
            shop.start()
            await asyncio.sleep(0.5)
            for _ in range(10):  # a message behind the lost one brings it up
                await shop.events(1)
                await asyncio.sleep(0.05)
            far.hears = lambda stream, number: True
            await shop.events(1)
            await shop.until_same(far)
            assert shop.publisher.detail()["begun_again_e"] >= 1

    asyncio.run(run())


def test_a_center_that_does_not_answer_is_asked_with_little(
    mosquitto: Any, center: Any, opened: Any, soon: Any
) -> None:
    """And is sent everything when it does."""

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        far.hears = lambda stream, number: False
        async with opened(port=broker.port, answer_s=1) as shop:
            await shop.events(4000)
            shop.start()
            await soon(lambda: shop.publisher.detail().get("unanswered_e", 0) >= 2, "it is asked again")
            assert [rows for _, _, rows in far.came[WINDOW:]] == [10] * (len(far.came) - WINDOW)
            assert {after for _, after, _ in far.came[WINDOW:]} == {None}
            assert await shop.journal.cursor("center", "e") is None
            assert shop.publisher.detail()["center"] == "silent"
            assert shop.publisher.counters.last_error.endswith("the center does not answer")
            far.hears = lambda stream, number: True
            far.say("e", None)  # it connected, and has nothing of us
            await shop.until_same(far)
            assert "unanswered_e" not in shop.publisher.detail()

    asyncio.run(run())


def test_a_center_that_lost_rows_is_sent_them_again(mosquitto: Any, center: Any, opened: Any, quick: None) -> None:
    """It returns to a backup, and once to nothing; the journal still has all."""

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened(port=broker.port, answer_s=NEVER_S) as shop:
            shop.start()
            for keep in (250, 0):
                await shop.events(500)
                await shop.block(1.0)
                await shop.until_same(far)
                far.forget("e", keep)
                far.forget("s", 0)
                await shop.events(1)
                await shop.block(2.0)
                await shop.until_same(far)

    asyncio.run(run())


def test_answers_that_are_not_to_us_are_counted(mosquitto: Any, center: Any, opened: Any, soon: Any) -> None:
    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened(port=broker.port) as shop:
            shop.start()
            await shop.events(10)
            await shop.until_same(far)
            at = await shop.journal.cursor("center", "e")
            far.say("e", at._replace(n=at.n + 1))
            far.say("e", Position(at.start, "ffff" if at.token != "ffff" else "0000", 1))
            far.send("e", b"7")
            await soon(lambda: shop.publisher.detail()["foreign_answers_e"] == 2, "two are counted")
            await soon(lambda: shop.publisher.detail()["malformed_answers"] == 1, "one is no answer at all")
            assert await shop.journal.cursor("center", "e") == at
            await shop.events(1)
            await shop.until_same(far)

    asyncio.run(run())


def test_a_new_life_goes_on_at_the_cursor(mosquitto: Any, center: Any, opened: Any) -> None:
    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened(port=broker.port) as shop:
            shop.start()
            await shop.events(300)
            await shop.until_same(far)
            at = await shop.journal.cursor("center", "e")
        far.came.clear()
        async with opened(port=broker.port) as shop:
            await shop.events(5)
            shop.start()
            await shop.until_same(far)
            assert far.came == [("e", at, 5)]

    asyncio.run(run())


def test_a_new_card_with_the_same_name_is_a_chain_of_its_own(
    mosquitto: Any, center: Any, opened: Any, soon: Any
) -> None:
    """Its start counter is 1 again; the rows of before stay."""

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened("old", port=broker.port, answer_s=NEVER_S) as shop:
            shop.start()
            await shop.events(30)
            await shop.until_same(far)
        before = dict(far.rows["e"])
        async with opened("new", port=broker.port, answer_s=NEVER_S) as shop:
            assert shop.journal.epoch.startswith("1-")
            await shop.events(20)
            shop.start()
            await soon(lambda: len(far.rows["e"]) == 50, "the rows of both")
            assert before.items() <= far.rows["e"].items()
            kept = await shop.journal.event_copies(None)
            assert [at for at in far.rows["e"] if at not in before] == [copy.position for copy in kept]

    asyncio.run(run())


@pytest.mark.parametrize(("protocol", "wait_s"), [("5", 20), ("3.1.1", 60)])
def test_an_event_that_no_broker_takes_is_set_aside_once_and_the_chain_goes_on(
    mosquitto: Any, center: Any, opened: Any, soon: Any, protocol: str, wait_s: float
) -> None:
    """MQTT 5 says it beforehand; on 3.1.1 the broker hangs up, and only a large row alone is taken for the cause."""

    async def run() -> None:
        far = center((broker := mosquitto("allow_anonymous true", "max_packet_size 80000")).port)
        for life in range(2):
            async with opened(port=broker.port, protocol=protocol) as shop:
                if life == 0:
                    await shop.events(50)
                    await shop.events(1, text="가" * 30_000)
                shop.start()
                await soon(lambda shop=shop: shop.publisher.counters.dropped == 1, "it is set aside", wait_s)
                await soon(lambda shop=shop: shop.publisher.queued == 0, "all before it is confirmed")
                letters = await shop.journal.read(
                    lambda db: list(db.execute("SELECT row & 0xFFFFFFFF FROM dead_letters"))
                )
                assert letters == [(51,)]
        async with opened(port=broker.port, protocol=protocol) as shop:
            await shop.events(3)
            shop.start()
            await soon(lambda: len(far.rows["e"]) == 53, "the others", wait_s)
            kept = list(far.rows["e"])
            assert [at.n for at in kept] == [*range(1, 51), 1, 2, 3]
            assert far.came[-1][1] == kept[49]
            await soon(lambda: shop.publisher.queued == 0, "all confirmed")
        came = sum(status["state"] == "online" for status in far.statuses)
        assert came < 4 * STRIKES, "three gateways lose so many connections on it, the last with rows behind it too"

    asyncio.run(run())


def test_samples_stay_at_home_when_they_are_not_wanted(mosquitto: Any, center: Any, opened: Any, soon: Any) -> None:
    """And are held for nobody, though they were wanted once."""

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened(port=broker.port) as shop:
            shop.start()
            await shop.block(1.0)
            await shop.until_same(far)
        async with opened(port=broker.port, samples=False) as shop:
            await shop.block(2.0)
            await shop.events(10)
            shop.start()
            await soon(lambda: len(far.rows["e"]) == 11 and shop.publisher.queued == 0, "every event")
            assert len(far.rows["s"]) == 1
            assert "behind_s" not in shop.publisher.detail()
            assert far.statuses[-1]["behind_s"] == 0
            cursors = await shop.journal.read(lambda db: list(db.execute("SELECT name, stream FROM cursors")))
            assert cursors == [("center", "e")]

    asyncio.run(run())


def test_samples_never_hold_up_events(mosquitto: Any, center: Any, opened: Any, soon: Any) -> None:
    """The center never answers for samples; events go on."""

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        far.hears = lambda stream, number: stream == "e"
        async with opened(port=broker.port, answer_s=NEVER_S) as shop:
            for n in range(30):
                await shop.block(float(n))
            await shop.events(2000)
            shop.start()
            await soon(lambda: len(far.rows["e"]) == 2001, "every event")
            await soon(lambda: shop.publisher.queued == 0, "confirmed")
            await soon(lambda: any(stream == "s" for stream, _, _ in far.came), "the first samples")
            first = next(n for n, (stream, _, _) in enumerate(far.came) if stream == "s")
            assert sum(rows for stream, _, rows in far.came[:first] if stream == "e") == 2001
            assert shop.publisher.detail()["behind_s"] == 30

    asyncio.run(run())


def test_rows_that_wait_for_the_clock_wait(
    mosquitto: Any, center: Any, opened: Any, soon: Any, hand_clock: Any
) -> None:
    async def run() -> None:
        far = center((broker := mosquitto()).port)
        hand_clock.synced = False
        async with opened(port=broker.port, clock=hand_clock) as shop:
            await shop.events(10)
            shop.start()
            await soon(lambda: shop.component.state == "up" and far.statuses, "connected")
            await asyncio.sleep(0.3)  # what must not come
            assert far.came == []
            assert far.statuses[-1]["clock"] == "unsynced"
            assert far.statuses[-1]["behind_e"] == shop.publisher.queued == 10
            assert "oldest_ms" not in far.statuses[-1]
            hand_clock.synced = True
            await shop.until_same(far)
            assert {row.clock for row in far.rows["e"].values()} == {"synced"}

    asyncio.run(run())


def test_a_broker_that_does_not_allow_it_is_told_of_and_frees_nothing(
    mosquitto: Any, opened: Any, soon: Any, acl: Any
) -> None:
    async def run() -> None:
        broker = mosquitto("allow_anonymous true", acl("topic readwrite gongbang/#", "topic deny +/+/+/+/journal/e"))
        async with opened(port=broker.port) as shop:
            await shop.events(10)
            shop.start()
            await soon(lambda: "journal/e: not authorized" in shop.component.last_error, "the reason")
            assert shop.publisher.queued == 10
            assert await shop.journal.cursor("center", "e") is None
            assert shop.publisher.counters.dropped == 0

    asyncio.run(run())


def test_a_broker_without_a_center_says_so(mosquitto: Any, opened: Any, soon: Any) -> None:
    """MQTT 5 tells that nobody has subscribed."""

    async def run() -> None:
        broker = mosquitto()
        async with opened(port=broker.port) as shop:
            await shop.events(10)
            shop.start()
            await soon(lambda: shop.publisher.detail().get("center") == "absent", "nobody has subscribed")
            assert shop.publisher.queued == 10

    asyncio.run(run())


def test_ten_connections_lose_nothing(mosquitto: Any, center: Any, opened: Any, soon: Any) -> None:
    """The line is cut again and again while events flow; no thread, task or descriptor stays."""

    async def run() -> None:
        far = center((broker := mosquitto()).port)
        async with opened(port=broker.port, answer_s=1) as shop:
            shop.start()
            for _ in range(10):
                await soon(lambda: shop.component.state == "up", "connected")
                await shop.events(20)
                shop.publisher._link._wire._transport.get_extra_info("socket").shutdown(2)
                await soon(lambda: shop.component.state != "up", "the line is cut")
            await shop.until_same(far)
            threads = [thread.name for thread in threading.enumerate() if thread.name.startswith(("mqtt-", "paho"))]
            assert len(threads) <= 2  # the center's, and ours while it looks a name up

    asyncio.run(run())


def test_the_embedded_broker_serves_too(center: Any, opened: Any) -> None:
    """It speaks 3.1.1 only."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # it tells of the refusal as if it were its own failure
    port = free_port()
    settings = {
        "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }

    async def run() -> None:
        broker = Broker(settings)
        await broker.start()
        far = await asyncio.to_thread(center, port)
        try:
            async with opened(port=port) as shop:
                shop.start()
                await shop.events(500)
                await shop.block(1.0)
                await shop.until_same(far)
                assert shop.publisher.detail()["protocol"] == "3.1.1"
        finally:
            await asyncio.to_thread(far._client.disconnect)
            await broker.shutdown()

    asyncio.run(run())
