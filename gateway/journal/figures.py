"""Figures of a period from a journal, as a process of its own: `gateway.apart.ask("gateway.journal.figures", ...)`."""

from pathlib import Path
from typing import Any

import apsw
import numpy as np

from gateway.apart import reply
from gateway.figures.energy import MINUTE_S, Minutes, of_counter, of_power
from gateway.figures.machine import Layer, Period, energy_figures, machine_figures
from gateway.journal.period import records
from gateway.journal.reader import open_reader

Question = dict[str, Any]
SECOND_NS = 1_000_000_000
QUARTER_NS = 900 * SECOND_NS
DAY_NS = 86_400 * SECOND_NS
TOLD_D = 90


def answer(question: Question) -> Any:
    """Return the figures of each of `machines`, or those of `energy`; see gateway.reckoner."""
    span: tuple[int, int] = (question["span"][0], question["span"][1])
    machines, meter = question.get("machines", []), question.get("energy")
    names = [one["name"] for one in machines] if meter is None else [meter["machine"] or ""]
    with open_reader(Path(question["journal"])) as reader:
        found, gaps = records(reader, names, span)
        wrong = {one["name"]: pieces_wrong(reader.db, one["station"], span) for one in machines if one.get("station")}
    period = Period(span, [(start, stop) for start, stop in question["planned"]], gaps)
    if meter is not None:
        minutes = _minutes(meter, span)
        return energy_figures(found[names[0]], period, minutes).entry()
    return [
        {
            "machine": one["name"],
            **machine_figures(
                found[one["name"]],
                period,
                one["ideal_cycle_s"],
                one["micro_stop_s"],
                wrong.get(one["name"]),
                Layer(**one.get("layer", {})),
            ),
        }
        for one in machines
    ]


def pieces_wrong(db: apsw.Connection, station: str, span: tuple[int, int]) -> int | None:
    """Return the pieces that the ledger calls defective, repaired or scrapped at a station in a span (UTC ns).

    None where nobody told of any for TOLD_D days: nobody may look there, and what nobody looks at is not all good.
    """
    if not list(db.execute("SELECT 1 FROM sqlite_master WHERE name = 'work_quarters'")):
        return None
    since, first, stop = (at // QUARTER_NS for at in (span[1] - TOLD_D * DAY_NS, *span))
    sums = dict(
        db.execute(
            "SELECT what, sum(iif(quarter >= ?2, quantity, 0)) FROM work_quarters WHERE quarter >= ?1 AND quarter < ?3"
            " AND what IN ('defect', 'repair', 'scrap') AND station = ?4 GROUP BY what",
            (min(since, first), first, stop, station),
        )
    )
    # one piece may be told as a defect, and repaired or scrapped, too
    return max(sums.get("defect", 0), sums.get("repair", 0) + sums.get("scrap", 0)) if sums else None


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
