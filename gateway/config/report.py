"""Report: the problems of one configuration while they are being gathered, each with its place."""

from typing import Any, NamedTuple

from gateway.config.messages import Language, say
from gateway.config.places import Document, Path


class Told(NamedTuple):
    """One problem as people read it. `path` leads to what is wrong; (): the text itself."""

    path: Path
    line: int
    ko: str
    en: str


class Report:
    """Gathers problems by path, so that what only follows from one is not told again."""

    def __init__(self, document: Document, file: str) -> None:
        self.document, self.file = document, file
        self._found: list[tuple[int, Path, str, dict[str, Any]]] = []
        for line, message, fields in document.problems:
            self._found.append((line, (), message, fields))

    def __len__(self) -> int:
        """Return how many problems there are."""
        return len(self._found)

    def add(self, path: Path, message: str, line: int | None = None, /, **fields: Any) -> None:
        """Note a problem at `path`; `key` is the name of its option unless given."""
        fields.setdefault("key", option(path))
        self._found.append((line or self.document.line(path), path, message, fields))

    def paths(self) -> list[Path]:
        """Return the places of the problems found until now."""
        return [path for _, path, _, _ in self._found if path]

    def touches(self, path: Path) -> bool:
        """Tell whether something at `path` or inside it was complained about."""
        return any(found[: len(path)] == path for _, found, _, _ in self._found if found or not path)

    def told(self) -> list[Told]:
        """Return all problems with their places, by line."""
        found = [
            Told(path, line, say("ko", what, **fill), say("en", what, **fill)) for line, path, what, fill in self._found
        ]
        return sorted(dict.fromkeys(found), key=lambda one: one.line)

    def lines(self, language: Language) -> list[str]:
        """Return all problems, each `file:line: what is wrong; the nearest valid name; how to mend it`, by line."""
        ordered = sorted(self._found, key=lambda found: found[0])
        told = [f"{self.file}:{line}: {say(language, message, **fields)}" for line, _, message, fields in ordered]
        return list(dict.fromkeys(told))


def option(path: Path) -> str:
    """Return the name of the option that a path leads to; an item of a list is named by its list."""
    return next((str(part) for part in reversed(path) if isinstance(part, str)), "")
