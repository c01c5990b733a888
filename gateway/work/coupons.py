"""Coupons: events that did one `done` without shares, at a time that is frozen. Most of a year is coupons.

They are read as they stand in the file, by a pattern that knows the one way in which such an entry is written: its keys
sorted, without spaces. What is written otherwise is no coupon, and goes the way of a scan. All of an entry but its
bundle stands in hundreds of others too: it is read once.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from gateway.journal import rows
from gateway.journal.pages import Page
from gateway.journal.rows import Raw
from gateway.work.entries import KINDS

# (row, time_ns, bundle, operation, order, style, worker, station, quantity)
Coupon = tuple[int, int, str | None, str, str | None, str | None, str, str, int]
About = tuple[str, str | None, str | None, str, str, int]

MOST_KNOWN: Final = 5000  # some 2 MB
_KINDS: Final = {kind.encode() for kind in KINDS}
_ENTRIES: Final = b'"entries":['
_COUPON: Final = re.compile(rb'"entries":\[{(?:"bundle":"([^"\\]+)",)?"do":"done",([^}]*)}\]')
_TEXT: Final = rb'"([^"\\]+)"'
_ABOUT: Final = re.compile(
    rb'(?:"last":(true),)?"operation":%b,(?:"order":%b,)?"quantity":(-?[0-9]{1,15}),"station":%b,(?:"style":%b,)?'
    rb'"worker":%b' % ((_TEXT,) * 5)
)


# Coupons as in `Coupons`, and the event behind them that is none; None at the end
Run = tuple[list[Coupon], list[bool], Raw | None]


class Coupons(NamedTuple):
    """Coupons that follow one another."""

    made: list[Coupon]
    last: list[bool]  # whether each was the last operation of its bundle


class Taken(NamedTuple):
    """Events of a page of the journal."""

    last: int  # the key to go on from
    more: bool  # whether there may be more behind it
    damaged: int  # how many are left out
    runs: list[Run]


class Reader:
    """Reads coupons, and remembers what they were about."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[About, bool] | None] = {}

    def take(self, page: Page) -> Taken:
        """Read the events that may hold entries, as they stand in the file."""
        mine = [raw for raw in page.raws if raw[1] in _KINDS]
        whole = [raw for raw in mine if rows.whole(raw)]
        return Taken(page.last, page.more, len(mine) - len(whole), list(self.runs(whole)))

    def runs(self, raws: Iterable[Raw]) -> Iterator[Run]:
        """Yield events as coupons and what is none, in their order."""
        search, known = _COUPON.search, self._known
        made: list[Coupon] = []
        last: list[bool] = []
        for raw in raws:
            row, _, _, _, time_ns, clock, body, _ = raw
            found = search(body)
            # Where it stands once it is that field: a quote inside a text is escaped.
            if found and clock == rows.SYNCED and body.count(_ENTRIES) == 1:
                bundle, written = found.groups()
                what = known[written] if written in known else self._learn(written)
                if what:
                    made.append((row, time_ns, bundle.decode() if bundle else None, *what[0]))
                    last.append(what[1])
                    continue
            yield made, last, raw
            made, last = [], []
        yield made, last, None

    def _learn(self, written: bytes) -> tuple[About, bool] | None:
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[written] = about = _about(written)
        return about


def _about(written: bytes) -> tuple[About, bool] | None:
    found = _ABOUT.fullmatch(written)
    if found is None:
        return None
    texts: list[Any] = [one and one.decode() for one in found.groups()]
    last, operation, order, quantity, station, style, worker = texts
    return (operation, order, style, worker, station, int(quantity)), last is not None
