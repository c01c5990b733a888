"""Files of older versions go on as they are."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
import pytest

from gateway.event import Event
from gateway.journal import schema
from gateway.journal.journal import Journal


def page_bytes(path: Path) -> int:
    db = apsw.Connection(str(path))
    try:
        return int(db.pragma("page_size"))
    finally:
        db.close()


def test_a_file_with_pages_of_another_size_keeps_them_and_goes_on(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files were made with pages of 4096 bytes; a new one has smaller ones."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"

    async def append(path: Path) -> int:
        async with await Journal.open(path, "gw_1", clock, linger_s=0) as journal:
            await journal.append([Event("scan", "scanner_1", 1, {"raw": "x" * 3000})])
            return len(await journal.events(None))

    with monkeypatch.context() as before:
        before.setattr(schema, "PAGE_BYTES", 4096)
        asyncio.run(append(old))
    assert [asyncio.run(append(old)), asyncio.run(append(new))] == [2, 1]
    assert (page_bytes(old), page_bytes(new)) == (4096, schema.PAGE_BYTES)
