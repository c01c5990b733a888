"""What is wrong with a table, where it stands, and how to mend it."""

from dataclasses import dataclass
from typing import Any

Words = dict[str, str]  # one text in both languages: {"ko": ..., "en": ...}
SHOWN = 40  # characters of what stands in a cell


class Wrong(ValueError):
    """What a cell holds cannot be what its column means; says why, and how to mend it."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(en)
        self.text: Words = {"ko": ko, "en": en}


class Unreadable(Exception):
    """A file that is no table, or too much of one."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(f"{ko} / {en}")
        self.text: Words = {"ko": ko, "en": en}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: in a cell, or with a row or a sheet as a whole."""

    sheet: str
    cell: str  # B7, or the row's number, or nothing
    found: str | None  # what stands there
    text: Words

    def entry(self) -> dict[str, Any]:
        """Return the problem in the API's shape."""
        return {"sheet": self.sheet, "cell": self.cell, "found": self.found, "text": self.text}


def shown(value: object) -> str:
    """Return what stands in a cell as an error can show it: short, on one line, without what steers a terminal."""
    text = steady(str(value))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def steady(text: str) -> str:
    """Return a text on one line, without what steers a terminal: such a sign stands as \\u001b."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
