"""Jobs at machines: setup from good piece to good piece, pieces, scrap, waste."""

from typing import Any

from gateway.work.jobs import Job, jobs, open_job

SECOND, MINUTE = 1_000_000_000, 60_000_000_000
FIELDS = ("machine", "quantity", "scrap", "code", "counted", "first_after_ms", "first_pieces", "last_before_ms")


def said(minute: float, action: str, order: str = "A1", **more: Any) -> dict[str, Any]:
    told = {"row": int(minute * 10), "time_ns": int(minute * MINUTE), "action": action, "order": order}
    told |= {"operation": "TURN", "worker": "101", "station": "metal_2"} | dict.fromkeys(FIELDS)
    return told | {"machine": "lathe_1"} | more


def test_setup_goes_from_the_last_good_piece_of_a_job_to_the_first_of_the_next() -> None:
    """The lathe made A's last piece at 58 min and B's first at 90 min: 32 min, whenever anybody scanned."""
    _, second = jobs(
        [
            said(10, "start"),
            said(60, "stop", counted=40, first_after_ms=60_000, last_before_ms=120_000),
            said(65, "setup", "B2"),
            said(85, "start", "B2", counted=3),
            said(120, "stop", "B2", counted=20, first_after_ms=300_000, last_before_ms=0),
        ]
    )
    assert second.setup_s == 32 * 60
    assert (second.counted, second.counted_in_setup, second.gross) == (20, 3, 23)


def test_without_a_counter_the_scans_tell_it() -> None:
    _, second = jobs(
        [
            said(10, "start"),
            said(50, "output", quantity=30),
            said(55, "stop"),
            said(60, "setup", "B2"),
            said(75, "start", "B2"),
        ]
    )
    assert second.setup_s == 25 * 60


def test_the_first_job_of_a_machine_is_set_up_from_its_own_scan() -> None:
    (only,) = jobs([said(0, "setup"), said(20, "start")])
    assert only.setup_s == 20 * 60
    assert only.running


def test_a_setup_over_lunch_counts_the_planned_time_alone() -> None:
    def planned_s(start_ns: int, stop_ns: int) -> float:
        return (stop_ns - start_ns) / SECOND - 3600

    (only,) = jobs([said(0, "setup"), said(80, "start")], planned_s)
    assert only.setup_s == 20 * 60


def test_pieces_and_scrap_are_sums_and_waste_is_gross_less_net() -> None:
    (job,) = jobs(
        [
            said(0, "setup"),
            said(1, "supply", quantity=1100),
            said(10, "start", counted=60),
            said(30, "output", quantity=500, counted=510, first_after_ms=1000, last_before_ms=0),
            said(31, "output", scrap=4, code="SMEAR"),
            said(50, "stop", quantity=None, counted=500, last_before_ms=60_000),
        ]
    )
    told = job.entry()
    assert (told["quantity"], told["scrap"], told["scraps"]) == (500, 4, {"SMEAR": 4})
    assert (told["gross"], told["waste"], told["spare"]) == (1070, 570, 30)
    assert told["cycle_s"] == round((39 * 60 - 1) / 1009, 3)


def test_the_job_that_is_on_is_the_last_that_was_not_stopped() -> None:
    on = open_job([said(0, "start"), said(5, "stop"), said(6, "start", "B2")])
    assert isinstance(on, Job)
    assert on.order == "B2"
    assert open_job([said(0, "start"), said(5, "stop")]) is None
    assert open_job([]) is None


def test_a_job_that_is_begun_again_is_another_one() -> None:
    found = jobs([said(0, "start"), said(5, "stop"), said(10, "start")])
    assert [job.open for job in found] == [False, True]


def test_a_counter_of_ten_at_once_tells_the_cycle_of_what_came_behind_its_first_ten() -> None:
    """The first ten at 2 min, fifty in all at 6 min: forty pieces in four minutes."""
    told = {"counted": 50, "first_after_ms": 60_000, "first_pieces": 10, "last_before_ms": 0}
    (job,) = jobs([said(1, "start"), said(6, "stop", **told)])
    assert job.cycle_s == 6
    (once,) = jobs([said(1, "start"), said(6, "stop", **told | {"counted": 10, "last_before_ms": 240_000})])
    assert once.cycle_s is None
