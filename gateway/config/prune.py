"""The tree of a configuration from which what is wrong is cut away, so that all the rest can still be judged.

A wrong value goes if its option has a default; else what holds it goes, up to the item of a list. The place of what
remains is kept, so that later problems still find their line.
"""

import copy
from typing import Any

from gateway.config import schema
from gateway.config.places import Path

STAND_INS: dict[str, Any] = {"workshop": {"id": "x", "name": "x"}}  # required at the top; never seen outside


class _Gone:
    """Stands in a list where an item was."""

    def __deepcopy__(self, _: Any) -> "_Gone":
        return self


GONE = _Gone()


class Tree:
    """The data of a document, to cut from."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = copy.deepcopy(data)
        self.cuts: list[Path] = []

    def whole(self) -> dict[str, Any]:
        """Return what is left, as plain data."""
        kept: dict[str, Any] = _compact(self.data)
        return kept

    def place(self, path: Path) -> Path:
        """Return where something of `whole()` stands in the file: its items may have moved up in their lists."""
        value: Any = self.data
        place: list[str | int] = []
        for part in path:
            if isinstance(value, list) and isinstance(part, int):
                part = [i for i, item in enumerate(value) if item is not GONE][part]
            place.append(part)
            value = schema.at(value, (part,))
        return tuple(place)

    def cut(self, place: Path) -> None:
        """Remove what stands at `place` (of the file), or the smallest thing around it that may be left out."""
        for depth in range(len(place), 0, -1):
            holder, last = schema.at(self.data, place[: depth - 1]), place[depth - 1]
            if isinstance(last, int) and isinstance(holder, list):
                holder[last] = GONE
            elif isinstance(holder, dict) and self._may_go(place[:depth]):
                holder.pop(last, None)
            else:
                continue
            self.cuts.append(place[:depth])
            return
        if place:
            self.cuts.append(place[:1])
        for name, stand_in in STAND_INS.items():
            if place[:1] in ((), (name,)):
                self.data[name] = copy.deepcopy(stand_in)

    def _may_go(self, place: Path) -> bool:
        """Tell whether an option may be left out: it is not required, or no model knows it."""
        model = schema.model_at(self.data, place[:-1])
        if model is None:
            return False
        field = model.model_fields.get(str(place[-1]))
        return field is None or not field.is_required()


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _compact(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_compact(part) for part in value if part is not GONE]
    return value
