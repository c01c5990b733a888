"""Entries: what an event did to the work, as small objects `{"do": word, ...}` in its body.

An event `scan` holds what its verdict meant; an event `work` holds what came otherwise: by the API, an import, a
print, a closing (its `by` says who). Whoever folds them in the order of the journal has the ledger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from gateway.event import Body
from gateway.journal.rows import Raw

Entry = dict[str, Any]
_ENTRIES: Final = b'"entries":['
_CLOSE: Final = ord("]")
KINDS: Final = ("scan", "work")  # the kinds of events that hold entries


class NotRecorded(Exception):
    """What was asked of the ledger cannot be: nothing of it was kept. Carries why, in both languages."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(f"{ko} / {en}")
        self.text = {"ko": ko, "en": en}


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of an entry: those it must have and those it may have, with their types."""

    must: Mapping[str, type] = field(default_factory=dict)
    may: Mapping[str, type] = field(default_factory=dict)

    def problem(self, entry: Entry) -> str | None:
        """Return what is wrong with an entry, None when it is as it must be. True is no number."""
        for name, kind in self.must.items():
            if not _is(entry.get(name), kind):
                return f"{name} must be {kind.__name__}"
        for name, value in entry.items():
            if name == "do" or name in self.must:
                continue
            if name not in self.may:
                return f"{name} is not known"
            if value is not None and not _is(value, self.may[name]):
                return f"{name} must be {self.may[name].__name__}"
        return None


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is not int or not isinstance(value, bool))


def check(entries: Iterable[Entry], shapes: Mapping[str, Shape]) -> None:
    """Raise NotRecorded unless all entries are of known words and shapes: what is kept is kept for ever."""
    for entry in entries:
        word = entry.get("do")
        shape = shapes.get(word) if isinstance(word, str) else None
        why = f"there is no entry {word!r}" if shape is None else shape.problem(entry)
        if why:
            raise NotRecorded(f"장부에 적을 수 없어요: {word!r}: {why}", f"this cannot be recorded: {word!r}: {why}")


def entries_of(kind: str, body: Body) -> list[Entry]:
    """Return what an event did; of a scan that was kept before entries were, what its answer meant."""
    if "entries" in body:
        found: list[Entry] = body["entries"]
        return found
    return _of_old_scan(body) if kind == "scan" else []


def entries_in(raw: Raw) -> list[Entry]:
    """Return what an event did, as it stands in the file: of its body only the entries are read."""
    cut = _list_in(raw[6])
    if cut is not None:
        try:
            found: list[Entry] = orjson.loads(cut)
        except ValueError:  # a list inside the entries was closed, not theirs
            pass
        else:
            return found
    return entries_of(raw[1].decode(), orjson.loads(raw[6]))


def _list_in(body: bytes) -> bytes | None:
    """Return the list of entries as far as its first `}]`: mostly all of it. None when it must be read otherwise.

    Where `"entries":[` stands once it is that field, for a quote inside a text is escaped.
    """
    begin = body.find(_ENTRIES)
    if begin < 0 or body.find(_ENTRIES, begin + 1) >= 0:
        return None
    begin += len(_ENTRIES) - 1
    if body[begin + 1] == _CLOSE:
        return b"[]"
    end = body.find(b"}]", begin)
    return body[begin : end + 2] if end >= 0 else None


def _of_old_scan(body: Body) -> list[Entry]:
    station = body["station"]
    match body["answer"]:
        case "badge":
            return [{"do": "leave", "station": station}, {"do": "badge", "station": station, "worker": body["worker"]}]
        case "accepted":
            ticket = body["ticket"]
            what = {"bundle": ticket["bundle"], "operation": ticket["operation"], "quantity": ticket["quantity"]}
            return [{"do": "done", **what, "worker": body["worker"], "station": station}]
        case "command" if "corrects" in body:
            return [{"do": "undo", "of": body["corrects"], "station": station}]
        case "command" if body["ticket"]["word"] == "LOGOUT":
            return [{"do": "leave", "station": station}]
    return []
