"""Actions on a real journal, with real other sides: an HTTP server that answers as it is told."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from drivers.base import Written
from gateway.actions.actions import Actions
from gateway.clock import SystemClock
from gateway.component import Component
from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.event import Event, Row
from gateway.journal.journal import Journal
from gateway.supervisor import Supervisor

CLOCK = SystemClock(trust=True)
RULE = {"when": "m.x > 0", "message": {"ko": "뜨거워요", "en": "Hot"}}
DRIVER = {
    "name": "plc_1",
    "type": "modbus_tcp",
    "host": "127.0.0.1",
    "devices": [{"name": "m", "points": [{"name": "x", "address": 0}]}],
}


class Receiver(ThreadingHTTPServer):
    """A server that remembers what was posted. `answers` are statuses, the last one for good; None is silence."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts: list[dict[str, Any]] = []
        self.answers: list[int | None] = [204]
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}/hook"

    def close(self) -> None:
        """End."""
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers what it is told to."""

    server: Receiver

    def do_POST(self) -> None:
        """Remember and answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answers = self.server.answers
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        self.server.posts.append({"body": body, "status": status} | {k.lower(): v for k, v in self.headers.items()})
        if status is None:
            self.server.over.wait(60)
            return
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def said(rule: str = "hot", action: str = "raise", ago_s: float = 0.0, **more: Any) -> Event:
    """An alarm's event, as the engine makes it."""
    body = {"rule": rule, "action": action, "severity": "warning", "message": RULE["message"], "value": None}
    return Event("alarm", rule, CLOCK.mono_ns() - round(ago_s * 1e9), body | {"by": None} | more)


@dataclass
class House:
    """A journal, and actions that run on it."""

    config: EdgeConfig
    journal: Journal
    engine: Engine
    supervisor: Supervisor = field(default_factory=lambda: Supervisor(CLOCK.mono_ns, lambda low, high: 0.02))
    components: dict[str, Component] = field(default_factory=dict)
    written: list[tuple[str, Any, str, bool]] = field(default_factory=list)
    refuses: list[Exception] = field(default_factory=list)  # of the writes that come

    def __post_init__(self) -> None:
        alarms = lambda: self.engine.rules  # noqa: E731 - it is looked at anew each time
        self.actions = Actions(self.supervisor, self.components, self.journal, CLOCK, self.write, alarms)

    async def write(self, name: str, value: float | str, by: str, again: bool = False) -> Written:
        """Write an output, or fail as it is told."""
        self.written.append((name, value, by, again))
        if self.refuses:
            raise self.refuses.pop(0)
        return Written(None, None)

    async def happens(self, *events: Event) -> list[Row]:
        """Let the journal keep events."""
        return await self.journal.append(events)

    async def until(self, true: Callable[[], Any], what: str = "it") -> Any:
        """Wait until something holds."""
        end = time.monotonic() + 60
        while not (found := true()):
            if time.monotonic() > end:
                raise TimeoutError(f"waited in vain: {what}")
            await asyncio.sleep(0.005)
        return found

    async def idle(self, name: str = "a") -> None:
        """Wait until an action has nothing to do."""
        part = self.components[name]
        await self.until(lambda: part.state == "up" and not part.queued(), f"{name} is idle")


Live = Callable[..., Any]
