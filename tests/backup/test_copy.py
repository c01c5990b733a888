"""A copy of a journal that goes on: made, read back by restoring it, thinned; or a word for why there is none."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from witness import coupon

from gateway.backup import archive, copies, copying, places, work
from gateway.backup.seal import NotOpened
from gateway.backup.trouble import Trouble
from gateway.backup.verify import verify
from gateway.config.backup import Backup
from gateway.event import Event
from tests.backup.house import PASSPHRASE, Shop, opened


def with_shop(path: Path, work: Callable[[Shop], Any], blocks: int = 2) -> Any:
    """Do something with an open shop of twenty coupons."""

    async def life() -> Any:
        shop = await opened(path)
        async with shop.journal:
            await shop.pay(20)
            await shop.measure(blocks)
            return work(shop)

    return asyncio.run(life())


def test_a_copy_is_whole_for_its_owner_alone_and_holds_what_was_kept(tmp_path: Path, share: Path) -> None:
    (tmp_path / "edge_config.yaml").write_text("workshop: {id: w-1, name: 공방}\n", "utf-8")
    made = with_shop(tmp_path / "journal.db", lambda shop: shop.copy(share))
    assert (made["trouble"], made["verified"], made["sealed"]) == ("", True, False)
    file = Path(made["file"])
    assert [one.name for one in share.iterdir()] == [file.name]
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as zipped:  # with any program that reads ZIP
        assert zipped.namelist() == ["journal.db", "edge_config.yaml", "manifest.json"]
        told = json.loads(zipped.read("manifest.json"))
    assert (told["events"], told["sums"]["work_paid"]["rows"]) == (made["events"], 20)
    assert not [one for one in tmp_path.iterdir() if "backup-c" in one.name], "nothing is left beside the journal"


def test_the_copy_is_one_moment_though_the_writer_goes_on(tmp_path: Path, share: Path) -> None:
    """Every commit between two steps of the copy would begin it anew, or mix two moments."""

    async def life() -> tuple[Path, int]:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            await shop.measure(200)
            await shop.pay(5)
            with copying.moment(shop.path) as reader:
                at = reader.stats().events
                copied = copying.new(share / "copy.db")
                thread = asyncio.create_task(asyncio.to_thread(copying.copy, reader, copied))
                while not thread.done():
                    await shop.pay(1)
                await thread
            assert shop.paid > 6, "coupons were paid meanwhile"
            return copied, at

    copied, events = asyncio.run(life())
    with apsw.Connection(str(copied)) as db:
        assert next(db.execute("SELECT count(*) FROM events"))[0] == events
        assert next(db.execute("SELECT count(*) FROM work_paid"))[0] == 5
        assert db.pragma("integrity_check") == "ok"
    db.close()


def test_a_sealed_copy_opens_with_its_passphrase_alone(tmp_path: Path, share: Path) -> None:
    key = tmp_path / "key"
    key.write_text(PASSPHRASE + "\n", "utf-8")
    made = with_shop(tmp_path / "journal.db", lambda shop: shop.copy(share, key_file=str(key)))
    assert (made["trouble"], made["verified"], made["sealed"]) == ("", True, True)
    file = Path(made["file"])
    assert not zipfile.is_zipfile(file)
    assert b"scanner_1" not in file.read_bytes()
    restored = verify(file, tmp_path / "scratch", PASSPHRASE.encode())
    assert (restored.well, restored.manifest.sums["work_paid"]["rows"]) == (True, 20)
    for wrong in (None, b"another passphrase"):
        with pytest.raises(NotOpened, match="passphrase"):
            verify(file, tmp_path / "scratch", wrong)
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize("passphrase", [None, "short"])
def test_a_passphrase_that_cannot_be_read_is_told(tmp_path: Path, share: Path, passphrase: str | None) -> None:
    if passphrase:
        (tmp_path / "key").write_text(passphrase)
    made = with_shop(tmp_path / "journal.db", lambda shop: shop.copy(share, key_file=str(tmp_path / "key")))
    assert made["trouble"] == "key"
    assert list(share.iterdir()) == []


def test_old_copies_go_when_a_newer_one_is_whole(tmp_path: Path, share: Path) -> None:
    def ten_days(shop: Shop) -> list[dict[str, Any]]:
        return [shop.copy(share, day, keep_days=3, keep_weeks=0) for day in range(10)]

    made = with_shop(tmp_path / "journal.db", ten_days)
    assert [len(one["copies"]) for one in made] == [1, 2, 3, 3, 3, 3, 3, 3, 3, 3]
    assert {one["file"] for one in made[-1]["copies"]} == {one.name for one in share.iterdir()}


def test_a_copy_that_reads_back_differently_is_none(
    tmp_path: Path, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worn out stick takes all, and gives something else back."""
    whole = archive.write

    def worn(file: Any, *given: Any) -> Any:
        made = whole(file, *given)
        file.flush()
        os.pwrite(file.fileno(), b"\xff\xfe", file.seek(0, os.SEEK_END) // 2)
        return made

    def twice(shop: Shop) -> list[dict[str, Any]]:
        good = shop.copy(share)
        monkeypatch.setattr(archive, "write", worn)
        return [good, shop.copy(share, days=1)]

    good, bad = with_shop(tmp_path / "journal.db", twice)
    assert bad["trouble"] == "unreadable"
    assert [str(one) for one in share.iterdir()] == [good["file"]]


def test_a_damaged_journal_is_copied_and_takes_no_good_copys_place(tmp_path: Path, share: Path) -> None:
    async def life() -> list[dict[str, Any]]:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            await shop.pay(20)
            made = [shop.copy(share, day, keep_days=2, keep_weeks=0) for day in range(2)]
        with apsw.Connection(str(shop.path)) as db:
            db.execute("UPDATE events SET body = replace(body, '0000007', '0000008') WHERE id % 1099511627776 = 9")
        db.close()
        return made + [shop.copy(share, day, keep_days=2, keep_weeks=0) for day in (2, 3)]

    made = asyncio.run(life())
    assert [one["trouble"] for one in made] == ["", "", "damaged", "damaged"]
    assert made[-1]["said"].startswith("damaged e:1-")
    good = sorted(one.name for one in share.iterdir() if one.name.endswith(copies.END))
    assert good == sorted(Path(one["file"]).name for one in made[:2]), "the good ones stay"
    assert [one.name for one in share.glob("*.doubtful")] == [Path(made[-1]["file"]).name]


def test_a_ledger_that_its_events_do_not_make_is_told(tmp_path: Path, share: Path) -> None:
    """A table that a bug or a bit has changed pays wrongly, and every sum of the file is right."""

    async def life() -> dict[str, Any]:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            await shop.pay(3)
            await shop.journal.transact(lambda tx: tx.db.execute("UPDATE work_lines SET quantity = 21 WHERE n = 0"))
            return shop.copy(share)

    made = asyncio.run(life())
    assert (made["trouble"], made["said"], made["verified"]) == ("ledger", "work_lines", True)


def test_what_waits_for_the_clock_counts_as_it_will(tmp_path: Path, share: Path) -> None:
    async def life() -> dict[str, Any]:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            shop.clock.synced = False
            await shop.pay(3)
            return shop.copy(share)

    assert asyncio.run(life())["trouble"] == ""


def test_a_folder_on_the_journals_own_disk_is_no_place_for_copies(tmp_path: Path, share: Path) -> None:
    """A share that is not mounted is an empty folder on the card."""
    made = with_shop(tmp_path / "journal.db", lambda shop: shop.copy(share, same_disk=False))
    assert made["trouble"] == "same_disk"
    assert list(share.iterdir()) == []


def test_a_folder_that_is_not_there_is_away_and_is_not_made(tmp_path: Path) -> None:
    made = with_shop(tmp_path / "journal.db", lambda shop: shop.copy(tmp_path / "mnt"))
    assert made["trouble"] == "away"
    assert not (tmp_path / "mnt").exists()


def mounts(*lines: tuple[str, str]) -> str:
    """The kernel's table of mounts; see proc(5)."""
    return "".join(f"36 35 {number} / {folder} rw,noatime - vfat /dev/sda1 rw\n" for number, folder in lines)


def test_a_stick_is_found_by_its_label_or_by_a_marker_in_its_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, table, stick = tmp_path / "labels", tmp_path / "mountinfo", tmp_path / "my stick"
    labels.mkdir(), stick.mkdir()
    config = Backup.model_validate({"name": "stick", "to": "usb", "same_disk": True, "label": "우리 공방"})

    def found() -> Path:
        return places.find(config, tmp_path / "journal.db", table, labels)

    null = os.stat("/dev/null").st_rdev
    folder = str(stick).replace(" ", "\\040")
    table.write_text(mounts(("8:1", "/"), (f"{os.major(null)}:{os.minor(null)}", folder)))
    with pytest.raises(Trouble) as away:
        found()
    assert away.value.code == "away"
    (labels / "우리\\x20공방").symlink_to("/dev/null")
    assert found() == stick / "gongbang"
    table.write_text(mounts(("8:1", folder)))
    with pytest.raises(Trouble) as closed:
        found()
    assert closed.value.code == "not_mounted"
    monkeypatch.setattr(places, "MOUNTED_UNDER", (f"{tmp_path}/",))
    (stick / places.MARKER).touch()
    assert found() == stick / "gongbang"


def process(shop: Shop, to: Path, **more: Any) -> "subprocess.Popen[bytes]":
    """The process that makes a copy, with its question."""
    made = subprocess.Popen(
        [sys.executable, "-m", "gateway.backup.work"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more
    )
    assert made.stdin
    made.stdin.write(json.dumps(shop.task(to).question()).encode())
    made.stdin.close()
    return made


def answered(made: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """What it says at last."""
    assert made.stdout
    with made, made.stdout:
        answer: dict[str, Any] = json.load(made.stdout)
    return answer


def test_what_a_killed_copy_has_left_is_thrown_away_by_the_next_one(tmp_path: Path, share: Path) -> None:
    def killed(shop: Shop) -> dict[str, Any]:
        left: list[Path] = []
        while not left:
            with process(shop, share) as made:
                while not list(share.iterdir()):
                    time.sleep(0.001)
                made.kill()
            left = [one for one in share.iterdir() if not one.name.endswith(copies.END)]
        return shop.copy(share)

    made = with_shop(tmp_path / "journal.db", killed, blocks=300)
    assert made["trouble"] == ""
    assert {one["file"] for one in made["copies"]} == {one.name for one in share.iterdir()}


def test_two_at_once_do_not_meet(tmp_path: Path, share: Path) -> None:
    def both(shop: Shop) -> dict[str, Any]:
        with work._alone(shop.path):
            return shop.copy(share)

    assert with_shop(tmp_path / "journal.db", both)["trouble"] == "busy"


def test_a_file_that_may_not_grow_so_large_is_told_and_leaves_nothing_behind(tmp_path: Path, share: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    def copied(shop: Shop) -> dict[str, Any]:
        return answered(process(shop, share, preexec_fn=small))

    made = with_shop(tmp_path / "journal.db", copied, blocks=100)
    assert made["trouble"] == "too_large"
    assert list(share.iterdir()) == []


SMALL_DISK = """
import json, subprocess, sys
from pathlib import Path
from gateway.backup.work import answer
question, size, folder = json.load(sys.stdin), sys.argv[1], Path(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
question["backup"]["same_disk"] = False
made = []
for step in range(4):
    question["now_ns"] += 86_400_000_000_000
    made.append(answer(question))
subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
made.append(answer(question))
print(json.dumps([made, sorted(one.name for one in folder.iterdir())]))
"""


@pytest.fixture
def on_a_small_disk(share: Path) -> Callable[[Shop, str], Any]:
    """Make copies on a file system of its own, of so many bytes, in name spaces of our own."""
    alone = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mounts are allowed here")

    def run(shop: Shop, size: str) -> Any:
        question = json.dumps(shop.task(share).question())
        command = [*alone, sys.executable, "-c", SMALL_DISK, size, str(share)]
        return json.loads(subprocess.run(command, input=question, capture_output=True, text=True, check=True).stdout)

    return run


def test_on_a_full_stick_the_oldest_copies_make_room_and_a_read_only_one_is_told(
    tmp_path: Path, on_a_small_disk: Callable[[Shop, str], Any]
) -> None:
    """A copy needs room for itself, and for the database while it is packed and while it is verified."""

    def copied(shop: Shop) -> Any:
        size = shop.path.stat().st_size + Path(f"{shop.path}-wal").stat().st_size
        return on_a_small_disk(shop, str(size * 3 + (1 << 20)))

    made, left = with_shop(tmp_path / "journal.db", copied, blocks=200)
    assert [one["trouble"] for one in made] == ["", "", "", "", "read_only"]
    assert [len(one["copies"]) for one in made[:4]] == [1, 2, 2, 2] or len(left) < 4, "the oldest went"
    assert {one["file"] for one in made[3]["copies"]} == set(left)


def test_a_stick_that_is_too_small_is_told_with_what_is_needed(
    tmp_path: Path, on_a_small_disk: Callable[[Shop, str], Any]
) -> None:
    made, left = with_shop(tmp_path / "journal.db", lambda shop: on_a_small_disk(shop, "700k"), blocks=200)
    assert made[0]["trouble"] == "full"
    assert "bytes are needed" in made[0]["said"]
    assert left == []


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path, share: Path) -> None:
    async def life() -> Shop:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            await shop.happens(Event("text", "m.t", shop.clock.mono_ns(), {"text": "x"}))
        return shop

    shop = asyncio.run(life())
    shop.path.write_bytes(b"not a database, but long enough to be looked at as one" * 100)
    assert shop.copy(share)["trouble"] == "journal"
    shop.path.unlink()
    assert shop.copy(share)["trouble"] == "journal"


def test_a_coupon_is_paid_within_the_time_while_a_copy_is_made(tmp_path: Path, share: Path) -> None:
    """The reader's transaction holds no lock that the writer waits for."""

    async def life() -> list[str]:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            await shop.measure(100)
            await shop.pay(1)
            with copying.moment(shop.path) as reader:
                reader.tail(1)
                return [(await shop.scan(coupon(n))).kind for n in range(1, 200)]

    assert set(asyncio.run(life())) == {"accepted"}
