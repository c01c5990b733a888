"""Orphans: rows in the write-ahead log that SQLite will not take, because something in front of them is damaged.

Pages are read as https://sqlite.org/fileformat2.html#b_tree_pages says. Which table one belongs to is told by the shape
of its records; that a row is what was written is told by its own CRC.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from gateway.journal import blocks, rows
from gateway.journal.rows import Epoch, Raw, split
from gateway.journal.wal import Frames, orphan_frames

MOST_BYTES: Final = 64 << 20  # of a log that is looked into; it is longer only when a reader kept it from shrinking
TABLE_LEAF: Final = 0x0D
INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes by serial type
COLUMNS: Final = {8: "e", 6: "s"}  # of the tables events and blocks; 4 are those of the epochs
DAMAGE: Final = (IndexError, struct.error, ValueError)


class Pages(Protocol):
    """Where overflow pages are looked up, by their numbers."""

    def __len__(self) -> int: ...
    def get(self, number: int, /) -> bytes | None: ...


@dataclass(slots=True)
class Orphans:
    """What was found, the newest of each key; and how far each stream is known to have come, by (start, stream)."""

    rows: dict[str, dict[int, Raw]] = field(default_factory=lambda: {"e": {}, "s": {}})
    epochs: dict[int, Epoch] = field(default_factory=dict)
    seen: dict[tuple[int, str], int] = field(default_factory=dict)


def read_orphans(log: Path) -> Orphans:
    """Return the orphans of a log that no SQLite has opened since it was written. Raises OSError."""
    if not log.exists() or log.stat().st_size > MOST_BYTES:
        return Orphans()
    frames = orphan_frames(log.read_bytes())
    return Orphans() if frames is None else find(frames)


def find(frames: Frames) -> Orphans:
    """Return the rows in these frames. Rows are only added behind, so a page's newest whole version has them all."""
    found = Orphans()
    pages = {int(number): page.tobytes() for number, page in zip(frames.numbers, frames.pages, strict=True)}
    done: set[int] = set()
    for number, page, whole in zip(frames.numbers[::-1], frames.pages[::-1], frames.linked[::-1], strict=True):
        if int(number) not in done:
            take(found, page.tobytes(), pages, bool(whole))
            if whole:
                done.add(int(number))
    return found


def take(found: Orphans, page: bytes, pages: Pages, whole: bool) -> None:
    """Take what a page holds, unless there is a newer one.

    Keys have no holes: in a damaged page, that of a damaged row is believed where it follows the one before it.
    """
    before = 0
    for row_id, values in _cells(page, pages):
        stream = COLUMNS.get(len(values), "")
        if len(values) == 4 and _names_epoch(row_id, values):
            found.epochs.setdefault(row_id, Epoch(row_id, values[1].decode(), values[2].decode()))
        elif stream:
            raw = (row_id, *values[1:])
            if rows.whole(raw) if stream == "e" else blocks.whole(raw):
                found.rows[stream].setdefault(row_id, raw)
            elif not whole and row_id != before + 1:
                continue
            start, n = split(row_id)
            found.seen[start, stream] = max(n, found.seen.get((start, stream), 0))
            before = row_id


def _names_epoch(start: int, values: list[Any]) -> bool:
    _, token, boot, crc = values
    try:
        return bool(rows.cells_crc(start, token.decode(), boot.decode()) == crc)
    except (AttributeError, UnicodeDecodeError):
        return False


def _cells(page: bytes, pages: Pages) -> Iterator[tuple[int, list[Any]]]:
    """Yield (rowid, values) of a leaf of a table, as far as they can be read; texts and blobs as bytes."""
    if page[0] != TABLE_LEAF:
        return
    (count,) = struct.unpack_from(">H", page, 3)
    for at in struct.unpack_from(f">{min(count, len(page) // 2 - 4)}H", page, 8):
        try:
            size, begin = _varint(page, at)
            row_id, begin = _varint(page, begin)
            yield row_id, _record(_payload(page, begin, size, pages))
        except DAMAGE:
            continue


def _payload(page: bytes, begin: int, size: int, pages: Pages) -> bytes:
    """Return a record, joined from its overflow pages where it has some; shorter when one is not among `pages`."""
    local = len(page) - 35  # the most that a leaf has of a record
    least = (len(page) - 12) * 32 // 255 - 23  # and the least, of one that goes on elsewhere
    if size <= local:
        return page[begin : begin + size]
    if size > len(pages) * len(page):
        raise ValueError("longer than all that there is")
    here = least + (size - least) % (len(page) - 4)
    here = here if here <= local else least
    payload = page[begin : begin + here]
    next_page = page[begin + here : begin + here + 4]
    while len(payload) < size and (more := pages.get(int.from_bytes(next_page, "big"))):
        payload += more[4 : 4 + size - len(payload)]
        next_page = more[:4]
    return payload


def _record(payload: bytes) -> list[Any]:
    """Return a record's values; the first of each table of ours is its rowid, and stands as None."""
    end, at = _varint(payload, 0)
    types, values = [], []
    while at < end:
        serial, at = _varint(payload, at)
        types.append(serial)
    for serial in types:
        wide = INTEGERS.get(serial, (serial - 12) // 2 if serial >= 12 else 0)
        part = payload[at : at + wide]
        values.append(part if serial >= 12 else _integer(serial, part))
        at += wide
    return values


def _integer(serial: int, part: bytes) -> int | None:
    if serial in INTEGERS:
        return int.from_bytes(part, "big", signed=True)
    return {8: 0, 9: 1}.get(serial)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to nine bytes and where it ends. Raises IndexError behind the data's end."""
    number = 0
    for more in range(8):
        byte = data[at + more]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + more + 1
    return number << 8 | data[at + 8], at + 9
