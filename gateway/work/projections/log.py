"""A log: a table with a row for each entry of a kind, as it was said. What is taken back is marked, and stays.

Jobs, weighings, sessions, downtime and incidents are logs; what they mean together is worked out by whoever reads them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import apsw

from gateway.work.entries import Entry, Shape
from gateway.work.projection import At, Into, Projection, Tables, Word

_TYPES: Final[Mapping[type, str]] = {str: "TEXT", int: "INTEGER"}


class Log:
    """One table, filled by one word; its columns are the fields of the entries."""

    def __init__(self, table: str, do: str, shape: Shape, index: str | None = None) -> None:
        """`index` is a column by which rows are looked for."""
        self.table = table
        self._fields = {**shape.must, **shape.may}
        columns = ", ".join(f'"{name}" {_TYPES[kind]}' for name, kind in self._fields.items())
        head = "row INTEGER NOT NULL, n INTEGER NOT NULL, time_ns INTEGER NOT NULL, waiting INTEGER NOT NULL"
        schema = (
            f"CREATE TABLE IF NOT EXISTS {table}({head}, taken_back INTEGER, {columns},"
            " PRIMARY KEY(row, n)) WITHOUT ROWID, STRICT;\n"
            f"CREATE INDEX IF NOT EXISTS {table}_waiting ON {table}(row, n) WHERE waiting = 1;\n"
        )
        if index:
            schema += f'CREATE INDEX IF NOT EXISTS {table}_by_{index} ON {table}("{index}");\n'
        self._into = Into(f"INSERT INTO {table}", 5 + len(self._fields))
        last = self._last if "station" in self._fields else None
        self.projection = Projection(schema, {do: Word(self._write, shape)}, self._take_back, timed=(table,), last=last)

    def read(
        self, db: apsw.Connection, where: str = "TRUE", values: tuple[Any, ...] = (), newest: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows that were not taken back, in their order; of many only the newest ones."""
        order = f"row DESC, n DESC LIMIT {newest}" if newest is not None else "row, n"
        columns = ("row", "time_ns", *self._fields)
        select = ", ".join(f'"{name}"' for name in columns)
        found = db.execute(
            f"SELECT {select} FROM {self.table} WHERE taken_back IS NULL AND {where} ORDER BY {order}", values
        )
        rows = [dict(zip(columns, one, strict=True)) for one in found]
        return rows[::-1] if newest is not None else rows

    def between(self, db: apsw.Connection, since_ns: int, to_ns: int) -> Iterator[dict[str, Any]]:
        """Yield the rows of a time, UTC."""
        yield from self.read(db, "time_ns >= ? AND time_ns < ?", (since_ns, to_ns))

    def _write(self, tables: Tables, entry: Entry, at: At) -> None:
        values = (at.row, at.lines, at.time_ns, at.waiting, None, *(entry.get(name) for name in self._fields))
        tables.insert(self._into, values)
        at.lines += 1

    def _take_back(self, tables: Tables, row: int, at: At) -> None:
        tables.execute(f"UPDATE {self.table} SET taken_back = ? WHERE row = ? AND taken_back IS NULL", (at.row, row))

    def _last(self, db: apsw.Connection, station: str, after: int) -> int | None:
        select = (
            f"SELECT row FROM {self.table} WHERE row > ? AND station = ? AND taken_back IS NULL"
            " ORDER BY row DESC LIMIT 1"
        )
        found = db.execute(select, (after, station)).fetchone()
        return found and int(found[0])
