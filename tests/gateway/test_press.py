"""A key of a kiosk means what the scan of its ticket means, in the same dialogue, and counts once."""

import json
import re
from typing import Any

import pytest

from barcodes.ticket import Badge, Command, Coupon, DefectTicket, Ours, QuantityTicket, ReasonTicket, Traveller, encode
from gateway.event import Body
from gateway.work.answer import scan_entry
from gateway.work.press import Press
from gateway.work.standing import standing
from tests.gateway.test_corrections import Office, at_the_office

SEW, ORDER = Coupon("0231", "SEW", 20), Traveller("2611A", "SEW")
SHIFT: tuple[tuple[Ours, bool], ...] = (  # and whether a key may say it
    (Command("UNDO"), True),
    (Badge(7), False),
    (SEW, False),
    (DefectTicket("HOLE"), True),
    (QuantityTicket(2), True),
    (SEW, False),
    (Command("UNDO"), True),
    (QuantityTicket(18), True),
    (Command("CANCEL"), True),
    (ORDER, True),
    (Command("START"), True),
    (ReasonTicket("LUNCH"), True),
    (Command("MATERIAL"), True),
    (Command("HELP"), True),
    (Command("HELPED"), True),
    (Command("LOGOUT"), True),
)


async def press(office: Office, ticket: Ours, press_id: str | None = None, by: str = "kiosk") -> Body:
    office.clock.pass_s(5)
    kept = await office.desk.press(
        Press("metal_1", encode(ticket).encode(), press_id or f"press{office.clock.now_ns}", by)
    )
    return kept.body


def meant(body: Body) -> dict[str, Any]:
    """What an event did, apart from how it came about and from the journal's name for this start."""
    told = {name: value for name, value in body.items() if name not in ("press", "by")}
    return dict(json.loads(re.sub(r"(?<=gw_1:e:1-)[0-9a-f]{4}", "", json.dumps(told))))


def test_a_shift_by_touch_leaves_the_same_entries_answers_and_sums_as_by_scanner(shop: Any, tmp_path: Any) -> None:
    kept: list[list[dict[str, Any]]] = []
    sums: list[Any] = []
    for touch in (False, True):
        shop.folder = tmp_path / str(touch)
        shop.folder.mkdir()
        shop.clock.now_ns = 1000 * 10**9

        async def body(office: Office, touch: bool = touch) -> None:
            for ticket, key in SHIFT:
                await (press(office, ticket) if touch and key else office.scan(ticket))
            rows = reversed(await office.journal.recent(100, ["scan"]))
            kept.append([{"source": row.source, **meant(row.body)} for row in rows])
            sums.append((await office.pieces(), [answer.kind for answer in office.said]))

        at_the_office(shop, body)
    assert kept[0] == kept[1]
    assert sums[0] == sums[1]
    assert {row["source"] for row in kept[1]} == {"scanner_1"}, "a key speaks for the scanner of its station"
    assert [row["tone"] for row in kept[1]].count("refused") == 2, "nobody was here, and there is no such reason"


def test_what_a_browser_kept_counts_when_it_was_read_and_says_how_late_it_came(shop: Any) -> None:
    async def body(office: Office) -> None:
        await office.scan(Badge(7))
        rows = []
        for key, late_s in enumerate((0.3, 40, 700)):
            office.clock.pass_s(1000)
            code = encode(Coupon("0231", ("SEW", "CUT", "TURN")[key], 20)).encode()
            await office.desk.press(Press("metal_1", code, f"{key}" * 16, "kiosk", True, int(late_s * 1e9)))
            row = (await office.journal.recent(1, ["scan"]))[0]
            rows.append((office.clock.mono_ns() - row.mono_ns, row.body.get("late_s"), row.body.get("by_arrival")))
        assert rows == [(0, None, None), (40 * 10**9, 40, None), (0, 700, True)]
        seen = scan_entry(row, "gw_1", {}, {})
        assert seen["late"] == {
            "ko": "11분 40초 늦게 와서 온 때로 셈",
            "en": "late by 11 min 40 s: counts when it came",
        }
        await office.scan(Badge(7))
        code = encode(Coupon("0232", "SEW", 20)).encode()
        late = await office.desk.press(Press("metal_1", code, "9" * 16, "kiosk", True, 30 * 10**9))
        assert late.body["answer"] == "badge_first", "it was read before this badge came: nobody knows whose it is"

    at_the_office(shop, body)


