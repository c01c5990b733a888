"""Codes of others are read as tickets of ours where a pattern says so, and a damaged one of ours never is."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.ticket import BundleTicket, Coupon, LotTicket, QuantityTicket, Traveller, Unknown, encode, parse
from gateway.config.codes import ForeignCode
from gateway.config.load import load
from gateway.errors import ConfigurationError
from gateway.work.codes import Codes


def codes(*forms: dict[str, Any]) -> Codes:
    return Codes(ForeignCode.model_validate(form) for form in forms)


ORDER = {"pattern": r"WO-(?P<order>\d{4})-(?P<order>\d{3})(?:/(?P<operation>[A-Z]+))?", "ticket": "traveller"}
CUSTOMER = {
    "pattern": r"(?P<bundle>\d{8})\.(?P<operation>[A-Z0-9]{1,8})",
    "ticket": "coupon",
    "fixed": {"quantity": "20"},
}
GS1_LOT = {"pattern": r"01\d{14}(?:17\d{6})?10(?P<lot>[0-9A-Z]{1,20})(?:\x1d.*)?", "ticket": "lot"}
LABELLED = {"pattern": r"로트 (?P<lot>[0-9A-Z]+)", "ticket": "lot"}


@pytest.mark.parametrize(
    ("data", "ticket"),
    [
        (b"WO-2026-017", Traveller("2026017")),
        (b"WO-2026-017/CUT\r", Traveller("2026017", "CUT")),
        (b"00012345.FRONT", Coupon("00012345", "FRONT", 20)),
        (b"0109521234543213" + b"17270101" + b"10AB12\x1d3103001750", LotTicket("AB12")),
        ("로트 AU18".encode("cp949"), LotTicket("AU18")),
        (b"T-0231-X", BundleTicket("0231")),
    ],
)
def test_what_fits_a_pattern_is_that_ticket_and_ours_stay_ours(data: bytes, ticket: object) -> None:
    assert codes(ORDER, CUSTOMER, GS1_LOT, LABELLED).ticket(data) == ticket


@pytest.mark.parametrize("data", [b"xWO-2026-017", b"WO-2026-0177", b"8801234567893", b"", b"\xff\x00", b"w-0101-9"])
def test_what_fits_none_stays_unknown_for_the_reason_that_it_had(data: bytes) -> None:
    assert codes(ORDER, CUSTOMER).ticket(data) == parse(data)


def test_a_damaged_ticket_of_ours_is_not_read_in_another_way() -> None:
    everything = codes({"pattern": "(?P<lot>.*)", "ticket": "lot"})
    damaged = encode(Coupon("0231", "FRONT", 20))[:-1] + "A"
    ticket = everything.ticket(damaged.encode())
    assert isinstance(ticket, Unknown)
    assert ticket.reason == "check"


def test_the_first_pattern_that_fits_decides() -> None:
    both = ({"pattern": r"(?P<quantity>\d+)", "ticket": "quantity"}, {"pattern": r"(?P<lot>\d+)", "ticket": "lot"})
    assert codes(*both).ticket(b"12") == QuantityTicket(12)
    assert codes(*both[::-1]).ticket(b"12") == LotTicket("12")


def test_what_no_ticket_can_hold_is_told() -> None:
    ticket = codes({"pattern": "(?P<lot>.+)", "ticket": "lot"}).ticket("금-1".encode())
    assert isinstance(ticket, Unknown)
    assert ticket.reason == "fields"
    assert "lot=금-1" in ticket.en


def test_a_pattern_that_takes_ages_is_given_up_and_the_next_is_tried() -> None:
    slow = {"pattern": r"(?P<lot>(?:A+)+)B", "ticket": "lot"}
    quick = {"pattern": r"(?P<lot>A{1,20})A*!", "ticket": "lot"}
    assert codes(slow, quick).ticket(b"A" * 40 + b"!") == LotTicket("A" * 20)


@given(st.binary(max_size=40))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    ticket = codes(ORDER, CUSTOMER, GS1_LOT, {"pattern": "(?P<lot>.*)", "ticket": "lot"}).ticket(data)
    assert isinstance(ticket, Unknown) or encode(ticket)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ('{pattern: "(?P<lot>", ticket: lot}', "not a regular expression"),
        ('{pattern: "(?P<lott>.*)", ticket: lot}', "a lot ticket has no field lott: it has lot"),
        ('{pattern: "(?P<bundle>.*)", ticket: coupon}', "the field operation is missing"),
        ('{pattern: "(?P<lot>.*)", ticket: lto}', "lot"),
        ('{pattern: "(?P<lot>.*)", ticket: lot, fixed: {colour: red}}', "a lot ticket has no field colour"),
    ],
)
def test_a_wrong_pattern_is_told_with_its_line(tmp_path: Path, code: str, says: str) -> None:
    file = tmp_path / "edge_config.yaml"
    file.write_text(f"workshop: {{id: shop-1, name: 공방}}\nwork:\n  codes:\n    - {code}\n", "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load(file, "en")
    told = "\n".join(refused.value.problems)
    assert "edge_config.yaml:4" in told
    assert says in told


def test_a_station_takes_the_code_of_a_customer(logged_in: Any) -> None:
    work = logged_in.settings.work.model_copy(update={"codes": (ForeignCode.model_validate(CUSTOMER),)})
    logged_in.settings = logged_in.settings.model_copy(update={"work": work})
    answer = logged_in.scan(b"00012345.CUT")
    assert answer.kind == "accepted"
    assert answer.row.body["text"] == "00012345.CUT"
    assert answer.row.body["ticket"] == {"type": "coupon", "bundle": "00012345", "operation": "CUT", "quantity": 20}
