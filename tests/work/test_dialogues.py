"""Scans of several steps, several workers, bundles that change: what each means, and that the pieces add up."""

from typing import Any

import pytest

from barcodes.ticket import (
    Badge,
    BundleTicket,
    Command,
    Coupon,
    DefectTicket,
    QuantityTicket,
    ReasonTicket,
    StationTicket,
)
from drivers.base import DriverConfig
from gateway.config.parts import Station
from gateway.journal.rows import Epoch
from gateway.work import serials, stock
from gateway.work.entries import check
from gateway.work.fold import SHAPES
from gateway.work.projections import begun, bundles, places

CUT, FRONT = Coupon("0231", "CUT", 20), Coupon("0231", "FRONT", 20)
SLEEVE, ASSEM = Coupon("0231", "SLEEVE", 20), Coupon("0231", "ASSEM", 20)


def told(books: Any, *tickets: Any, scanner: str = "scanner_1") -> Any:
    """Scan some tickets; return the last answer. What any of them kept is of a known shape."""
    for ticket in tickets:
        answer = books.scan(ticket, scanner=scanner)
        check(answer.row.body["entries"], SHAPES)
    return answer


def pieces(books: Any) -> dict[tuple[str, str, str], int]:
    sums = "SELECT what, operation, worker, sum(quantity) AS q FROM work_lines GROUP BY 1, 2, 3 HAVING q <> 0"
    return {(what, operation, worker): q for what, operation, worker, q in books.db.execute(sums)}


def wip(books: Any) -> dict[str, int]:
    from gateway.work.catalogue import ConfiguredCatalogue

    found = stock.wip(books.db, ConfiguredCatalogue(books.settings.work))
    return {code: count for code, count in found.items() if count}


def at_station(books: Any, **options: Any) -> Any:
    """Have scanner_1 and scanner_2 at a station with these options, and another station beside it."""
    stations = (Station(name="sewing_3", **options), Station(name="sewing_4"))
    scanners = tuple(Scanner(name=name, station="sewing_3") for name in ("scanner_1", "scanner_2"))
    update = {"stations": stations, "drivers": scanners}
    books.settings = books.settings.model_copy(update=update)
    return books


class Scanner(DriverConfig):
    """A scanner that stands somewhere."""

    station: str


@pytest.fixture
def in_out(books: Any) -> Any:
    at_station(books, way="in_out")
    told(books, Badge(101))
    return books


@pytest.fixture
def together(books: Any) -> Any:
    at_station(books, workers="together")
    told(books, Badge(101), Badge(102))
    return books


# Quantities


def test_fewer_pieces_than_the_coupon_says_are_counted_first_and_the_bundle_has_no_more_from_then_on(
    logged_in: Any,
) -> None:
    assert told(logged_in, QuantityTicket(18)).text["ko"] == "18개 — 이제 표를 찍어 주세요."
    answer = told(logged_in, CUT)
    assert answer.kind == "accepted"
    assert answer.text["en"] == "Recorded: bundle 0231, cutting, 18 of 20"
    assert told(logged_in, FRONT).text["en"] == "Recorded: bundle 0231, front, 18 of 20"
    assert pieces(logged_in) == {("done", "CUT", "0101"): 18, ("done", "FRONT", "0101"): 18}
    assert wip(logged_in) == {"SLEEVE": 18}


def test_more_pieces_than_there_are_are_refused(logged_in: Any) -> None:
    answer = told(logged_in, QuantityTicket(21), CUT)
    assert (answer.tone, answer.text["en"]) == ("refused", "Too many: bundle 0231 has 20, not 21.")
    assert pieces(logged_in) == {}


def test_the_second_quantity_replaces_the_first(logged_in: Any) -> None:
    told(logged_in, QuantityTicket(18), QuantityTicket(17), CUT)
    assert pieces(logged_in) == {("done", "CUT", "0101"): 17}


