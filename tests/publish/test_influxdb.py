"""The InfluxDB publisher against InfluxDB 1 and VictoriaMetrics: what the journal has stands in them."""

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from database_rows import everything, fill, same, same_in_ms, shown
from databases import InfluxDb, VictoriaMetrics, influxdb, victoria_metrics

from sensors.batch import Batch

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDb]:
    """Return an InfluxDB 1; each test makes a database of its own in it."""
    with influxdb(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """Return a VictoriaMetrics, empty: it knows no databases."""
    with victoria_metrics(tmp_path / "victoria") as server:
        yield server


def test_influxdb_1_has_what_the_journal_has(influx: InfluxDb, to_database: Any, hand_clock: Any, soon: Any) -> None:
    """Samples, windows and events of two minutes, to the nanosecond and the last bit."""

    async def run() -> None:
        async with to_database(hand_clock, url=influx.url, version=1, database=influx.create("whole")) as gateway:
            await gateway.up()
            await fill(gateway, hand_clock, 120)
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            wanted = await everything(gateway.journal)
            same(influx.rows("whole"), wanted)
            counters = gateway.publisher.counters
            assert counters.received == counters.sent == len(wanted)
            assert counters.dropped == 0
            assert gateway.publisher.detail() == {
                "behind_events": 0, "behind_blocks": 0, "status": 204, "lines": len(wanted),
            }  # fmt: skip

    asyncio.run(run())


def test_victoriametrics_has_what_the_journal_has(
    victoria: VictoriaMetrics, to_database: Any, hand_clock: Any, soon: Any
) -> None:
    """By the API of version 2, which InfluxDB 2 and 3 have; in ms, and numbers only."""

    async def run() -> None:
        async with to_database(hand_clock, url=victoria.url, bucket="shop") as gateway:
            await gateway.up()
            await fill(gateway, hand_clock, 120)
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            wanted = await everything(gateway.journal)
            await soon(lambda: shown(victoria, wanted), "it shows all, some seconds later")
            same_in_ms(victoria.series(), wanted)

    asyncio.run(run())


def test_rows_come_once_their_time_is_known(influx: InfluxDb, to_database: Any, hand_clock: Any, soon: Any) -> None:
    """While the clock is not synchronised they wait in the journal; then they come with the time that is kept."""

    async def run() -> None:
        hand_clock.synced = False
        async with to_database(hand_clock, url=influx.url, version=1, database=influx.create("late")) as gateway:
            await gateway.up()
            await fill(gateway, hand_clock, 20)
            await asyncio.sleep(0.2)
            assert influx.rows("late") == {}
            hand_clock.synced = True
            await gateway.journal.freeze()
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            same(influx.rows("late"), await everything(gateway.journal))

    asyncio.run(run())


def test_what_is_not_wanted_is_passed_over(influx: InfluxDb, to_database: Any, hand_clock: Any, soon: Any) -> None:
    """And the cursors move all the same: the journal holds nothing for it."""

    async def run() -> None:
        options = {"url": influx.url, "version": 1, "database": influx.create("windows only")}
        async with to_database(hand_clock, **options, samples=False, events=False) as gateway:
            await gateway.up()
            await fill(gateway, hand_clock, 30)
            await soon(lambda: gateway.publisher.queued == 0, "all passed")
            assert {name for name, _, _ in influx.rows("windows only")} == {"device_10s"}

    asyncio.run(run())


def test_a_new_life_goes_on_where_the_last_one_was_answered(
    influx: InfluxDb, to_database: Any, hand_clock: Any, soon: Any
) -> None:
    """Nothing of the first life is sent by the second."""

    async def run() -> None:
        options = {"url": influx.url, "version": 1, "database": influx.create("lives")}
        async with to_database(hand_clock, **options) as gateway:
            await gateway.up()
            await fill(gateway, hand_clock, 20)
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
        influx.query("DROP MEASUREMENT device", "lives", post=True)
        async with to_database(hand_clock, **options) as gateway:
            await gateway.up()
            made = await gateway.event(n=1)
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            found = influx.rows("lives")
            assert made in {fields.get("id") for fields in found.values()}
            assert "device" not in {name for name, _, _ in found}

    asyncio.run(run())


NASTY = ("a\\", "C:\\x\\", "a b,c=d", '"quoted"', "line\nbreak", "공방", "#1", "tab\there", "%d %b", "'")


@pytest.mark.parametrize("text", NASTY)
def test_odd_texts_stand_in_influxdb_as_they_were(influx: InfluxDb, to_database: Any, soon: Any, text: str) -> None:
    """As a profile, a tag, a field and a text; the words are those that line protocol can say."""
    database = influx.create(f"odd {NASTY.index(text)}")

    async def run() -> None:
        async with to_database(url=influx.url, version=1, database=database) as gateway:
            body = {"fields": [text, "b"], "units": ["", ""], "profile": text, "tags": {"station": text}}
            schema = await gateway.journal.declare("meter_1", body)
            now_ns = np.array([gateway.clock.mono_ns()])
            gateway.offer(Batch(0, 0, now_ns, np.array([[1.5, 2.5]]), np.zeros((1, 2), np.uint8)), schema)
            await gateway.journal.commit_block()
            await gateway.event("text", text, text=text)
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            assert gateway.publisher.counters.dropped == 0

    asyncio.run(run())
    said = text[:-1] + "/" if text.endswith("\\") else text.replace("\n", " ").replace("\t", " ")
    found = {name: (dict(tags), fields) for (name, tags, _), fields in influx.rows(database).items()}
    tags, fields = found[f"\\{said}" if said.startswith("#") else said]
    assert tags["station"] == said
    assert fields == {said: 1.5, "b": 2.5}
    tags, fields = found["event"]
    assert tags["source"] == said
    assert fields["text"] == text.replace("\n", "\\n")


def test_a_text_of_several_lines_costs_victoriametrics_no_event(
    victoria: VictoriaMetrics, to_database: Any, soon: Any
) -> None:
    """It cuts lines before it looks for quotes, and says 204 to what it throws away."""

    async def run() -> None:
        async with to_database(url=victoria.url, bucket="shop") as gateway:
            await gateway.event("text", "breaks", text="one\ntwo", n=7)
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            wanted = '{__name__="event_n",source="breaks"}'
            await soon(lambda: victoria.series(wanted), "it shows the event")
            assert [[value for _, value in samples] for samples in victoria.series(wanted).values()] == [[7]]

    asyncio.run(run())


def test_a_row_that_the_database_never_takes_costs_no_other(
    influx: InfluxDb, to_database: Any, hand_clock: Any, soon: Any
) -> None:
    """`power` was once an integer in that database and `n` a text: it refuses those and tells which batch, not which
    line. All others arrive; the event is a dead letter, and so is each block that has such samples."""
    database = influx.create("conflict")
    at = hand_clock.time_ns(hand_clock.now_ns) - 3_600_000_000_000
    _write(influx, database, f'device,device=meter_1 power=1i {at}\nevent,kind=count n="text" {at}')

    async def run() -> None:
        async with to_database(hand_clock, url=influx.url, version=1, database=database, lines=100) as gateway:
            await fill(gateway, hand_clock, 100)
            wrong = await gateway.event("count", n=1)
            await gateway.event("count", delta=1)
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all settled", 60)
            wanted = await everything(gateway.journal)
            refused = [k for k, fields in wanted.items() if (k[0] == "device" and "power" in fields) or "n" in fields]
            taken = {place: fields for place, fields in wanted.items() if place not in refused}
            assert 0 < len(refused) < len(taken)
            old = [place for place in influx.rows(database) if place[2] == at]
            same({place: row for place, row in influx.rows(database).items() if place not in old}, taken)
            counters = gateway.publisher.counters
            assert counters.dropped == len(refused)
            assert counters.sent == len(taken)
            assert "conflict" in counters.last_error
            letters = await gateway.journal.read(lambda db: list(db.execute("SELECT stream, reason FROM dead_letters")))
            assert [stream for stream, _ in letters].count("e") == 1, wrong
            assert all("conflict" in why for _, why in letters)
            await gateway.journal.commit_block()  # places go with it
            await gateway.journal.count()
            events, blocks = gateway.journal.accounts("database")
            assert events.sum_of("refused") == 1
            assert blocks.sum_of("refused") == len(letters) - 1
            assert events.unexplained == blocks.unexplained == 0

    asyncio.run(run())


def _write(influx: InfluxDb, database: str, text: str) -> None:
    """Write lines as somebody else did before."""
    urllib.request.urlopen(f"{influx.url}/write?db={database}", text.encode(), timeout=60).close()


def test_a_count_and_a_scan_may_share_a_name(influx: InfluxDb, to_database: Any, soon: Any) -> None:
    """A count's `raw` is a number and a scan's a text: neither is refused, in whichever order they come."""

    async def run() -> None:
        async with to_database(url=influx.url, version=1, database=influx.create("names")) as gateway:
            ids = [await gateway.event("scan", "s", raw="]C012"), await gateway.event("count", raw=3)]
            ids += [await gateway.event("scan", "s", raw="]C013"), await gateway.event("count", raw=4)]
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            assert gateway.publisher.counters.dropped == 0
            found = {f["id"]: f.get("raw", f.get("raw_text")) for f in influx.rows("names").values()}
            assert found == dict(zip(ids, ["]C012", 3, "]C013", 4], strict=True))

    asyncio.run(run())


def test_a_database_that_is_made_later_gets_everything(influx: InfluxDb, to_database: Any, soon: Any) -> None:
    """Until then it is shown as what it is, and nothing is thrown away."""

    async def run() -> None:
        async with to_database(url=influx.url, version=1, database="later") as gateway:
            made = [await gateway.event(n=n) for n in range(3)]
            gateway.start()
            await soon(lambda: "database not found" in gateway.component.last_error, "told")
            assert gateway.component.state == "down"
            assert "404" in gateway.component.last_error
            assert "it does not know database later" in gateway.component.last_error
            assert gateway.publisher.queued == 3
            influx.create("later")
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            assert {fields["id"] for fields in influx.rows("later").values()} == set(made)

    asyncio.run(run())


def test_the_wrong_version_is_told(influx: InfluxDb, to_database: Any, soon: Any) -> None:
    """InfluxDB 1.6 has no API of version 2; an option mends it."""

    async def run() -> None:
        async with to_database(url=influx.url, bucket="b") as gateway:
            await gateway.event(n=1)
            gateway.start()
            await soon(lambda: "version: 1" in gateway.component.last_error, "told")
            assert "404: there is no /api/v2/write" in gateway.component.last_error
            assert gateway.publisher.queued == 1

    asyncio.run(run())


def test_an_account_lets_in_and_a_wrong_one_is_told_until_it_is_mended(
    tmp_path: Path, to_database: Any, soon: Any
) -> None:
    """Its file is read again at each connection; it may end with a line break, and stands in no message."""
    secret = tmp_path / "password"
    secret.write_text("wrong secret\n")

    async def run(server: InfluxDb) -> None:
        options = {"version": 1, "database": "d", "username": "gongbang", "password_file": str(secret)}
        async with to_database(url=server.url, **options) as gateway:
            made = await gateway.event(n=1)
            gateway.start()
            await soon(lambda: "401" in gateway.component.last_error, "refused")
            assert "does not accept the user" in gateway.component.last_error
            assert "wrong secret" not in gateway.component.last_error
            assert gateway.publisher.queued == 1
            secret.write_text("r:ight 비밀\n")
            await soon(lambda: gateway.publisher.queued == 0, "sent")
            assert [fields["id"] for fields in server.rows("d").values()] == [made]

    with influxdb(tmp_path / "influxdb", accounts=True) as server:
        server.query("CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES", post=True)
        server.admin = "admin:admin"
        server.create("d")
        server.query("CREATE USER gongbang WITH PASSWORD 'r:ight 비밀'", post=True)
        server.query("GRANT ALL ON d TO gongbang", post=True)
        asyncio.run(run(server))


def test_a_user_without_the_right_to_write_is_told(tmp_path: Path, to_database: Any, soon: Any) -> None:
    secret = tmp_path / "password"
    secret.write_text("reads")

    async def run(server: InfluxDb) -> None:
        options = {"version": 1, "database": "d", "username": "reader", "password_file": str(secret)}
        async with to_database(url=server.url, **options) as gateway:
            await gateway.event(n=1)
            gateway.start()
            await soon(lambda: "403" in gateway.component.last_error, "refused")
            assert "the user may not write to database d" in gateway.component.last_error
            assert gateway.publisher.queued == 1

    with influxdb(tmp_path / "influxdb", accounts=True) as server:
        server.query("CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES", post=True)
        server.admin = "admin:admin"
        server.create("d")
        server.query("CREATE USER reader WITH PASSWORD 'reads'", post=True)
        server.query("GRANT READ ON d TO reader", post=True)
        asyncio.run(run(server))


def test_a_database_that_bears_little_at_once_gets_it_in_parts(
    tmp_path: Path, to_database: Any, hand_clock: Any, soon: Any
) -> None:
    """It calls our first requests too large (413): they are halved until it takes them."""

    async def run(server: InfluxDb) -> None:
        async with to_database(hand_clock, url=server.url, version=1, database=server.create("d")) as gateway:
            await fill(gateway, hand_clock, 600)
            await gateway.up()
            await soon(lambda: gateway.publisher.queued == 0, "all sent")
            assert gateway.publisher.counters.dropped == 0
            same(server.rows("d"), await everything(gateway.journal))

    with influxdb(tmp_path / "influxdb", most_bytes=20_000) as server:
        asyncio.run(run(server))


def test_the_client_is_imported_where_it_is_used_only() -> None:
    """It costs memory and a second: neither the module nor a daemon without a database may pay that."""
    script = (
        "import sys, gateway.app, gateway.publish.influxdb, gateway.commands.main\n"
        "from gateway.publish.publisher import publisher_class\n"
        "from gateway.config.publish import InfluxPublisher\n"
        "publisher_class(InfluxPublisher(name='d', type='influxdb', bucket='b'))\n"
        "print([name for name in sys.modules if name.startswith(('influxdb_client', 'urllib3', 'reactivex'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
