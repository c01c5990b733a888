"""A snapshot's bytes: the engine's memory as compressed JSON, small enough to be written every few seconds."""

import zlib

import orjson

from gateway.engine.memory import VERSION, Document

MOST_READINGS = 16_384  # of windows in a snapshot, 8 bytes each before they are compressed
MOST_SAMPLES = 1_024  # of a waveform; a faster one has its next figure one window later after a restart


def pack(document: Document, most_readings: int = MOST_READINGS) -> tuple[bytes, int]:
    """Return a document as compressed JSON, and how many windows were too long to be in it.

    Snapshots are written every few seconds, and a memory card lasts for so many bytes: the shortest windows come
    first, and windows that would make more than `most_readings` in all begin anew after a restart.
    """
    waves = document["wave_rows"]
    slow = {key: wave for key, wave in waves.items() if wave["rows"].size <= MOST_SAMPLES}
    sizes = {("windows", key): window["rows"].size for key, window in document["windows"].items()}
    for key, panes in document["panes"].items():
        sizes["panes", key] = sum(column.size for column in panes["columns"].values())
    kept: Document = {"windows": {}, "panes": {}}
    total = left_out = 0
    for kind, key in sorted(sizes, key=lambda one: sizes[one]):
        total += sizes[kind, key]
        if total <= most_readings:
            kept[kind][key] = document[kind][key]
        else:
            left_out += 1
    return _compress(document | kept | {"wave_rows": slow}), left_out + len(waves) - len(slow)


def _compress(document: Document) -> bytes:
    return zlib.compress(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), 4)  # 6: twice as long for 4 % less


def unpack(snapshot: bytes) -> Document:
    """Return the document of a snapshot; ValueError for bytes that are none, or one of another version."""
    try:
        document = orjson.loads(zlib.decompress(snapshot))
    except zlib.error as error:
        raise ValueError(f"not a snapshot: {error}") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError("a snapshot of another version")
    return document
