"""The simulated shop behaves like one, and the same seed gives the same day."""

import asyncio
from collections import Counter
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from barcodes.scan import Scan
from barcodes.ticket import Badge, Command, Coupon, Unknown, parse
from gateway.clock import SystemClock
from gateway.config.parts import Text, Workshop
from gateway.config.root import EdgeConfig
from gateway.config.work import Operation, Work, Worker
from gateway.demo.bundles import Floor
from gateway.demo.registers import words
from gateway.demo.shop import Shop
from gateway.journal.journal import Journal
from gateway.work.ledger import Ledger
from gateway.work.opening import open_ledger
from sensors.point import Point

MINUTE = 600  # tenths of a second


def test_the_same_seed_gives_the_same_day_however_time_is_cut() -> None:
    fine, coarse, other = Shop(3), Shop(3), Shop(4)
    for _ in range(300):
        fine.advance(0.25)
    coarse.advance(75)
    other.advance(75)
    assert fine.time_s == pytest.approx(coarse.time_s)
    assert fine.press.strokes == coarse.press.strokes
    assert fine.press.temperature == coarse.press.temperature
    assert [m.phase for m in fine.machines] == [m.phase for m in coarse.machines]
    assert fine.press.strokes != other.press.strokes


def test_in_the_first_minute_the_press_overheats_and_cools_and_machines_change_their_state() -> None:
    shop = Shop()
    degrees, phases = [], [machine.phase for machine in shop.machines]
    changes: Counter[int] = Counter()
    strokes = shop.press.strokes
    for _ in range(MINUTE):
        shop.advance(0.1)
        degrees.append(shop.press.temperature)
        for n, machine in enumerate(shop.machines):
            changes[n] += machine.phase != phases[n]
            phases[n] = machine.phase
    hot = [n / 10 for n, degree in enumerate(degrees) if degree > 80.5]
    assert hot[0] < 25
    assert hot[-1] - hot[0] > 8  # long enough for the rule's 5 s
    assert min(degrees[int(hot[-1] * 10) :]) < 74  # the alarm ends within the minute
    assert sum(1 for count in changes.values() if count) >= 6
    assert shop.press.strokes - strokes >= 8


@pytest.mark.slow
def test_over_a_day_everything_stays_within_what_is_possible() -> None:
    shop = Shop()
    pieces = shop.readings["sew_1"]["pieces"]
    for _ in range(8 * 60):
        shop.advance(60)
        press, lathe, room = shop.readings["press_1"], shop.readings["lathe_1"], shop.readings["climate_1"]
        assert 20 < press["temperature"] < 95
        assert 0 <= lathe["vibration"] < 8
        assert 25 < room["humidity"] < 60
        assert 0 <= shop.readings["meter_1"]["power"] < 1200
    assert 100 < shop.readings["sew_1"]["pieces"] - pieces < 600


def test_the_meter_follows_its_machine() -> None:
    shop = Shop()
    seen: dict[str, list[float]] = {}
    for _ in range(2 * MINUTE):
        shop.advance(0.1)
        seen.setdefault(shop.press.phase, []).append(shop.readings["meter_1"]["power"])
    assert max(seen["cooling"][20:]) < 80
    assert min(seen["low_oil"][30:]) > 300


def test_values_come_in_the_unit_of_their_point() -> None:
    shop = Shop()
    wh = Point(name="energy", unit="Wh", address=0, kind="counter")
    kwh = Point(name="energy", unit="kWh", address=0, kind="counter")
    mpa = Point(name="pressure", unit="MPa", address=0)
    assert shop.value("meter_1", kwh) == pytest.approx(shop.value("meter_1", wh) / 1000)
    assert 0.4 < shop.value("press_1", mpa) < 0.8


def test_a_point_that_the_shop_does_not_know_still_has_a_plausible_value() -> None:
    shop = Shop()
    gauge = Point(name="level", unit="mm", address=0, low=10, high=50)
    assert 10 <= shop.value("tank_1", gauge) <= 50
    assert shop.value("tank_1", Point(name="open", kind="state", table="coil", type="bool", address=0)) == 0


def _work(*, packs: bool = False) -> Work:
    names = (("CUT", ()), ("FRONT", ("CUT",)), ("SLEEVE", ("CUT",)), ("ASSEM", ("FRONT", "SLEEVE")))
    names += (("PACK", ()),) if packs else ()
    return Work(
        workers=(Worker(badge="101", name="은하"), Worker(badge="102", name="순복")),
        operations=tuple(Operation(code=code, label=Text(ko=code, en=code), after=after) for code, after in names),
    )


