"""The manifest of a copy: whose it is, up to where it goes, and what must be found when it is restored."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from gateway.backup.sums import Sums, sums
from gateway.journal.pages import last_n
from gateway.journal.reader import JournalReader
from gateway.version import VERSION

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy holds. Times are UTC in ms."""

    workshop: str
    gateway: str
    made_ms: int
    start: int  # the epoch's counter
    token: str
    n: int  # of the epoch's last event
    last_ms: int | None  # when that happened
    events: int
    blocks: int
    db_bytes: int
    sha256: str
    sums: Sums
    version: str = VERSION
    format: int = FORMAT

    @property
    def last(self) -> str:
        """Return the place of the last event, `<epoch>:<n>`."""
        return f"{self.start}-{self.token}:{self.n}"

    def dumps(self) -> bytes:
        """Return it as JSON, for people too."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)


def loads(data: bytes) -> Manifest:
    """Return a manifest. Raises ValueError for what is none, or one of a newer version."""
    found: Any = orjson.loads(data)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"the copy was made by another version ({VERSION} reads format {FORMAT}): update gongbang")
    try:
        return Manifest(**found)
    except TypeError as error:
        raise ValueError(f"the manifest is not as it was made: {error}") from error


def of(reader: JournalReader, workshop: str, gateway: str, now_ns: int) -> Manifest:
    """Return the manifest of a journal as it stands in the reader's transaction, without the file's own sum."""
    pragma = reader.db.pragma
    epoch = reader.epochs[max(reader.epochs)]
    (events, last_ns) = next(reader.db.execute("SELECT count(*), max(time_ns) FROM events"))
    (blocks,) = next(reader.db.execute("SELECT count(*) FROM blocks"))
    return Manifest(
        workshop,
        gateway,
        now_ns // 1_000_000,
        epoch.start,
        epoch.token,
        last_n(reader.db, "e", epoch.start),
        None if last_ns is None else last_ns // 1_000_000,
        events,
        blocks,
        pragma("page_count") * pragma("page_size"),
        "",
        sums(reader.db),
    )
