"""What a publisher asks of the journal, and nothing more."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from gateway.event import Position, Row
from gateway.journal.blocks import Block
from gateway.journal.watch import Watch

Stream = Literal["e", "s"]


class Source(Protocol):
    """The journal, as its readers see it: two streams to read forward, and a cursor in each."""

    @property
    def epoch(self) -> str: ...
    async def events(self, after: Position | None, limit: int) -> Sequence[Row]: ...
    async def blocks(self, after: Position | None, limit: int) -> Sequence[Block]: ...
    def watch(self) -> AbstractContextManager[Watch]: ...
    async def cursor(self, name: str, stream: Stream) -> Position | None: ...
    async def move_cursor(self, name: str, stream: Stream, position: Position) -> None: ...
    async def dead_letter(self, publisher: str, row: Row, reason: str) -> None: ...
