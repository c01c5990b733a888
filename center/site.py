"""Site: what the page's routes work with."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from center.access import Access
from center.clock import Clock
from center.config import Config
from center.fleet import Fleet
from center.inbox import Inbox
from center.intake import Intake
from center.reader import Reader
from center.writer import Writer
from gateway.version import VERSION

STATIC: Final = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of the running center."""

    config: Config
    clock: Clock
    fleet: Fleet
    reader: Reader
    access: Access
    inbox: Inbox
    intake: Intake
    writer: Writer

    def view(self, build: str) -> dict[str, Any]:
        """Return what `/api/v1/fleet` says."""
        counts, shops = self.fleet.view()
        return {
            "now": self.clock.utc_ms(),
            "version": VERSION,
            "build": build,
            "language": self.config.language,
            "stale_s": self.config.stale_s,
            "counts": counts,
            "center": self.center(),
            "shops": shops,
        }

    def center(self) -> dict[str, Any]:
        """Return how the center itself is. `malformed` and `dropped` are counted since it began."""
        host, port = self.config.broker.host, self.config.broker.port
        return {
            "broker": {
                "address": f"{host}:{port}",
                "connected": self.intake.connected,
                "protocol": self.intake.protocol,
                "why": self.intake.why or None,
            },
            "storage": {"well": not self.writer.storage_error, "why": self.writer.storage_error or None},
            "waiting": len(self.inbox),
            "dropped": self.inbox.dropped,
            "malformed": self.writer.malformed,
            "rows": self.writer.rows,
        }

    def unready(self) -> list[str]:
        """Return why rows do not flow; empty when they do."""
        why = [] if self.intake.connected else [f"broker: {self.intake.why}"]
        return why + ([f"storage: {self.writer.storage_error}"] if self.writer.storage_error else [])


def build_hash() -> str:
    """Return what tells one build of the page from another; a page of an older one loads itself again."""
    index = STATIC / "index.html"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:12] if index.exists() else "none"