def test_a_question_that_nobody_answers_in_time_is_dropped_and_the_next_answer_says_so(logged_in: Any) -> None:
    told(logged_in, QuantityTicket(18))
    logged_in.wait(61)
    answer = told(logged_in, CUT)
    assert answer.text["ko"].startswith("(수량은 60초가 지나 그만둠) 등록 — ")
    assert pieces(logged_in) == {("done", "CUT", "0101"): 20}
    assert "그만둠" not in told(logged_in, FRONT).text["ko"]


def test_a_ticket_that_is_no_answer_drops_the_question_and_says_so(logged_in: Any) -> None:
    answer = told(logged_in, QuantityTicket(18), Badge(102))
    assert (answer.kind, answer.text["en"]) == ("badge", "(Quantity dropped) Badge 102: now scan your tickets.")
    told(logged_in, CUT)
    assert pieces(logged_in) == {("done", "CUT", "102"): 20}


def test_a_code_that_is_none_of_ours_leaves_the_question_as_it_is(logged_in: Any) -> None:
    told(logged_in, QuantityTicket(18), b"8801", CUT)
    assert pieces(logged_in) == {("done", "CUT", "0101"): 18}


def test_a_question_is_cancelled(logged_in: Any) -> None:
    answer = told(logged_in, QuantityTicket(18), Command("CANCEL"))
    assert answer.text["en"] == "Cancelled: nothing was changed."
    assert told(logged_in, CUT).row.body["entries"][0]["quantity"] == 20


def test_a_question_survives_a_restart_and_not_a_reboot(logged_in: Any) -> None:
    told(logged_in, QuantityTicket(18))
    logged_in.start += 1
    told(logged_in, CUT, QuantityTicket(3))
    logged_in.reboot()
    assert told(logged_in, Badge(101)).text["en"].startswith("(Quantity dropped after 60 s)")
    assert pieces(logged_in) == {("done", "CUT", "0101"): 18}


def test_two_scanners_of_a_station_do_not_mix_their_questions(books: Any) -> None:
    at_station(books)
    told(books, Badge(101), QuantityTicket(18))
    told(books, CUT, scanner="scanner_2")
    assert pieces(books) == {("done", "CUT", "0101"): 20}


# Who is here


def test_several_workers_at_a_station_share_what_they_do(together: Any) -> None:
    answer = told(together, Coupon("0231", "CUT", 21))
    assert answer.text["en"] == "Recorded: bundle 0231, cutting, 21: 0101 11, 102 10"
    assert pieces(together) == {("done", "CUT", "0101"): 11, ("done", "CUT", "102"): 10}
    answer = told(together, Badge(101), Coupon("0231", "CUT", 21))
    assert "by 0101, 102" in answer.text["en"]


def test_badges_add_up_until_one_leaves(together: Any) -> None:
    assert told(together, Badge(7)).text["en"] == "Badge 7: now here: 0101, 102, 7. Scan your tickets."
    assert told(together, Command("LOGOUT")).text["en"].startswith("Who leaves (0101, 102, 7)?")
    assert told(together, Badge(102)).text["en"] == "102 left; still here: 0101, 7"
    told(together, CUT)
    assert pieces(together) == {("done", "CUT", "0101"): 10, ("done", "CUT", "7"): 10}


def test_all_leave_at_once(together: Any) -> None:
    told(together, Command("LOGOUT"), Command("LOGOUT"))
    assert told(together, CUT).kind == "badge_first"


def test_what_was_shared_is_undone_for_all(together: Any) -> None:
    told(together, CUT, Command("UNDO"))
    assert pieces(together) == {}


def test_a_badge_that_was_here_too_long_is_told_so(books: Any) -> None:
    at_station(books, badge_hold_s=60)
    told(books, Badge(101), CUT)
    books.wait(61)
    answer = told(books, FRONT)
    assert answer.kind == "badge_first"
    assert "0101번 명찰은" in answer.text["ko"]


