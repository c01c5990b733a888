"""A card that is lost with its copies comes back from the center: real broker, center, gateway and commands."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
from rig import ROOT, free_port, until
from rig import mosquitto as broker_in
from witness import DUPLICATE, OK, Shop, coupon, opened
from workload import register_server

from gateway.commands.main import main
from gateway.journal.reader import open_reader
from gateway.work import serials
from gateway.work.summary import summary

PLACE = "bench/bench"


class Center:
    """`gongbang center` in a process of its own."""

    def __init__(self, folder: Path, broker: int) -> None:
        self.config, self.file = folder / "center.yaml", folder / "center.db"
        tests = "verify_every_d: 0.00001\nverify_share: 1\n"
        self.config.write_text(f"broker: {{host: 127.0.0.1, port: {broker}}}\npath: {self.file}\nport: 0\n{tests}")
        command = [sys.executable, "-m", "gateway.commands.main", "center", "-c", str(self.config), "--json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (folder / "center.log").open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, env=environment, text=True
            )
        assert self.process.stdout
        self.page = json.loads(self.process.stdout.readline())["page"]

    def shop(self) -> dict[str, Any]:
        """What the center says of the shop."""
        with urllib.request.urlopen(f"{self.page}api/v1/fleet", timeout=30) as answer:
            shops = json.loads(answer.read())["shops"]
        return dict(shops[0]) if shops else {}

    def copy(self) -> dict[str, Any]:
        """What came of the last test of its copy."""
        return self.shop().get("copy") or {}

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def center_at(folder: Path, broker: int) -> Iterator[Center]:
    """A center that is running, ended whatever happens."""
    center = Center(folder, broker)
    try:
        yield center
    finally:
        center.kill()


def sender(shop: Shop) -> dict[str, Any]:
    """What the gateway shows of its publisher."""
    parts = shop.daemon.get("/api/v1/components")["components"]
    return dict(next(part for part in parts if part["name"] == "center")["detail"])


def told(shop: Shop) -> dict[str, Any]:
    """What the shop's screen says of the center's copy."""
    (entry,) = shop.daemon.get("/api/v1/backups")["centers"]
    return dict(entry.get("copy") or {})


def pay_and_work(journal: Path) -> Any:
    """Who was paid what, to the row, and what the day comes to."""
    with open_reader(journal) as reader:
        tables = {
            name: sorted(reader.db.execute(f"SELECT * FROM {name}"))
            for (name,) in reader.db.execute(
                "SELECT name FROM sqlite_master WHERE name LIKE 'work_%' AND type = 'table'"
            )
        }
        return {name: rows for name, rows in tables.items() if rows}, summary(reader.db, 0)


@pytest.mark.slow
def test_a_card_that_is_lost_comes_back_from_the_center_and_pays_nothing_twice(tmp_path: Path) -> None:
    """Nothing but the center's rows is left of it. Then a row there is changed, and both sides say so."""
    with broker_in(tmp_path / "broker") as broker, center_at(tmp_path, broker.port) as center, register_server() as plc:
        publish = {"name": "center", "type": "center", "host": "127.0.0.1", "port": broker.port, "answer_s": 2}
        config: dict[str, Any] = {"publish": [publish | {"reconnect_most_s": 2, "witness_h": 0.0005}]}
        with opened(Shop(tmp_path / "shop", free_port(), plc, **config)) as shop:
            shop.open()
            until(shop.daemon.ready, "readings flow")
            assert [shop.scan(coupon(n), 30) for n in range(7)] == [OK] * 7
            since_ms = max(event["ts"] for event in shop.daemon.get("/api/v1/events?limit=50&kind=scan")["events"])
            until(
                lambda: center.copy().get("ok") and center.copy()["witness_ms"] > since_ms, "the center tests its copy"
            )
            until(lambda: told(shop).get("ok") and told(shop)["witness_ms"] > since_ms, "and the shop is told")
            until(lambda: not sender(shop)["behind_e"], "the center has all")
            shop.daemon.kill()
            before = pay_and_work(shop.journal)
            old = max(starts(shop.journal))
            for file in shop.journal.parent.glob("journal.db*"):
                file.unlink()

            copy = tmp_path / "shop.backup"
            assert main(["center", "backup", PLACE, "-c", str(center.config), "-o", str(copy)]) == 0
            assert main(["backup", "--verify", str(copy)]) == 0
            assert main(["restore", str(copy), "-c", str(shop.config)]) == 0
            assert pay_and_work(shop.journal) == before
            shop.open()
            until(shop.daemon.ready, "readings flow")
            assert [shop.scan(coupon(n), 30) for n in range(8)] == [DUPLICATE] * 7 + [OK]
            new = max(starts(shop.journal))
            assert new[0] > old[0] + 1000
            assert serials.of(new, 1) not in {serials.of(old, n) for n in range(100)}
            since_ms = center.copy()["ms"]
            until(lambda: not sender(shop)["behind_e"], "it goes on to the center")
            assert sender(shop)["begun_again_e"] == 0, "without a refusal"
            until(lambda: center.copy()["ok"] and center.copy()["witness_ms"] > since_ms, "one journal to the center")

            damage(center.file)
            until(lambda: not center.copy()["ok"], "the changed row is found")
            until(lambda: told(shop)["ok"] is False, "and the shop is told")
            assert center.copy()["said"]
            parts = shop.daemon.get("/api/v1/components")["components"]
            (advice,) = [part["advice"] for part in parts if part["name"] == "center"]
            assert "call the center" in advice["en"]
            assert "Traceback" not in shop.daemon.log() + (tmp_path / "center.log").read_text()


def starts(journal: Path) -> list[Any]:
    """The epochs of a journal."""
    with open_reader(journal) as reader:
        return list(reader.epochs.values())


def damage(file: Path) -> None:
    """Change a row of the center's file, as a worn-out disk may."""
    db = apsw.Connection(str(file))
    try:
        db.set_busy_timeout(10_000)
        first = "SELECT min(n) FROM events WHERE kind = 'scan'"
        db.execute(f"UPDATE events SET source = 'scanner_X' WHERE kind = 'scan' AND n = ({first})")
    finally:
        db.close()
