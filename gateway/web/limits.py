"""Limits: how often may be asked, and how often guessed. The memory that they take does not grow with who asks."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

KEPT: Final = 1000  # of those who asked lately; whoever is forgotten begins with a full bucket
REQUESTS, REQUESTS_PER_S = 2000, 100.0  # of one client: twenty screens that all load anew are far below
TRIES: Final = 5  # wrong guesses in a minute from one address
TRIES_ALL: Final = 20  # and from everywhere together: a set-up code of eight digits lasts for years
PIN_TRIES, PIN_REST_S = 5, 900.0  # wrong PINs of one badge in a quarter of an hour, from wherever
SECONDS_A_TRY: Final = 60.0
Now = Callable[[], float]  # seconds that only go on


class TooMany(Exception):
    """It was asked too often. Carries how long to wait, in s."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too often: wait {wait_s:.0f} s")
        self.wait_s = wait_s


class Buckets:
    """A bucket of `burst` for each key that fills by `per_s`; of KEPT keys, those that asked last."""

    def __init__(self, burst: int, per_s: float, now_s: Now) -> None:
        self._burst, self._per_s, self._now_s = float(burst), per_s, now_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what was left, and when
        self.refused = 0  # that `take` did

    def check(self, key: str) -> None:
        """Raise TooMany when nothing is left for a key."""
        if (left := self._of(key)) < 1:
            raise TooMany((1 - left) / self._per_s)

    def spend(self, key: str) -> None:
        """Take one out."""
        self._left[key] = max(0.0, self._of(key) - 1), self._now_s()
        self._left.move_to_end(key)
        if len(self._left) > KEPT:
            self._left.popitem(last=False)

    def take(self, key: str) -> None:
        """Take one out, or raise TooMany."""
        try:
            self.check(key)
        except TooMany:
            self.refused += 1
            raise
        self.spend(key)

    def _of(self, key: str) -> float:
        left, at_s = self._left.get(key, (self._burst, 0.0))
        return min(self._burst, left + (self._now_s() - at_s) * self._per_s)


class Guesses:
    """Wrong guesses: by the address that they came from, by what was guessed, and from everywhere together."""

    def __init__(self, now_s: Now) -> None:
        self._by_source = Buckets(TRIES, TRIES / SECONDS_A_TRY, now_s)
        self._by_badge = Buckets(PIN_TRIES, PIN_TRIES / PIN_REST_S, now_s)
        self._all = Buckets(TRIES_ALL, TRIES_ALL / SECONDS_A_TRY, now_s)
        self.wrong_ones = 0

    def check(self, source: str, badge: str = "") -> None:
        """Raise TooMany while the door rests, for the right guess too."""
        self._all.check("")
        self._by_source.check(source)
        if badge:
            self._by_badge.check(badge)

    def wrong(self, source: str, badge: str = "") -> None:
        """Count one that was wrong."""
        self.wrong_ones += 1
        self._all.spend("")
        self._by_source.spend(source)
        if badge:
            self._by_badge.spend(badge)


def source_of(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or an IPv6 network of 64 bits, in which one may take any."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False).network_address)


def monotonic_s() -> float:
    """Return the seconds that sessions and limits live by."""
    return time.monotonic()
