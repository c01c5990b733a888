"""The stream: a snapshot first, then one coalesced change a second, scans at once, a heartbeat every five seconds."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson

from gateway.live import TREND_EVERY_S, Entry, Live

HEARTBEAT_S = 5
BACKLOG = 16  # messages a slow browser may be behind before its stream ends: it connects again and gets a snapshot


class Stream:
    """Tells every connected browser what changed. Nothing is computed while nobody looks."""

    def __init__(self, live: Live, build: str) -> None:
        self._live, self._build = live, build
        self.behind = 0  # browsers whose stream ended because they did not read what they were told
        self._browsers: set[asyncio.Queue[bytes | None]] = set()
        self._told: dict[str, dict[str, Any]] = {}
        self._told_ns = 0
        self._seconds = 0

    @property
    def open(self) -> int:
        """Return how many browsers are told."""
        return len(self._browsers)

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the messages for one browser until it leaves or the server stops."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)
        queue.put_nowait(_message("snapshot", self._snapshot()))
        self._browsers.add(queue)
        try:
            while (message := await queue.get()) is not None:
                yield message
        finally:
            self._browsers.discard(queue)

    def begin_anew(self) -> None:
        """Tell everything again: the configuration changed."""
        self._told = {}
        self._tell(_message("snapshot", self._snapshot()))

    def second(self, mono_ns: int) -> None:
        """A second is over: tell what changed in it."""
        self._seconds += 1
        if self._seconds % TREND_EVERY_S == 0:
            self._live.sample_trend(mono_ns)
        if self._browsers:
            change = self._change(trend=self._seconds % TREND_EVERY_S == 0)
            if len(change) > 1:
                self._tell(_message("change", change))
            if self._seconds % HEARTBEAT_S == 0:
                self._tell(_message("heartbeat", {"ts": change["ts"], "build": self._build}))
        self._told_ns = mono_ns

    def scanned(self, scan: Entry) -> None:
        """Tell a scan at once: its answer is what somebody is waiting for."""
        self._tell(_message("scan", scan))

    def close(self) -> None:
        """End every browser's stream."""
        for queue in self._browsers:
            _end(queue)

    def _tell(self, message: bytes) -> None:
        for queue in list(self._browsers):
            if queue.full():
                _end(queue)
                self._browsers.discard(queue)
                self.behind += 1
            else:
                queue.put_nowait(message)

    def _now_ts(self) -> float:
        return self._live.now_ts()

    def _snapshot(self) -> Entry:
        live = self._live
        return {
            "ts": self._now_ts(),
            "build": self._build,
            "points": live.points(),
            "machines": live.machines(),
            "alarms": live.alarms(),
            "last_alarm_ts": live.last_alarm_ts(),
            "scans": list(live.scans),
            "calls": live.call_entries(),
            "components": live.component_entries(),
        }

    def _change(self, trend: bool) -> Entry:
        """Return what is new since the last second; alarms come whole, because one that is over is told by absence."""
        live, change = self._live, Entry(ts=self._now_ts())
        stamped = live.engine.stamped_ns
        points = live.points(only=lambda i: trend or int(stamped[i]) > self._told_ns, trend=trend)
        for key, entries in (("machines", live.machines()), ("components", live.component_entries())):
            told = self._told.setdefault(key, {})
            new = [entry for entry in entries if told.get(entry["name"]) != entry]
            told.update((entry["name"], entry) for entry in new)
            if new:
                change[key] = new
        alarms = live.alarms()
        if self._told.get("alarms") != {"all": alarms}:
            self._told["alarms"] = {"all": alarms}
            change["alarms"] = alarms
            change["last_alarm_ts"] = live.last_alarm_ts()
        calls = live.call_entries()
        if self._told.get("calls") != {"all": calls}:
            self._told["calls"] = {"all": calls}
            change["calls"] = calls
        if points:
            change["points"] = points
        return change


def _end(queue: asyncio.Queue[bytes | None]) -> None:
    """End a browser's stream; what it was not told yet would be old news."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


def _message(event: str, data: Entry) -> bytes:
    return b"event: " + event.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"
