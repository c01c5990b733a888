"""Seldom: what few days need, and takes memory: made when somebody first asks for it."""

import asyncio
from abc import ABC, abstractmethod
from base64 import b64decode
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway import apart
from gateway.clock import Clock
from gateway.config.root import EdgeConfig
from gateway.desk import Desk
from gateway.event import Body, Event
from gateway.flow import Flow
from gateway.journal.journal import Journal
from gateway.live import Live
from gateway.supervisor import Supervisor
from gateway.work.press import Kept, Press

if TYPE_CHECKING:
    from gateway.backup.order import Order
    from gateway.editor import Editor
    from gateway.finding.explorer import Explorer
    from gateway.printing.printers import Printers
    from gateway.replay.trial import Trials
    from gateway.reports.office import Office


ANSWERED_S: Final = 0.5
FIXED = ("gateway", "dashboard", "journal", "clock")  # parts of the configuration that only a restart changes


class Seldom(ABC):
    """The daemon's parts that are not imported at its start."""

    id: str
    stop: asyncio.Event
    order: "Order | None" = None  # what is restored once this daemon has ended
    restored: dict[str, Any] | None = None  # what came of the last one
    desk: Desk
    live: Live
    config: EdgeConfig
    _path: Path
    _first: EdgeConfig
    _clock: Clock
    _flow: Flow
    _journal: Journal

    async def press(self, press: Press) -> Kept:
        """Take a key of a kiosk as the scan of its ticket. Raises StorageFailed: then nothing was counted."""
        await self._flow.go_along()
        return await self.desk.press(press)

    @cached_property
    def explorer(self) -> "Explorer":
        """Return who looks for devices, when the dashboard asks."""
        from gateway.finding.explorer import Explorer

        return Explorer(self._path)

    @abstractmethod
    async def reload(self, by: str) -> list[str]:
        """Take up what the file says now; return its problems, in which case the old one goes on."""

    @cached_property
    def editor(self) -> "Editor":
        """Return who changes the configuration for people at a screen."""
        from gateway.config.edit_history import Configurations
        from gateway.editor import Editor

        kept = Configurations(Path(self._first.journal.path).with_name("configurations"))
        return Editor(self._path, kept, self.reload, lambda: self._clock.time_ns(self._clock.mono_ns()) // 1_000_000)

    def needs_restart(self) -> list[str]:
        """Return the parts of the configuration that changed and wait for a restart."""
        return [name for name in FIXED if getattr(self.config, name) != getattr(self._first, name)]

    @cached_property
    def trials(self) -> "Trials":
        """Return who tries rules that are not live yet."""
        from gateway.replay.trial import Trials

        return Trials(self._path)

    @cached_property
    def office(self) -> "Office":
        """Return who works out pay and reports."""
        from gateway.reports.office import Office

        return Office(Path(self._first.journal.path), self.id, self._clock, self.desk)

    @cached_property
    def printers(self) -> "Printers":
        """Return who prints labels; a shop without printers may still look at some."""
        from gateway.printing.printers import Printers

        supervisor = Supervisor(self._clock.mono_ns)
        return Printers(
            supervisor, self.live.components, self._journal, self.desk, self.id, self.live.config, self._today
        )

    async def bundle(self) -> bytes:
        """Return the diagnostic bundle, a ZIP without secrets. Raises apart.Failed."""
        from gateway.diagnosis.lines import LAST

        question = {"config": str(self._path), "components": self.live.component_entries(), "lines": LAST.lines()}
        return b64decode(await apart.ask("gateway.commands.bundle", question))

    async def copies(self, **more: Any) -> Any:
        """Return the copies that could be restored or, with `copy` and `passphrase`, what one holds. Raises Failed."""
        backups = [one.model_dump(mode="json") for one in self.config.backup if one.enabled]
        paths = {"journal": str(self.journal_path), "config": str(self._path.absolute())}
        return await apart.ask("gateway.backup.choice", {"backups": backups, **paths, **more})

    @property
    def journal_path(self) -> Path:
        """Return where the journal is."""
        return Path(self._first.journal.path).absolute()

    def restore_soon(self, order: "Order") -> None:
        """End, when the answer to who asked is on its way; whoever runs us carries the order out and begins anew."""
        self.order = order
        asyncio.get_running_loop().call_later(ANSWERED_S, self.stop.set)

    def put_switch(self, part: str, name: str, on: bool) -> None:
        """Turn a switch in the configuration's file. Raises ConfigurationError, OSError; the file is as it was then."""
        from gateway.config.switch import switched
        from gateway.finding.writing import put

        put(self._path, switched(self._path.read_text("utf-8"), part, name, on))

    def note(self, kind: str, source: str, body: Body) -> None:
        """Keep an event of the daemon's own doing."""
        self._flow.add([Event(kind, source, self._clock.mono_ns(), body)])

    async def start_printers(self, config: EdgeConfig) -> None:
        """Take over the printers of a configuration."""
        if config.printers or "printers" in self.__dict__:
            await self.printers.start(config)

    async def close_printers(self) -> None:
        """End them."""
        if "printers" in self.__dict__:
            await self.printers.close()

    def _today(self) -> str:
        now_s = self._clock.time_ns(self._clock.mono_ns()) / 1e9
        return datetime.fromtimestamp(now_s, self.live.day.zone).date().isoformat()
