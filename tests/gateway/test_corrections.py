"""Corrections are judged as scans are, kept with their reason, and told in the story of the bundle."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from barcodes.scan import Scan
from barcodes.ticket import Badge, Command, Coupon, DefectTicket, encode
from gateway.corrections import Corrections
from gateway.desk import Desk
from gateway.journal.journal import Journal
from gateway.web.corrections import Reasoned
from gateway.work.entries import NotRecorded
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from tests.naughty import ALL

SEW, IRON = Coupon("0231", "SEW", 20), Coupon("0231", "IRON", 20)


class Office:
    """A desk with a scanner, and who corrects there."""

    def __init__(self, shop: Any, journal: Journal) -> None:
        self.clock, self.journal = shop.clock, journal
        self.desk = Desk(journal, shop.clock, Ledger(shop.config, "gw_1", shop.clock.boot_id), self._answered)
        self.corrections = Corrections(self.desk)
        self.said: list[Any] = []

    def _answered(self, _: Scan, answer: Any) -> None:
        self.said.append(answer)

    async def scan(self, *tickets: Any) -> Any:
        for ticket in tickets:
            scan = Scan("scanner_1", self.clock.pass_s(5), encode(ticket).encode())
            await self.desk.scan(scan, None)  # type: ignore[arg-type] # it is answered by nobody
        return self.said[-1]

    async def pieces(self) -> dict[tuple[str, str], int]:
        sums = "SELECT what, worker, sum(quantity) AS q FROM work_lines GROUP BY 1, 2 HAVING q <> 0"
        found = await self.journal.read(lambda db: list(db.execute(sums)))
        return {(what, worker): q for what, worker, q in found}


def at_the_office(shop: Any, body: Callable[[Office], Awaitable[None]]) -> None:
    async def main() -> None:
        async with await Journal.open(shop.journal_path, "gw_1", shop.clock) as journal:
            await open_ledger(journal)
            await body(Office(shop, journal))

    asyncio.run(main())


async def refused(correction: Awaitable[Any]) -> str:
    """What is said about a correction that cannot be."""
    with pytest.raises(NotRecorded) as why:
        await correction
    return str(why.value.text["en"])


def test_what_was_recorded_wrongly_is_voided_once_with_a_reason_and_can_be_recorded_again(shop: Any) -> None:
    async def body(office: Office) -> None:
        answer = await office.scan(Badge(7), SEW)
        event = answer.row.id("gw_1")
        row = await office.corrections.void(event, "wrong bundle", "owner")
        assert row.body["entries"] == [{"do": "void", "of": event, "reason": "wrong bundle", "by": "owner"}]
        assert await office.pieces() == {}
        assert await refused(office.corrections.void(event, "again", "owner")) == "It was taken back already."
        assert (await office.scan(SEW)).kind == "accepted"

    at_the_office(shop, body)


@pytest.mark.parametrize("event", ["gw_1:e:1-0000:1", "gw_1:e:999-a1b2:7", "nonsense", "gw_1:e:1-a1b2:99999999", ""])
def test_what_is_no_record_of_the_ledger_cannot_be_voided(shop: Any, event: str) -> None:
    async def body(office: Office) -> None:
        await office.scan(Badge(7), SEW)
        assert await refused(office.corrections.void(event, "wrong", "owner"))
        assert await office.pieces() == {("done", "7"): 20}

    at_the_office(shop, body)


def test_a_badge_or_a_refusal_did_nothing_that_could_be_voided(shop: Any) -> None:
    async def body(office: Office) -> None:
        for ticket in (Badge(7), Command("UNDO")):
            answer = await office.scan(ticket)
            assert await refused(office.corrections.void(answer.row.id("gw_1"), "wrong", "owner"))

    at_the_office(shop, body)


def test_a_bundle_is_split_short_and_scrapped_without_a_scanner(shop: Any) -> None:
    async def body(office: Office) -> None:
        office_does = office.corrections
        assert await refused(office_does.split("0231", [10, 10], "two colours", "kim")) == (
            "Nothing is known of bundle 0231."
        )
        await office.scan(Badge(7), SEW)
        assert "do not add up" in await refused(office_does.split("0231", [10, 9], "two colours", "kim"))
        await office_does.short("0231", 18, "counted", "kim")
        await office_does.scrap("0231", "SEW", 2, "burnt", "kim")
        row = await office_does.split("0231", [10, 6], "two colours", "kim")
        into = row.body["entries"][-1]["into"]
        assert [(part["bundle"][-1], part["quantity"]) for part in into] == [("A", 10), ("B", 6)]
        story = await office_does.story("0231")
        assert story is not None
        assert (story["parts"], story["pieces"], story["scrapped"]) == ([part["bundle"] for part in into], 16, 2)
        dos = [entry["do"] for step in story["events"] for entry in step["entries"]]
        assert dos == ["done", "bundle", "short", "defect", "scrap", "split"]
        part = await office_does.story(into[0]["bundle"])
        assert part is not None
        assert (part["parent"], part["pieces"], part["defects"]) == ("0231", 10, {})
        assert await office_does.story("9999") is None

    at_the_office(shop, body)


def test_defects_are_told_and_repaired_without_a_scanner_and_a_quality_event_tells_mqtt(shop: Any) -> None:
    async def body(office: Office) -> None:
        await office.scan(Badge(7), SEW)
        await office.corrections.defect("0231", "SEW", "STAIN", 3, "inspection", "kim")
        story = await office.corrections.story("0231")
        assert story is not None
        assert story["defects"] == {"SEW": 3}
        (quality,) = await office.journal.recent(5, ["quality"])
        assert quality.body["defects"] == {"STAIN": 3}
        assert "has 3 with defects" in await refused(office.corrections.repair("0231", "SEW", 4, "x", "kim"))
        await office.corrections.repair("0231", "SEW", None, "sewn again", "kim")
        assert await office.pieces() == {("done", "7"): 20, ("defect", "7"): 3, ("repair", "7"): 3}
        assert await refused(office.corrections.defect("0231", "IRON", "STAIN", 1, "x", "kim"))

    at_the_office(shop, body)


def test_the_story_says_by_what_each_event_was_taken_back(shop: Any) -> None:
    async def body(office: Office) -> None:
        done = await office.scan(Badge(7), SEW)
        undo = await office.scan(Command("UNDO"))
        await office.scan(SEW, DefectTicket("STAIN"), SEW)
        story = await office.corrections.story("0231")
        assert story is not None
        first = story["events"][0]
        assert (first["event"], first["taken_back_by"]) == (done.row.id("gw_1"), undo.row.id("gw_1"))
        assert [step["taken_back_by"] for step in story["events"][1:]] == [None, None, None]

    at_the_office(shop, body)


def test_what_somebody_has_in_hand_is_given_to_another(shop: Any) -> None:
    async def body(office: Office) -> None:
        await office.scan(Badge(7))
        assert "Nobody has" in await refused(office.corrections.move("0231", 7, "ill", "kim"))
        await office.scan(Command("IN"), SEW)
        assert "No worker" in await refused(office.corrections.move("0231", 999, "ill", "kim"))
        story = await office.corrections.story("0231")
        assert story is not None
        assert story["in_hand"][0]["worker"] == "7"

    at_the_office(shop, body)


def test_a_call_for_help_is_ended_at_the_desk(shop: Any) -> None:
    async def body(office: Office) -> None:
        assert await refused(office.corrections.helped("metal_1", "kim")) == "Nobody called from there."
        await office.scan(Command("HELP"))
        await office.corrections.helped("metal_1", "kim")
        assert [row.body["action"] for row in await office.journal.recent(5, ["help"])] == ["clear", "raise"]

    at_the_office(shop, body)


def test_reasons_of_any_text_are_kept_as_one_line_of_text_and_nothing_else(
    shop: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A reason is said by a person, and read by others: it is no topic, no line of a log, no command."""
    caplog.set_level(logging.DEBUG)

    async def body(office: Office) -> None:
        await office.scan(Badge(7))
        for text in ALL:
            try:
                reason = Reasoned(reason=text[:200]).reason
            except ValueError:
                continue
            assert reason.isprintable()
            answer = await office.scan(SEW)
            row = await office.corrections.void(answer.row.id("gw_1"), reason, text)
            assert (row.kind, row.source, row.body["reason"]) == ("work", "api", reason)
        assert await office.pieces() == {}

    at_the_office(shop, body)
    said = [text for text in ALL if len(text) > 8 and any(text in record.getMessage() for record in caplog.records)]
    assert said == []
