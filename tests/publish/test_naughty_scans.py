"""What anybody prints on a label, and a scanner reads, is a text: no topic, line, log, terminal or cell obeys it."""

import asyncio
import csv
import logging
import re
from typing import Any

import pytest

from barcodes import aim
from barcodes.scan import Scan
from barcodes.text import decode
from gateway.commands.main import main
from gateway.event import Row
from gateway.publish.lines import event_line
from gateway.tables.write import FORMULA
from gateway.work.answer import scan_entry
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from gateway.work.raw import raw_of
from tests.naughty import ALL
from tests.publish.test_lines import parse
from tests.work.conftest import config

CODES = [text.encode() for text in ALL if text]
CODES += [b"]C1" + code for code in CODES] + [b"B-" + code for code in CODES]  # as GS1, and as a coupon of ours
CODES += [b"\xff\xfe\x00", b"]Q3\xff\n"]
STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def test_whatever_a_scanner_reads_is_a_text_on_all_its_ways(
    mosquitto: Any,
    witness: Any,
    running: Any,
    soon: Any,
    tmp_path: Any,
    caplog: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    kept: list[Row] = []
    eye: list[Any] = []

    async def run() -> None:
        broker = mosquitto()
        eye.append(witness(broker.port, "#"))
        async with running(port=broker.port) as gateway:
            await open_ledger(gateway.journal)
            ledger = Ledger(config(), "gw_1", "boot-1")

            def scan(tx: Any) -> list[Row]:
                return [ledger.decide(tx, Scan("scanner_1", n * 10**10, code), n).row for n, code in enumerate(CODES)]

            kept.extend(await gateway.journal.transact(scan))
            await gateway.up()
            await soon(lambda: len(eye[0].bodies("event/scan")) == len(CODES), "every scan")

    asyncio.run(run())
    assert {topic for topic, _, _ in eye[0].messages} == {
        f"gongbang/v1/shop-1/gw_1/{name}" for name in ("event/scan", "status")
    }
    for code, row, told in zip(CODES, kept, eye[0].bodies("event/scan"), strict=True):
        assert raw_of(told) == raw_of(row.body) == code
        _, tags, fields, time_ns = parse(event_line(row, "shop-1", "gw_1"))
        assert tags == {"workshop": "shop-1", "gateway": "gw_1", "kind": "scan", "source": "scanner_1"}
        assert time_ns == row.time_ns
        assert all(re.fullmatch("[a-z0-9_]+", name) for name in fields), "no text of a label names a field"
        assert scan_entry(row, "gw_1", {}, {})["answer"] in ("unknown", "badge_first"), "nothing of it was counted"
        assert decode(aim.split(code).data) == row.body["text"]
    logged = [record.getMessage() for record in caplog.records]
    assert not [message for message in logged if STEERS.search(message)]
    assert main(["journal", "tail", "--limit", "5000", "--path", str(tmp_path / "journal.db")]) == 0
    shown = capsys.readouterr().out.removesuffix("\n").split("\n")
    assert len(shown) >= len(CODES)
    assert not [line for line in shown if STEERS.search(line)], "a terminal that shows them does nothing else"
    assert main(["journal", "export", "--kind", "scan", "--path", str(tmp_path / "journal.db")]) == 0
    cells = [cell for line in csv.reader(capsys.readouterr().out.splitlines(True)) for cell in line]
    assert len(cells) > len(CODES)
    assert not [cell for cell in cells if FORMULA.match(cell) or "\x00" in cell], "a spreadsheet computes nothing of it"
