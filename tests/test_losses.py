"""An account: a whole, and the parts that it must be."""

from gateway.losses import Account, lost


def test_an_account_closes_when_its_parts_are_the_whole() -> None:
    account = Account("e", 10, {("kept", ""): 7, ("lost", "damaged"): 3, ("over", ""): 0})
    assert account.unexplained == 0
    assert account.all_parts() == [("kept", "", 7), ("lost", "damaged", 3)]
    assert account.entry() == {
        "stream": "e",
        "whole": 10,
        "parts": [{"what": "kept", "reason": "", "rows": 7}, {"what": "lost", "reason": "damaged", "rows": 3}],
        "closes": True,
    }


def test_what_a_sum_lacks_is_shown_and_counts_as_lost_and_what_is_there_twice_is_shown_too() -> None:
    lacks = Account("e", 10, {("kept", ""): 7, ("lost", "damaged"): 1})
    assert lacks.all_parts()[-1] == ("unexplained", "", 2)
    assert not lacks.entry()["closes"]
    twice = Account("s", 10, {("sent", ""): 12})
    assert twice.unexplained == -2
    assert lost([lacks, twice, Account("rows", 5, {("refused", "storage"): 5})]) == 3
