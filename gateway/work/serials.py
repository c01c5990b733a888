"""Serials of bundles and lots that this gateway prints: short, and never the same twice.

A serial is the start of the daemon (its counter and four random hex digits, the epoch) in base 36, and a number within
it. The counter stands outside the database too, so a database that was restored from an old copy goes on with a start
that was never there; where all of a card was restored, the random digits differ, as for the numbers of events. The
number is issued in the transaction of the event that prints it.
"""

from typing import Final

from gateway.journal.rows import Epoch
from gateway.work.entries import NotRecorded

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WIDTH: Final = 4  # digits of the number: 1.7 million in a start


def head(epoch: Epoch) -> str:
    """Return how the serials of one start of the daemon begin: 4 characters up to start 24, 5 up to 921."""
    return _base36(epoch.start << 16 | int(epoch.token, 16))


def of(epoch: Epoch, n: int) -> str:
    """Return the n-th serial of a start of the daemon. Raises NotRecorded when there are no more."""
    number = _base36(n)
    if len(number) > WIDTH:
        raise NotRecorded(
            "이번에 켠 뒤로 낼 수 있는 번호를 다 썼어요. 게이트웨이를 다시 시작해 주세요.",
            "All serials of this run are used: restart the gateway.",
        )
    return head(epoch) + number.rjust(WIDTH, "0")


def number(serial: str) -> int:
    """Return the number of a serial that was issued here."""
    return int(serial[-WIDTH:], 36)


def _base36(number: int) -> str:
    digits = ""
    while number or not digits:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits
