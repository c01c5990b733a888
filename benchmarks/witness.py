"""Witnesses outside the daemon: the bytes that answered a scan and a subscriber, held against the journal."""

import os
import select
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import workload
from rig import Daemon, Witness, free_port, until

from barcodes.ticket import Badge, Coupon, encode
from gateway.journal import rows
from gateway.journal.reader import open_reader

WORK: dict[str, Any] = {
    "workers": [{"badge": "7", "name": "은하"}],
    "operations": [{"code": "SEW", "label": {"ko": "봉제", "en": "Sewing"}}],
}
RULES: list[dict[str, Any]] = [{"name": "wave", "when": "unit_1.r0 % 20 > 10", "message": {"ko": "물결", "en": "Wave"}}]
OK, DUPLICATE, REFUSED = b"\x06", b"\x07", b"\x15"
BADGE = encode(Badge(7))
NONSENSE = "NOTHING-1"  # refused


def coupon(number: int) -> str:
    """Return the code of a coupon that is like no other."""
    return encode(Coupon(f"{number:07d}", "SEW", 20))


class Shop:
    """A daemon with one scanner on a pty and two units of a register server. Not started yet."""

    def __init__(
        self, folder: Path, mqtt_port: int, registers_port: int, gateway: str = "bench", **config: Any
    ) -> None:
        self.gateway = gateway
        self.wire, self._far = os.openpty()
        tty.setraw(self._far)
        answers = {"ok": OK.decode(), "duplicate": DUPLICATE.decode(), "refused": REFUSED.decode()}
        scanner = {"name": "scanner", "type": "serial_scanner", "port": os.ttyname(self._far), "answers": answers}
        drivers = [workload.plc(registers_port, 2, 10, 0.5), scanner]
        web_port = free_port()
        folder.mkdir(exist_ok=True)
        more: dict[str, Any] = {"gateway": {"id": gateway}, "work": WORK, "rules": RULES} | config
        self.config = workload.write(folder / "edge_config.yaml", drivers, mqtt_port, web_port, **more)
        self.journal = self.config.with_name("journal.db")
        self.daemon = Daemon(self.config, web_port)
        self.answered: dict[str, bytes] = {}
        self._waiting: list[str] = []  # codes without an answer yet: answers come in the order of the scans
        self.first_answer_s = 0.0  # monotonic, since the last start

    def open(self) -> None:
        """Start the daemon, and scan the badge until it is answered and no answer is left to come."""
        self._take_all(0.0)  # what was answered before a kill
        self.daemon.start()
        until(self._badge, "the daemon answers a badge")
        self.first_answer_s = time.monotonic()
        os.write(self.wire, NONSENSE.encode() + b"\r")
        until(lambda: self._next(1.0) == REFUSED, "nonsense is refused, behind all that nobody had read before")
        self._waiting.clear()

    def _badge(self) -> bool:
        os.write(self.wire, BADGE.encode() + b"\r")
        return self._next(0.1) == OK

    def _next(self, wait_s: float) -> bytes:
        """Return the next answer, whatever it is for; empty when none came in time."""
        return os.read(self.wire, 1) if select.select([self.wire], [], [], wait_s)[0] else b""

    def scan(self, code: str, wait_s: float) -> bytes:
        """Scan a code; return its answer, empty when none came in time."""
        self.scan_and_go(code)
        return self._take_all(wait_s)

    def scan_and_go(self, code: str) -> None:
        """Scan a code without waiting for its answer."""
        os.write(self.wire, code.encode() + b"\r")
        self._waiting.append(code)

    def _take_all(self, wait_s: float) -> bytes:
        """Take the answers of all codes; return the last one's, empty when it did not come in time."""
        answer, end_s = b"", time.monotonic() + wait_s
        while self._waiting and (answer := self._next(max(0.0, end_s - time.monotonic()))):
            self.answered[self._waiting.pop(0)] = answer
        return b"" if self._waiting else answer

    def close(self) -> None:
        """End everything."""
        self.daemon.kill()
        os.close(self.wire)
        os.close(self._far)


@contextmanager
def opened(shop: Shop) -> Iterator[Shop]:
    """Close a shop whatever happens."""
    try:
        yield shop
    finally:
        shop.close()


@dataclass
class Found:
    """What is not as it was promised; all empty when it is."""

    lost: list[str] = field(default_factory=list)  # coupons that were answered green and that nobody heard of
    doubled: list[str] = field(default_factory=list)  # coupons that were paid twice
    missing: list[str] = field(default_factory=list)  # events of the journal that did not come
    strange: list[str] = field(default_factory=list)  # events that came and are not in the journal
    disordered: list[str] = field(default_factory=list)  # events that came first after a later one

    @property
    def nothing(self) -> bool:
        """Return whether all is as it was promised."""
        return not any((self.lost, self.doubled, self.missing, self.strange, self.disordered))


class Audit:
    """Compares, again and again, what a shop answered, what its journal holds and what the witness was sent."""

    def __init__(self, shop: Shop, witness: Witness) -> None:
        self.events = 0  # that came, each counted once
        self._shop, self._witness = shop, witness
        self._prefix = f"/{shop.gateway}/event/"
        self._paid: set[str] = set()
        self._until = (0, 0)

    def check(self, last: str) -> Found:
        """Look at what came since the last check, up to the scan of the code `last`, which has come."""
        arrived = self._arrived()
        end = next(place(event) for event in arrived if event.get("text") == last)
        kept = _kept(self._shop, self._until, end)
        places, ids = [place(event) for event in arrived], [event["id"] for event in arrived if place(event) <= end]
        found = Found(
            missing=[name for name in kept if name not in set(ids)],
            strange=[name for name in ids if name not in set(kept)],
            disordered=[
                event["id"] for event, before in zip(arrived[1:], places, strict=False) if place(event) < before
            ],
        )
        for event in arrived:
            if event["kind"] == "scan" and event["answer"] == "accepted" and place(event) <= end:
                (found.doubled.append if event["text"] in self._paid else self._paid.add)(event["text"])
        promised = [code for code, answer in self._shop.answered.items() if answer == OK and code.startswith("B-")]
        found.lost = [code for code in promised if code not in self._paid]
        self._shop.answered.clear()
        self._until = end
        self.events += len(ids)
        self._witness.forget(lambda topic, event: self._prefix in topic and place(event) <= end)
        return found

    def _arrived(self) -> list[dict[str, Any]]:
        """Return the events that came and stand behind the last check, each once, in the order in which they came."""
        once = {event["id"]: event for event in self._witness.of(self._prefix)}
        return [event for event in once.values() if place(event) > self._until]


def place(event: dict[str, Any]) -> tuple[int, int]:
    """Return where an event stands: the start counter of its epoch, and its number."""
    _, _, epoch, number = event["id"].rsplit(":", 3)
    return int(epoch.split("-")[0]), int(number)


def _kept(shop: Shop, after: tuple[int, int], until: tuple[int, int]) -> list[str]:
    """Return the ids of the journal's events behind one place up to another; schemas are not published."""
    select = f"{rows.SELECT} WHERE id > ? AND id <= ? ORDER BY id"
    with open_reader(shop.journal) as reader:
        raws = reader.db.execute(select, (rows.key(*after), rows.key(*until)))
        found = [rows.decode(raw, reader.epochs) for raw in raws]
    return [row.id(shop.gateway) for row in found if row.kind != "schema"]
