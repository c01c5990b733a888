"""The story of a bundle: everything that happened to it, and where it is now."""

from collections.abc import Iterator
from typing import Any, Final

import apsw
import orjson

from gateway.work import stock
from gateway.work.catalogue import Catalogue
from gateway.work.entries import Entry, entries_of
from gateway.work.held import lateness
from gateway.work.projections import begun, bundles
from gateway.work.when import when

_ROWS: Final = """
SELECT row FROM work_paid WHERE bundle = ?1
UNION SELECT row FROM work_lines WHERE bundle = ?1 AND (what <> 'done' OR corrects_row IS NOT NULL)
UNION SELECT corrects_row FROM work_lines WHERE bundle = ?1 AND corrects_row IS NOT NULL
  AND (what <> 'done' OR corrects_row IS NOT NULL)
UNION SELECT row FROM work_begun WHERE bundle = ?1 UNION SELECT row FROM work_handover WHERE bundle = ?1
UNION SELECT row FROM work_bundles WHERE bundle = ?1
UNION SELECT row FROM work_short WHERE bundle = ?1 UNION SELECT taken_back FROM work_short WHERE bundle = ?1
UNION SELECT row FROM work_split WHERE bundle = ?1 UNION SELECT taken_back FROM work_split WHERE bundle = ?1
ORDER BY 1
"""


def story(db: apsw.Connection, catalogue: Catalogue, gateway: str, bundle: str) -> dict[str, Any] | None:
    """Return what happened to a bundle, in order, with what each was taken back by; None when nothing is known of it.

    Times are UTC milliseconds. Workers are badges.
    """
    happened = list(_happened(db, gateway, bundle))
    known = catalogue.bundle(db, bundle)
    if not happened and known is None:
        return None
    taken_back = {one["of"]: step["event"] for step in happened for one in step["entries"] if "of" in one}
    last = stock.operation_last(db, bundle)
    return {
        "bundle": bundle,
        "order": known.order_code if known else None,
        "style": known.style if known else None,
        "size": known.size if known else None,
        "colour": known.colour if known else None,
        "parent": known.parent if known else None,
        "parts": [part.bundle for part in bundles.parts(db, bundle)],
        "pieces": stock.left(db, catalogue, bundle),
        "scrapped": stock.scrapped(db, bundle),
        "done": last,
        "waits_for": stock.waiting(db, catalogue, bundle),
        "in_hand": [
            {"operation": one.operation, "worker": one.worker, "station": one.station, "since_ts": one.time_ns / 1e6}
            for one in begun.in_hand(db, bundle)
        ],
        "defects": {code: stock.open_defects(db, bundle, code) for code in stock.defective_operations(db, bundle)},
        "events": [step | {"taken_back_by": taken_back.get(step["event"])} for step in happened],
    }


def _happened(db: apsw.Connection, gateway: str, bundle: str) -> Iterator[dict[str, Any]]:
    for (row,) in [one for one in list(db.execute(_ROWS, (bundle,))) if one[0] is not None]:
        for kind, source, body in list(db.execute("SELECT kind, source, body FROM events WHERE id = ?", (row,))):
            said, then = orjson.loads(body), when(db, row, gateway)
            found = [entry for entry in entries_of(kind, said) if _about(entry, bundle)]
            yield {
                "event": then.event,
                "ts": then.time_ns / 1e6,
                "source": source,
                "by": said.get("by") or said.get("worker"),
                "station": said.get("station"),
                "text": said.get("answer_text"),
                "late": lateness(said),
                "entries": found,
            }


def _about(entry: Entry, bundle: str) -> bool:
    """Return whether an entry is about a bundle; what takes an event back is, where that event was."""
    return entry.get("bundle") == bundle or bundle in entry.get("bundles", ()) or "of" in entry or _part(entry, bundle)


def _part(entry: Entry, bundle: str) -> bool:
    return any(part["bundle"] == bundle for part in entry.get("into", ()))
