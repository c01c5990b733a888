"""Causes: pieces with a defect by its code and operation, from the ledger's lines, and what people call the codes."""

from typing import Any, Final

import apsw

from gateway.figures.timeline import Span
from gateway.work.ledger_catalogue import LedgerCatalogue
from gateway.work.projections.lines import HOUR_NS

_TOLD: Final = """
SELECT coalesce(code, ''), operation, sum(quantity) FROM work_lines
WHERE row >= (SELECT min(row) FROM work_hours WHERE hour >= ?1) AND time_ns >= ?2 AND time_ns < ?3
  AND what = 'defect' AND waiting = 0 AND (?4 IS NULL OR station = ?4)
GROUP BY 1, 2
"""


def defects(db: apsw.Connection, span: Span, station: str | None) -> dict[str, dict[str, int]]:
    """Return pieces by code and operation, of a span (UTC ns) and a station or all; what was taken back is not in it.

    A piece that was scrapped without a defect before is told as one with the code SCRAP.
    """
    found: dict[str, dict[str, int]] = {}
    for code, operation, pieces in db.execute(_TOLD, (span[0] // HOUR_NS, *span, station)):
        found.setdefault(code, {})[operation] = pieces
    return found


def labels(db: apsw.Connection, catalogue: LedgerCatalogue) -> dict[str, dict[str, Any]]:
    """Return the names of reasons, defects and operations in both languages, by code."""
    return {
        "reasons": {code: text.model_dump() for code, text in catalogue.codes(db, "reason_code").items()},
        "defects": {code: text.model_dump() for code, text in catalogue.codes(db, "defect_code").items()},
        "operations": {one.code: one.label.model_dump() for one in catalogue.operations(db)},
    }
