"""The proposal of a closing, as a process of its own: `gateway.apart.ask("gateway.pay.proposal", ...)`."""

from datetime import date
from pathlib import Path
from typing import Any

from gateway.apart import reply
from gateway.pay.closing import propose
from gateway.pay.terms import Terms
from gateway.work.entries import NotRecorded
from gateway.work.reading import ledger_of


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the entry that would close `from` to `to`, or why it cannot be: `refused`."""
    first, last = date.fromisoformat(question["from"]), date.fromisoformat(question["to"])
    with ledger_of(Path(question["journal"])) as reader:
        try:
            return propose(reader.db, Terms.told(question), first, last, question["now_ns"])
        except NotRecorded as refused:
            return {"refused": refused.text}


if __name__ == "__main__":
    reply(answer)
