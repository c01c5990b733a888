"""A journal of a shop's work, written from lines of JSON: what happened when, closings and corrections too."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

from gateway.config.root import EdgeConfig
from gateway.desk import record
from gateway.event import Event, Row
from gateway.journal.journal import Journal
from gateway.journal.reader import open_reader
from gateway.journal.writer import Transaction
from gateway.pay import closing
from gateway.pay.terms import Terms
from gateway.work import fold
from gateway.work.opening import open_ledger
from tests.pay.conftest import ns


class Told:
    """A clock that is told; UTC and mono are the same."""

    synced, boot_id, now_ns = True, "boot-1", 0

    def mono_ns(self) -> int:
        return self.now_ns

    def time_ns(self, mono_ns: int) -> int:
        return mono_ns


def write(path: Path, config: EdgeConfig, lines: Path) -> None:
    """Write a journal. A line has `at`, and `entries` (and `scanned`), `close` (days), `void` (a `name`) or `event`."""
    write_lines(path, config, [json.loads(line) for line in lines.read_text("utf-8").splitlines() if line])


def write_lines(path: Path, config: EdgeConfig, lines: list[dict[str, Any]]) -> None:
    """Write a journal of these lines."""
    asyncio.run(_write(path, config, lines))


async def _write(path: Path, config: EdgeConfig, lines: list[dict[str, Any]]) -> None:
    clock, ids = Told(), dict[str, str]()
    clock.now_ns = ns(lines[0]["at"])
    async with await Journal.open(path, "gw_1", clock) as journal:
        await open_ledger(journal)
        await journal.append([Event("config", "gateway", clock.now_ns, {})])
        for line in lines:
            clock.now_ns = now_ns = ns(line["at"])
            if "close" in line:
                entries = [_closing(path, config, line["close"], now_ns)]
            elif "void" in line:
                entries = [{"do": "void", "of": ids[line["void"]], "reason": "counted wrong", "by": "owner"}]
            elif "event" in line:
                await journal.append([Event(line["event"], line["source"], now_ns, line["body"])])
                continue
            else:
                entries = line["entries"]
            keep = _scanned if line.get("scanned") else _recorded
            row = await journal.transact(lambda tx, keep=keep, at=now_ns, all=entries: keep(tx, at, all))
            ids[line.get("name", "")] = row.id("gw_1")


def _recorded(tx: Transaction, now_ns: int, entries: list[dict[str, Any]]) -> Row:
    return record(tx, now_ns, "api", "owner", entries)


def _scanned(tx: Transaction, now_ns: int, entries: list[dict[str, Any]]) -> Row:
    row = tx.append(Event("scan", "scanner_1", now_ns, {"answer": "accepted", "entries": entries}))
    fold.project(tx.db, row)
    return row


def _closing(path: Path, config: EdgeConfig, days: list[str], now_ns: int) -> dict[str, Any]:
    first, last = map(date.fromisoformat, days)
    with open_reader(path) as reader:
        entry: dict[str, Any] = closing.propose(reader.db, Terms.of(config), first, last, now_ns)["entry"]
        return entry
