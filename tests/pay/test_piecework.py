"""Piece pay: which rate counts, how sums are rounded, and that they add up however the pieces are split."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.pay.piecework import Pieces, slips, text, whole
from gateway.pay.rates import Rate, Rates

RATES = Rates(
    [
        (None, "FRONT", Rate("2026-01-01", 10, Decimal(120))),
        (None, "FRONT", Rate("2026-12-01", 20, Decimal("130.5"))),
        ("S1", "FRONT", Rate("2026-06-01", 30, Decimal(150), "S1")),
    ]
)


def _rate(one: Pieces) -> Rate | None:
    return RATES.find(one.style, one.operation, one.day)


def test_the_rate_of_the_day_counts_and_a_styles_own_goes_first() -> None:
    assert RATES.find("S2", "FRONT", "2026-11-30").won == 120
    assert RATES.find("S2", "FRONT", "2026-12-01").won == Decimal("130.5")
    assert RATES.find("S1", "FRONT", "2026-12-01").won == 150
    assert RATES.find("S1", "FRONT", "2026-05-31").won == 120
    assert RATES.find("S1", "FRONT", "2025-12-31") is None
    assert RATES.find("S1", "ASSEM", "2026-12-01") is None


def test_a_rate_that_was_told_later_does_not_change_what_was_known_before() -> None:
    rates = Rates([(None, "A", Rate("2026-01-01", 5, Decimal(100))), (None, "A", Rate("2026-01-01", 9, Decimal(90)))])
    assert rates.find("", "A", "2026-02-01").won == 90
    assert rates.find("", "A", "2026-02-01", before=9).won == 100
    assert rates.find("", "A", "2026-02-01", before=5) is None


def test_a_rate_that_was_retired_or_taken_back_leaves_the_one_before_it() -> None:
    first, second = Rate("2026-01-01", 5, Decimal(100)), Rate("2026-02-01", 6, Decimal(110))
    ended = Rate("2026-02-01", 9, Decimal(110), retired=True)
    told = Rates([(None, "A", first), (None, "A", second), (None, "A", ended)])
    assert told.find("", "A", "2026-03-01") == first
    assert told.find("", "A", "2026-03-01", before=9) == second
    taken = Rates([(None, "A", first), (None, "A", second._replace(until=9))])
    assert taken.find("", "A", "2026-03-01") == first
    assert taken.find("", "A", "2026-03-01", before=8) == second._replace(until=9)


def test_a_slip_is_exact_and_rounded_once_at_the_end() -> None:
    (slip,) = slips([Pieces("7", "", "FRONT", "2026-12-02", 1) for _ in range(3)], _rate)
    assert (slip.amount, slip.won, slip.pieces) == (Decimal("391.5"), 392, 3)


def test_halves_go_away_from_zero_on_both_sides() -> None:
    assert [whole(Decimal(one)) for one in ("0.5", "1.5", "-0.5", "-1.5", "2.4999")] == [1, 2, -1, -2, 2]
    assert [text(Decimal(one)) for one in ("1200", "37.50", "0", "-0.25")] == ["1200", "37.5", "0", "-0.25"]


def test_pieces_without_a_rate_are_listed_and_not_paid_as_nothing() -> None:
    (slip,) = slips([Pieces("7", "", "HEM", "2026-12-02", 30), Pieces("7", "", "FRONT", "2026-11-02", 2)], _rate)
    assert (slip.won, slip.unrated, slip.pieces) == (240, 30, 32)
    hem = next(item for item in slip.entry()["items"] if item["operation"] == "HEM")
    assert (hem["rate_won"], hem["amount"]) == (None, None)


def test_what_was_made_and_taken_back_leaves_no_row() -> None:
    made = [Pieces("7", "", "FRONT", "2026-11-02", 20), Pieces("7", "", "FRONT", "2026-11-02", -20)]
    (slip,) = slips(made, _rate)
    assert (slip.won, slip.entry()["items"]) == (0, [])


def test_badges_stand_in_the_order_of_their_numbers() -> None:
    made = [Pieces(worker, "", "FRONT", "2026-11-02", 1) for worker in ("102", "0101", "7")]
    assert [slip.worker for slip in slips(made, _rate)] == ["7", "101", "102"]


PIECES = st.builds(
    Pieces,
    worker=st.sampled_from(["7", "0101"]),
    style=st.sampled_from(["", "S1"]),
    operation=st.sampled_from(["FRONT", "HEM"]),
    day=st.sampled_from(["2026-11-30", "2026-12-01", "2026-12-02"]),
    quantity=st.integers(-30, 30),
)


@given(st.lists(PIECES, max_size=20), st.integers(0, 20))
def test_sums_over_any_split_of_time_add_up(made: list[Pieces], at: int) -> None:
    def sums(part: list[Pieces]) -> dict[str, tuple[Decimal, int]]:
        return {slip.worker: (slip.amount, slip.pieces) for slip in slips(part, _rate)}

    both, first, second = sums(made), sums(made[:at]), sums(made[at:])
    nothing = (Decimal(0), 0)
    for worker, (amount, pieces) in both.items():
        parts = first.get(worker, nothing), second.get(worker, nothing)
        assert (amount, pieces) == (parts[0][0] + parts[1][0], parts[0][1] + parts[1][1])
