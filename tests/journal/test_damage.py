"""Rot: a flipped bit anywhere costs the rows it hit, is told, and never makes a wrong row or a reused identity."""

import asyncio
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from soak_flips import Campaign

from gateway.errors import ConfigurationError, StorageFailed
from gateway.event import Event, Position, Row
from gateway.journal.blocks import Block
from gateway.journal.epoch import Watermark, write_watermark
from gateway.journal.journal import Journal
from gateway.journal.schema import PAGE_BYTES
from gateway.journal.verify import verify
from gateway.journal.writer import Transaction
from sensors.batch import Batch

FIELDS = {"fields": ["x"], "units": ["mm/s"]}


async def fill(journal: Journal, n: int) -> None:
    """Append events and blocks of several kinds, n times."""
    schema = await journal.declare("shaker", FIELDS)
    for i in range(n):
        await journal.append([Event("scan", "scanner_1", i, {"raw": "바" * 30 + str(i), "n": i}) for _ in range(3)])
        noise = np.random.default_rng(i).normal(0, 1, (50, 1))
        journal.stage(Batch(0, 0, i * 100 + np.arange(50, dtype=np.int64), noise, np.zeros((50, 1), np.uint8)), schema)
        await journal.commit_block(b"snapshot" * 50)
        await journal.move_cursor("broker", "e", (await journal.recent(1))[0].position)


async def all_events(journal: Journal) -> dict[Position, Row]:
    found: dict[Position, Row] = {}
    at = None
    while more := await journal.events(at):
        found.update({row.position: row for row in more})
        at = more[-1].position
    return found


async def all_blocks(journal: Journal) -> dict[Position, Block]:
    found: dict[Position, Block] = {}
    at = None
    while more := await journal.blocks(at):
        found.update({block.position: block for block in more})
        at = more[-1].position
    return found


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


