"""A shop's journal with paid coupons, and a folder of another disk that copies go to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from histories import CONFIG, HandClock
from witness import BADGE, coupon

from barcodes.scan import Scan
from gateway.backup.task import Task
from gateway.backup.work import answer
from gateway.config.backup import Backup
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.work.answer import Answer
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from sensors.batch import Batch

DAY_NS = 86_400_000_000_000
PASSPHRASE = "말과 배터리와 스테이플"


@dataclass
class Shop:
    """A journal, open, in which coupons are paid and samples come."""

    journal: Journal
    path: Path
    clock: HandClock
    paid: int = 0

    async def scan(self, code: str) -> Answer:
        """Scan a code."""
        self.clock.pass_s(5)
        ledger = Ledger(CONFIG, "gw_1", self.clock.boot_id)
        scan = Scan("scanner_1", self.clock.now_ns, code.encode())
        now_ns = self.clock.time_ns(self.clock.now_ns)
        return await self.journal.transact(lambda tx: ledger.decide(tx, scan, now_ns))

    async def pay(self, coupons: int) -> None:
        """Pay so many new ones."""
        await self.scan(BADGE)
        for _ in range(coupons):
            assert (await self.scan(coupon(self.paid))).kind == "accepted"
            self.paid += 1

    async def measure(self, blocks: int, rows: int = 1000) -> None:
        """Keep blocks of samples that nothing can compress."""
        body = {"fields": ["x"], "units": ["1"], "tags": {}, "profile": None, "version": 1}
        schema = await self.journal.declare("m", body)
        rng = np.random.default_rng(1)
        for _ in range(blocks):
            self.clock.pass_s(rows)
            mono_ns = self.clock.now_ns - np.arange(rows, dtype=np.int64)[::-1] * 1_000_000
            self.journal.stage(Batch(0, 0, mono_ns, rng.random((rows, 1)), np.zeros((rows, 1), np.uint8)), schema)
            await self.journal.commit_block()

    async def happens(self, event: Event) -> None:
        """Keep an event."""
        await self.journal.append([event])

    def task(self, to: Path, days: float = 0, **options: Any) -> Task:
        """A copy into a folder, so many days later."""
        backup = Backup.model_validate({"name": "share", "to": "folder", "path": str(to), "same_disk": True, **options})
        now_ns = self.clock.time_ns(self.clock.now_ns) + int(days * DAY_NS)
        return Task(self.path, self.path.with_name("edge_config.yaml"), "w-1", "gw_1", "Asia/Seoul", backup, now_ns)

    def copy(self, to: Path, days: float = 0, **options: Any) -> dict[str, Any]:
        """Make a copy as the process does that is asked for it."""
        return answer(self.task(to, days, **options).question())


async def opened(path: Path, clock: HandClock | None = None) -> Shop:
    """Open a journal and its ledger."""
    clock = clock or HandClock()
    journal = await Journal.open(path, "gw_1", clock, linger_s=0.0)
    await open_ledger(journal)
    return Shop(journal, path, clock)
