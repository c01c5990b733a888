"""Contradictions between what was scanned at a station and what its machine counted and did, as a process of its own.

Each stay of bundles and jobs is held against what the machine counted and did in it (`gateway.reports.stays`), as far
as scans tell whose work was on. Whole days are compared, too, and pieces with the hour before their scan.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway.apart import reply
from gateway.figures.machine import Record
from gateway.figures.timeline import Bools, Span, Timeline, clipped
from gateway.journal.period import records
from gateway.journal.reader import JournalReader
from gateway.pay.terms import Terms
from gateway.reports.stays import CLEAR, KNOWN_SHARE, UNCLEAR, Against, at_stations, differ
from gateway.states import RUN, UNKNOWN
from gateway.work.done import NEVER
from gateway.work.reading import ledger_of
from gateway.work.stays import SEVERAL, Stays, stays
from sensors.batch import Int64s

FORMULA: Final = "contradictions / 2"
QUARTER_NS: Final = 900_000_000_000
HOUR_NS: Final = 4 * QUARTER_NS
MOST_TOLD: Final = 500  # stays: a machine that does not count pieces contradicts them all
NOTHING: Final = Record()


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the contradictions of `machines` ({name, station, counts}) within `span`, and what was compared.

    Of stays that are unclear it says how many there are, and why; of those that contradict it tells the newest.
    """
    terms, span = Terms.told(question), (question["span"][0], question["span"][1])
    machines = question["machines"]
    with ledger_of(Path(question["journal"])) as reader:
        held = stays(reader, at_stations(machines), span)
        whole = (int(held.from_ns.min(initial=span[0], where=held.from_ns != NEVER)), span[1])
        found, gaps = records(reader, [one["name"] for one in machines], whole)
        scanned, days = _scanned(reader, span), [(day, *ends) for day, ends in terms.days(span)]
        told = [
            line
            for one in machines
            for line in _of(one, found[one["name"]], gaps, scanned.get(one["station"], {}), days, whole)
        ]
        wrong = [line for line in told if line.pop("contradicts")]
        return {
            "formula": FORMULA,
            "compared": len(told),
            "contradictions": wrong,
            **_stays(machines, found, gaps, held, whole),
        }


def _stays(
    machines: list[dict[str, Any]], found: dict[str, Record], gaps: list[Span], held: Stays, whole: Span
) -> dict[str, Any]:
    by_name: dict[str | None, dict[str, Any]] = {one["name"]: one for one in machines}
    told = [
        Against.of(by_name.get(name), found.get(name, NOTHING), gaps, held, np.flatnonzero(held.machine == n), whole)
        for n, name in [*enumerate(held.names), (SEVERAL, "")]
    ]
    why = np.concatenate([one.unclear for one in told])
    wrong = [np.flatnonzero(one.differs | one.still) for one in told]
    of, k = np.repeat(np.arange(len(told)), [len(one) for one in wrong]), np.concatenate(wrong)
    ends_ns = np.concatenate([held.to_ns[one.which[here]] for one, here in zip(told, wrong, strict=True)])
    newest = np.argsort(ends_ns, kind="stable")[-MOST_TOLD:].tolist()
    return {
        "stays": [told[of[one]].entry(k[one]) for one in newest],
        "stays_wrong": len(k),
        "stays_compared": int((why == CLEAR).sum()),
        "stays_unclear": {name: int((why == n).sum()) for n, name in enumerate(UNCLEAR)},
    }


def _scanned(reader: JournalReader, span: Span) -> dict[str, dict[int, int]]:
    """Return the pieces that were scanned by station and quarter hour; taken back ones are not in it."""
    found: dict[str, dict[int, int]] = {}
    for station, quarter, pieces in reader.db.execute(
        "SELECT station, rated, sum(quantity) FROM work_quarters"
        " WHERE quarter >= ?1 AND what = 'done' AND rated >= ?1 AND rated < ?2 GROUP BY 1, 2",
        (span[0] // QUARTER_NS, -(-span[1] // QUARTER_NS)),
    ):
        found.setdefault(station, {})[quarter] = pieces
    return found


def _of(
    machine: dict[str, Any],
    record: Record,
    gaps: list[Span],
    scanned: dict[int, int],
    days: list[tuple[str, int, int]],
    whole: Span,
) -> Iterator[dict[str, Any]]:
    """Yield a line for each day on which anything can be compared; `whole` is the span of the record."""
    timeline = Timeline.of(whole, record.before, record.changes, gaps)
    times, (delta, *_) = record.counts.columns()
    sums = np.concatenate(([0.0], np.cumsum(delta)))
    quarters = np.array(sorted((at, made) for at, made in scanned.items() if made > 0), np.int64).reshape(-1, 2).T
    still, starts_ns = _while_still(timeline, quarters[0]), quarters[0] * QUARTER_NS
    ends = np.array([one[1:] for one in days], np.int64)
    of_days = zip(days, np.searchsorted(starts_ns, ends), sums[np.searchsorted(times, ends)], strict=True)
    for (day, start_ns, stop_ns), (first, stop), (before, until) in of_days:
        at, made, stood = quarters[0, first:stop], quarters[1, first:stop], still[first:stop]
        pieces, counted = int(made.sum()), int(until - before) if machine["counts"] else None
        if not pieces and not counted:
            continue
        hole_s = sum(stop - start for start, stop in clipped(gaps, (start_ns, stop_ns))) / 1e9
        coverage = 1 - hole_s / ((stop_ns - start_ns) / 1e9)
        differs = counted is not None and coverage >= KNOWN_SHARE and bool(differ(pieces, counted))
        yield {
            "machine": machine["name"],
            "station": machine["station"],
            "day": day,
            "scanned": pieces,
            "counted": counted,
            "coverage": round(coverage, 4),
            "differs": differs,
            "scanned_while_still": int(made[stood].sum()),
            "still_at": (at[stood] * QUARTER_NS // 1_000_000).tolist(),
            "contradicts": differs or bool(stood.any()),
        }


def _while_still(timeline: Timeline, quarters: Int64s) -> Bools:
    """Return before which quarter hours' ends the machine had not run for an hour."""
    ends_ns = (quarters + 1) * QUARTER_NS
    seconds = timeline.lasted_s(np.stack((ends_ns - HOUR_NS, ends_ns), axis=1))
    still = (seconds[:, RUN] == 0) & (seconds.sum(axis=1) - seconds[:, UNKNOWN] >= KNOWN_SHARE * HOUR_NS / 1e9)
    found: Bools = still & (ends_ns - HOUR_NS >= timeline.edges_ns[0])
    return found


if __name__ == "__main__":
    reply(answer)
