"""Banks that save themselves as columns: what a snapshot keeps of them, found again by their cells' texts."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np

from gateway.engine.cell import Cell
from gateway.engine.columns import Float64s
from gateway.engine.panes import Pick

Document = dict[str, Any]


class Bank(Protocol):
    """What keeps long windows, accruals and meters."""

    @property
    def cells(self) -> Sequence[Cell]:
        """Return its cells, in the order of its columns."""

    def save(self) -> Document:
        """Return what is kept: numbers of the whole bank, and `columns` whose last axis are the cells."""

    def restore(self, saved: Mapping[str, Any], pick: Pick, same_boot: bool) -> None:
        """Go on from there."""


def short(key: str) -> str:
    """Return a short name for a canonical text."""
    return blake2b(key.encode(), digest_size=8).hexdigest()


def save_banks(banks: Mapping[tuple[str, ...], Bank]) -> Document:
    """Return the banks by short names."""
    return {
        short(" ".join(key)): {"cells": [short(cell.key) for cell in bank.cells], **bank.save()}
        for key, bank in banks.items()
    }


def load_banks(banks: Mapping[tuple[str, ...], Bank], documents: Document, same_boot: bool) -> None:
    """Let banks go on that were saved; cells that are new in one have nothing in it yet."""
    for key, bank in banks.items():
        saved = documents.get(short(" ".join(key)))
        if saved is not None:
            was = {name: place for place, name in enumerate(saved["cells"])}
            places = [was.get(short(cell.key), -1) for cell in bank.cells]
            bank.restore(saved, _pick(saved["columns"], places, len(was)), same_boot)


def _pick(columns: Document, places: list[int], count: int) -> Pick:
    """Return what gives a saved column [..., count] for the cells at these places; -1 is a cell that is new."""
    new = np.array(places) < 0

    def pick(name: str, shape: tuple[int, ...], blank: Float64s | float) -> Float64s:
        column = np.array(columns[name], np.float64).reshape(*shape, count)  # JSON says null for NaN
        return np.where(new, blank, column[..., places])

    return pick
