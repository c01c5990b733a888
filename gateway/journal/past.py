"""Samples and states of a period from a journal, as a process of its own (`gateway.apart`)."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway.apart import reply
from gateway.figures.timeline import Span, Timeline
from gateway.history.buckets import empty
from gateway.journal.export import Export
from gateway.journal.period import SLACK_NS, first_key, records
from gateway.journal.reader import JournalReader, open_reader
from gateway.states import STATES
from sensors.batch import Float64s, Int64s
from sensors.quality import BAD

MOST_ROWS: Final = 3000  # of samples as they are: more are told as buckets
BUCKETS: Final = 1500
MOST_STRETCHES: Final = 1000  # of one machine's states: beyond that, each bin tells the one that lasted longest


def answer(question: dict[str, Any]) -> Any:
    """Return the samples of `point`, or the states of `machines`; see gateway.reckoner."""
    span: Span = (question["span"][0], question["span"][1])
    with open_reader(Path(question["journal"])) as reader:
        if "point" in question:
            return samples(reader, question["point"], span)
        found, gaps = records(reader, question["machines"], span)
    return {name: _states(Timeline.of(span, one.before, one.changes, gaps)) for name, one in found.items()}


def samples(reader: JournalReader, point: str, span: Span) -> dict[str, Any]:
    """Return a point's samples as buckets of `gateway.history`: `step_s` 0 and one each, or what many come to.

    A sample of bad quality is a bucket with nothing in it; rows whose time was never right are left out.
    """
    device, _, field = point.partition(".")
    times, values = [np.empty(0, np.int64)], [np.empty(0)]
    after = first_key(reader, span[0] - SLACK_NS, "blocks") - 1
    for block in Export(reader, None, *span, device=device, after=after).blocks():
        columns, fields = block.columns, block.schema.fields
        if columns.time_ns[0] >= span[1] + SLACK_NS:
            break
        if field not in fields or block.clock != "synced":
            continue
        at = fields.index(field)
        within = (columns.time_ns >= span[0]) & (columns.time_ns < span[1])
        times.append(columns.time_ns[within])
        values.append(np.where(columns.quality[within, at] < BAD, columns.values[within, at], np.nan))
    time_ns, value = np.concatenate(times), np.concatenate(values)
    order = np.argsort(time_ns, kind="stable")
    return _buckets(time_ns[order], value[order], span)


def _buckets(time_ns: Int64s, value: Float64s, span: Span) -> dict[str, Any]:
    if len(value) <= MOST_ROWS:
        count = np.isfinite(value).astype(np.float64)
        return {"step_s": 0, "rows": np.column_stack((time_ns / 1e6, count, *[value] * 4)).tolist()}
    step_ns = max(1, (span[1] - span[0]) // BUCKETS)
    place = ((time_ns - span[0]) // step_ns).astype(np.intp)
    good = np.isfinite(value)
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    buckets = empty(len(starts))
    buckets[:, 0] = np.add.reduceat(good.astype(np.float64), starts)
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing good in one: its mean is not a number
        buckets[:, 1] = np.add.reduceat(np.where(good, value, 0.0), starts) / buckets[:, 0]
    buckets[:, 2], buckets[:, 3] = np.fmin.reduceat(value, starts), np.fmax.reduceat(value, starts)
    buckets[:, 4] = value[np.append(starts[1:], len(value)) - 1]
    begin_ms = (span[0] + place[starts] * step_ns) / 1e6
    return {"step_s": step_ns / 1e9, "rows": np.column_stack((begin_ms, buckets)).tolist()}


def _states(line: Timeline) -> list[list[Any]]:
    """Return when each state began (UTC ms), neighbours of one state as one; the last one lasts to the period's end."""
    if len(line.codes) > MOST_STRETCHES:
        edges = np.linspace(line.edges_ns[0], line.edges_ns[-1], MOST_STRETCHES + 1).astype(np.int64)
        parts = line.split_at(edges)
        bins = np.searchsorted(edges, parts.edges_ns[:-1], "right") - 1
        lasted = np.zeros((MOST_STRETCHES, len(STATES)))
        np.add.at(lasted, (bins, parts.codes), parts.durations_s())
        line = Timeline(edges, lasted.argmax(axis=1).astype(np.int8))
    begins = np.flatnonzero(np.diff(line.codes, prepend=-1))
    return [[int(line.edges_ns[at]) // 1_000_000, STATES[line.codes[at]]] for at in begins.tolist()]


if __name__ == "__main__":
    reply(answer)
