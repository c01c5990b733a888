"""Reading ahead: a process of its own reads a journal's events while the ledger's tables are written from them.

It writes pages to its standard output, each behind its length, by `marshal`, which the same program reads at once.
"""

import asyncio
import gc
import marshal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path
from struct import Struct
from typing import Final

import orjson

from gateway import apart
from gateway.journal import pages
from gateway.journal.reader import open_reader
from gateway.work.coupons import Reader, Taken

AT_ONCE: Final = 2000  # events of a page, some 2 MB
MODULE: Final = "gateway.work.ahead"
_LENGTH: Final = Struct("<I")


async def batches(journal: Path, after: int, size: int) -> AsyncGenerator[list[bytes]]:
    """Yield all pages behind a key, some at a time; the next ones are read on while whoever asked has these.

    Raises apart.Failed when the process ends before its last page.
    """
    question = {"journal": str(journal), "after": after}
    async with aclosing(apart.stream(MODULE, question)) as parts, aclosing(_frames(parts)) as frames:
        following = asyncio.create_task(_some(frames, size))
        try:
            while found := await following:
                following = asyncio.create_task(_some(frames, size))
                yield found
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError, apart.Failed):
                await following


async def _some(frames: AsyncIterator[bytes], size: int) -> list[bytes]:
    found: list[bytes] = []
    async for frame in frames:
        found.append(frame)
        if len(found) == size:
            break
    return found


async def _frames(parts: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    gathered = bytearray()
    async for part in parts:
        gathered += part
        while (begin := _LENGTH.size) <= len(gathered):
            stop = begin + _LENGTH.unpack_from(gathered)[0]
            if stop > len(gathered):
                break
            yield bytes(gathered[begin:stop])
            del gathered[:stop]


def unpacked(frame: bytes) -> Taken:
    """Return a page as it was read."""
    return Taken(*marshal.loads(frame))


def main() -> None:
    """Answer the question on standard input."""
    gc.disable()  # nothing here goes round in circles, and millions of rows are looked through for it
    question = orjson.loads(sys.stdin.buffer.read())
    with open_reader(Path(question["journal"])) as reader:
        coupons, after, more = Reader(), question["after"], True
        while more:
            found = pages.fetch(reader.db, reader.known_ends(), "e", after, reader.last_key(), AT_ONCE)
            after, more = found.last, found.more
            frame = marshal.dumps(tuple(coupons.take(found)))
            sys.stdout.buffer.write(_LENGTH.pack(len(frame)) + frame)


if __name__ == "__main__":
    main()
