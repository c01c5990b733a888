"""The first promise, with witnesses outside the daemon: the bytes that answer a scan, and a subscriber."""

import asyncio
import os
import random
import select
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import workload
from rig import Daemon, Mosquitto, Witness, free_port, mosquitto, until

from barcodes.ticket import Badge, Coupon, encode
from gateway.clock import SystemClock
from gateway.journal.journal import Journal

WORK: dict[str, Any] = {
    "workers": [{"badge": "7", "name": "은하"}],
    "operations": [{"code": "SEW", "label": {"ko": "봉제", "en": "Sewing"}}],
}
OK, DUPLICATE, REFUSED = b"\x06", b"\x07", b"\x15"


class Shop:
    """A daemon with one scanner on a pty, a register server, and a witness on the broker."""

    def __init__(self, folder: Path, broker: Mosquitto, registers_port: int) -> None:
        self.wire, self._far = os.openpty()
        tty.setraw(self._far)
        answers = {"ok": OK.decode(), "duplicate": DUPLICATE.decode(), "refused": REFUSED.decode()}
        scanner = {"name": "scanner", "type": "serial_scanner", "port": os.ttyname(self._far), "answers": answers}
        web_port = free_port()
        registers = workload.plc(registers_port, 2, 10, 0.5)
        rules = [{"name": "wave", "when": "unit_1.r0 % 20 > 10", "message": {"ko": "물결", "en": "Wave"}}]
        config = workload.write(
            folder / "edge_config.yaml", [registers, scanner], broker.port, web_port, work=WORK, rules=rules
        )
        self.daemon = Daemon(config, web_port)
        self.witness = Witness(broker.port, "gongbang/v1/bench/bench/event/#")
        self.answered: dict[str, bytes] = {}

    def scan(self, code: str, wait_s: float) -> bytes:
        """Scan a code; return its answer, empty when none came in time."""
        self._drain()
        os.write(self.wire, code.encode() + b"\r")
        if not select.select([self.wire], [], [], wait_s)[0]:
            return b""
        answer = os.read(self.wire, 1)
        self.answered[code] = answer
        return answer

    def _drain(self) -> None:
        while select.select([self.wire], [], [], 0)[0]:
            os.read(self.wire, 64)

    def close(self) -> None:
        """End everything."""
        self.daemon.kill()
        self.witness.close()
        os.close(self.wire)
        os.close(self._far)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose daemon is not started yet."""
    with mosquitto(tmp_path / "broker", keeping=True) as broker, workload.register_server() as port:
        shop = Shop(tmp_path, broker, port)
        try:
            yield shop
        finally:
            shop.close()


def unique(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop the events whose id came before."""
    return list({event["id"]: event for event in events}.values())


def place(event: dict[str, Any]) -> tuple[int, int]:
    """Return where an event stands: the start counter of its epoch, and its number."""
    _, _, epoch, number = event["id"].rsplit(":", 3)
    return int(epoch.split("-")[0]), int(number)


async def kept(path: Path) -> list[str]:
    """Return the ids of all events that the journal holds for publishing, in its order."""
    async with await Journal.open(path, "bench", SystemClock(trust=True)) as journal:
        after, ids = None, list[str]()
        while rows := await journal.events(after):
            ids += [row.id("bench") for row in rows if row.kind != "schema"]
            after = rows[-1].position
        return ids


def check(shop: Shop, last: str) -> None:
    """Every event of the journal up to the last scan came, once and in its order; every answered scan is among them."""
    arrived = unique(shop.witness.of("/event/"))
    ids = [event["id"] for event in arrived]
    assert [place(event) for event in arrived] == sorted(place(event) for event in arrived)
    journal = asyncio.run(kept(shop.daemon.config.with_name("journal.db")))
    end = next(event["id"] for event in arrived if event.get("text") == last)
    assert ids[: ids.index(end) + 1] == journal[: journal.index(end) + 1]
    paid = [event["text"] for event in arrived if event["kind"] == "scan" and event["answer"] == "accepted"]
    assert len(paid) == len(set(paid))
    promised = [code for code, answer in shop.answered.items() if answer == OK and code.startswith("B-")]
    assert [code for code in promised if code not in paid] == []


def live_through(shop: Shop, kills: int, seed: int) -> int:
    """Scan on while the daemon is killed again and again, then check; return how many coupons were accepted."""
    dice, number = random.Random(seed), 0
    badge = encode(Badge(7))
    for _ in range(kills):
        shop.daemon.start()
        until(lambda: shop.scan(badge, 1.0) == OK, "the daemon answers a badge")
        die_s = time.monotonic() + dice.uniform(0.3, 2.0)
        while time.monotonic() < die_s:
            number += 1
            shop.scan(encode(Coupon(f"{number:05d}", "SEW", 20)), 1.0)
        os.write(shop.wire, encode(Coupon(f"{number + 1:05d}", "SEW", 20)).encode() + b"\r")
        time.sleep(dice.uniform(0, 0.03))  # somewhere between reading and answering
        shop.daemon.kill()
        number += 1
    shop.daemon.start()
    until(lambda: shop.scan(badge, 1.0) == OK, "the daemon answers a badge")
    last = encode(Coupon("99999", "SEW", 1))
    assert shop.scan(last, 5.0) == OK
    shop.witness.wait_for(lambda _, body: body.get("text") == last, 60)
    assert shop.daemon.stop() == 0
    check(shop, last)
    return sum(answer == OK for answer in shop.answered.values())


def test_what_was_answered_is_kept_once_after_kills(shop: Shop) -> None:
    accepted = live_through(shop, kills=3, seed=1)
    assert accepted > 10


@pytest.mark.slow
def test_what_was_answered_is_kept_once_after_twenty_kills(shop: Shop) -> None:
    accepted = live_through(shop, kills=20, seed=2)
    assert accepted > 100


def outage(shop: Shop, broker: Mosquitto, seconds: float) -> None:
    """Scan on while the broker is gone for a time, wait for the last scan, then check."""
    shop.daemon.start()
    until(lambda: shop.scan(encode(Badge(7)), 1.0) == OK, "the daemon answers a badge")
    first = encode(Coupon("00000", "SEW", 1))
    assert shop.scan(first, 5.0) == OK
    shop.witness.wait_for(lambda _, body: body.get("text") == first, 30)
    broker.kill()
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        assert shop.scan(encode(Coupon(f"{number:05d}", "SEW", 20)), 5.0) == OK, "the broker's absence delays no answer"
        time.sleep(0.1)
    broker.start()
    last = encode(Coupon("99999", "SEW", 1))
    assert shop.scan(last, 5.0) == OK
    shop.witness.wait_for(lambda _, body: body.get("text") == last, 60)
    assert shop.daemon.stop() == 0
    check(shop, last)


@pytest.mark.parametrize("seconds", [3.0, pytest.param(60.0, marks=pytest.mark.slow)])
def test_every_event_of_an_outage_arrives_in_order(tmp_path: Path, seconds: float) -> None:
    with mosquitto(tmp_path / "broker", keeping=True) as broker, workload.register_server() as port:
        shop = Shop(tmp_path, broker, port)
        try:
            outage(shop, broker, seconds)
        finally:
            shop.close()
