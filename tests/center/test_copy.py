"""A shop's journal out of the center's rows: restored it pays nothing twice, and what is not as it was is found."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from histories import HandClock
from replicas import event
from witness import coupon

from center.config import Config
from center.copy import answer
from center.fleet import Fleet
from center.inbox import Inbox
from center.intake import Intake
from center.lineage import journals
from center.rows import read
from center.store import Store, Taken
from center.verifier import Verifier
from gateway import people
from gateway.backup.restore import restore
from gateway.backup.seal import NotOpened
from gateway.backup.verify import verify
from gateway.backup.witness import answer as witness
from gateway.commands.main import main
from gateway.event import Event, Position
from gateway.journal import blocks, copies, rows
from gateway.journal.reader import open_reader
from gateway.people import Person
from gateway.publish.replica import BlockRow, Blocks, EventRow, Events, write_blocks, write_events
from tests.backup.house import DAY_NS, Shop, opened

PLACE = ("w-1", "gw_1")
Deed = Callable[[Shop], Awaitable[Any]]


def lived(card: Path, *deeds: Deed, boot: str = "boot-1", day: int = 0) -> None:
    """One run of a gateway."""

    async def life() -> None:
        shop = await opened(card, HandClock(day * DAY_NS, boot_id=boot))
        async with shop.journal:
            for deed in deeds:
                await deed(shop)

    asyncio.run(life())


def pay(number: int, paid: int = 0) -> Deed:
    """Pay so many coupons, after those that were."""

    async def deed(shop: Shop) -> None:
        shop.paid = paid
        await shop.pay(number)

    return deed


async def witnessed(shop: Shop) -> None:
    """Keep the witness that the journal comes to now."""
    body = witness({"journal": str(shop.path)})
    assert body
    await shop.happens(Event("backup", "center", shop.clock.now_ns, body))


def sent(card: Path, store: Store, now_ms: int = 0) -> list[Taken]:
    """Send all of a journal to the center, as its publisher does; what was taken."""
    with open_reader(card) as reader:
        events = [copies.event_copy(raw, reader.epochs) for raw in reader.db.execute(f"{rows.SELECT} ORDER BY id")]
        samples = [copies.block_copy(raw, reader.epochs) for raw in reader.db.execute(f"{blocks.SELECT} ORDER BY id")]
        told = [rows.decode(raw, reader.epochs).body for raw in reader.db.execute(f"{rows.SELECT} ORDER BY id")]
    cells = [EventRow(*one[:-1], body) for one, body in zip(events, told, strict=True)]
    packed = [BlockRow(one.position, one.schema, one.boot, one.clock, one.data) for one in samples]
    with store.transaction():
        shop = store.shop(*PLACE)
        return [
            store.take(shop, read("gw_1", "e", write_events(Events("gw_1", None, cells)), now_ms)),
            store.take(shop, read("gw_1", "s", write_blocks(Blocks("gw_1", None, packed)), now_ms)),
        ]


def asked(store: Store, **more: Any) -> dict[str, Any]:
    """What the process says that makes copies."""
    return answer({"center": str(store.path), "workshop": PLACE[0], "gateway": PLACE[1], "name": "test"} | more)


def copied(store: Store, folder: Path, **more: Any) -> Path:
    """The file of a copy."""
    told = asked(store, folder=str(folder), since_ms=None, **more)
    assert "file" in told, told
    return Path(told["file"])


def onto(card: Path, copy: Path) -> Any:
    """Restore onto a card."""
    return restore(copy, card, card.with_name("edge_config.yaml"), None, HandClock(boot_id="new"), "test")


def test_a_journal_that_was_lost_is_restored_from_the_centers_rows(tmp_path: Path, store: Store) -> None:
    old, new = tmp_path / "journal.db", tmp_path / "new/journal.db"
    lived(old, pay(5), lambda shop: shop.measure(2))
    lived(old, pay(3, 5), witnessed, boot="boot-2")
    sent(old, store)
    copy = copied(store, tmp_path)
    assert verify(copy, tmp_path / "scratch", None).well
    outcome = onto(new, copy)
    assert (outcome.report.well, outcome.report.blocks, outcome.epoch.partition("-")[0]) == (True, 2, "1003")
    with open_reader(old) as before, open_reader(new) as after:
        for stream, last in (("events", max(before.epochs) << rows.N_BITS | rows.N_MASK), ("blocks", 1 << 62)):
            select = f"SELECT * FROM {stream} WHERE id <= ? ORDER BY id"
            assert list(before.db.execute(select, (last,))) == list(after.db.execute(select, (last,))), "to the bit"
        assert dict(list(after.db.execute("SELECT stream, id FROM cursors WHERE name = 'center'"))).keys() == {"e", "s"}

    async def again(shop: Shop) -> None:
        await shop.pay(0)
        assert [(await shop.scan(coupon(number))).kind for number in range(9)] == ["duplicate"] * 8 + ["accepted"]

    lived(new, again, boot="boot-3")
    sent(new, store)
    (only,) = (one for one in journals(store.db, 1) if one[-1].start > 1000)
    assert [part.start for part in only] == [1, 2, 1003, 1004]


def test_a_copy_is_held_against_what_the_gateway_says_its_journal_comes_to(tmp_path: Path, store: Store) -> None:
    card = tmp_path / "journal.db"
    lived(card, pay(5))
    sent(card, store)
    assert asked(store) == {"witness_ms": None}
    lived(card, pay(3, 5), witnessed, pay(1, 8), boot="boot-2")
    sent(card, store)
    told = asked(store)
    assert (told["ok"], told["said"]) == (True, [])
    with store.transaction():
        store.db.execute(
            "UPDATE events SET body = replace(body, '\"accepted\"', '\"accepten\"') WHERE start = 1 AND n = 4"
        )
    changed = asked(store)
    assert (changed["ok"], [one.partition(":")[0] for one in changed["said"]]) == (False, ["events"])
    with store.transaction():
        store.db.execute("DELETE FROM events WHERE start = 1 AND n = 4")
    missing = asked(store)["said"]
    assert missing[0].startswith("missing e:1-")
    assert "ledger: work_paid" in missing
    with store.transaction():
        store.db.execute("DELETE FROM events WHERE start = 2 AND n = 4")  # the last that the witness saw
    told = asked(store)
    assert told["up_to"].endswith(":4")
    assert [one[:9] for one in (missing[1], told["said"][1])] == ["events: 9", "events: 8"]


def test_samples_that_were_pruned_are_no_damage_and_what_was_told_lost_is_told(tmp_path: Path, store: Store) -> None:
    card = tmp_path / "journal.db"
    lived(card, pay(2), lambda shop: shop.measure(4))
    sent(card, store)
    with store.transaction():
        store.prune(1)
    outcome = onto(tmp_path / "new/journal.db", copied(store, tmp_path))
    assert (outcome.report.well, outcome.report.blocks, outcome.report.told) == (True, 1, 3)
    with store.transaction():
        store.db.execute("DELETE FROM events WHERE n = 2")
    torn = onto(tmp_path / "torn/journal.db", copied(store, tmp_path))
    assert [name[:10] for name in torn.report.names] == ["missing e:"]
    place = next(store.db.execute("SELECT token, max(n) FROM events"))
    name = f"1-{place[0]}:2"
    gap = event(
        Position(1, place[0], place[1] + 1), "gap", "journal", stream="e", cause="damaged", **{"from": name, "to": name}
    )
    with store.transaction():
        after = Position(1, *place)
        store.take(1, read("gw_1", "e", write_events(Events("gw_1", after, [gap])), 0))
    told = onto(tmp_path / "told/journal.db", copied(store, tmp_path))
    assert (told.report.well, told.report.told) == (True, 3 + 1)


def test_a_new_card_that_sent_before_it_was_restored_does_not_hide_the_old_ones_records(
    tmp_path: Path, store: Store
) -> None:
    old, fresh = tmp_path / "journal.db", tmp_path / "fresh/journal.db"
    lived(old, pay(4))
    sent(old, store)
    copy = copied(store, tmp_path)
    lived(old, pay(2, 4), boot="boot-2")  # behind the copy
    sent(old, store)
    lived(fresh, lambda shop: shop.happens(Event("config", "gateway", shop.clock.now_ns, {"by": "start"})), boot="new")
    sent(fresh, store)
    assert verify(copied(store, tmp_path), tmp_path / "scratch", None).manifest.sums["work_paid"]["rows"] == 6
    restored = restore(copy, fresh, fresh.with_name("c.yaml"), None, HandClock(boot_id="new"), "test")
    lived(fresh, pay(1, 10), boot="boot-4")
    sent(fresh, store)
    assert restored.manifest.sums["work_paid"]["rows"] == 4
    paid = [verify(copied(store, tmp_path, **one), tmp_path / "scratch", None).manifest.sums["work_paid"]["rows"]
            for one in ({}, {"journal": "2-" + _token(store, 2)})]  # fmt: skip
    assert paid == [5, 6], "the restored card's own, and what the old card had behind its copy"
    assert "there are: 1003-" in asked(store, journal="9-abcd")["trouble"]


def _token(store: Store, start: int) -> str:
    return str(next(store.db.execute("SELECT token FROM epochs WHERE start = ? AND stream = 'e'", (start,)))[0])


def test_a_shop_that_is_not_known_is_named(store: Store) -> None:
    assert "w-1/gw_1" in asked(store)["trouble"]


def test_the_command_writes_a_copy_and_says_what_differs(
    tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    lived(tmp_path / "journal.db", pay(2), witnessed)
    sent(tmp_path / "journal.db", store)
    config = tmp_path / "center.yaml"
    config.write_text(f"path: {store.path}\n")
    words = ["center", "backup", "w-1/gw_1", "-c", str(config), "-o", str(tmp_path / "shop.backup")]
    assert main(words) == 0
    assert "the shop's journal of then" in capsys.readouterr().out
    assert verify(tmp_path / "shop.backup", tmp_path / "scratch", None).well
    with store.transaction():
        store.db.execute("DELETE FROM events WHERE n = 1")
    assert main(words) == 1
    assert "missing e:1-" in capsys.readouterr().out
    assert main(["center", "backup", "-c", str(config)]) == 2
    assert not list(tmp_path.glob("center.db.copy*")), "nothing is left behind"


def test_a_copy_is_tested_once_in_its_days_and_what_differs_stays_until_a_test_says_otherwise(
    tmp_path: Path, store: Store, clock: Any
) -> None:
    config = Config(path=str(store.path))
    fleet = Fleet(config, clock)
    verifier = Verifier(config, clock, fleet, Intake(config.broker, Inbox(), clock))

    def verified() -> dict[str, Any]:
        asyncio.run(verifier.verify(PLACE))
        found = fleet.one(PLACE)
        assert found
        return dict(found[0]["copy"])

    lived(tmp_path / "journal.db", pay(2), witnessed)
    for taken in sent(tmp_path / "journal.db", store):
        fleet.take(PLACE, taken)
    assert fleet.due(clock.utc_ms()) == PLACE
    assert (verified()["ok"], fleet.due(clock.utc_ms() + 1)) == (True, None)
    lived(tmp_path / "journal.db", witnessed, boot="boot-2", day=1)
    for taken in sent(tmp_path / "journal.db", store):
        fleet.take(PLACE, taken)
    assert (fleet.due(clock.utc_ms()), fleet.due(clock.utc_ms() + 1)) == (None, PLACE), "by its days"
    with store.transaction():
        store.db.execute("DELETE FROM events WHERE n = 1 AND start = 1")
    assert verified()["said"][0].startswith("missing e:1-")
    again = Fleet(config, clock)
    with store.transaction():
        for place, seen in fleet.unsaved():
            store.keep_seen(store.shop(*place), seen)
        store.db.execute("UPDATE shops SET gateway = 'gw_2'")
    assert (verified()["ok"], "gw_1" in verified()["trouble"]) == (False, True)
    again.load(store)
    ((place, copied),) = again.copies()
    assert (place, copied.ok) == ((PLACE[0], "gw_2"), False), "kept over a start of the center"


def test_epochs_are_one_journal_by_their_starts_and_by_what_a_restore_names(store: Store) -> None:
    def came(start: int, token: str, number: int, **body: Any) -> None:
        rows = [event(Position(start, token, n + 1), "command", "journal", **body) for n in range(number)]
        with store.transaction():
            store.take(store.shop(*PLACE), read("gw_1", "e", write_events(Events("gw_1", None, rows)), 0))

    came(1, "aaaa", 2)
    came(2, "aaab", 5)
    came(1, "bbbb", 1)  # a new card, started twice before it was restored
    came(2, "bbbc", 1)
    came(1003, "cccc", 1, what="restore", last="2-aaab:3")
    came(1004, "cccd", 1)
    assert [[tuple(part) for part in one] for one in journals(store.db, 1)] == [
        [(1, "aaaa", 2), (2, "aaab", 3), (1003, "cccc", 1), (1004, "cccd", 1)],
        [(1, "bbbb", 1), (2, "bbbc", 1)],
        [(1, "aaaa", 2), (2, "aaab", 5)],  # what the old card had behind its copy
    ]


def test_a_row_that_the_card_lost_and_told_is_no_difference_when_the_center_has_it(
    tmp_path: Path, store: Store
) -> None:
    card = tmp_path / "journal.db"
    lived(card, pay(3))
    sent(card, store)
    db = apsw.Connection(str(card))
    db.execute("DELETE FROM events WHERE id = ?", (rows.key(1, 2),))
    db.close()
    place = f"1-{_token(store, 1)}:2"
    body = {"stream": "e", "from": place, "to": place, "cause": "damaged"}
    lived(card, lambda shop: shop.happens(Event("gap", "journal", shop.clock.now_ns, body)), witnessed, boot="boot-2")
    sent(card, store)
    assert asked(store)["said"] == []
    assert onto(tmp_path / "new/journal.db", copied(store, tmp_path)).report.events == 7, "the center's row is there"


def test_names_come_from_the_last_copy_on_a_stick_but_for_who_was_erased_since(
    tmp_path: Path, store: Store, share: Path
) -> None:
    card, new, stick = tmp_path / "journal.db", tmp_path / "new/journal.db", [""]

    async def named(shop: Shop) -> None:
        await shop.journal.transact(lambda tx: people.keep(tx.db, [Person(7, "은하"), Person(8, "보라")]))
        await shop.happens(Event("work", "people", shop.clock.now_ns, {"erased": "0007", "entries": []}))
        await shop.pay(1)
        stick[0] = shop.copy(share)["file"]  # whoever has badge 7 by now is somebody else
        await shop.happens(Event("work", "people", shop.clock.now_ns, {"erased": "0008", "entries": []}))

    lived(card, named)
    sent(card, store)
    copy = copied(store, tmp_path)
    assert verify(copy, tmp_path / "scratch", None).manifest.sums["people"]["rows"] == 0
    config = new.with_name("edge_config.yaml")
    restore(copy, new, config, None, HandClock(boot_id="new"), "test", names=(Path(stick[0]), None))
    with open_reader(new) as reader:
        assert list(reader.db.execute("SELECT number, name FROM people")) == [(7, "은하")]
    with store.transaction():
        store.db.execute("UPDATE shops SET gateway = 'gw_2'")
    alien = copied(store, tmp_path, gateway="gw_2")
    with pytest.raises(NotOpened, match="gw_2"):
        restore(copy, tmp_path / "x/journal.db", config, None, HandClock(), "test", names=(alien, None))
