"""What a machine counted and did while work was at its station; of one bundle as a process of its own.

`differs`: the numbers contradict each other, as those of a day do. `still`: it neither ran nor counted. `unclear`
says why nothing is compared: `begin` (nobody knows when it began), `machines` (several stand there), `overlap` (others
had work at the machine, too), `coverage` (too little is known of the machine).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway.apart import reply
from gateway.figures.machine import Record
from gateway.figures.timeline import Span, Timeline
from gateway.journal.period import records
from gateway.journal.reader import JournalReader
from gateway.states import RUN, UNKNOWN
from gateway.work.projections import paid
from gateway.work.reading import ledger_of
from gateway.work.stays import LOOKED_BACK_NS, Stay, stays
from gateway.work.when import when

LEAST_PIECES: Final = 2  # a difference up to this is none
LEAST_SHARE: Final = 0.1  # nor is one up to this share of the greater number
KNOWN_SHARE: Final = 0.9  # of the time: of which less is known, nothing is said
UNCLEAR: Final = ("begin", "machines", "overlap", "coverage")
_MS: Final = 1_000_000
Entry = dict[str, Any]


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the stays of one bundle at the stations of `machines` ({name, station, counts}), by event."""
    machines, found = question["machines"], []
    with ledger_of(Path(question["journal"])) as reader:
        for row in paid.rows(reader.db, question["bundle"]):
            then = when(reader.db, row, question["gateway"])
            for stay in stays(reader, at_stations(machines), (then.time_ns, then.time_ns + LOOKED_BACK_NS)):
                if row in [part.row for part in stay.parts]:
                    found += [{"event": then.event, **entry} for entry in _alone(reader, machines, stay)]
    return {"stays": found}


def _alone(reader: JournalReader, machines: Iterable[Entry], stay: Stay) -> Iterator[Entry]:
    span = (stay.to_ns if stay.from_ns is None else stay.from_ns, stay.to_ns + 1)
    machine = next((one for one in machines if one["name"] == stay.machine), None)
    found, gaps = records(reader, [machine["name"]] if machine else [], span)
    return against(machine, found[machine["name"]] if machine else Record(), gaps, [stay], span)


def at_stations(machines: Iterable[Entry]) -> dict[str, list[str]]:
    """Return the machines of each station."""
    found: dict[str, list[str]] = {}
    for one in machines:
        found.setdefault(one["station"], []).append(one["name"])
    return found


def against(
    machine: Entry | None, record: Record, gaps: Sequence[Span], held: Sequence[Stay], span: Span
) -> Iterator[Entry]:
    """Yield each stay with what its machine's record of a span that holds all of them tells; None: no one machine."""
    spans = [(stay.to_ns if stay.from_ns is None else stay.from_ns, stay.to_ns) for stay in held]
    tells = record.before != UNKNOWN or bool(record.changes)
    seconds = Timeline.of(span, record.before if tells else RUN, record.changes, gaps).lasted_s(spans)
    times, (delta, *_) = record.counts.columns()
    sums = np.concatenate(([0.0], np.cumsum(delta)))
    before, until = sums[np.searchsorted(times, np.array(spans, np.int64).reshape(-1, 2), "right")].T
    for stay, state_s, pieces in zip(held, seconds, until - before, strict=True):
        lasted_s, run_s = float(state_s.sum()), float(state_s[RUN])
        coverage = 1 - float(state_s[UNKNOWN]) / lasted_s if lasted_s else 0.0
        why = _unclear(stay, coverage)
        counted = int(pieces) if machine and machine["counts"] and stay.from_ns is not None else None
        yield {
            **_told(stay),
            "counted": counted,
            "run_s": round(run_s, 1) if tells else None,
            "stopped_s": round(lasted_s - run_s - float(state_s[UNKNOWN]), 1) if tells else None,
            "coverage": round(coverage, 4),
            "unclear": why,
            "differs": why is None and counted is not None and differ(stay.scanned, counted),
            "still": why is None and tells and run_s == 0 and not counted,
        }


def _unclear(stay: Stay, coverage: float) -> str | None:
    if stay.machine is None:
        return "machines"
    if stay.from_ns is None:
        return "begin"
    if stay.overlaps:
        return "overlap"
    return None if coverage >= KNOWN_SHARE else "coverage"


def _told(stay: Stay) -> Entry:
    first = stay.parts[0]
    return {
        "station": stay.station,
        "machine": stay.machine,
        "how": stay.how,
        "order": first.order,
        "operation": first.operation,
        "bundles": list(dict.fromkeys(part.bundle for part in stay.parts if part.bundle is not None)),
        "workers": list(stay.workers),
        "from": None if stay.from_ns is None else stay.from_ns // _MS,
        "to": stay.to_ns // _MS,
        "scanned": stay.scanned,
    }


def differ(scanned: int, counted: int) -> bool:
    """Return whether two numbers of pieces contradict each other."""
    difference = abs(scanned - counted)
    return difference > LEAST_PIECES and difference > LEAST_SHARE * max(scanned, counted)


if __name__ == "__main__":
    reply(answer)
