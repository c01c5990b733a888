"""Replies of one device on their way to a Batch: kept as they came, decoded together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from drivers.base import Slot
from drivers.modbus_plan import Block, Layout
from sensors.batch import Batch, UInt8s
from sensors.decoding import WORD, Decoder, Indices, Words
from sensors.point import BIT_TABLES, Point
from sensors.quality import GOOD, NO_REPLY


@dataclass(slots=True)
class Row:
    """One poll: the data of the reads that were answered, and the quality of those that were refused."""

    stamp_ns: int = 0
    replies: list[tuple[Block, bytes]] = field(default_factory=list)
    refused: list[tuple[Block, int]] = field(default_factory=list)


class Decoding:
    """Rows of one device to its Batch. `words` and `word_quality` are the registers of the last row."""

    def __init__(self, layout: Layout, points: Sequence[Point], slot: Slot) -> None:
        self._layout, self._slot = layout, slot
        self._decoder = Decoder(points, layout.place)
        self.words: Words = np.zeros(layout.words, WORD)
        self.word_quality: UInt8s = np.full(layout.words, NO_REPLY, np.uint8)

    def batch(self, rows: Sequence[Row]) -> Batch:
        """Return the rows as one Batch; what no reply brought is NO_REPLY."""
        image, quality = self._whole(rows) or self._pieces(rows)
        self.words, self.word_quality = image[-1], quality[-1]
        values, graded = self._decoder.decode(image, quality)
        mono_ns = np.array([row.stamp_ns for row in rows], np.int64)
        return Batch(self._slot.device, self._slot.first, mono_ns, values, graded)

    def _whole(self, rows: Sequence[Row]) -> tuple[Words, UInt8s] | None:
        """Return the registers [T, N] and their quality of rows that one reply each fills; None for others."""
        parts = [(block, data) for row in rows for block, data in row.replies if block.whole]
        if len(parts) < len(rows):
            return None
        image = _registers(parts[0][0], b"".join(data for _, data in parts))
        return image, np.zeros(image.shape, np.uint8)  # GOOD

    def _pieces(self, rows: Sequence[Row]) -> tuple[Words, UInt8s]:
        """Return the registers [T, N] and their quality, put together from the replies that came."""
        image = np.zeros((len(rows), self._layout.words), WORD)
        quality = np.full(image.shape, NO_REPLY, np.uint8)
        for block, at, data in _by_block(rows):
            words = _registers(block, data)
            image[at, block.put] = words if block.take is None else words[:, block.take]
            quality[at, block.put] = GOOD
        for t, row in enumerate(rows):
            for block, why in row.refused:
                quality[t, block.put] = why
        return image, quality


def _by_block(rows: Sequence[Row]) -> list[tuple[Block, "slice | Indices", bytes]]:
    """Return each read with the rows that have it and their data, joined."""
    found: dict[Block, tuple[list[int], list[bytes]]] = {}
    for t, row in enumerate(rows):
        for block, data in row.replies:
            at, parts = found.setdefault(block, ([], []))
            at.append(t)
            parts.append(data)
    return [
        (block, slice(None) if len(at) == len(rows) else np.array(at, np.intp), b"".join(parts))
        for block, (at, parts) in found.items()
    ]


def _registers(block: Block, data: bytes) -> Words:
    """Return [T, count] of the replies to one read; bits as 0 and 1."""
    if block.table in BIT_TABLES:
        packed = np.frombuffer(data, np.uint8).reshape(-1, -(-block.count // 8))
        return np.unpackbits(packed, axis=1, count=block.count, bitorder="little").astype(WORD)
    return np.frombuffer(data, WORD).reshape(-1, block.count)
