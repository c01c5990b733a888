"""Taking back: by UNDO what was done last at a station, by a correction any event, unless more builds on it."""

from typing import Final

import orjson

from barcodes.ticket import Command
from gateway.work import dialogues, fold, texts
from gateway.work.answer import Verdict, Words
from gateway.work.dialogue import Here, Part
from gateway.work.entries import Entry, entries_of


def _take(ticket: Command, here: Here) -> Verdict:
    row = fold.last_at(here.db, here.station.name, max((one.row for one in here.sessions), default=0))
    if row is None:
        return Verdict("command", texts.NOTHING_TO_UNDO, "refused")
    words, refused = look(here, row)
    if refused:
        return Verdict("command", refused, "refused")
    event = here.when(row).event
    return Verdict.of("command", words, fold.undo(event, here.station.name), corrects=event)


def look(here: Here, row: int) -> tuple[Words, Words | None]:
    """Return what taking an event back means, and why it cannot be."""
    words: Words | None = None
    entries = kept(here, row)
    for entry in [one for one in entries if one["do"] == "job"] or entries:  # what a job's event did goes with the job
        for part in dialogues.PARTS:
            if entry["do"] in part.undone:
                undo = part.undone[entry["do"]](entry, row, here)
                if undo.refused:
                    return undo.words, undo.refused
                words = undo.words
    return (words, None) if words else (texts.NOTHING_TO_UNDO, texts.NOTHING_TO_UNDO)


def kept(here: Here, row: int) -> list[Entry]:
    """Return the entries of an event."""
    for kind, body in here.db.execute("SELECT kind, body FROM events WHERE id = ?", (row,)):
        return entries_of(kind, orjson.loads(body))
    return []


PART: Final = Part(words=("UNDO",), take=_take)
