"""Reading the ledger from a journal's file: one view of it, with all its tables, or the reason why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from gateway.errors import StorageFailed
from gateway.journal.reader import JournalReader, open_reader
from gateway.work import fold


@contextmanager
def ledger_of(path: Path) -> Iterator[JournalReader]:
    """Open a journal at one moment. Raises FileNotFoundError, StorageFailed for what has no ledger."""
    with open_reader(path) as reader:
        try:
            reader.db.execute("BEGIN")
            if fold.missing(reader.db):
                raise StorageFailed(
                    "장부가 아직 만들어지지 않았어요. 게이트웨이를 한 번 켜 주세요. / "
                    "The ledger is not made yet: start the gateway once, and let it finish."
                )
            yield reader
        except apsw.Error as error:
            raise StorageFailed(f"{path}: the ledger cannot be read: {error}") from error
