"""Badges: who is at a station, who leaves; and the station of a scanner."""

from difflib import get_close_matches
from typing import Final

from barcodes.ticket import Badge, Command, Ours, StationTicket
from gateway.work import said, texts
from gateway.work.answer import Verdict
from gateway.work.dialogue import About, Here, Part
from gateway.work.entries import Entry


def _take(ticket: Badge | Command | StationTicket, here: Here) -> Verdict:
    match ticket:
        case Badge(number):
            return _badge(number, here)
        case StationTicket(name):
            return _move(name, here)
    return _logout(here)


def _badge(number: int, here: Here) -> Verdict:
    """Let a known worker in: alone, or to those who are here."""
    known = here.catalogue.worker(here.db, number)
    if known is None:
        return Verdict.of("unknown", texts.unknown_badge(number), reason="badge")
    entry: Entry = {"do": "badge", "station": here.station.name, "worker": known.badge}
    if here.station.workers == "one":
        leave: Entry = {"do": "leave", "station": here.station.name}
        return Verdict.of("badge", texts.badge(known.badge), leave, entry, worker=known.badge)
    others = [session.worker for session in here.sessions if session.worker != known.badge]
    return Verdict.of("badge", said.badge_joins([*others, known.badge]), entry, worker=known.badge)


def _logout(here: Here) -> Verdict:
    """One alone leaves at once; of several it is asked who."""
    if len(here.sessions) > 1:
        return Verdict.of("command", said.who_leaves(_workers(here)), here.ask("leave"))
    return _leave(here, None)


def _leave(here: Here, worker: str | None) -> Verdict:
    entry: Entry = {"do": "leave", "station": here.station.name}
    left = [one for one in _workers(here) if worker is not None and one != worker]
    return Verdict.of("command", said.left(worker, left), entry | ({"worker": worker} if worker is not None else {}))


def _who_leaves(ticket: Ours, here: Here, about: About) -> Verdict | None:
    """A badge names one; LOGOUT once more is for all."""
    match ticket:
        case Badge(number) if (known := here.catalogue.worker(here.db, number)) and known.badge in _workers(here):
            return _leave(here, known.badge)
        case Command("LOGOUT"):
            return _leave(here, None)
    return None


def _move(name: str, here: Here) -> Verdict:
    """A scanner that is carried to another station belongs there from now on."""
    if name not in here.stations:
        near = get_close_matches(name, here.stations, n=1)
        return Verdict.of("unknown", said.unknown_station(name, near[0] if near else None), reason="station")
    station = here.stations[name]
    entry: Entry = {"do": "move", "scanner": here.scanner, "station": name}
    return Verdict.of("command", said.moved(station.name, station.label), entry)


def _workers(here: Here) -> list[str]:
    return [session.worker for session in here.sessions]


PART: Final = Part(
    tickets=(Badge, StationTicket),
    words=("LOGOUT",),
    take=_take,
    answers={"leave": _who_leaves},
    needs_badge=False,
)