def test_a_scanner_that_is_carried_elsewhere_belongs_there(books: Any) -> None:
    at_station(books)
    told(books, Badge(101))
    assert told(books, StationTicket("sewing_4")).text["en"] == "This scanner is at sewing_4 from now on."
    assert told(books, CUT).kind == "badge_first"
    told(books, Badge(102), CUT)
    assert [row.body["station"] for row in books.rows[-2:]] == ["sewing_4", "sewing_4"]
    told(books, StationTicket("sewing_3"))
    assert told(books, FRONT).row.body["worker"] == "0101"
    assert "the nearest is sewing_4" in told(books, StationTicket("sewing_5")).text["en"]


# IN and OUT


def test_a_station_that_scans_in_and_out_begins_with_the_first_scan_and_pays_with_the_second(in_out: Any) -> None:
    answer = told(in_out, CUT)
    assert (answer.kind, answer.tone, pieces(in_out)) == ("command", "ok", {})
    assert begun.in_hand(in_out.db, "0231")[0].worker == "0101"
    assert told(in_out, CUT).kind == "accepted"
    assert begun.in_hand(in_out.db, "0231") == []
    assert told(in_out, CUT).kind == "duplicate"


def test_what_another_began_is_handed_over_before_it_is_ended(in_out: Any) -> None:
    told(in_out, CUT, Badge(102))
    answer = told(in_out, CUT)
    assert (answer.kind, answer.row.body["held_by"]) == ("wrong_order", "0101")
    told(in_out, Badge(101), Command("HANDOVER"), CUT)
    answer = told(in_out, Badge(102))
    assert answer.text["en"] == "Handed over: bundle 0231, 0101 to 102"
    told(in_out, Badge(102), CUT)
    assert pieces(in_out) == {("done", "CUT", "102"): 20}


def test_what_one_does_not_have_cannot_be_handed_over(in_out: Any) -> None:
    assert told(in_out, Command("HANDOVER"), CUT).tone == "refused"
    told(in_out, Command("CANCEL"), CUT, Command("HANDOVER"), BundleTicket("0231"))
    assert told(in_out, Badge(101)).text["en"] == "Scan the badge of whoever takes it."
    assert told(in_out, Badge(999)).tone == "refused"
    assert told(in_out, Badge(7)).text["en"] == "Handed over: bundle 0231, 0101 to 7"


def test_undo_takes_back_the_end_and_then_it_is_in_hand_again(in_out: Any) -> None:
    told(in_out, CUT, CUT, Command("UNDO"))
    assert begun.in_hand(in_out.db, "0231")[0].worker == "0101"
    assert told(in_out, CUT).kind == "accepted"
    told(in_out, FRONT)
    assert told(in_out, Command("UNDO")).text["en"] == "Undone: bundle 0231, front is not begun."
    assert begun.in_hand(in_out.db, "0231") == []


def test_in_and_out_can_be_told_at_any_station(logged_in: Any) -> None:
    told(logged_in, Command("IN"), CUT)
    assert begun.in_hand(logged_in.db, "0231")
    assert told(logged_in, Command("IN"), CUT).kind == "duplicate"
    assert told(logged_in, Command("OUT"), CUT).kind == "accepted"


# Split and short


PARTS = [serials.of(Epoch(1, "a1b2", "boot-1"), 1) + letter for letter in "AB"]  # what the first split names


