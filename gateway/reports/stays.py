"""What a machine counted and did while work was at its station; of one bundle as a process of its own.

`differs`: the numbers contradict each other, as those of a day do. `still`: it neither ran nor counted. `unclear`
says why nothing is compared: `begin` (nobody knows when it began), `machines` (several stand there), `overlap` (others
had work at the machine, too), `coverage` (too little is known of the machine).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway.apart import reply
from gateway.figures.machine import Record
from gateway.figures.timeline import Bools, Span, Timeline
from gateway.journal.period import records
from gateway.journal.reader import JournalReader
from gateway.states import RUN, UNKNOWN
from gateway.work.done import NEVER
from gateway.work.projections import paid
from gateway.work.reading import ledger_of
from gateway.work.stays import LOOKED_BACK_NS, SEVERAL, Stays, stays
from gateway.work.when import when
from sensors.batch import Float64s, Int64s

LEAST_PIECES: Final = 2  # a difference up to this is none
LEAST_SHARE: Final = 0.1  # nor is one up to this share of the greater number
KNOWN_SHARE: Final = 0.9  # of the time: of which less is known, nothing is said
UNCLEAR: Final = ("begin", "machines", "overlap", "coverage")
CLEAR: Final = -1
_MS: Final = 1_000_000
Entry = dict[str, Any]


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the stays of one bundle at the stations of `machines` ({name, station, counts}), by event."""
    machines, found = question["machines"], []
    with ledger_of(Path(question["journal"])) as reader:
        for row in paid.rows(reader.db, question["bundle"]):
            then = when(reader.db, row, question["gateway"])
            held = stays(reader, at_stations(machines), (then.time_ns, then.time_ns + LOOKED_BACK_NS))
            found += [{"event": then.event, **_alone(reader, machines, held, n)} for n in held.holding(row)]
    return {"stays": found}


def _alone(reader: JournalReader, machines: Iterable[Entry], held: Stays, n: int) -> Entry:
    from_ns, to_ns = int(held.from_ns[n]), int(held.to_ns[n])
    span = (to_ns if from_ns == NEVER else from_ns, to_ns + 1)
    name = None if held.machine[n] == SEVERAL else held.names[held.machine[n]]
    machine = next((one for one in machines if one["name"] == name), None)
    found, gaps = records(reader, [] if name is None else [name], span)
    return Against.of(machine, Record() if name is None else found[name], gaps, held, np.array([n]), span).entry(0)


def at_stations(machines: Iterable[Entry]) -> dict[str, list[str]]:
    """Return the machines of each station."""
    found: dict[str, list[str]] = {}
    for one in machines:
        found.setdefault(one["station"], []).append(one["name"])
    return found


@dataclass(frozen=True, slots=True)
class Against:
    """Some stays held against their machine, all [K]; NaN is what is not known."""

    held: Stays
    which: Int64s  # places among all of them
    counted: Float64s
    run_s: Float64s
    stopped_s: Float64s
    coverage: Float64s
    unclear: Int64s  # places in UNCLEAR, or CLEAR
    differs: Bools
    still: Bools

    @classmethod
    def of(
        cls, machine: Entry | None, record: Record, gaps: Sequence[Span], held: Stays, which: Int64s, span: Span
    ) -> "Against":
        """Return these stays beside what their machine's record tells of a span around them; None: no one machine."""
        to_ns, known = held.to_ns[which], held.from_ns[which] != NEVER
        spans = np.stack((np.where(known, held.from_ns[which], to_ns), to_ns), axis=1)
        tells = record.before != UNKNOWN or bool(record.changes)
        seconds = Timeline.of(span, record.before if tells else RUN, record.changes, gaps).lasted_s(spans)
        lasted_s, run_s, unknown_s = seconds.sum(axis=1), seconds[:, RUN], seconds[:, UNKNOWN]
        coverage = 1 - np.divide(unknown_s, lasted_s, out=np.ones(len(which)), where=lasted_s > 0)
        reasons = ~known, held.machine[which] == SEVERAL, held.overlaps[which], coverage < KNOWN_SHARE
        unclear = np.full(len(which), CLEAR)
        for reason in (3, 2, 0, 1):  # of several the last one here
            unclear[reasons[reason]] = reason
        counts = machine is not None and machine["counts"]
        counted = np.where(known & counts, _counted(record, spans), np.nan)
        clear = unclear == CLEAR
        differs = clear & differ(held.scanned[which], counted)
        still = clear & tells & (run_s == 0) & ~(counted > 0)
        stopped_s = lasted_s - run_s - unknown_s
        if not tells:
            run_s = stopped_s = np.full(len(which), np.nan)
        return cls(held, which, counted, run_s, stopped_s, coverage, unclear, differs, still)

    def entry(self, k: int) -> Entry:
        """Return one of them for JSON."""
        n, why = int(self.which[k]), int(self.unclear[k])
        stay, from_ns, machine = self.held.stay(n), int(self.held.from_ns[n]), int(self.held.machine[n])
        counted, run_s, stopped_s = (_known(each[k]) for each in (self.counted, self.run_s, self.stopped_s))
        return {
            "station": stay.station,
            "machine": None if machine == SEVERAL else self.held.names[machine],
            "how": stay.how,
            "order": stay.parts[0].order,
            "operation": stay.parts[0].operation,
            "bundles": list(dict.fromkeys(part.bundle for part in stay.parts if part.bundle is not None)),
            "workers": list(stay.workers),
            "from": None if from_ns == NEVER else from_ns // _MS,
            "to": int(self.held.to_ns[n]) // _MS,
            "scanned": int(self.held.scanned[n]),
            "counted": None if counted is None else int(counted),
            "run_s": None if run_s is None else round(run_s, 1),
            "stopped_s": None if stopped_s is None else round(stopped_s, 1),
            "coverage": round(float(self.coverage[k]), 4),
            "unclear": None if why == CLEAR else UNCLEAR[why],
            "differs": bool(self.differs[k]),
            "still": bool(self.still[k]),
        }


def _counted(record: Record, spans: Int64s) -> Float64s:
    """Return the pieces counted within each of N spans [N, 2], behind its begin and until its end."""
    times, (delta, *_) = record.counts.columns()
    sums = np.concatenate(([0.0], np.cumsum(delta)))
    before, until = sums[np.searchsorted(times, spans, "right")].T
    pieces: Float64s = until - before
    return pieces


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def differ(scanned: Int64s | int, counted: Float64s | int) -> Bools:
    """Return whether numbers of pieces contradict each other; NaN contradicts none."""
    difference = np.abs(np.subtract(scanned, counted))
    found: Bools = (difference > LEAST_PIECES) & (difference > LEAST_SHARE * np.fmax(scanned, counted))
    return found


if __name__ == "__main__":
    reply(answer)
