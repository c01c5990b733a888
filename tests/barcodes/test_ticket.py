"""Tickets: what is printed is what is read, and what is damaged is not read as something else."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.check_character import ALPHABET
from barcodes.ticket import Badge, Command, Coupon, Ticket, Unknown, encode, parse

Ours = Badge | Coupon | Command

badges = st.builds(Badge, st.integers(0, 999_999))
coupons = st.builds(
    Coupon,
    st.text(ALPHABET, min_size=1, max_size=12),
    st.text(ALPHABET, min_size=1, max_size=8),
    st.integers(1, 9999),
)
commands = st.sampled_from([Command("UNDO"), Command("LOGOUT")])
tickets = st.one_of(badges, coupons, commands)


@given(tickets)
def test_what_is_printed_is_what_is_read(ticket: Ours) -> None:
    text = encode(ticket)
    assert parse(text.encode()) == ticket
    assert set(text) <= set(string.digits + string.ascii_uppercase + "-")  # also Code 39 can print it


@given(tickets, st.data())
def test_a_single_wrong_character_never_makes_another_ticket(ticket: Ours, data: st.DataObject) -> None:
    text = encode(ticket)
    at = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET + "-" if c != text[at]]))
    assert isinstance(parse((text[:at] + wrong + text[at + 1 :]).encode()), Unknown)


@given(coupons, st.data())
def test_a_hyphen_that_slipped_by_one_place_is_found(coupon: Coupon, data: st.DataObject) -> None:
    text = encode(coupon)
    hyphens = [i for i, c in enumerate(text) if c == "-"]
    at = data.draw(st.sampled_from(hyphens))
    near = text[at + 1]
    slipped = parse((text[:at] + near + "-" + text[at + 2 :]).encode())
    assert isinstance(slipped, Unknown) or near in "Z0Y"  # the neighbours of Z, as which a hyphen counts


@given(st.binary(max_size=60))
def test_any_bytes_get_an_answer(data: bytes) -> None:
    ticket = parse(data)
    if not isinstance(ticket, Unknown):
        assert isinstance(parse(encode(ticket).encode()), type(ticket))


@pytest.mark.parametrize(
    ("data", "ticket"),
    [
        (b"W-0007-5", Badge(7)),
        (b" W-0007-5\t", Badge(7)),
        (b"B-0231-AP-20-Q", Coupon("0231", "AP", 20)),
        (b"C-UNDO-0", Command("UNDO")),
        (b"C-LOGOUT-0", Command("LOGOUT")),
    ],
)
def test_the_printed_examples_of_the_guide(data: bytes, ticket: Ticket) -> None:
    assert parse(data) == ticket


@pytest.mark.parametrize(
    ("data", "reason", "says"),
    [
        (b"", "empty", "empty"),
        (b"   ", "empty", "empty"),
        (b"\xff\xfe", "binary", "not text"),
        ("ㅈ-0007-5".encode(), "hangul", "input method"),
        ("W-0007-가".encode(), "hangul", "input method"),
        (b"w-0007-5", "lower_case", "Caps Lock"),
        (b"b-0231-ap-20-q", "lower_case", "Caps Lock"),
        (b"8801234567893", "foreign", "our tickets"),
        (b"https://example.org", "foreign", "our tickets"),
        (b"X-0007-5", "foreign", "our tickets"),
        (b"W-0007", "fields", "W-0007-5"),
        (b"W-0000007-5", "fields", "W-0007-5"),
        (b"B-0231-AP-Q", "fields", "B-0231-AP-20-Q"),
        (b"B-0231-AP-0-Q", "fields", "B-0231-AP-20-Q"),
        (b"B-0231-AP-020-Q", "fields", "B-0231-AP-20-Q"),
        (b"W-0007-6", "check", "W-0007 ends in 5, not 6"),
        (b"B-0232-AP-20-Q", "check", "not Q"),
    ],
)
def test_a_code_that_is_no_ticket_says_why_and_how_to_mend_it(data: bytes, reason: str, says: str) -> None:
    unknown = parse(data)
    assert isinstance(unknown, Unknown)
    assert unknown.reason == reason
    assert says in unknown.en
    assert unknown.ko.endswith("요.") or unknown.ko[-1] in ALPHABET


def test_a_command_that_we_do_not_know_is_told_the_nearest() -> None:
    from barcodes.ticket import _check

    unknown = parse(f"C-UNDOO-{_check('C-UNDOO')}".encode())
    assert isinstance(unknown, Unknown)
    assert unknown.reason == "command"
    assert "UNDO." in unknown.en


@pytest.mark.parametrize(
    "ticket",
    [
        Badge(-1),
        Badge(1_000_000),
        Coupon("", "AP", 1),
        Coupon("02 31", "AP", 1),
        Coupon("1", "ap", 1),
        Coupon("1", "A", 0),
    ],
)
def test_what_the_grammar_cannot_hold_is_not_printed(ticket: Ours) -> None:
    with pytest.raises(ValueError, match="does not fit the ticket grammar"):
        encode(ticket)
