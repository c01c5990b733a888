"""What a station answers, scan by scan."""

from typing import Any

import pytest

from barcodes.ticket import Badge, Command, Coupon, OperationTicket
from gateway.work.answer import scan_entry
from gateway.work.ledger import Ledger
from gateway.work.raw import raw_of
from gateway.work.summary import sessions, summary

CUT, FRONT = Coupon("0231", "CUT", 20), Coupon("0231", "FRONT", 20)
SLEEVE, ASSEM = Coupon("0231", "SLEEVE", 20), Coupon("0231", "ASSEM", 20)
UNDO, LOGOUT = Command("UNDO"), Command("LOGOUT")


def test_a_badge_is_greeted_by_its_number_and_not_by_its_name(books: Any) -> None:
    answer = books.scan(Badge(101))
    assert (answer.kind, answer.tone) == ("badge", "ok")
    assert answer.text["ko"].startswith("0101번 명찰")
    assert "은하" not in answer.text["ko"]
    assert answer.row.body["worker"] == "0101"


def test_leading_zeros_of_a_badge_do_not_matter(books: Any) -> None:
    assert books.scan(Badge(7)).row.body["worker"] == "7"


def test_a_coupon_without_a_badge_is_not_counted(books: Any) -> None:
    answer = books.scan(CUT)
    assert (answer.kind, answer.tone) == ("badge_first", "refused")
    assert answer.text["ko"] == "먼저 명찰을 찍어 주세요."
    assert summary(books.db, 0)["coupons"] == 0


def test_a_coupon_is_recorded_once_and_says_what_it_was(logged_in: Any) -> None:
    logged_in.scan(CUT)
    answer = logged_in.scan(FRONT)
    assert (answer.kind, answer.tone) == ("accepted", "ok")
    assert answer.text == {"ko": "등록 — 묶음 0231 앞판 20개", "en": "Recorded: bundle 0231, front, 20"}
    body = answer.row.body
    assert body["ticket"] == {"type": "coupon", "bundle": "0231", "operation": "FRONT", "quantity": 20}
    assert (body["worker"], body["station"], body["answer"]) == ("0101", "scanner_1", "accepted")


def test_a_coupon_that_is_paid_says_when_and_pays_no_more(logged_in: Any) -> None:
    logged_in.scan(CUT, after_s=1)
    answer = logged_in.scan(CUT, after_s=3600)
    assert (answer.kind, answer.tone) == ("duplicate", "duplicate")
    assert answer.text["ko"] == "이미 등록 — 오늘 12:16에 0101번이 찍은 표예요. 두 번 세지 않았어요."
    assert answer.text["en"] == "Already recorded today at 12:16 by 0101; not counted twice."
    assert summary(logged_in.db, 0)["pieces"] == 20


@pytest.mark.parametrize(
    ("days", "says"), [(1, "어제 12:16에"), (2, "11월 22일 12:16에"), (60, "2026년 11월 22일 12:16에")]
)
def test_a_coupon_of_an_earlier_day_names_the_day(logged_in: Any, days: int, says: str) -> None:
    logged_in.scan(CUT)
    logged_in.wait(days * 86400)
    logged_in.scan(Badge(102))
    assert says in logged_in.scan(CUT).text["ko"]


def test_after_the_clock_was_corrected_a_duplicate_tells_the_right_time(logged_in: Any) -> None:
    """The first was kept while the clock stood an hour wrong; within one boot the mono time knows better."""
    logged_in.scan(CUT)
    logged_in.offset_ns += 3600 * 1_000_000_000
    assert "오늘 13:16에" in logged_in.scan(CUT).text["ko"]


def test_another_worker_at_another_station_cannot_claim_what_is_paid(logged_in: Any) -> None:
    logged_in.scan(CUT)
    logged_in.scan(Badge(102), scanner="scanner_2")
    answer = logged_in.scan(CUT, scanner="scanner_2")
    assert answer.kind == "duplicate"
    assert answer.row.body["paid_by"] == logged_in.rows[1].id("gw_1")


def test_what_comes_first_must_be_recorded_first(logged_in: Any) -> None:
    answer = logged_in.scan(FRONT)
    assert (answer.kind, answer.tone) == ("wrong_order", "refused")
    assert answer.text["ko"] == "순서 틀림 — 「재단」이 먼저예요. 옆에 두고 호출해 주세요."
    logged_in.scan(CUT)
    logged_in.scan(FRONT)
    assert logged_in.scan(ASSEM).text["ko"].startswith("순서 틀림 — 「소매」가 먼저예요.")


