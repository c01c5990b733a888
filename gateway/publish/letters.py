"""Letters: the dead letters of a publisher that somebody asked to be sent again, read behind all else."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from gateway.event import Position
from gateway.publish.source import Post, Stream

A_TURN: Final = 50  # then it is looked again whether there is anything new, which goes first


class Placed(Protocol):
    """A row of the journal in any of its forms."""

    @property
    def position(self) -> Position: ...


T = TypeVar("T", bound=Placed)


class Letters(Generic[T]):
    """One stream's letters; `read` is the journal's reading of the stream in the form that is sent."""

    def __init__(
        self, name: str, stream: Stream, post: Post, read: Callable[[Position | None, int], Awaitable[Sequence[T]]]
    ) -> None:
        self._name, self._stream, self._post, self._read = name, stream, post, read

    async def rows(self, limit: int = A_TURN) -> list[T]:
        """Return the rows of some letters; one whose row is gone meanwhile is struck from the list."""
        found = []
        for place in await self._post.again(self._name, self._stream, limit):
            row = next(iter(await self._read(place._replace(n=place.n - 1), 1)), None)
            if row is not None and row.position == place:
                found.append(row)
            else:
                await self.strike(place)
        return found

    async def begin(self, place: Position | None) -> None:
        """Note that all behind a place will be sent (again): what was refused of it may be taken now."""
        await self._post.begin_behind(self._name, self._stream, place)

    async def strike(self, place: Position, taken: bool = False) -> None:
        """Strike a letter from the list: the other side has its row, or it is gone or not wanted any longer."""
        await self._post.strike(self._name, self._stream, place, taken)