def test_a_press_counts_once_however_often_it_comes(shop: Any) -> None:
    async def first(office: Office) -> None:
        await office.scan(Badge(7), SEW)
        done = await press(office, Command("UNDO"), "0123456789abcdef")
        assert done["entries"][0]["do"] == "undo"
        told = len(office.said)
        assert await press(office, Command("UNDO"), "0123456789abcdef") == done
        assert len(office.said) == told, "no screen is told again"
        assert await office.pieces() == {}

    async def after_a_restart(office: Office) -> None:
        again = await press(office, Command("UNDO"), "0123456789abcdef")
        assert again["entries"][0]["do"] == "undo"
        assert office.said == []
        assert len(await office.journal.recent(100, ["scan"])) == 3

    at_the_office(shop, first)
    at_the_office(shop, after_a_restart)


def test_a_double_tap_is_one_reading_as_a_double_scan_is(shop: Any) -> None:
    async def body(office: Office) -> None:
        await office.scan(Badge(7), SEW, Coupon("0232", "SEW", 20))
        for _ in range(2):  # each with an id of its own, at once
            await office.desk.press(
                Press("metal_1", encode(Command("UNDO")).encode(), f"press{len(office.said)}", "kiosk")
            )
        assert await office.pieces() == {("done", "7"): 20}

    at_the_office(shop, body)


def test_a_barcode_cannot_pretend_to_be_a_press(shop: Any) -> None:
    async def body(office: Office) -> None:
        from barcodes.scan import Scan

        raw = b'"press":"0123456789abcdef"'
        await office.desk.scan(Scan("scanner_1", office.clock.pass_s(5), raw), None)  # type: ignore[arg-type]
        assert (await press(office, Command("MATERIAL"), "0123456789abcdef"))["entries"][0]["do"] == "help"

    at_the_office(shop, body)


def test_a_station_without_a_scanner_has_its_keys_all_the_same(shop: Any) -> None:
    shop.config = shop.config.model_copy(update={"drivers": ()})

    async def body(office: Office) -> None:
        told = await press(office, Command("HELP"))
        assert (told["station"], told["answer"]) == ("metal_1", "command")

    at_the_office(shop, body)


def test_what_stands_at_a_station_is_told_with_the_usual_first(shop: Any) -> None:
    labels = [{"code": code, "label": {"ko": code, "en": code}} for code in ("HOLE", "STAIN")]
    work = shop.config.work.model_dump() | {"defects": labels, "reasons": labels}
    shop.config = type(shop.config).model_validate(shop.config.model_dump() | {"work": work, "drivers": [
        {"name": "scanner_1", "type": "serial_scanner", "port": "/dev/ttyACM0", "station": "metal_1"}
    ], "machines": [], "rules": []})  # fmt: skip

    async def now(office: Office) -> dict[str, Any]:
        return await office.desk.read(lambda db, _: standing(office.desk.at(db, "metal_1")))

    async def body(office: Office) -> None:
        told = await now(office)
        assert (told["workers"], told["waits"], told["job"]) == ([], None, None)
        assert [one["code"] for one in told["defects"]] == ["HOLE", "STAIN"]
        await office.scan(Badge(7), SEW, DefectTicket("STAIN"), SEW, ReasonTicket("STAIN"), ORDER, Command("START"))
        await office.scan(DefectTicket("HOLE"))
        told = await now(office)
        assert told["workers"] == [{"worker": "7", "language": None}]
        assert (told["waits"]["what"], told["waits"]["about"]) == ("defect", {"code": "HOLE", "quantity": 1})
        assert [one["code"] for one in told["defects"]] == ["STAIN", "HOLE"]
        assert [one["code"] for one in told["reasons"]] == ["STAIN", "HOLE"]
        assert told["reasons_told"].keys() == {""}
        assert (told["job"]["order"], told["job"]["running"]) == ("2611A", True)
        office.clock.pass_s(61)
        assert (await now(office))["waits"] is None

    at_the_office(shop, body)


@pytest.mark.parametrize("what", ["HELP", "MATERIAL", "MACHINE", "QUALITY"])
def test_a_call_says_what_for_once_and_is_over_when_somebody_came(shop: Any, what: str) -> None:
    async def body(office: Office) -> None:
        first = await office.scan(Command(what))
        about = {} if what == "HELP" else {"what": what.lower()}
        assert first.more[0].body == {"action": "raise", "worker": None, **about}
        assert (await office.scan(Command("QUALITY"))).tone == ("duplicate" if what == "QUALITY" else "ok")
        assert (await office.scan(Command("HELP"))).tone == "duplicate"
        calls = list(await office.journal.read(lambda db: list(db.execute("SELECT row, what FROM work_help"))))
        assert len(calls) == 1
        assert calls[0][1] == "quality"
        assert (await office.scan(Command("HELPED"))).more[0].body == {"action": "clear"}
        assert (await office.scan(Command("HELPED"))).tone == "refused"

    at_the_office(shop, body)