@pytest.mark.parametrize(
    ("raw", "ko"),
    [
        (b"8801234567893", "모르는 표 — 우리 공방 표인지 확인해 주세요."),
        (b"", "모르는 표 — 우리 공방 표인지 확인해 주세요."),
        (b"w-0007-5", "모르는 표 — 스캐너가 소문자로 보냈어요."),
        ("ㅈ-0007-5".encode(), "모르는 표 — 스캐너가 한글로 보냈어요."),
        (b"B-0232-AP-20-Q", "모르는 표 — 확인 글자가 맞지 않아요."),
        (b"\xff\x00\x1d", "모르는 표 — 글자가 아닌 코드예요."),
        (b"W-0009-2", "모르는 표 — 확인 글자"),
    ],
)
def test_a_code_that_means_nothing_is_kept_raw_and_answered_unknown(logged_in: Any, raw: bytes, ko: str) -> None:
    answer = logged_in.scan(raw)
    assert (answer.kind, answer.tone) == ("unknown", "refused")
    assert answer.text["ko"].startswith(ko)
    assert answer.row.body["ticket"] is None
    assert raw_of(answer.row.body) == raw


def test_a_ticket_of_ours_that_means_nothing_here_says_so(logged_in: Any) -> None:
    answer = logged_in.scan(OperationTicket("CUT"))
    assert (answer.kind, answer.tone) == ("unknown", "refused")
    assert "P-CUT-" in answer.text["en"]
    assert answer.row.body["ticket"] == {"type": "operation", "code": "CUT"}


def test_an_unknown_badge_lets_nobody_in_and_nobody_out(logged_in: Any) -> None:
    answer = logged_in.scan(Badge(999))
    assert answer.kind == "unknown"
    assert "999번" in answer.text["ko"]
    assert logged_in.scan(CUT).row.body["worker"] == "0101"


def test_an_operation_that_is_not_configured_is_told_the_nearest(logged_in: Any) -> None:
    answer = logged_in.scan(Coupon("0231", "FRON", 20))
    assert answer.kind == "unknown"
    assert answer.text["en"] == "Unknown ticket: the configuration has no operation FRON; the nearest is FRONT."


def test_the_scanner_may_name_the_symbology(logged_in: Any) -> None:
    answer = logged_in.scan(b"]C0W-0007-5")
    assert answer.kind == "badge"
    assert answer.row.body["symbology"] == "code128"
    assert (answer.row.body["raw"], answer.row.body["text"]) == ("]C0W-0007-5", "W-0007-5")


def test_the_fields_of_a_gs1_code_stand_in_its_event_and_so_does_what_is_wrong_with_it(logged_in: Any) -> None:
    body = logged_in.scan(b"]d2010880123456789310A-7").row.body
    assert (body["gs1"], body["answer"]) == ({"01": "08801234567893", "10": "A-7"}, "unknown")
    assert (
        logged_in.scan(b"]C10108801234567894").row.body["gs1_error"]
        == "(01) column 3: 08801234567894 ends in 4: the check digit is 3"
    )
    assert "gs1" not in logged_in.scan(b"]C00108801234567893").row.body


def test_korean_text_in_either_encoding_is_told_as_text(logged_in: Any) -> None:
    for encoding in ("utf-8", "cp949"):
        assert logged_in.scan("원단 3호".encode(encoding)).row.body["text"] == "원단 3호"


def test_an_undo_names_what_it_corrects_and_the_coupon_can_be_recorded_again(logged_in: Any) -> None:
    first = logged_in.scan(CUT)
    answer = logged_in.scan(UNDO)
    assert (answer.kind, answer.tone) == ("command", "ok")
    assert answer.text["ko"] == "되돌림 — 묶음 0231 재단 20개를 뺐어요."
    assert answer.row.body["corrects"] == first.row.id("gw_1")
    assert summary(logged_in.db, 0)["pieces"] == 0
    assert logged_in.scan(CUT, after_s=0.5).kind == "accepted"


def test_an_undo_takes_back_one_coupon_and_not_the_one_before(logged_in: Any) -> None:
    for ticket in (CUT, FRONT, UNDO):
        logged_in.scan(ticket)
    answer = logged_in.scan(UNDO)
    assert (answer.kind, answer.tone) == ("command", "refused")
    assert "corrects" not in answer.row.body
    assert summary(logged_in.db, 0)["coupons"] == 1


def test_an_undo_by_another_badge_takes_nothing_back(logged_in: Any) -> None:
    logged_in.scan(CUT)
    logged_in.scan(Badge(102))
    assert logged_in.scan(UNDO).tone == "refused"
    assert summary(logged_in.db, 0)["coupons"] == 1


def test_an_undo_without_a_badge_asks_for_it(books: Any) -> None:
    assert books.scan(UNDO).kind == "badge_first"


