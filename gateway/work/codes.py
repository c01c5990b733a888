"""Codes of others as tickets of ours, by the patterns of the configuration.

They are tried only for a code that is none of ours, the first that fits decides. A damaged ticket of ours (a wrong
check character, lower case) stays Unknown: another reading of it would be a guess, and a guess would be paid.
"""

import logging
from collections.abc import Iterable
from typing import Final

from barcodes.text import decode
from barcodes.ticket import Ticket, Unknown, encode, parse
from barcodes.ticket_kinds import of_fields
from drivers.pattern import Match, Pattern, TooSlow
from gateway.config.codes import ForeignCode

log = logging.getLogger("gongbang")

FOREIGN: Final = frozenset({"foreign", "fields", "hangul"})  # reasons why a code may be somebody else's


class Codes:
    """Reads codes, ours and those that the configuration knows."""

    def __init__(self, configured: Iterable[ForeignCode]) -> None:
        self._forms = [(Pattern(one.pattern), one) for one in configured]

    def ticket(self, data: bytes) -> Ticket:
        """Return what `data` says (a code without its AIM identifier)."""
        ours = parse(data)
        text = decode(data)
        if not isinstance(ours, Unknown) or ours.reason not in FOREIGN or text is None:
            return ours
        text = text.strip(" \t\r\n")
        for pattern, form in self._forms:
            try:
                found = pattern.whole(text)
            except TooSlow as slow:
                log.warning("work.codes: %s", slow)
                continue
            if found:
                return _made(found, form)
        return ours


def _made(found: Match, form: ForeignCode) -> Ticket:
    """Return the ticket of a code that fits; Unknown where what it tells does not fit the grammar of tickets."""
    told = {name: "".join(texts) for name, texts in found.capturesdict().items() if texts}
    try:
        ticket = of_fields(form.ticket, form.fixed | told)
        encode(ticket)
    except (ValueError, TypeError):
        shown = ", ".join(f"{name}={text[:30]}" for name, text in told.items())
        return Unknown(
            "fields",
            f"다른 곳의 코드인데 표에 쓸 수 없는 값이에요: {shown}. 숫자와 영문 대문자만 써요.",
            f"The code is another's, and what it says fits no ticket: {shown}. Digits and capitals only.",
        )
    return ticket
