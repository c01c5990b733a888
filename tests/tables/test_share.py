"""Data for a centre: with units, quality and provenance, without people; two exports cannot be joined."""

import asyncio
import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway import people
from gateway.desk import record
from gateway.event import Event
from gateway.journal.journal import Journal
from gateway.journal.reader import open_reader
from gateway.people import Person
from gateway.tables import share
from gateway.work.opening import open_ledger
from sensors.batch import Batch

SECOND = 1_000_000_000
DONE = {"do": "done", "operation": "CUT", "station": "sewing_3", "order": "W7", "style": "A101"}
ENTRIES = [
    {"do": "consent", "purpose": "share", "granted": True, "until": "2099-12-31"},
    DONE | {"bundle": "0231", "worker": "0101", "quantity": 20},
    DONE | {"bundle": "0232", "worker": "0101", "quantity": 10},
    DONE | {"bundle": "0233", "worker": "0007", "quantity": 5},
]


@dataclass
class HandClock:
    """A clock that is right."""

    synced: bool = True
    boot_id: str = "boot-1"

    def mono_ns(self) -> int:
        return 1000 * SECOND

    def time_ns(self, mono_ns: int) -> int:
        return 1_795_316_400 * SECOND + mono_ns


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with samples, one of them bad, an alarm, work, and somebody's name."""

    async def fill() -> None:
        async with await Journal.open(tmp_path / "journal.db", "gw_1", HandClock()) as opened:
            await open_ledger(opened)
            schema = await opened.declare(
                "meter_1", {"fields": ["power"], "units": ["W"], "profile": "p", "version": 2}
            )
            values, quality = np.array([[431.25], [7.0]]), np.array([[0], [18]], np.uint8)
            opened.stage(Batch(0, 0, np.array([999, 1000], np.int64) * SECOND, values, quality), schema)
            alarm = {"rule": "hot", "action": "raise", "severity": "critical", "value": 81.0, "by": "홍길동"}
            await opened.commit_block(events=[Event("alarm", "hot", 1000 * SECOND, alarm)])
            await opened.transact(lambda tx: people.keep(tx.db, [Person(101, "홍길동")]))
            await opened.transact(lambda tx: record(tx, 1000 * SECOND, "api", "owner", ENTRIES))

    asyncio.run(fill())
    return tmp_path / "journal.db"


def shared(journal: Path) -> dict[str, bytes]:
    """What is in the archive."""
    operation = {"code": "CUT", "label": {"ko": "재단", "en": "cutting"}, "sam_s": 20.0}
    question: dict[str, Any] = {
        "from_ns": 0,
        "to_ns": 1 << 62,
        "zone": "Asia/Seoul",
        "base": {"operations": [operation]},
    }
    question["workshop"] = {"id": "changsin-017", "trade": "sewing", "cluster": "changsin"}
    out = io.BytesIO()
    with open_reader(journal) as reader:
        share.made(question, reader, out)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_samples_have_units_and_quality_and_a_bad_value_is_left_out(journal: Path) -> None:
    data = shared(journal)
    samples = rows(data["samples.csv"])
    assert [(one["point"], one["unit"], one["value"], one["quality"]) for one in samples] == [
        ("power", "W", "431.25", "0"),
        ("power", "W", "", "18"),
    ]
    assert samples[0]["time"].endswith("+00:00")
    told = json.loads(data["description.json"])
    assert told["devices"] == {"meter_1": {"profile": "p", "version": 2, "units": {"power": "W"}}}
    assert told["files"]["samples.csv"]["rows"] == 2
    assert told["operations"]["CUT"]["sam_s"] == 20.0
    assert told["consent"]["event"].startswith("1-")


def test_the_same_worker_is_the_same_within_an_export_and_another_in_the_next(journal: Path) -> None:
    first, second = (rows(shared(journal)["work.csv"]) for _ in range(2))
    assert [one["quantity"] for one in first] == ["20", "10", "5"]
    assert first[0]["worker"] == first[1]["worker"] != first[2]["worker"]
    assert not {one["worker"] for one in first} & {one["worker"] for one in second}
    assert not {one["bundle"] for one in first} & {"0231", "0232", "0233"}


def test_no_person_and_no_order_stands_in_it(journal: Path) -> None:
    whole = b"".join(shared(journal).values())
    for text in ("홍길동", "0101", "W7", "A101"):  # as words: in a random token there may be any four digits
        assert not re.search(rf"(?<![0-9A-Za-z]){text}(?![0-9A-Za-z])".encode(), whole)