def test_a_bundle_is_split_into_parts_that_add_up_and_each_is_worked_on_alone(logged_in: Any) -> None:
    told(logged_in, CUT, Command("SPLIT"), CUT, QuantityTicket(12))
    assert told(logged_in, QuantityTicket(9)).text["en"] == "Too many: bundle 0231 has 8, not 9."
    assert told(logged_in, Command("SPLIT")).tone == "refused"
    answer = told(logged_in, QuantityTicket(8), Command("SPLIT"))
    assert answer.text["en"] == "Split: 0231 into {} with 12, {} with 8. Print their tickets.".format(*PARTS)
    assert told(logged_in, FRONT).text["en"] == "Bundle 0231 was split: scan the tickets of {}, {}.".format(*PARTS)
    assert told(logged_in, Coupon(PARTS[0], "CUT", 12)).kind == "duplicate"
    told(logged_in, Coupon(PARTS[0], "FRONT", 12), Coupon(PARTS[1], "SLEEVE", 8))
    assert pieces(logged_in) == {
        ("done", "CUT", "0101"): 20,
        ("done", "FRONT", "0101"): 12,
        ("done", "SLEEVE", "0101"): 8,
    }
    assert wip(logged_in) == {"SLEEVE": 12, "FRONT": 8}


def test_a_split_is_undone_until_a_part_was_worked_on(logged_in: Any) -> None:
    told(logged_in, CUT, Command("SPLIT"), CUT, QuantityTicket(12), QuantityTicket(8), Command("SPLIT"))
    assert told(logged_in, Command("UNDO")).text["en"].startswith("Undone: bundle 0231 is whole again.")
    assert bundles.parts(logged_in.db, "0231") == []
    assert told(logged_in, FRONT).kind == "accepted"


def test_what_was_split_cannot_be_undone_and_a_split_that_was_worked_on_neither(logged_in: Any) -> None:
    told(logged_in, CUT, Command("SPLIT"), BundleTicket("0231"), QuantityTicket(12), QuantityTicket(8))
    split = told(logged_in, Command("SPLIT"))
    told(logged_in, Coupon(PARTS[0], "FRONT", 12))
    assert told(logged_in, Command("UNDO")).text["en"] == f"Undone: bundle {PARTS[0]}, front, 12"
    told(logged_in, Badge(101), Coupon(PARTS[0], "FRONT", 12))
    from gateway.work.dialogues import undoing
    from gateway.work.ledger import Ledger

    ledger = Ledger(logged_in.settings, "gw_1", logged_in.boot)
    here = ledger.here(logged_in.db, "scanner_1", logged_in.mono_ns, logged_in.now_ns)
    row = split.row.position
    refused = undoing.look(here, (row.start << 40) | row.n)[1]
    assert refused is not None
    assert "worked on since" in refused["en"]


def test_a_short_bundle_says_why_and_pays_what_there_is(logged_in: Any) -> None:
    told(logged_in, CUT, Command("SHORT"), ReasonTicket("FAULT"), BundleTicket("0231"))
    answer = told(logged_in, QuantityTicket(17))
    assert answer.text["en"] == "Short: bundle 0231 has 17 from now on (20 before)."
    assert answer.row.body["entries"][-1]["reason"] == "FAULT"
    assert told(logged_in, Command("SHORT"), FRONT, QuantityTicket(17)).tone == "refused"
    told(logged_in, FRONT)
    assert pieces(logged_in)["done", "FRONT", "0101"] == 17


def test_a_bundle_alone_says_where_it_stands(logged_in: Any) -> None:
    assert told(logged_in, BundleTicket("0231")).text["en"].startswith("Unknown bundle 0231")
    told(logged_in, CUT)
    assert told(logged_in, BundleTicket("0231")).text["en"] == "Bundle 0231, 20: next is front, sleeve"


# Defects


def test_a_defect_is_told_repaired_and_nobody_is_paid_twice(logged_in: Any) -> None:
    told(logged_in, CUT, Badge(102), DefectTicket("STAIN"), QuantityTicket(3))
    answer = told(logged_in, CUT)
    assert answer.text["en"] == "Defect recorded: bundle 0231, cutting, STAIN, 3"
    (quality,) = answer.more
    assert quality.kind == "quality"
    assert quality.body["defects"] == {"STAIN": 3}
    assert (quality.body["inspected"], quality.body["defective"]) == (20, 3)
    assert told(logged_in, Command("REPAIR"), QuantityTicket(4), CUT).tone == "refused"
    assert told(logged_in, Command("REPAIR"), CUT).text["en"] == "Repaired: bundle 0231, cutting, 3"
    assert pieces(logged_in) == {
        ("done", "CUT", "0101"): 20,
        ("defect", "CUT", "0101"): 3,
        ("repair", "CUT", "0101"): 3,
    }
    assert told(logged_in, Command("REPAIR"), CUT).tone == "refused"


