"""Calls for help: who waits at which station for what, since when, for the screens."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.event import Row
from gateway.work.answer import Words, name_of
from gateway.work.projections.places import Call


class Calls:
    """The stations at which somebody waits."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[str | None, int, str]] = {}  # worker, UTC, what for: by station

    def begin(self, calls: Iterable[Call]) -> None:
        """Take in who waited when the daemon started."""
        self._calls = {call.station: (call.worker, call.time_ns, call.what) for call in calls}

    def happened(self, row: Row) -> None:
        """Take in an event `help`; the first call at a station counts, and a later one may say what for."""
        if row.body["action"] == "raise":
            worker, time_ns, before = self._calls.get(row.source, (row.body.get("worker"), row.time_ns, ""))
            self._calls[row.source] = worker, time_ns, row.body.get("what") or before
        else:
            self.over(row.source)

    def over(self, station: str) -> None:
        """Forget the call of a station."""
        self._calls.pop(station, None)

    def entries(self, stations: Mapping[str, Words], workers: dict[str, str]) -> list[dict[str, Any]]:
        """Return the calls in the shape of the stream's `calls`; times are UTC milliseconds."""
        return [
            {
                "station": station,
                "station_label": stations.get(station),
                "what": what or None,
                "since_ts": time_ns / 1e6,
                "worker": worker,
                "worker_name": name_of(worker, workers),
            }
            for station, (worker, time_ns, what) in self._calls.items()
        ]
