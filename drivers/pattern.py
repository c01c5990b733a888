"""Regular expressions of the configuration: some take ages for some texts, so each search has a time limit."""

from collections.abc import Callable
from typing import Final

import regex

Match = regex.Match[str]
LIMIT_S: Final = 0.05  # processor time; a sane pattern takes microseconds


class TooSlow(ValueError):
    """The search was given up."""


class Pattern:
    """A regular expression as Python's `re` reads it. ValueError, in both languages, for what is none."""

    def __init__(self, written: str) -> None:
        try:
            self._compiled = regex.compile(written)
        except regex.error as error:
            raise ValueError(f"정규식이 틀렸어요: {error} / not a regular expression: {error}") from None

    @property
    def groups(self) -> set[str]:
        """Return the names of its groups."""
        return set(self._compiled.groupindex)

    def search(self, text: str) -> Match | None:
        """Return the first place where it fits; TooSlow when that takes longer than `LIMIT_S`."""
        return self._tried(self._compiled.search, text)

    def whole(self, text: str) -> Match | None:
        """Return whether and how it fits all of a text; TooSlow likewise."""
        return self._tried(self._compiled.fullmatch, text)

    def _tried(self, way: Callable[..., Match | None], text: str) -> Match | None:
        try:
            return way(text, timeout=LIMIT_S)
        except TimeoutError:
            raise TooSlow(f"the pattern takes too long for {text[:60]!r}: make its repetitions simpler") from None
