"""The start counter and the watermark, kept beside the database: a lost WAL tail must never reuse an identity."""

import logging
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from gateway.journal.schema import VERSION

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watermark:
    """The newest start, and how far its streams are known to have been committed."""

    start: int
    token: str
    boot: str
    e: int = 0
    s: int = 0
    format: int = VERSION  # of the journal that was written


def read_watermark(path: Path) -> Watermark | None:
    """Return what stands in the file; None when there is none or it is damaged (then the database alone counts)."""
    try:
        whole = orjson.loads(path.read_bytes())
        kept = whole.pop("crc")
        if kept != zlib.crc32(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)):
            raise ValueError("the CRC does not fit")
        return Watermark(**whole)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s is damaged and not used: %s", path, error)
        return None


def write_watermark(path: Path, watermark: Watermark) -> None:
    """Replace the file so that a power cut leaves the old one or the new one. Raises OSError."""
    whole = asdict(watermark)
    whole["crc"] = zlib.crc32(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS))
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(orjson.dumps(whole))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the folder's names to the medium: without it, a rename may be lost with the power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