def test_what_later_work_builds_on_is_not_undone(logged_in: Any) -> None:
    logged_in.scan(CUT)
    logged_in.scan(Badge(102), scanner="scanner_2")
    logged_in.scan(FRONT, scanner="scanner_2")
    answer = logged_in.scan(UNDO)
    assert answer.tone == "refused"
    assert answer.text["ko"] == "되돌릴 수 없어요 — 「앞판」이 이미 등록됐어요. 호출해 주세요."


def test_an_undo_works_after_its_operation_left_the_configuration(logged_in: Any) -> None:
    logged_in.scan(CUT)
    logged_in.settings = logged_in.settings.model_copy(
        update={"work": logged_in.settings.work.model_copy(update={"operations": ()})}
    )
    assert logged_in.scan(UNDO).text["en"] == "Undone: bundle 0231, CUT, 20"


def test_a_logout_ends_the_session(logged_in: Any) -> None:
    assert sessions(logged_in.db) == {"scanner_1": "0101"}
    assert logged_in.scan(LOGOUT).kind == "command"
    assert sessions(logged_in.db) == {}
    assert logged_in.scan(CUT).kind == "badge_first"


def test_a_badge_stays_for_its_hours_and_no_longer(logged_in: Any) -> None:
    assert logged_in.scan(CUT, after_s=14400).kind == "accepted"
    assert logged_in.scan(FRONT, after_s=1).kind == "badge_first"


def test_after_a_power_cut_the_badge_is_scanned_again_and_what_was_paid_stays_paid(logged_in: Any) -> None:
    logged_in.scan(CUT)
    logged_in.reboot()
    assert logged_in.scan(CUT).kind == "badge_first"
    logged_in.scan(Badge(101))
    answer = logged_in.scan(CUT)
    assert answer.kind == "duplicate"
    assert "오늘 12:16에" in answer.text["ko"]


def test_the_same_label_at_once_is_one_reading_with_the_same_answer(logged_in: Any) -> None:
    first = logged_in.scan(CUT)
    again = logged_in.scan(CUT, after_s=2.9)
    assert (again.kind, again.text, again.tone) == (first.kind, first.text, first.tone)
    assert again.row.body["answer"] == "duplicate"  # whoever adds up accepted events must not count it
    assert again.row.body["repeats"] == first.row.id("gw_1")
    assert scan_entry(again.row, "gw_1", {}, {})["answer"] == "accepted"
    assert summary(logged_in.db, 0) == {
        "pieces": 20,
        "coupons": 1,
        "operations": [{"operation": "CUT", "pieces": 20, "coupons": 1}],
        "workers": [{"worker": "0101", "operation": "CUT", "pieces": 20, "coupons": 1}],
    }


def test_a_label_left_before_the_scanner_stays_one_reading(logged_in: Any) -> None:
    logged_in.scan(CUT)
    logged_in.scan(FRONT)
    logged_in.scan(UNDO)
    for _ in range(10):
        assert logged_in.scan(UNDO, after_s=1).tone == "ok"
    assert summary(logged_in.db, 0)["coupons"] == 1
    assert logged_in.scan(UNDO, after_s=3.1).tone == "refused"


def test_the_same_label_at_another_scanner_is_another_reading(logged_in: Any) -> None:
    logged_in.scan(CUT)
    assert logged_in.scan(CUT, scanner="scanner_2", after_s=0.1).kind == "badge_first"


def test_scanners_of_one_station_share_its_badge(books: Any) -> None:
    from drivers.serial_scanner import SerialScanner

    make = SerialScanner.Config
    scanners = tuple(
        make(name=name, type="serial_scanner", port="/dev/x", station="sewing_3") for name in ("scanner_1", "scanner_2")
    )
    books.settings = books.settings.model_copy(update={"drivers": scanners})
    books.scan(Badge(101), scanner="scanner_1")
    answer = books.scan(CUT, scanner="scanner_2")
    assert (answer.kind, answer.row.body["station"]) == ("accepted", "sewing_3")


def test_the_screen_gets_a_scan_in_one_shape(logged_in: Any) -> None:
    row = logged_in.scan(CUT).row
    entry = scan_entry(row, "gw_1", {"scanner_1": {"ko": "봉제 3", "en": "Sewing 3"}}, {"101": "은하"})
    assert entry["id"] == "gw_1:e:1-a1b2:2"
    assert entry["ts"] == row.time_ns // 1_000_000
    assert (entry["answer"], entry["worker_name"], entry["station_label"]["en"]) == ("accepted", "은하", "Sewing 3")


def test_a_scan_that_could_not_be_kept_says_that_it_was_not_counted() -> None:
    answer = Ledger.failed()
    assert (answer.kind, answer.tone, answer.row) == ("failed", "refused", None)
    assert answer.text["ko"] == "저장 실패 — 세지 않았어요. 종이에 적고 알려 주세요."
