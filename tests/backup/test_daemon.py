"""Backups of a whole daemon: by themselves, by a command, over a loss of the card, and never in the way."""

import json
from pathlib import Path
from typing import Any

import pytest
from rig import free_port, until
from witness import DUPLICATE, OK, Shop, coupon, opened
from workload import register_server

from gateway.commands.main import main


def shown(shop: Shop, name: str = "share") -> dict[str, Any]:
    """What is told of a backup as a component."""
    parts: list[dict[str, Any]] = shop.daemon.get("/api/v1/components")["components"]
    return next(part for part in parts if part["name"] == name)


def listed(shop: Shop) -> dict[str, Any]:
    """What the API tells of the only backup."""
    (entry,) = shop.daemon.get("/api/v1/backups")["backups"]
    return dict(entry)


def ids(shop: Shop) -> list[str]:
    """The ids of what was kept lately."""
    return [event["id"] for event in shop.daemon.get("/api/v1/events?limit=200")["events"]]


def test_a_lost_card_is_restored_and_pays_nothing_twice(
    tmp_path: Path, share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = {"name": "share", "to": "folder", "path": str(share), "same_disk": True}
    with (
        register_server() as registers,
        opened(Shop(tmp_path / "shop", free_port(), registers, backup=[backup])) as shop,
    ):
        shop.open()
        until(shop.daemon.ready, "readings flow")
        until(lambda: shown(shop)["state"] == "up", "the first copy is made by itself")
        assert [shop.scan(coupon(n), 30) for n in range(5)] == [OK] * 5
        assert main(["backup", "--now", "-c", str(shop.config), "--json"]) == 0
        (told,) = json.loads(capsys.readouterr().out)
        assert (told["trouble"], told["verified"], told["copies"], told["running"]) == ("", True, 1, False), (
            "of a day the last one stays"
        )
        assert shop.scan(coupon(5), 30) == OK, "paid after the copy"
        old = ids(shop)
        shop.daemon.kill()
        for file in shop.journal.parent.glob("journal.db*"):
            file.unlink()
        assert main(["backup", "--verify", str(share)]) == 0
        assert main(["restore", str(share), "-c", str(shop.config)]) == 0
        assert "would be recorded again" in capsys.readouterr().out
        shop.open()
        until(shop.daemon.ready, "readings flow")
        assert [shop.scan(coupon(n), 30) for n in range(5)] == [DUPLICATE] * 5
        assert shop.scan(coupon(5), 30) == OK, "what came after the copy is not in it"
        since = [one for one in ids(shop) if int(one.split(":")[2].partition("-")[0]) > 1000]
        assert since
        assert not set(since) & set(old)
        until(lambda: shown(shop)["state"] == "up", "the age of the last copy is known from the restored journal")
        assert "Traceback" not in shop.daemon.log()


def test_a_share_that_is_away_is_told_and_stops_no_scan_and_one_that_comes_gets_its_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mount = tmp_path / "mnt"
    backup = {"name": "share", "to": "folder", "path": str(mount), "same_disk": True}
    with (
        register_server() as registers,
        opened(Shop(tmp_path / "shop", free_port(), registers, backup=[backup])) as shop,
    ):
        shop.open()
        until(shop.daemon.ready, "readings flow")
        until(lambda: listed(shop)["trouble"] == "away", "it is told")
        part = shown(shop)
        assert (part["state"], part["dropped"]) == ("waiting", 0)
        assert "mounted" in part["advice"]["en"]
        assert shop.scan(coupon(1), 30) == OK
        assert main(["backup", "--now", "-c", str(shop.config)]) == 1
        assert str(mount) in capsys.readouterr().out
        mount.mkdir()
        assert main(["backup", "share", "--now", "-c", str(shop.config)]) == 0
        assert main(["backup", "stick", "-c", str(shop.config)]) == 2
        kept = list(shop.daemon.get("/api/v1/events?kind=backup")["events"])
        assert [event["ok"] for event in kept] == [True, False], "a row of failures is told once"
