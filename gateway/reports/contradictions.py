"""Contradictions between what was scanned at a station and what its machine counted and did, as a process of its own.

A coupon is scanned when a bundle is done, a machine counts each piece when it is made: only whole days are compared,
and pieces are held against the hour before their scan.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gateway.apart import reply
from gateway.figures.machine import Record
from gateway.figures.timeline import Span, Timeline, clipped
from gateway.journal.period import records
from gateway.journal.reader import JournalReader
from gateway.pay.terms import Terms
from gateway.work.reading import ledger_of

FORMULA: Final = "contradictions / 1"
QUARTER_NS: Final = 900_000_000_000
HOUR_NS: Final = 4 * QUARTER_NS
LEAST_PIECES: Final = 2  # a difference up to this is none
LEAST_SHARE: Final = 0.1  # nor is one up to this share of the greater number
KNOWN_SHARE: Final = 0.9  # of a day's or an hour's time: of which less is known, nothing is said


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the contradictions of `machines` ({name, station, counts}) within `span`, and what was compared."""
    terms, span = Terms.told(question), (question["span"][0], question["span"][1])
    machines = question["machines"]
    with ledger_of(Path(question["journal"])) as reader:
        found, gaps = records(reader, [one["name"] for one in machines], span)
        told = [
            line
            for one in machines
            for line in _of(one, found[one["name"]], gaps, _scanned(reader, one["station"], span), terms, span)
        ]
    wrong = [line for line in told if line.pop("contradicts")]
    return {"formula": FORMULA, "compared": len(told), "contradictions": wrong}


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
    machine: dict[str, Any], record: Record, gaps: list[Span], scanned: dict[int, int], terms: Terms, span: Span
) -> Iterator[dict[str, Any]]:
    """Yield a line for each day on which anything can be compared."""
    timeline = Timeline.of(span, record.before, record.changes, gaps)
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
        differs = counted is not None and coverage >= KNOWN_SHARE and _differ(pieces, counted)
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


def _differ(scanned: int, counted: int) -> bool:
    difference = abs(scanned - counted)
    return difference > LEAST_PIECES and difference > LEAST_SHARE * max(scanned, counted)


def _while_still(timeline: Timeline, quarters: dict[int, int]) -> dict[int, int]:
    """Return the quarter hours (and their pieces) before whose end the machine had not run for an hour."""
    still: dict[int, int] = defaultdict(int)
    first_ns = int(timeline.edges_ns[0]) if len(timeline.codes) else 0
    for at, pieces in quarters.items():
        stop_ns = (at + 1) * QUARTER_NS
        if stop_ns - HOUR_NS < first_ns:
            continue
        seconds = timeline.seconds([(stop_ns - HOUR_NS, stop_ns)])
        known_s = sum(seconds.values()) - seconds["unknown"]
        if seconds["run"] == 0 and known_s >= KNOWN_SHARE * HOUR_NS / 1e9:
            still[at] += pieces
    return dict(still)


if __name__ == "__main__":
    reply(answer)
