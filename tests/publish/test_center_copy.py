"""The gateway and the center's copy: a witness a day, none for a center that is away, and what was found there."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.advice import advice
from gateway.component import Component
from gateway.event import Position
from gateway.journal.journal import Journal
from gateway.publish.copy import CenterCopy
from gateway.publish.replica import Copied, Malformed, read_copied, write_copied
from tests.backup.house import opened


async def kept(journal: Journal, what: str) -> list[dict[str, Any]]:
    """The bodies of what was kept about the center's copy, the newest first."""
    return [row.body for row in await journal.recent(50, ["backup"]) if row.body["what"] == what]


def test_a_witness_is_kept_once_a_day_and_none_while_the_center_has_not_confirmed_the_last(
    tmp_path: Path, soon: Any
) -> None:
    confirmed: list[Position | None] = [None]

    async def until(journal: Journal, what: str, number: int) -> None:
        for _ in range(6000):
            if len(await kept(journal, what)) == number:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{await kept(journal, what)}")

    async def life() -> None:
        shop = await opened(tmp_path / "journal.db")
        async with shop.journal:
            await shop.pay(3)
            copy = CenterCopy("center", 24, shop.journal, shop.clock)
            living = asyncio.create_task(copy.live(lambda: confirmed[0]))
            await until(shop.journal, "witness", 1)
            shop.clock.pass_s(2 * 86400)
            for ms in (1, 2):  # when the second is kept, the look behind the first is over
                copy.take(Copied(ms, 5, False, ["ledger: work_paid"]))
                await until(shop.journal, "copy", ms)
            assert len(await kept(shop.journal, "witness")) == 1, "a center that is away costs nothing"
            (row,) = [row for row in await shop.journal.recent(9, ["backup"]) if row.body["what"] == "witness"]
            confirmed[0] = row.position
            copy.take(Copied(3, 5, True, []))
            await until(shop.journal, "witness", 2)
            copy.take(Copied(3, 5, True, []))  # retained: it comes with each connection, and is kept once
            copy.take(Copied(4, 5, False, ["missing e:1"]))
            await until(shop.journal, "copy", 4)
            living.cancel()
            again = CenterCopy("center", 24, shop.journal, shop.clock)
            living = asyncio.create_task(again.live(lambda: confirmed[0]))
            await soon(lambda: again.detail(), "what was found is known after a start")
            assert again.detail() == {"copy": {"ms": 4, "witness_ms": 5, "ok": False, "said": ["missing e:1"]}}
            living.cancel()
            component = Component("center", "publisher", state="up", detail=again.detail)
            assert "call the center" in (advice(component) or {})["en"], "loud though the connection is well"

    asyncio.run(life())


def test_what_the_center_says_of_its_copy_is_read_back_or_refused() -> None:
    copied = Copied(2, 1, False, ["events: 5"])
    assert read_copied(write_copied(copied)) == copied
    for payload in (b"{}", b'{"ms": 1, "witness_ms": 1, "ok": 1, "said": []}', b"no"):
        with pytest.raises(Malformed):
            read_copied(payload)