@pytest.mark.parametrize(("pays", "who"), [("maker", "0101"), ("repairer", "102"), ("nobody", "")])
def test_who_earns_a_repaired_piece_is_configured(logged_in: Any, pays: str, who: str) -> None:
    work = logged_in.settings.work.model_copy(update={"repair_pays": pays})
    logged_in.settings = logged_in.settings.model_copy(update={"work": work})
    told(logged_in, CUT, Badge(102), DefectTicket("STAIN"), CUT, Command("REPAIR"), BundleTicket("0231"))
    assert pieces(logged_in)["repair", "CUT", who] == 1


def test_scrap_takes_pieces_out_of_the_bundle_and_had_a_defect(logged_in: Any) -> None:
    told(logged_in, CUT, DefectTicket("HOLE"), CUT)
    answer = told(logged_in, Command("SCRAP"), QuantityTicket(2), CUT)
    assert answer.text["en"] == "Scrapped: bundle 0231, 2; 18 left"
    told(logged_in, FRONT)
    lines = pieces(logged_in)
    assert (lines["defect", "CUT", "0101"], lines["scrap", "CUT", ""], lines["done", "FRONT", "0101"]) == (2, 2, 18)
    assert wip(logged_in) == {"SLEEVE": 18}


def test_undo_of_defects_repairs_and_scrap(logged_in: Any) -> None:
    told(logged_in, CUT, Badge(101), DefectTicket("HOLE"), CUT)
    assert told(logged_in, Command("UNDO")).text["en"] == "Undone: bundle 0231, 1 with a defect"
    told(logged_in, Command("SCRAP"), QuantityTicket(2), CUT, Command("UNDO"))
    told(logged_in, FRONT)
    assert pieces(logged_in) == {("done", "CUT", "0101"): 20, ("done", "FRONT", "0101"): 20}


def test_a_piece_of_what_is_not_done_has_no_defect(logged_in: Any) -> None:
    assert told(logged_in, DefectTicket("HOLE"), CUT).kind == "wrong_order"
    told(logged_in, CUT)
    assert told(logged_in, DefectTicket("HOLE"), QuantityTicket(21), CUT).tone == "refused"
    assert told(logged_in, Command("SCRAP"), CUT).text["en"].startswith("How many?")


# Help


def test_help_is_called_once_until_somebody_came(books: Any) -> None:
    answer = told(books, Command("HELP"))
    assert (answer.tone, answer.more[0].kind, answer.more[0].body["action"]) == ("ok", "help", "raise")
    assert told(books, Command("CANCEL"), Command("HELP"), Badge(101), Command("HELP")).tone == "duplicate"
    assert [call.station for call in places.calls(books.db)] == ["scanner_1"]
    assert told(books, Command("CANCEL")).more[0].body == {"action": "clear"}
    assert places.calls(books.db) == []
    assert told(books, Command("CANCEL")).tone == "refused"


# Scanners that were away


def test_scans_that_were_held_back_keep_the_order_in_which_they_arrive(logged_in: Any) -> None:
    """A scanner out of reach sends all at once; each is a scan of its own, and says that its own time is not known."""
    for ticket in (CUT, FRONT, SLEEVE):
        answer = logged_in.scan(ticket, after_s=0.01)
        assert (answer.kind, answer.row.body["by_arrival"]) == ("accepted", True)
    assert "by_arrival" not in logged_in.scan(ASSEM, after_s=0.5).row.body
