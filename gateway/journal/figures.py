"""Figures of a period from a journal, as a process of its own: `gateway.apart.ask("gateway.journal.figures", ...)`."""

from pathlib import Path
from typing import Any

import numpy as np

from gateway.apart import reply
from gateway.figures.energy import MINUTE_S, Minutes, of_counter, of_power
from gateway.figures.machine import Period, energy_figures, machine_figures
from gateway.journal.period import records
from gateway.journal.reader import open_reader

Question = dict[str, Any]
SECOND_NS = 1_000_000_000


def answer(question: Question) -> Any:
    """Return the figures of each of `machines`, or those of `energy`; see gateway.reckoner."""
    span: tuple[int, int] = (question["span"][0], question["span"][1])
    machines, meter = question.get("machines", []), question.get("energy")
    names = [one["name"] for one in machines] if meter is None else [meter["machine"] or ""]
    with open_reader(Path(question["journal"])) as reader:
        found, gaps = records(reader, names, span)
    period = Period(span, [(start, stop) for start, stop in question["planned"]], gaps)
    if meter is not None:
        minutes = _minutes(meter, span)
        return energy_figures(found[names[0]], period, minutes).entry()
    return [
        {
            "machine": one["name"],
            **machine_figures(found[one["name"]], period, one["ideal_cycle_s"], one["micro_stop_s"]),
        }
        for one in machines
    ]


def _minutes(meter: Question, span: tuple[int, int]) -> Minutes:
    """Return the minutes that a period touches; `values` begin at `begin_s`, a minute before it or earlier."""
    first, stop = span[0] // SECOND_NS // MINUTE_S, -(-span[1] // SECOND_NS // MINUTE_S)
    at = first - meter["begin_s"] // MINUTE_S
    values = np.array(meter["values"], np.float64)  # JSON says null for NaN
    before_and_in = values[at - 1 : at + stop - first]
    start_s = first * MINUTE_S
    minutes = of_counter(start_s, before_and_in) if meter["counts"] else of_power(start_s, before_and_in[1:])
    fine = start_s + MINUTE_S * np.arange(len(minutes.kwh)) >= meter["fine_s"]
    return Minutes(start_s, minutes.kwh, minutes.measured & fine)


if __name__ == "__main__":
    reply(answer)