def test_the_first_minute_of_scans_shows_every_answer(tmp_path: Path) -> None:
    """Played to the real ledger: one badge at each scanner, work, a duplicate, a wrong order, an unknown, an undo."""
    config = EdgeConfig(workshop=Workshop(id="shop-1", name="공방"), work=_work())

    async def play() -> list[str]:
        answers: list[str] = []
        seconds, clock = 0.0, SystemClock(trust=True)
        async with await Journal.open(tmp_path / "journal.db", "gw_1", clock) as journal:
            await open_ledger(journal)
            ledger = Ledger(config, "gw_1", clock.boot_id)
            for planned in Floor(_work(), ["scanner_1", "scanner_2"]).scans():
                seconds += planned.after_s
                if seconds > 60:
                    break
                scan = Scan(planned.scanner, int(seconds * 1e9), planned.raw)
                answers.append((await journal.transact(partial(ledger.decide, scan=scan, now_ns=0))).kind)
        return answers

    answers = asyncio.run(play())
    assert {"badge", "accepted", "duplicate", "wrong_order", "unknown", "command"} <= set(answers[:12])
    assert len(answers) >= 12
    assert "badge_first" not in answers
    assert Counter(answers).most_common(1)[0][0] == "accepted"


def test_a_day_of_scans_never_runs_dry_and_is_mostly_work() -> None:
    floor = Floor(_work(), ["scanner_1"], seed=5)
    kinds = Counter(type(parse(planned.raw)) for planned in islice(floor.scans(), 3000))
    assert kinds[Coupon] > 2400
    assert kinds[Badge] > 50
    assert kinds[Unknown] > 30
    assert kinds[Command] == 1


def test_without_scanners_nothing_is_scanned() -> None:
    assert list(Floor(_work(), []).scans()) == []


def test_what_lies_on_the_belt_is_mostly_accepted_and_the_badge_comes_first(tmp_path: Path) -> None:
    """Played to the real ledger, beside the people's scans: bundles that they finished are packed."""
    config = EdgeConfig(workshop=Workshop(id="shop-1", name="공방"), work=_work(packs=True))
    floor = Floor(config.work, ["scanner_1"], cameras=["camera_1"])

    async def play() -> list[tuple[str, bytes]]:
        answers = []
        seconds, clock = 0.0, SystemClock(trust=True)
        async with await Journal.open(tmp_path / "journal.db", "gw_1", clock) as journal:
            await open_ledger(journal)
            ledger = Ledger(config, "gw_1", clock.boot_id)
            for by_hand, laid in islice(zip(floor.scans(), floor.labels("camera_1"), strict=False), 200):
                for planned in (by_hand, laid):
                    seconds += planned.after_s
                    scan = Scan(planned.scanner, int(seconds * 1e9), planned.raw)
                    answer = await journal.transact(partial(ledger.decide, scan=scan, now_ns=0))
                    if planned is laid:
                        answers.append((answer.kind, planned.raw))
        return answers

    answers = asyncio.run(play())
    kinds = Counter(kind for kind, _ in answers)
    assert answers[0][0] == "badge"
    assert answers[1][0] == "accepted"
    assert kinds["accepted"] > 160
    assert kinds.keys() == {"accepted", "badge", "duplicate", "unknown"}
    coupons = [ticket for _, raw in answers if isinstance(ticket := parse(raw), Coupon)]
    assert {coupon.operation for coupon in coupons} == {"PACK"}
    assert sum(coupon.bundle.startswith("02") for coupon in coupons) > 5  # of this line, finished by hand


def test_where_nobody_packs_nothing_lies_on_the_belt() -> None:
    assert list(Floor(Work(), ["scanner_1"], cameras=["camera_1"]).labels("camera_1")) == []


@pytest.mark.parametrize(
    ("point", "value", "registers"),
    [
        (Point(name="p", address=3, type="i16", scale=0.1), -12.5, {3: 0x10000 - 125}),
        (Point(name="p", address=3, type="u16", scale=0.1), -1, {3: 0}),
        (Point(name="p", address=0, type="u32", word_order="little", kind="counter"), 0x12345, {0: 0x2345, 1: 1}),
        (Point(name="p", address=0, type="u16", kind="counter"), 70_000, {0: 4464}),
        (Point(name="p", address=0, type="f32"), 1.0, {0: 0x3F80, 1: 0}),
        (Point(name="p", address=10, bit=3, kind="state"), 1, {10: 0b1010}),
        (Point(name="p", address=7, type="bool", table="coil", kind="state"), 1, {7: 1}),
        (Point(name="p", address=0, type="i16", decimals_address=1), 14.8, {0: 148, 1: 1}),
    ],
)
def test_values_stand_in_registers_as_a_device_holds_them(
    point: Point, value: float, registers: dict[int, int]
) -> None:
    assert words(point, value, {10: 0b10}) == registers
