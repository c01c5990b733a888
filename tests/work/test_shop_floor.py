"""Jobs, weighings, equipment, downtime and safety by scan: what each means, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from barcodes.ticket import (
    Badge,
    Command,
    Coupon,
    DefectTicket,
    EquipmentTicket,
    LotTicket,
    OperationTicket,
    QuantityTicket,
    ReasonTicket,
    Traveller,
)
from gateway.config.load import load
from gateway.event import Event
from gateway.floor_reports import lots_report
from gateway.trades.templates import template
from gateway.work import fold, making
from gateway.work.entries import check
from gateway.work.floor import Weighed
from gateway.work.jobs import jobs, open_job
from gateway.work.loss import Key, balances
from gateway.work.projections import downtime, incidents, lots, usage, weighings
from gateway.work.projections.jobs import JOBS, TOOLS
from gateway.work.usage import uses

ORDER, NEXT = Traveller("2611A", "TURN"), Traveller("2612A", "TURN")
SETUP, START, STOP = Command("SETUP"), Command("START"), Command("STOP")
LOT, POLISH = LotTicket("AU18K0231"), OperationTicket("POLISH")
ISSUE, RETURN, RECOVER = Command("ISSUE"), Command("RETURN"), Command("RECOVER")
SECOND = 1_000_000_000


class Bench:
    """Instruments that say what a test wants."""

    def __init__(self) -> None:
        self.pan: Weighed | None = None
        self.meter: Decimal | None = None
        self.total: int | None = None

    def weighed(self, scale: str) -> Weighed | None:
        return self.pan

    def counted(self, machine: str) -> int | None:
        return self.total

    def kwh(self, machine: str) -> Decimal | None:
        return self.meter


def shop(books: Any, trade: str, badge: int, scanner: str) -> Any:
    books.settings, books.instruments, books.scanner = load(template(trade)), Bench(), scanner
    told(books, Badge(badge))
    return books


@pytest.fixture
def metal(books: Any) -> Any:
    return shop(books, "metal", 101, "scanner_lathe")


@pytest.fixture
def jeweller(books: Any) -> Any:
    return shop(books, "jewellery", 201, "scanner_counter")


def told(books: Any, *tickets: Any, scanner: str | None = None) -> Any:
    """Scan some tickets; return the last answer. What any of them kept is of a known shape."""
    for ticket in tickets:
        answer = books.scan(ticket, scanner=scanner or books.scanner)
        check(answer.row.body["entries"], fold.SHAPES)
    return answer


def count(books: Any, machine: str, pieces: int, every_s: float = 10) -> None:
    for _ in range(pieces):
        books.wait(every_s)
        books.append(Event("count", machine, books.mono_ns, {"machine": machine, "delta": 1}))


def put(books: Any, value: float, unit: str = "g", stable: bool = True) -> None:
    books.wait(5)
    books.instruments.pan = Weighed("scale_1", f"scale_1:{books.mono_ns}", books.mono_ns, value, unit, stable)


def hand(books: Any, value: float, *tickets: Any, unit: str = "g") -> Any:
    put(books, value, unit)
    return told(books, *tickets)


def balance(books: Any, operation: str = "POLISH") -> Any:
    return balances(weighings.of_lot(books.db, LOT.lot))[Key(LOT.lot, operation, "201")]


# Jobs


def test_a_job_is_set_up_started_and_stopped_and_the_machine_s_pieces_are_its_own(metal: Any) -> None:
    told(metal, ORDER, SETUP)
    count(metal, "lathe_1", 2)  # trial pieces
    told(metal, START)
    count(metal, "lathe_1", 30)
    assert told(metal, ORDER, QuantityTicket(28)).kind == "accepted"
    told(metal, ORDER, DefectTicket("DIM"), QuantityTicket(2))
    count(metal, "lathe_1", 5)
    told(metal, STOP)
    (job,) = jobs(JOBS.read(metal.db))
    assert (job.machine, job.counted_in_setup, job.counted) == ("lathe_1", 2, 35)
    assert (job.quantity, job.scrap, job.scraps) == (28, 2, {"DIM": 2})
    assert not job.open


def test_setup_time_is_from_the_last_good_piece_to_the_first_whenever_anybody_scans(metal: Any) -> None:
    told(metal, ORDER, START)
    count(metal, "lathe_1", 10)
    metal.wait(85)
    told(metal, STOP)  # 90 s after the last piece
    told(metal, NEXT, SETUP)
    metal.wait(600)
    told(metal, START)
    metal.wait(295)
    count(metal, "lathe_1", 3, every_s=5)  # the first one 300 s after the start
    told(metal, STOP)
    first, second = jobs(JOBS.read(metal.db))
    assert second.setup_s == 90 + 2 * 5 + 600 + 5 + 300
    assert first.cycle_s == 10


def test_pieces_of_a_job_are_paid_to_whoever_is_there(metal: Any) -> None:
    told(metal, ORDER, START, ORDER, QuantityTicket(28))
    (line,) = metal.db.execute("SELECT what, operation, order_code, worker, quantity FROM work_lines")
    assert line == ("done", "TURN", "2611A", "101", 28)


def test_scrap_of_a_job_is_a_defect_of_its_operation_and_undo_takes_both_back(metal: Any) -> None:
    told(metal, ORDER, START, ORDER, DefectTicket("DIM"), QuantityTicket(2))
    lines = "SELECT what, operation, code, sum(quantity) FROM work_lines GROUP BY what"
    assert list(metal.db.execute(lines)) == [("defect", "TURN", "DIM", 2), ("scrap", "TURN", "DIM", 2)]
    told(metal, Command("UNDO"))
    assert {pieces for *_, pieces in metal.db.execute(lines)} == {0}
    assert [job.scrap for job in jobs(JOBS.read(metal.db))] == [0]


def test_another_job_at_the_station_ends_the_one_that_is_on(metal: Any) -> None:
    answer = told(metal, ORDER, START, NEXT, START)
    assert "2611A" in answer.text["en"]
    first, second = jobs(JOBS.read(metal.db))
    assert (first.open, second.running) == (False, True)


@pytest.mark.parametrize(
    ("tickets", "kind"),
    [
        ([START], "wrong_order"),
        ([STOP], "wrong_order"),
        ([ORDER, STOP], "command"),
        ([ORDER, START, ORDER, START], "duplicate"),
        ([Traveller("2611A", "TRUN")], "unknown"),
        ([Traveller("2611A"), START], "wrong_order"),
        ([Traveller("2611A"), QuantityTicket(5)], "wrong_order"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(metal: Any, tickets: list[Any], kind: str) -> None:
    answer = told(metal, *tickets)
    assert (answer.kind, answer.tone) == (kind, "duplicate" if kind == "duplicate" else "refused")
    assert answer.text["ko"]
    assert answer.text["en"]


def test_a_traveller_without_an_operation_asks_for_it_and_goes_on(metal: Any) -> None:
    assert told(metal, Traveller("2611A"), START, OperationTicket("TURN"), START).kind == "accepted"


def test_undo_takes_the_newest_of_a_job_back_and_nothing_older(metal: Any) -> None:
    told(metal, ORDER, START, ORDER, QuantityTicket(28), Command("UNDO"))
    assert [job.quantity for job in jobs(JOBS.read(metal.db))] == [0]
    assert list(metal.db.execute("SELECT sum(quantity) FROM work_lines")) == [(0,)]
    assert told(metal, Command("UNDO")).tone == "refused"
    assert open_job(JOBS.read(metal.db)) is not None


def test_the_tables_are_the_same_when_they_are_made_again(metal: Any) -> None:
    told(metal, ORDER, SETUP, START, ORDER, QuantityTicket(28), Command("UNDO"), ReasonTicket("TOOL"), STOP)
    told(metal, EquipmentTicket("insert_1"), EquipmentTicket("press_shared"), Command("NEARMISS"))
    before = metal.tables()
    making.rebuild(metal.db, metal.rows)
    assert metal.tables() == before


def test_supplies_and_sheets_give_waste_and_what_is_spare(books: Any) -> None:
    press = shop(books, "printing", 401, "scanner_press")
    order = Traveller("2701", "PRINT")
    told(press, order, SETUP, order, ISSUE, QuantityTicket(60))
    count(press, "offset_1", 8)
    told(press, START)
    count(press, "offset_1", 42)
    told(press, order, QuantityTicket(40), STOP)
    told_of = jobs(JOBS.read(press.db))[0].entry()
    assert (told_of["gross"], told_of["counted_in_setup"], told_of["waste"], told_of["spare"]) == (50, 8, 10, 10)


# Weighings


def test_metal_goes_out_comes_back_and_the_loss_is_what_is_missing(jeweller: Any) -> None:
    hand(jeweller, 10.0, LOT, POLISH, ISSUE)
    assert balance(jeweller).held
    hand(jeweller, 9.85, LOT, RETURN)
    answer = hand(jeweller, 0.09, LOT, RECOVER)
    assert balance(jeweller).out == Decimal("0.06")
    assert "0.06 g, 0.60 %" in answer.text["en"]


def test_a_loss_beyond_what_is_allowed_is_told_at_once(jeweller: Any) -> None:
    hand(jeweller, 10.0, LOT, POLISH, ISSUE)
    answer = hand(jeweller, 9.8, LOT, RETURN)
    assert answer.kind == "accepted"
    assert answer.row.body["beyond"]
    assert "1.5 %" in answer.text["en"]


def test_a_weighing_counts_once(jeweller: Any) -> None:
    hand(jeweller, 10.0, LOT, POLISH, ISSUE)
    answer = told(jeweller, LOT, RETURN)
    assert answer.tone == "refused"
    assert balance(jeweller).returned == 0


@pytest.mark.parametrize("how", ["moving", "old", "none", "no_weight"])
def test_a_weight_that_is_not_to_be_trusted_is_refused_and_the_lot_need_not_be_scanned_again(
    jeweller: Any, how: str
) -> None:
    if how != "none":
        put(jeweller, 10.0, "degC" if how == "no_weight" else "g", stable=how != "moving")
    if how == "old":
        jeweller.wait(60)
    assert told(jeweller, LOT, POLISH, ISSUE).tone == "refused"
    assert not weighings.of_lot(jeweller.db, LOT.lot)
    put(jeweller, 10.0)
    assert told(jeweller, ISSUE).kind == "accepted"


def test_stones_are_issued_apart_and_come_back_in_the_piece(jeweller: Any) -> None:
    hand(jeweller, 5.0, LOT, POLISH, ISSUE)
    hand(jeweller, 1.0, LOT, POLISH, ISSUE, unit="ct")
    hand(jeweller, 0.2, LOT, RETURN, unit="ct")  # one was too many
    assert balance(jeweller).held
    assert told(jeweller, LOT, RETURN).tone == "refused"
    hand(jeweller, 5.15, LOT, RETURN)  # 0.8 ct are set: 0.16 g
    assert balance(jeweller).out == Decimal("0.01")
    assert balance(jeweller).stones_out_ct == 0


def test_more_stones_than_went_out_do_not_come_back(jeweller: Any) -> None:
    hand(jeweller, 1.0, LOT, POLISH, ISSUE, unit="ct")
    assert hand(jeweller, 1.1, LOT, RETURN, unit="ct").tone == "refused"


def test_only_who_got_it_gives_it_back(jeweller: Any) -> None:
    hand(jeweller, 10.0, LOT, POLISH, ISSUE)
    told(jeweller, Badge(202))
    assert hand(jeweller, 9.9, LOT, RETURN).kind == "wrong_order"


def test_a_hand_over_that_was_a_mistake_is_taken_back_and_weighed_again(jeweller: Any) -> None:
    hand(jeweller, 10.0, LOT, POLISH, ISSUE)
    told(jeweller, Command("UNDO"))
    assert not weighings.of_lot(jeweller.db, LOT.lot)
    assert told(jeweller, LOT, POLISH, ISSUE).kind == "accepted"


def test_a_lot_of_no_metal_is_material_of_the_station(jeweller: Any) -> None:
    told(jeweller, LotTicket("WAX77"))
    (row,) = lots.LOG.read(jeweller.db)
    assert (row["lot"], row["station"]) == ("WAX77", "counter")
    day = jeweller.now_ns - 3600 * SECOND, jeweller.now_ns + SECOND
    assert [one["lot"] for one in lots_report(jeweller.db, day)["lots"]] == ["WAX77"]


def test_weights_without_a_lot_and_stations_without_a_scale_say_so(jeweller: Any) -> None:
    assert told(jeweller, ISSUE).kind == "wrong_order"
    told(jeweller, Badge(202), scanner="scanner_bench")
    jeweller.instruments.pan = None
    answer = told(jeweller, LOT, POLISH, ISSUE, scanner="scanner_bench")
    assert "no scale" in answer.text["en"]


# Equipment


def test_a_session_has_minutes_and_energy_of_its_meter(metal: Any) -> None:
    metal.instruments.meter = Decimal("120.5")
    told(metal, EquipmentTicket("press_shared"))
    metal.wait(25 * 60 - 5)
    metal.instruments.meter = Decimal("121.75")
    answer = told(metal, EquipmentTicket("press_shared"))
    (use,) = uses(usage.LOG.read(metal.db))
    assert (use.worker, use.minutes, use.kwh) == ("101", Decimal("25.0"), Decimal("1.25"))
    assert answer.text["en"] == "Shared press: ended after 25.0 min, 1.250 kWh"
    told_of = [row.body for row in metal.rows if row.kind == "session"]
    assert [(one["action"], one["kwh"]) for one in told_of] == [("start", None), ("end", 1.25)]


def test_who_forgot_to_end_is_ended_by_stop(metal: Any) -> None:
    told(metal, EquipmentTicket("press_shared"), Badge(102))
    assert told(metal, EquipmentTicket("press_shared")).tone == "refused"
    told(metal, STOP)
    (use,) = uses(usage.LOG.read(metal.db))
    assert use.worker == "101"
    assert use.stop_ns is not None


def test_a_tool_s_ticket_begins_its_life_anew(metal: Any) -> None:
    metal.instruments.total = 1234
    told(metal, EquipmentTicket("insert_1"))
    (row,) = TOOLS.read(metal.db)
    assert (row["tool"], row["machine"], row["total"]) == ("insert_1", "lathe_1", 1234)


def test_an_unknown_name_says_the_nearest(metal: Any) -> None:
    answer = told(metal, EquipmentTicket("endmil_1"))
    assert answer.kind == "unknown"
    assert "endmill_1" in answer.text["en"]


# Downtime and safety


def test_a_reason_is_of_the_station_s_machine_or_of_the_one_that_was_scanned(metal: Any) -> None:
    told(metal, ReasonTicket("TOOL"), EquipmentTicket("press_1"), ReasonTicket("MATERIAL"))
    assert [(row["code"], row["machine"]) for row in downtime.LOG.read(metal.db)] == [
        ("TOOL", "lathe_1"),
        ("MATERIAL", "press_1"),
    ]
    assert told(metal, ReasonTicket("TOOK")).kind == "unknown"


def test_danger_is_told_without_a_badge_and_by_the_machine_that_was_scanned(metal: Any) -> None:
    told(metal, Command("ESTOP"), scanner="scanner_mill")
    told(metal, EquipmentTicket("press_1"), Command("NEARMISS"))
    found = [(row["what"], row["where"], row["severity"], row["worker"]) for row in incidents.LOG.read(metal.db)]
    assert found == [("estop", "mill_1", "critical", ""), ("nearmiss", "press_1", "info", "101")]
    assert [row.source for row in metal.rows if row.kind == "incident"] == ["mill_1", "press_1"]


def test_without_a_badge_a_machine_may_be_meant_for_danger_alone(metal: Any) -> None:
    mill = "scanner_mill"
    told(metal, EquipmentTicket("press_1"), Command("GUARD"), scanner=mill)
    assert [row["where"] for row in incidents.LOG.read(metal.db)] == ["press_1"]
    assert told(metal, EquipmentTicket("press_shared"), scanner=mill).kind == "badge_first"
    assert told(metal, EquipmentTicket("press_1"), ReasonTicket("TOOL"), scanner=mill).kind == "badge_first"
    assert told(metal, Badge(102), scanner=mill).kind == "badge"
    assert not downtime.LOG.read(metal.db)


def test_a_scan_between_is_no_answer_and_says_so(metal: Any) -> None:
    answer = told(metal, ORDER, Coupon("0231", "TURN", 20))
    assert answer.kind == "accepted"
    assert answer.row.body["entries"]
