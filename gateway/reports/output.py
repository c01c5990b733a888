"""What was made in a span of time: signed pieces by operation, style, order, hour, station and worker.

It reads the ledger's sums by the quarter hour; spans are UTC ns, cut to whole quarter hours.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

import apsw

from gateway.figures.timeline import Span

Key = TypeVar("Key", bound=Hashable)
QUARTER_NS: Final = 900_000_000_000
WHATS: Final = ("done", "defect", "repair", "scrap")


@dataclass(slots=True)
class Made:
    """Signed pieces."""

    done: int = 0
    defect: int = 0
    repair: int = 0
    scrap: int = 0

    @property
    def wrong(self) -> int:
        """Return pieces not right the first time: one may be told as a defect and be repaired or scrapped, too."""
        return max(self.defect, self.repair + self.scrap)

    def add(self, what: str, quantity: int) -> None:
        """Add pieces."""
        setattr(self, what, getattr(self, what) + quantity)

    def entry(self) -> dict[str, int]:
        """Return it for JSON."""
        return {what: getattr(self, what) for what in WHATS}


class Cell(NamedTuple):
    """Pieces of one kind that are alike."""

    operation: str
    style: str
    order: str
    what: str
    quantity: int


def cells(db: apsw.Connection, span: Span) -> list[Cell]:
    """Return what was made by operation, style and order."""
    rows = sums(db, "operation, style, order_code, what", span)
    return [Cell(*row) for row in rows]


def scrapped_later(db: apsw.Connection, span: Span) -> list[Cell]:
    """Return what was scrapped of bundles whose operation was recorded before: those pieces are among the done ones."""
    rows = db.execute(
        "SELECT line.operation, coalesce(line.style, ''), coalesce(line.order_code, ''), 'scrap', sum(line.quantity)"
        " FROM work_lines AS line INDEXED BY work_lines_rare LEFT JOIN work_bundles AS one USING (bundle)"
        " WHERE (line.what <> 'done' OR line.corrects_row IS NOT NULL) AND line.bundle IS NOT NULL"
        " AND line.row >= coalesce((SELECT min(row) FROM work_hours WHERE hour >= ?1 / 3600000000000), 0)"
        " AND line.time_ns >= ?1 AND line.time_ns < ?2 AND line.what = 'scrap' AND line.waiting = 0 AND EXISTS ("
        "SELECT 1 FROM work_paid AS paid WHERE paid.bundle IN (line.bundle, one.parent)"
        " AND paid.operation = line.operation AND paid.row < line.row) GROUP BY 1, 2, 3",
        (span[0] // QUARTER_NS * QUARTER_NS, -(-span[1] // QUARTER_NS) * QUARTER_NS),
    )
    return [Cell(*row) for row in rows]


def grouped(found: list[Cell], key: str) -> dict[str, Made]:
    """Return cells by their operation, style or order."""
    groups: dict[str, Made] = {}
    for cell in found:
        groups.setdefault(getattr(cell, key), Made()).add(cell.what, cell.quantity)
    return groups


def by(db: apsw.Connection, column: str, span: Span) -> dict[Any, Made]:
    """Return what was made by one column of the sums: quarter, station, worker."""
    groups: dict[Any, Made] = {}
    for key, what, quantity in sums(db, f"{column}, what", span):
        groups.setdefault(key, Made()).add(what, quantity)
    return groups


def hours(quarters: Mapping[int, Made], shift: int) -> Iterator[tuple[int, Made]]:
    """Yield quarter hours as hours of the clock on the wall: UTC ms of each beginning, in order.

    `shift`: how many quarter hours the zone is before UTC.
    """
    sums: dict[int, Made] = {}
    for quarter, made in sorted(quarters.items()):
        for what in WHATS:
            sums.setdefault((quarter + shift) // 4, Made()).add(what, getattr(made, what))
    for hour, made in sums.items():
        yield (hour * 4 - shift) * 900_000, made


def operators(db: apsw.Connection, span: Span) -> dict[str, int]:
    """Return how many workers did each operation."""
    rows = db.execute(
        "SELECT operation, count(DISTINCT worker) FROM work_quarters"
        " WHERE quarter >= ? AND quarter < ? AND what = 'done' AND quantity > 0 GROUP BY 1",
        (span[0] // QUARTER_NS, -(-span[1] // QUARTER_NS)),
    )
    return dict(rows)


def sums(db: apsw.Connection, columns: str, span: Span) -> Iterator[tuple[Any, ...]]:
    """Yield these columns of the sums, and the signed pieces of each different row of them, in order."""
    count = columns.count(",") + 1
    by_all = ", ".join(map(str, range(1, count + 1)))
    return db.execute(
        f"SELECT {columns}, sum(quantity) FROM work_quarters WHERE quarter >= ? AND quarter < ? AND what IN {WHATS}"
        f" GROUP BY {by_all} ORDER BY {by_all}",
        (span[0] // QUARTER_NS, -(-span[1] // QUARTER_NS)),
    )
