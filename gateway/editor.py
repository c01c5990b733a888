"""Editor: changes the configuration's file for people at a screen: judged first, the former one kept, then taken up.

Everything that changes the file waits for one lock, and says which revision it was made from: what somebody else wrote
in between, also by hand, is never written over. The former text is on the disk before the file changes, and the file
is whole before and after; a daemon that dies in between starts with the new one, which was judged.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.config.difference import difference
from gateway.config.edit import Change, changed
from gateway.config.edit_history import Configurations, Kept, different, revision_of, written
from gateway.config.load import Judged, judge
from gateway.errors import ConfigurationError

SHOWN: Final = 16  # texts that somebody was shown lately, to tell what changed since
Make = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that nobody made yet."""

    text: str
    judged: Judged
    difference: list[str]


class Changed(Exception):
    """The file is not what the change was made from. `difference` is None where that is not known any more."""

    def __init__(self, revision: str, difference: list[str] | None, by: str, ts: int | None) -> None:
        super().__init__(revision)
        self.revision, self.difference, self.by, self.ts = revision, difference, by, ts


class Wrong(Exception):
    """The text would not be valid."""

    def __init__(self, judged: Judged) -> None:
        super().__init__()
        self.problems = judged.problems


class Editor:
    """The file at `path`. `reload` has the daemon read it and returns what it refuses."""

    def __init__(
        self,
        path: Path,
        kept: Configurations,
        reload: Callable[[str], Awaitable[list[str]]],
        now_ms: Callable[[], int],
    ) -> None:
        self._path, self.kept, self._reload, self._now_ms = path, kept, reload, now_ms
        self._lock = asyncio.Lock()
        self._shown: OrderedDict[str, str] = OrderedDict()

    async def text(self) -> str:
        """Return the file's text, and remember that somebody saw it. Raises OSError."""
        text = await asyncio.to_thread(self._read)
        self._shown[revision_of(text)] = text
        while len(self._shown) > SHOWN:
            self._shown.popitem(last=False)
        return text

    async def judged(self, text: str) -> Judged:
        """Return what a text means."""
        return await asyncio.to_thread(judge, text, self._path)

    async def draft(self, revision: str, make: Make) -> Draft:
        """Return what a change would make of the file; nothing is written. Raises Changed, NotEdited, OSError."""
        old = await asyncio.to_thread(self._read)
        await self._unchanged(old, revision)
        return await asyncio.to_thread(self._drafted, old, make)

    async def apply(self, revision: str, make: Make, by: str) -> str:
        """Change the file and take it up; return its new revision.

        Raises Changed, NotEdited, Wrong, OSError; ConfigurationError when the daemon refuses it, after the old text
        was put back.
        """
        async with self._lock:
            old = await asyncio.to_thread(self._read)
            await self._unchanged(old, revision)
            draft = await asyncio.to_thread(self._drafted, old, make)
            if draft.judged.config is None:
                raise Wrong(draft.judged)
            if draft.text != old:
                present = await asyncio.to_thread(self._present, old)
                await self._put(old, draft.text, by)
                what = await asyncio.to_thread(self._what, old, draft.judged)
                await asyncio.to_thread(self.kept.add, draft.text, self._now_ms(), by, what, present.number)
            return revision_of(draft.text)

    async def undo(self, revision: str, by: str) -> str:
        """Put the former configuration back; return its revision. Raises LookupError for none, else as `apply`."""
        async with self._lock:
            old = await asyncio.to_thread(self._read)
            await self._unchanged(old, revision)
            present = await asyncio.to_thread(self._present, old)
            former = await asyncio.to_thread(self.kept.one, present.former)
            if former is None:
                raise LookupError("Nothing is kept from before.")
            judged = await asyncio.to_thread(judge, former.text, self._path)
            if judged.config is None:
                raise Wrong(judged)
            await self._put(old, former.text, by)
            what = await asyncio.to_thread(self._what, old, judged)
            await asyncio.to_thread(self.kept.add, former.text, self._now_ms(), by, what, former.former)
            return former.revision

    async def _unchanged(self, text: str, revision: str) -> None:
        present = revision_of(text)
        if present == revision:
            return
        then = self._shown.get(revision)
        if then is None and (kept := await asyncio.to_thread(self.kept.of, revision)):
            then = kept.text
        last = await asyncio.to_thread(self.kept.newest)
        known = last if last and last.revision == present else None
        raise Changed(
            present,
            None if then is None else different(then, text),
            known.by if known else "",
            known.ts if known else None,
        )

    def _read(self) -> str:
        return self._path.read_bytes().decode("utf-8", "surrogateescape")

    def _drafted(self, old: str, make: Make) -> Draft:
        new = make(old)
        return Draft(new, judge(new, self._path), different(old, new))

    def _present(self, text: str) -> Kept:
        """Return what is kept of the present text; what was written by hand is kept now."""
        last = self.kept.newest()
        if last is not None and last.revision == revision_of(text):
            return last
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return self.kept.add(text, self._now_ms(), "", "", last.number if last else 0)

    def _what(self, old: str, new: Judged) -> str:
        was = judge(old, self._path).config
        return difference(was, new.config) if was and new.config else ""

    async def _put(self, old: str, new: str, by: str) -> None:
        mode = self._path.stat().st_mode & 0o777
        await asyncio.to_thread(written, self._path.resolve(), new, mode)
        if problems := await self._reload(by):
            await asyncio.to_thread(written, self._path.resolve(), old, mode)
            await self._reload(by)
            raise ConfigurationError(problems)


def with_changes(changes: Sequence[Change]) -> Make:
    """Return what changes a text part by part."""
    return lambda text: changed(text, changes)


def with_text(new: str) -> Make:
    """Return what takes another text."""
    return lambda _: new
