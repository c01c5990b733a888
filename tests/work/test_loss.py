"""Metal loss: issued - (returned + recovered), exactly, stones apart."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.work import loss
from gateway.work.loss import Balance, Key, Weighing, balances

RING = Key("AU18K0231", "POLISH", "7")


def weigh(action: str, grams: str, stones_ct: str = "0", at: int = 0, key: Key = RING) -> Weighing:
    return Weighing(at, action, *key, Decimal(grams), Decimal(stones_ct), "bench_1")


def balance(*weighings: Weighing) -> Balance:
    return balances(one._replace(time_ns=i) for i, one in enumerate(weighings))[RING]


def test_loss_is_what_neither_came_back_nor_was_recovered() -> None:
    one = balance(weigh("issue", "10.000"), weigh("return", "9.850"), weigh("recover", "0.090"))
    assert one.out == Decimal("0.060")
    assert loss.entry(RING, one, 750, 1.5)["loss_fine_g"] == "0.045"
    assert loss.entry(RING, one, 750, 1.5)["loss_percent"] == "0.6"


def test_what_a_worker_still_holds_is_no_loss() -> None:
    one = balance(weigh("issue", "10"), weigh("return", "9.9"), weigh("issue", "5"))
    told = loss.entry(RING, one, 750, 0.0)
    assert (told["held_g"], told["loss_g"], told["beyond"]) == ("5.1", None, False)


def test_more_than_is_allowed_is_flagged_and_the_limit_itself_is_not() -> None:
    at, above = (balance(weigh("issue", "10"), weigh("return", back)) for back in ("9.85", "9.849"))
    assert not at.beyond(1.5)
    assert above.beyond(1.5)
    assert not above.beyond(None)


def test_stones_are_no_metal() -> None:
    """5 g of gold and 1 ct of stones go out; the ring weighs 5.190 g with the stones in it: 0.010 g are lost."""
    out = weigh("issue", "5.000"), weigh("issue", "0.200", "1.00")
    one = balance(*out, weigh("return", "5.190", "1.00"))
    assert one.out == Decimal("0.010")
    assert one.stones_out_ct == 0


def test_loose_stones_that_come_back_leave_the_piece_with_the_worker() -> None:
    one = balance(weigh("issue", "5"), weigh("issue", "0.2", "1"), weigh("return", "0.04", "0.2"))
    assert one.held
    assert one.stones_out_ct == Decimal("0.8")


def test_a_don_is_3_75_grams_and_a_carat_a_fifth_of_one() -> None:
    assert loss.grams(1.0, "don") == Decimal("3.75")
    assert loss.grams(0.07, "ct") == Decimal("0.014")
    assert loss.don(Decimal("3.75")) == "1.000"
    assert loss.grams(20.0, "degC") is None


@given(st.integers(0, 10**9), st.sampled_from([0, 1, 2, 3, 4]))
def test_a_scale_s_decimals_are_kept_exactly(units: int, decimals: int) -> None:
    written = Decimal(units).scaleb(-decimals)
    assert loss.grams(float(written), "g") == written


@given(st.lists(st.tuples(st.sampled_from(["issue", "return", "recover"]), st.integers(0, 10**6)), max_size=30))
def test_metal_is_neither_made_nor_forgotten(hands: list[tuple[str, int]]) -> None:
    """What is out is the signed sum of all that was weighed, to the last digit."""
    weighings = [weigh(action, f"{amount}e-3", at=i) for i, (action, amount) in enumerate(hands)]
    signed = sum((one.grams if one.action == "issue" else -one.grams for one in weighings), Decimal(0))
    assert sum((one.out for one in balances(weighings).values()), Decimal(0)) == signed


def test_the_operation_of_what_comes_back_is_that_of_the_last_issue() -> None:
    hands = [weigh("issue", "9", at=1), weigh("issue", "9", at=2, key=RING._replace(operation="CAST"))]
    assert loss.open_issue(hands, "7") == "CAST"
    assert loss.open_issue(hands, "8") is None


def test_weights_are_written_without_exponents() -> None:
    assert loss.text(Decimal("1E+2")) == "100"
    assert loss.text(Decimal("0.0100")) == "0.01"
    assert loss.text(Decimal("0.000")) == "0"
