"""Tickets: what is printed is what is read, and what is damaged is not read as something else."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barcodes.check_character import ALPHABET
from barcodes.ticket import (
    Badge,
    BundleTicket,
    Command,
    Coupon,
    DefectTicket,
    EquipmentTicket,
    LotTicket,
    OperationTicket,
    Ours,
    QuantityTicket,
    ReasonTicket,
    StationTicket,
    Ticket,
    Traveller,
    Unknown,
    encode,
    fields,
    parse,
)
from barcodes.ticket_kinds import KINDS, WORDS

serials = st.text(ALPHABET, min_size=1, max_size=12)
codes = st.text(ALPHABET, min_size=1, max_size=8)
pieces = st.integers(1, 9999)
names = st.from_regex("[a-z][a-z0-9_]{0,62}", fullmatch=True)
badges = st.builds(Badge, st.integers(0, 999_999))
coupons = st.builds(Coupon, serials, codes, pieces)
commands = st.builds(Command, st.sampled_from(WORDS))
named = st.builds(EquipmentTicket, names) | st.builds(StationTicket, names)
nameless = st.one_of(
    badges,
    coupons,
    commands,
    st.builds(BundleTicket, serials),
    st.builds(Traveller, serials, st.none() | codes),
    *(st.builds(kind, codes) for kind in (OperationTicket, DefectTicket, ReasonTicket)),
    st.builds(QuantityTicket, pieces),
    st.builds(LotTicket, st.text(ALPHABET, min_size=1, max_size=20)),
)
tickets = nameless | named


@given(tickets)
def test_what_is_printed_is_what_is_read(ticket: Ours) -> None:
    text = encode(ticket)
    assert parse(text.encode()) == ticket
    assert set(text) <= set(string.digits + string.ascii_uppercase + "-")  # also Code 39 can print it


@given(nameless, st.data())
def test_a_single_wrong_character_never_makes_another_ticket(ticket: Ours, data: st.DataObject) -> None:
    assert isinstance(_misread(ticket, data), Unknown)


@given(named, st.data())
def test_in_a_name_only_a_hyphen_read_as_z_makes_another_ticket(ticket: Ours, data: st.DataObject) -> None:
    other = _misread(ticket, data)
    assert isinstance(other, Unknown) or other.body().replace("-", "Z") == ticket.body().replace("-", "Z")


def _misread(ticket: Ours, data: st.DataObject) -> Ticket:
    text = encode(ticket)
    at = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from([c for c in ALPHABET + "-" if c != text[at]]))
    return parse((text[:at] + wrong + text[at + 1 :]).encode())


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
        (b"T-0231-X", BundleTicket("0231")),
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
        BundleTicket("B-1"),
        Traveller("2611-A"),
        Traveller("2611A", ""),
        Traveller("2611A", "CUT-2"),
        OperationTicket(""),
        DefectTicket("얼룩"),
        ReasonTicket("NINECHARS"),
        QuantityTicket(10_000),
        EquipmentTicket("1press"),
        EquipmentTicket("Press"),
        StationTicket("press-1"),
        StationTicket("a" * 64),
        LotTicket("A" * 21),
        Command("FLY"),
    ],
)
def test_what_the_grammar_cannot_hold_is_not_printed(ticket: Ours) -> None:
    with pytest.raises(ValueError, match="does not fit the ticket grammar"):
        encode(ticket)


@pytest.mark.parametrize("letter", KINDS)
def test_every_kind_has_an_example_that_is_read_and_is_shown_where_the_form_is_wrong(letter: str) -> None:
    example = KINDS[letter].example
    text = encode(example)
    assert (text[0], parse(text.encode())) == (letter, example)
    unknown = parse(f"{letter}--".encode())
    assert isinstance(unknown, Unknown)
    assert text in unknown.en
    assert text in unknown.ko


def test_kinds_do_not_share_a_word_and_stand_in_events_with_their_fields() -> None:
    assert len({kind.example.NAME for kind in KINDS.values()}) == len(KINDS)
    assert fields(Traveller("2611A", "CUT")) == {"type": "traveller", "order": "2611A", "operation": "CUT"}
    assert fields(Badge(7)) == {"type": "badge", "number": 7}
