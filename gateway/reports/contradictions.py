"""Contradictions between what was scanned at a station and what its machine counted and did, as a process of its own.

Each stay of bundles and jobs is held against what the machine counted and did in it (`gateway.reports.stays`), as far
as scans tell whose work was on. Whole days are compared, too, and pieces with the hour before their scan.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gateway.apart import reply
from gateway.figures.machine import Record
from gateway.figures.timeline import Span, Timeline, clipped
from gateway.journal.period import records
from gateway.journal.reader import JournalReader
from gateway.pay.terms import Terms
from gateway.reports.stays import KNOWN_SHARE, UNCLEAR, against, at_stations, differ
from gateway.states import RUN, UNKNOWN
from gateway.work.reading import ledger_of
from gateway.work.stays import Stay, stays

FORMULA: Final = "contradictions / 2"
QUARTER_NS: Final = 900_000_000_000
HOUR_NS: Final = 4 * QUARTER_NS


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the contradictions of `machines` ({name, station, counts}) within `span`, and what was compared.

    Of stays that are unclear it says how many there are, and why.
    """
    terms, span = Terms.told(question), (question["span"][0], question["span"][1])
    machines = question["machines"]
    with ledger_of(Path(question["journal"])) as reader:
        held = stays(reader, at_stations(machines), span)
        whole = (min([span[0], *(one.from_ns for one in held if one.from_ns is not None)]), span[1])
        found, gaps = records(reader, [one["name"] for one in machines], whole)
        told = [
            line
            for one in machines
            for line in _of(one, found[one["name"]], gaps, _scanned(reader, one["station"], span), terms, span, whole)
        ]
    wrong = [line for line in told if line.pop("contradicts")]
    return {
        "formula": FORMULA,
        "compared": len(told),
        "contradictions": wrong,
        **_stays(machines, found, gaps, held, whole),
    }


def _stays(
    machines: list[dict[str, Any]], found: dict[str, Record], gaps: list[Span], held: list[Stay], whole: Span
) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    for machine, record in [*((one, found[one["name"]]) for one in machines), (None, Record())]:
        here = [one for one in held if one.machine == (machine and machine["name"])]
        told += against(machine, record, gaps, here, whole)
    clear = [entry for entry in told if entry["unclear"] is None]
    wrong = sorted((one for one in clear if one["differs"] or one["still"]), key=lambda one: int(one["to"]))
    unclear = {why: sum(entry["unclear"] == why for entry in told) for why in UNCLEAR}
    return {"stays": wrong, "stays_compared": len(clear), "stays_unclear": unclear}


def _scanned(reader: JournalReader, station: str, span: Span) -> dict[int, int]:
    """Return the pieces that were scanned at a station by the quarter hour; taken back ones are not in it."""
    return dict(
        reader.db.execute(
            "SELECT rated, sum(quantity) FROM work_quarters"
            " WHERE quarter >= ? AND what = 'done' AND station = ? AND rated >= ? AND rated < ? GROUP BY 1",
            (span[0] // QUARTER_NS, station, span[0] // QUARTER_NS, -(-span[1] // QUARTER_NS)),
        )
    )


def _of(
    machine: dict[str, Any],
    record: Record,
    gaps: list[Span],
    scanned: dict[int, int],
    terms: Terms,
    span: Span,
    whole: Span,
) -> Iterator[dict[str, Any]]:
    """Yield a line for each day of a span on which anything can be compared; `whole` is that of the record."""
    timeline = Timeline.of(whole, record.before, record.changes, gaps)
    times, (delta, *_) = record.counts.columns()
    for day, (start_ns, stop_ns) in terms.days(span):
        quarters = {at: made for at, made in scanned.items() if start_ns <= at * QUARTER_NS < stop_ns and made > 0}
        pieces = sum(quarters.values())
        counted = int(delta[(times >= start_ns) & (times < stop_ns)].sum()) if machine["counts"] else None
        hole_s = sum(stop - start for start, stop in clipped(gaps, (start_ns, stop_ns))) / 1e9
        coverage = 1 - hole_s / ((stop_ns - start_ns) / 1e9)
        still = _while_still(timeline, quarters)
        if not pieces and not counted:
            continue
        differs = counted is not None and coverage >= KNOWN_SHARE and differ(pieces, counted)
        yield {
            "machine": machine["name"],
            "station": machine["station"],
            "day": day,
            "scanned": pieces,
            "counted": counted,
            "coverage": round(coverage, 4),
            "differs": differs,
            "scanned_while_still": sum(still.values()),
            "still_at": [at * QUARTER_NS // 1_000_000 for at in still],
            "contradicts": differs or bool(still),
        }


def _while_still(timeline: Timeline, quarters: dict[int, int]) -> dict[int, int]:
    """Return the quarter hours (and their pieces) before whose end the machine had not run for an hour."""
    hours = {at: ((at + 1) * QUARTER_NS - HOUR_NS, (at + 1) * QUARTER_NS) for at in quarters}
    seconds = timeline.lasted_s(list(hours.values()))
    still = (seconds[:, RUN] == 0) & (seconds.sum(axis=1) - seconds[:, UNKNOWN] >= KNOWN_SHARE * HOUR_NS / 1e9)
    return {
        at: quarters[at]
        for (at, (start_ns, _)), stood in zip(hours.items(), still.tolist(), strict=True)
        if stood and start_ns >= timeline.edges_ns[0]
    }


if __name__ == "__main__":
    reply(answer)