def copies(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target / "j.db"


def told(events: dict[Position, Row], stream: str) -> Callable[[Position], bool]:
    """Return whether a position lies in one of the gaps that events tell of."""

    def place(text: str) -> tuple[int, int]:
        epoch, _, n = text.partition(":")
        return int(epoch.partition("-")[0]), int(n)

    gaps = [
        (place(row.body["from"]), place(row.body["to"]))
        for row in events.values()
        if row.kind == "gap" and row.body["stream"] == stream
    ]
    return lambda position: any(first <= (position.start, position.n) <= last for first, last in gaps)


def rot(path: Path, chance: random.Random) -> None:
    """Write rubbish over the head of a page: the whole page is gone."""
    data = bytearray(path.read_bytes())
    at = chance.randrange(1, len(data) // PAGE_BYTES) * PAGE_BYTES
    data[at : at + 16] = chance.randbytes(16)
    path.write_bytes(data)


def flip_one(path: Path, chance: random.Random) -> None:
    """Flip a bit behind the file's header."""
    flip(path, chance.randrange(100 * 8, path.stat().st_size * 8))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("harm", "times"),
    [
        (flip_one, 15),
        (rot, 12),
        pytest.param(flip_one, 60, marks=pytest.mark.slow),
        pytest.param(rot, 50, marks=pytest.mark.slow),
    ],
)
def test_damage_in_the_database_never_makes_a_wrong_row_and_what_is_gone_is_told(
    tmp_path: Path, clock: Any, harm: Callable[[Path, random.Random], None], times: int
) -> None:
    whole = tmp_path / "whole"

    async def prepare() -> tuple[dict[Position, Row], dict[Position, Block]]:
        async with await Journal.open(whole / "j.db", "gw_1", clock) as journal:
            await fill(journal, 40)
            return await all_events(journal), await all_blocks(journal)

    async def look(path: Path) -> tuple[dict[Position, Row], dict[Position, Block]]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await journal.recent(100)
            await journal.recent(100, ["scan"])
            await journal.latest_snapshot()
            await journal.append([Event("scan", "scanner_1", 1, {"after": "the damage"})])
            await fill(journal, 1)
            blocks = await all_blocks(journal)
            await all_events(journal)
            verify(path)
            return await all_events(journal), blocks

    events, blocks = asyncio.run(prepare())
    chance = random.Random(7)
    hit = 0
    for _ in range(times):
        path = copies(whole, tmp_path / "hit")
        harm(path, chance)
        found, found_blocks = asyncio.run(look(path))
        for position, row in events.items():
            if position in found:
                assert found[position] == row
            else:
                assert told(found, "e")(position), position
                hit += 1
        for position, block in blocks.items():
            if position in found_blocks:
                np.testing.assert_array_equal(found_blocks[position].columns.values, block.columns.values)
                np.testing.assert_array_equal(found_blocks[position].columns.time_ns, block.columns.time_ns)
            else:
                assert told(found, "s")(position), position
                hit += 1
        assert [row for row in found.values() if row.body.get("after")]
    assert hit > 3


def test_a_bit_flipped_in_the_wal_costs_no_more_than_the_row_it_hit(tmp_path: Path, clock: Any) -> None:
    running = tmp_path / "running"

    async def prepare() -> tuple[dict[Position, Row], dict[Position, Block]]:
        async with await Journal.open(running / "j.db", "gw_1", clock) as journal:
            await fill(journal, 15)
            await journal._writer.submit(lambda store: store.write_watermark())  # what upkeep does each minute
            copies(running, tmp_path / "cut")  # as a power cut leaves it: the rows are in the WAL
            return await all_events(journal), await all_blocks(journal)

    async def look(path: Path) -> tuple[dict[Position, Row], dict[Position, Block], list[Row]]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            new = await journal.append([Event("scan", "scanner_1", 1, {})])
            return await all_events(journal), await all_blocks(journal), new

    events, blocks = asyncio.run(prepare())
    chance = random.Random(11)
    bits = (tmp_path / "cut" / "j.db-wal").stat().st_size * 8
    lost = 0
    for _ in range(30):
        path = copies(tmp_path / "cut", tmp_path / "hit")
        flip(path.with_name("j.db-wal"), chance.randrange(bits))
        found, found_blocks, new = asyncio.run(look(path))
        assert new[0].position not in events
        assert all(found[position] == row for position, row in events.items() if position in found)
        gone, gone_blocks = events.keys() - found.keys(), blocks.keys() - found_blocks.keys()
        assert all(told(found, "e")(position) for position in gone)
        assert all(told(found, "s")(position) for position in gone_blocks)
        assert len(gone) + len(gone_blocks) <= 1
        lost += len(gone) + len(gone_blocks)
    assert lost < 5


@pytest.mark.timeout(300)
@pytest.mark.parametrize("flips", [12, pytest.param(48, marks=pytest.mark.slow)])
def test_a_flipped_bit_anywhere_ends_neither_the_journal_nor_the_truth(tmp_path: Path, flips: int) -> None:
    """The short form of `make soak ONLY=flips`, which flips 500."""
    campaign = Campaign(tmp_path, random.Random(2))
    campaign.run(flips)
    assert campaign.wrong == []
    assert set(campaign.flips) == {"j.db", "j.db-wal"}


@pytest.fixture
def ended(tmp_path: Path, clock: Any) -> tuple[Path, dict[Position, Row]]:
    """A journal that was closed in order, and its events."""

    async def main() -> dict[Position, Row]:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await fill(journal, 3)
            return await all_events(journal)

    return tmp_path / "j.db", asyncio.run(main())


async def opened(path: Path, clock: Any) -> tuple[dict[Position, Row], bool]:
    async with await Journal.open(path, "gw_1", clock) as journal:
        await journal.freeze()
        return await all_events(journal), journal.rescued


@pytest.mark.parametrize("bit", [*(at * 8 + 2 for at in (0, 16, 18, 19, 47, 55, 59, 60, 63, 68, 80)), 16 * 8 + 4])
def test_a_bit_flipped_in_the_header_is_turned_back(
    ended: tuple[Path, dict[Position, Row]], clock: Any, bit: int
) -> None:
    path, events = ended
    flip(path, bit)
    found, rescued = asyncio.run(opened(path, clock))
    assert events.items() <= found.items()
    assert not rescued


def test_a_newer_version_s_file_is_not_taken_for_one_with_a_flipped_bit(
    ended: tuple[Path, dict[Position, Row]], clock: Any
) -> None:
    path, _ = ended
    flip(path, 63 * 8 + 1)
    write_watermark(path.with_name("j.db.start"), Watermark(1, "abcd", "boot-1", format=3))
    with pytest.raises(ConfigurationError, match="newer version"):
        asyncio.run(opened(path, clock))


@pytest.mark.parametrize(
    ("word", "rotten"),
    [(b"TABLE cursors", b"TABL\0 cursors"), (b"body TEXT", b"bodx TEXT"), (b"TABLE blocks", b"TABLE blogks")],
)
def test_a_database_whose_schema_cannot_be_read_or_says_something_else_is_made_anew(
    ended: tuple[Path, dict[Position, Row]], clock: Any, word: bytes, rotten: bytes
) -> None:
    path, events = ended
    data = path.read_bytes()
    assert word in data
    path.write_bytes(data.replace(word, rotten))
    found, rescued = asyncio.run(opened(path, clock))
    assert events.items() <= found.items()
    assert rescued
    assert not asyncio.run(opened(path, clock))[1]


def test_a_rescue_that_was_cut_off_is_begun_anew(ended: tuple[Path, dict[Position, Row]], clock: Any) -> None:
    path, events = ended
    path.with_name("j.db.rescued").write_bytes(path.read_bytes()[:8192])
    path.with_name("j.db.refused").touch()
    found, rescued = asyncio.run(opened(path, clock))
    assert events.items() <= found.items()
    assert rescued
    assert not path.with_name("j.db.rescued").exists()


def test_a_rescued_file_that_was_not_yet_in_its_place_is_put_there(
    ended: tuple[Path, dict[Position, Row]], clock: Any
) -> None:
    path, events = ended
    path.rename(path.with_name("j.db.rescued"))
    path.with_name("j.db.damaged-1").write_bytes(b"rubbish")
    path.with_name("j.db-wal").write_bytes(b"its log")
    found, _ = asyncio.run(opened(path, clock))
    assert events.items() <= found.items()
    assert path.with_name("j.db.damaged-1-wal").read_bytes() == b"its log"


def test_rows_that_wait_on_a_damaged_page_do_not_wait_for_ever(tmp_path: Path, clock: Any) -> None:
    """They are frozen by the rescue at the next start, and those behind them are no longer held back."""
    clock.synced = False
    path = tmp_path / "j.db"

    async def prepare() -> dict[Position, Row]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await fill(journal, 40)
            return {row.position: row for row in await journal.recent(256)}

    async def refuse() -> None:
        async with await Journal.open(path, "gw_1", clock) as journal:
            with pytest.raises(StorageFailed):
                await journal.freeze()
            assert journal.damaged

    events = asyncio.run(prepare())
    data = bytearray(path.read_bytes())
    at = data.index(b'"n":20,') // PAGE_BYTES * PAGE_BYTES
    data[at : at + 8] = bytes(8)
    path.write_bytes(data)
    clock.synced = True
    asyncio.run(refuse())
    found, rescued = asyncio.run(opened(path, clock))
    assert rescued
    assert all(position in found or told(found, "e")(position) for position in events)
    assert len(found.keys() & events.keys()) > len(events) / 2


def test_a_file_that_refuses_a_commit_is_rescued_at_the_next_start(tmp_path: Path, clock: Any) -> None:
    """A projection is damaged: its events are whole, so the file is made anew and the projection from them."""
    path = tmp_path / "j.db"

    def paid(tx: Transaction) -> int:
        return len(tx.db.execute("SELECT serial FROM paid").fetchall())

    async def prepare() -> dict[Position, Row]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            await fill(journal, 3)
            await journal.transact(lambda tx: tx.db.execute("CREATE TABLE paid (serial TEXT)"))
            await journal.transact(
                lambda tx: tx.db.executemany("INSERT INTO paid VALUES (?)", [(f"serial {n}",) for n in range(2000)])
            )
            return await all_events(journal)

    async def refuse() -> None:
        async with await Journal.open(path, "gw_1", clock) as journal:
            other = journal.append([Event("scan", "scanner_1", 1, {})])
            refused, _ = await asyncio.gather(journal.transact(paid), other, return_exceptions=True)
            assert type(refused) is StorageFailed
            assert journal.damaged

    async def look() -> tuple[dict[Position, Row], bool]:
        async with await Journal.open(path, "gw_1", clock) as journal:
            return await all_events(journal), journal.rescued

    events = asyncio.run(prepare())
    data = bytearray(path.read_bytes())
    at = data.index(b"serial 1000") // PAGE_BYTES * PAGE_BYTES
    data[at : at + 16] = bytes(16)
    path.write_bytes(data)
    asyncio.run(refuse())
    found, rescued = asyncio.run(look())
    assert rescued
    assert events.items() <= found.items()
    assert not asyncio.run(look())[1]


def test_a_database_whose_header_is_gone_is_set_aside_and_the_work_goes_on(tmp_path: Path, clock: Any) -> None:
    async def main(rescued: bool) -> str:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            await fill(journal, 2)
            assert journal.rescued is rescued
            kinds = [row.kind for row in await journal.recent(50)]
            assert ("incident" in kinds) is rescued
            return journal.epoch

    first = asyncio.run(main(rescued=False))
    (tmp_path / "j.db").write_bytes(b"rubbish" * 4000)
    second = asyncio.run(main(rescued=True))
    assert int(second.partition("-")[0]) > int(first.partition("-")[0])
    assert (tmp_path / "j.db.damaged-1").read_bytes().startswith(b"rubbish")


def test_a_file_that_never_was_a_journal_is_refused_and_not_touched(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("dear customer\n" * 1000)
    with pytest.raises(ConfigurationError, match=r"letter\.txt: is not a journal"):
        asyncio.run(Journal.open(path, "gw_1", clock))
    assert path.read_text().startswith("dear customer")


@pytest.mark.parametrize("lost", ["j.db.start", "j.db"])
def test_the_start_counter_survives_the_loss_of_either_of_its_places(tmp_path: Path, clock: Any, lost: str) -> None:
    async def main() -> int:
        async with await Journal.open(tmp_path / "j.db", "gw_1", clock) as journal:
            return (await journal.append([Event("scan", "scanner_1", 1, {})]))[0].position.start

    starts = [asyncio.run(main()), asyncio.run(main())]
    (tmp_path / lost).unlink()
    starts.append(asyncio.run(main()))
    (tmp_path / "j.db.start").write_text('{"start": 1, "token": "abcd", "boot": "b", "e": 0, "s": 0, "crc": 5}')
    starts.append(asyncio.run(main()))
    assert starts == sorted(set(starts))
