"""The parts of the dialogues; see `gateway.work.dialogue` for what a part is, and how to add one."""

from collections.abc import Mapping
from typing import Final

from barcodes.ticket import Command, Ours
from gateway.work.dialogue import Part, Reply
from gateway.work.dialogues import (
    badges,
    calls,
    coupons,
    defects,
    downtime,
    equipment,
    handover,
    jobs,
    parting,
    safety,
    undoing,
    weighing,
)

PARTS: Final[tuple[Part, ...]] = (
    badges.PART,
    coupons.PART,
    defects.PART,
    parting.PART,
    handover.PART,
    calls.PART,
    jobs.PART,
    weighing.PART,
    equipment.PART,
    downtime.PART,
    safety.PART,
    undoing.PART,
)


ANSWERS: Final[Mapping[str, tuple[Part, Reply]]] = {
    name: (part, reply) for part in PARTS for name, reply in part.answers.items()
}


def part_for(ticket: Ours) -> Part | None:
    """Return the part that takes a ticket; None when it has no use here."""
    for part in PARTS:
        if ticket.word in part.words if isinstance(ticket, Command) else isinstance(ticket, part.tickets):
            return part
    return None
