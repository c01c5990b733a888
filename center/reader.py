"""Reader: a shop's kept events for the page, over a connection that only looks."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import apsw
import orjson

from center.schema import connect_reader
from gateway.event import Position

FREQUENT: Final = ("count", "scan", "state")  # too many for an index of their own
LOOKED_AT: Final = 50_000  # rows of an epoch that are looked through for one frequent kind
EPOCHS: Final = 500  # starts of a gateway that are looked through for one page


class Reader:
    """May be used by several threads; they take turns."""

    def __init__(self, path: Path) -> None:
        self.path, self._db = path, connect_reader(path)
        self._turn = threading.Lock()

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._db.close(True)

    def events(
        self, workshop: str, gateway: str, kind: str | None, before: Position | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return a shop's newest events as the API shows them, the newest first; with `before`, the older ones.

        Raises apsw.Error.
        """
        found: list[dict[str, Any]] = []
        with self._turn:
            for shop, start, token, below in self._epochs(workshop, gateway, before):
                rows = self._rows(shop, start, token, below, kind, limit - len(found))
                found += [_event(gateway, start, token, row) for row in rows]
                if len(found) >= limit:
                    break
        return found

    def _epochs(self, workshop: str, gateway: str, before: Position | None) -> Iterator[tuple[int, int, str, int]]:
        """Yield (shop, start, token, the number to stay below), the epoch that came last first."""
        select = (
            "SELECT p.shop, p.start, p.token FROM shops s JOIN epochs p ON p.shop = s.id AND p.stream = 'e' "
            "WHERE s.workshop = ? AND s.gateway = ? ORDER BY p.era DESC LIMIT ?"
        )
        epochs = list(self._db.execute(select, (workshop, gateway, EPOCHS)))
        if before is not None:
            names = [(start, token) for _, start, token in epochs]
            if (before.start, before.token) not in names:
                return
            epochs = epochs[names.index((before.start, before.token)) :]
        for number, (shop, start, token) in enumerate(epochs):
            yield shop, start, token, before.n if before is not None and number == 0 else 2**63 - 1

    def _rows(self, shop: int, start: int, token: str, below: int, kind: str | None, limit: int) -> apsw.Cursor:
        columns = "n, time_ns, kind, source, clock, body"
        epoch = f"SELECT {columns} FROM events WHERE shop = ? AND start = ? AND token = ? AND n < ?"
        values: list[Any] = [shop, start, token, below]
        if kind is None:
            sql = f"{epoch} ORDER BY n DESC LIMIT ?"
        elif kind in FREQUENT:
            sql = f"SELECT {columns} FROM ({epoch} ORDER BY n DESC LIMIT {LOOKED_AT}) WHERE kind = ? LIMIT ?"
            values.append(kind)
        else:
            rare = ", ".join(f"'{name}'" for name in FREQUENT)
            sql = f"{epoch} AND kind = ? AND kind NOT IN ({rare}) ORDER BY n DESC LIMIT ?"
            values.append(kind)
        return self._db.execute(sql, (*values, limit))


def _event(gateway: str, start: int, token: str, row: tuple[Any, ...]) -> dict[str, Any]:
    n, time_ns, kind, source, clock, body = row
    place = Position(start, token, n)
    return {
        "id": f"{gateway}:e:{place.epoch}:{n}",
        "ts": time_ns / 1e6,
        "kind": kind,
        "source": source,
        "clock": clock,
        "body": orjson.loads(body),
    }
