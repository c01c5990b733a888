"""What a transaction may have to take back: the next numbers, and the last time of each source."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

Source = tuple[str, str]  # (kind, source) of events; ("", device) of samples, ("window 10", device)


WRONG_NS: Final = 3_600_000_000_000  # a time so far ahead of a right clock was a wrong one's


def bound(last_ns: int | None, time_ns: int, right: bool) -> int | None:
    """Return the time that a source's next row must come after; None: any.

    That is its last, but a year mistyped once must not hold back the rows of a right clock until that year.
    """
    return None if last_ns is None or (right and last_ns - time_ns > WRONG_NS) else last_ns


def is_samples(kind: str) -> bool:
    """Return whether a source's kind is that of samples or windows; no event's kind is empty or holds a blank."""
    return not kind or " " in kind


class Mark(NamedTuple):
    """A place to come back to."""

    numbers: dict[str, int]
    waiting: dict[str, int | None]
    undo: int
    changed: int


@dataclass(slots=True)
class Progress:
    """Numbers and times of the running epoch. `back` undoes what a failed request or commit had taken."""

    numbers: dict[str, int] = field(default_factory=lambda: {"e": 0, "s": 0})  # the last given, by stream
    waiting: dict[str, int | None] = field(default_factory=lambda: {"e": None, "s": None})  # first unfrozen key
    changed: int = 0  # rows added or frozen since the start
    _last_ns: dict[Source, int] = field(default_factory=dict)
    _undo: list[tuple[Source, int | None]] = field(default_factory=list)
    _unsaved: set[Source] = field(default_factory=set)
    _saved: set[Source] = field(default_factory=set)  # in this transaction

    def mark(self) -> Mark:
        """Return where things stand."""
        return Mark(dict(self.numbers), dict(self.waiting), len(self._undo), self.changed)

    def back(self, mark: Mark) -> None:
        """Take back everything since `mark`."""
        self.numbers, self.waiting, self.changed = dict(mark.numbers), dict(mark.waiting), mark.changed
        self._unsaved |= self._saved
        while len(self._undo) > mark.undo:
            source, before = self._undo.pop()
            if before is None:
                del self._last_ns[source]
            else:
                self._last_ns[source] = before

    def kept(self) -> None:
        """Forget the undo list: the transaction is committed."""
        self._saved.clear()
        self._undo.clear()

    def next(self, stream: str) -> int:
        """Give the stream's next number."""
        self.numbers[stream] += 1
        self.changed += 1
        return self.numbers[stream]

    def last_ns(self, source: Source) -> int | None:
        """Return the source's last UTC time in ns."""
        return self._last_ns.get(source)

    def sample_times(self) -> dict[Source, int]:
        """Return the last times of samples and windows."""
        return {source: time_ns for source, time_ns in self._last_ns.items() if is_samples(source[0])}

    def after(self, source: Source, time_ns: int, right: bool) -> int:
        """Return `time_ns`, or 1 ns after the source's last when that is not earlier, and remember it."""
        last = bound(self._last_ns.get(source), time_ns, right)
        if last is not None and time_ns <= last:
            time_ns = last + 1
        self.remember(source, time_ns)
        return time_ns

    def remember(self, source: Source, time_ns: int) -> None:
        """Set the source's last time."""
        self._undo.append((source, self._last_ns.get(source)))
        self._unsaved.add(source)
        self._last_ns[source] = time_ns

    def load(self, source: Source, time_ns: int) -> None:
        """Take a time that is in the file already; the order of the file is that of the calls."""
        self._last_ns[source] = time_ns

    def unsaved(self) -> list[tuple[str, str, int]]:
        """Return (kind, source, time_ns) of the times that changed since they were last saved."""
        return [(*source, self._last_ns[source]) for source in self._unsaved if source in self._last_ns]

    def saved(self) -> None:
        """Forget which times changed: they are in the file, if the transaction is."""
        self._saved, self._unsaved = self._unsaved, set()
