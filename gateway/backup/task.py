"""What is asked of the process that makes a copy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.backup import copies
from gateway.config.backup import Backup


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked: one copy of a journal, now (UTC)."""

    journal: Path
    config: Path | None  # the configuration's file, which goes along
    workshop: str
    gateway: str
    zone: str
    backup: Backup
    now_ns: int

    @property
    def begins(self) -> str:
        """Return what the names of this gateway's copies begin with."""
        return copies.prefix(self.workshop, self.gateway)

    def question(self) -> dict[str, Any]:
        """Return the task as JSON."""
        known = {"workshop": self.workshop, "gateway": self.gateway, "zone": self.zone, "now_ns": self.now_ns}
        config = None if self.config is None else str(self.config.absolute())
        journal = str(self.journal.absolute())
        return known | {"journal": journal, "config": config, "backup": self.backup.model_dump(mode="json")}


def task(question: dict[str, Any]) -> Task:
    """Return the task of a question."""
    config = question["config"] and Path(question["config"])
    paths = {"journal": Path(question["journal"]), "config": config, "backup": Backup(**question["backup"])}
    return Task(**question | paths)
