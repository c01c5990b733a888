"""A new card: what was paid before is paid once, and no number is given that the old card may have given."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import pytest
from histories import HandClock
from witness import coupon

from gateway.backup.restore import RAISED_BY, Refuses, restore
from gateway.backup.seal import NotOpened
from gateway.errors import ConfigurationError
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.reader import open_reader
from gateway.journal.rows import Epoch
from gateway.journal.verify import verify
from gateway.work import serials
from tests.backup.house import Shop, opened


def copied(path: Path, share: Path, coupons: int = 20, **options: Any) -> Path:
    """Make a copy of a shop of so many coupons; return its file. Ten more are paid after it."""

    async def life() -> Path:
        shop = await opened(path)
        async with shop.journal:
            await shop.pay(coupons)
            await shop.measure(2)
            made = shop.copy(share, **options)
            await shop.pay(10)
        return Path(made["file"])

    return asyncio.run(life())


def restored(copy: Path, card: Path, **options: Any) -> Any:
    """Restore onto a card."""
    clock = HandClock(boot_id="boot-2", offset_ns=1_764_900_000_000_000_000)
    given = {"passphrase": None, "clock": clock, "by": "test"} | options
    return restore(copy, card / "journal.db", card / "edge_config.yaml", **given)


async def again(card: Path) -> Shop:
    """Open the restored journal, as the next start of the daemon does."""
    return await opened(card / "journal.db", HandClock(boot_id="boot-3", offset_ns=1_764_900_100_000_000_000))


def test_a_coupon_that_was_paid_before_the_copy_is_not_paid_again(tmp_path: Path, share: Path) -> None:
    outcome = restored(copied(tmp_path / "journal.db", share), tmp_path / "card")
    assert (outcome.report.well, outcome.manifest.sums["work_paid"]["rows"], outcome.aside) == (True, 20, None)

    async def life() -> None:
        shop = await again(tmp_path / "card")
        async with shop.journal:
            await shop.pay(0)
            for number in range(20):
                assert (await shop.scan(coupon(number))).kind == "duplicate"
            for number in range(20, 30):  # paid after the copy: that is not here, as the command says
                assert (await shop.scan(coupon(number))).kind == "accepted"

    asyncio.run(life())
    assert verify(tmp_path / "card/journal.db").well


def test_numbers_go_on_where_the_old_card_can_never_have_been(tmp_path: Path, share: Path) -> None:
    """Between the copy and the loss the old card started more often, and gave numbers and serials in each start."""
    old = tmp_path / "journal.db"
    copy = copied(old, share)
    card = tmp_path / "card"
    outcome = restored(copy, card)

    async def ids(path: Path, boot: str) -> set[str]:
        shop = await opened(path, HandClock(boot_id=boot))
        async with shop.journal:
            row = (await shop.journal.append([Event("text", "m.t", shop.clock.mono_ns(), {"text": "x"})]))[0]
            start, token = shop.journal.epoch.split("-")
            return {row.id("gw_1"), f"start {start}", serials.of(Epoch(int(start), token, ""), 1)}

    given = set().union(*(asyncio.run(ids(old, f"old-{n}")) for n in range(3)))
    mine = set().union(*(asyncio.run(ids(card / "journal.db", f"new-{n}")) for n in range(3)))
    assert not given & mine
    assert len(given | mine) == 2 * 3 * 3
    assert outcome.epoch.startswith(f"{1 + RAISED_BY + 1}-")
    with open_reader(card / "journal.db") as reader:
        (told,) = reader.tail(50, ["command"])
    assert (told.body["what"], told.body["copy"]) == ("restore", copy.name)
    assert told.body["last"].startswith("1-")


def test_the_raised_counter_survives_the_loss_of_the_file_beside_the_database(tmp_path: Path, share: Path) -> None:
    card = tmp_path / "card"
    restored(copied(tmp_path / "journal.db", share), card)
    (card / "journal.db.start").unlink()

    async def life() -> str:
        async with await Journal.open(card / "journal.db", "gw_1", HandClock()) as journal:
            return journal.epoch

    assert int(asyncio.run(life()).partition("-")[0]) > RAISED_BY


def test_a_journal_with_more_in_it_is_not_written_over_unless_told_and_is_kept_aside(
    tmp_path: Path, share: Path
) -> None:
    copy = copied(tmp_path / "journal.db", share)
    with pytest.raises(Refuses) as lost:
        restored(copy, tmp_path)
    assert lost.value.events == 11, "a badge and ten coupons"
    assert verify(tmp_path / "journal.db").well
    outcome = restored(copy, tmp_path, over=True)
    assert outcome.aside == tmp_path / "journal.db.replaced-1"
    with open_reader(outcome.aside) as reader:
        assert next(reader.db.execute("SELECT count(*) FROM work_paid"))[0] == 30
    with open_reader(tmp_path / "journal.db") as reader:
        assert next(reader.db.execute("SELECT count(*) FROM work_paid"))[0] == 20


def test_a_new_cards_first_start_is_no_reason_to_refuse(tmp_path: Path, share: Path) -> None:
    copy, card = copied(tmp_path / "journal.db", share), tmp_path / "card"

    async def first_start() -> None:
        card.mkdir()
        async with await Journal.open(card / "journal.db", "gw_1", HandClock()) as journal:
            body = {"hash": "x", "by": "start", "difference": ""}
            await journal.append([Event("config", "gateway", HandClock().mono_ns(), body)])

    asyncio.run(first_start())
    assert restored(copy, card).aside == card / "journal.db.replaced-1"


def test_a_card_that_was_started_often_gives_higher_numbers_still(tmp_path: Path, share: Path) -> None:
    """Restoring twice, or onto a card whose counter stands higher, never goes back."""
    copy, card = copied(tmp_path / "journal.db", share), tmp_path / "card"
    first = restored(copy, card)
    second = restored(copy, card, over=True)
    starts = [int(one.epoch.partition("-")[0]) for one in (first, second)]
    assert starts[1] > starts[0] + RAISED_BY - 1


def test_the_configuration_comes_along_and_writes_over_none(tmp_path: Path, share: Path) -> None:
    (tmp_path / "edge_config.yaml").write_text("workshop: {id: w-1, name: 공방}\n", "utf-8")
    copy, card = copied(tmp_path / "journal.db", share), tmp_path / "card"
    assert restored(copy, card).config == card / "edge_config.yaml"
    (card / "edge_config.yaml").write_text("workshop: {id: w-1, name: 새 공방}\n", "utf-8")
    outcome = restored(copy, card, over=True)
    assert outcome.config == card / "edge_config.restored.yaml"
    assert "새 공방" in (card / "edge_config.yaml").read_text("utf-8")


def test_a_damaged_copy_changes_nothing(tmp_path: Path, share: Path) -> None:
    copy, card = copied(tmp_path / "journal.db", share), tmp_path / "card"
    restored(copy, card)
    before = (card / "journal.db").read_bytes()
    whole = copy.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for worn in (flipped, whole[: len(whole) // 2], whole[:-1], b""):
        bad = share / "worn"
        bad.write_bytes(worn)
        with pytest.raises(NotOpened):
            restored(bad, card, over=True)
    assert (card / "journal.db").read_bytes() == before
    assert not (card / "journal.db.restoring").exists()


def test_nothing_is_restored_under_a_running_daemon(tmp_path: Path, share: Path) -> None:
    copy = copied(tmp_path / "journal.db", share)

    async def life() -> None:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            with pytest.raises(ConfigurationError, match="another gongbang"):
                restored(copy, tmp_path, over=True)

    asyncio.run(life())


def test_whatever_a_restored_database_holds_beside_the_ledger_is_there(tmp_path: Path, share: Path) -> None:
    """Names of people stand in a table of their own, which no event makes."""

    async def life() -> Path:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            await shop.pay(1)
            make = "CREATE TABLE IF NOT EXISTS people(badge TEXT PRIMARY KEY, name TEXT) STRICT"
            await shop.journal.transact(lambda tx: tx.db.execute(make))
            return Path(shop.copy(share)["file"])

    copy = asyncio.run(life())
    outcome = restored(copy, tmp_path / "card")
    with apsw.Connection(str(tmp_path / "card/journal.db")) as db:
        assert list(db.execute("SELECT name FROM sqlite_master WHERE name = 'people'"))
    db.close()
    assert "people" in outcome.manifest.sums
