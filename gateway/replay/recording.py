"""A recording: a file as `gongbang journal export --samples` writes it or with columns `device.point`, or a journal."""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway.errors import ConfigurationError
from gateway.journal.export import Export
from gateway.replay.piece import Piece
from gateway.replay.table import TIMES, Chunk, Troubles, chunks
from gateway.table import PointTable
from sensors.quality import BAD, GOOD, NO_REPLY, NOT_A_NUMBER

NS: Final = 1_000_000_000
LEAST_S: Final = 1e9  # since 1970: what is less is a date such as 20261128
_SCALES: Final = ((1e11, NS), (1e14, 1_000_000), (1e17, 1_000), (math.inf, 1))  # of s, ms, us, ns
_TRUTHS: Final = {"true": 1.0, "false": 0.0}


def of_file(file: Path, table: PointTable, zone: tzinfo, troubles: Troubles) -> Iterator[Piece]:
    """Yield the rows of a file, in the units of the point table; ConfigurationError where none is of our devices."""
    reader = _Reader(file, table, zone, troubles)
    for chunk in chunks(file, troubles):
        yield from reader.pieces(chunk)
    if not reader.known:
        have = ", ".join(entry.name for entry in table.devices[:-2]) or "-"
        seen = ", ".join(sorted(reader.strange)[:5]) or "-"
        raise ConfigurationError(
            [f"{file}: 설정에 있는 기기가 없어요. / none of the configuration's devices ({have}) is in it: {seen}"]
        )
    for name, rows in reader.strange.items():
        near = get_close_matches(name, table.names + [entry.name for entry in table.devices], 1)
        troubles.add(
            f"{file}: {name}: 설정에 없어요. / not in the configuration ({rows})" + "".join(f". {one}?" for one in near)
        )


def of_journal(export: Export, table: PointTable, devices: Sequence[int] | None = None) -> Iterator[Piece]:
    """Yield the samples of a journal; what was read while the time was not known is left out."""
    wanted = range(len(table.devices) - 2) if devices is None else devices
    places = {table.devices[device].name: device for device in wanted}
    for block in export.blocks(places):
        device, columns = places[block.schema.device], block.columns
        chosen = (columns.time_ns >= export.from_ns) & (columns.time_ns < export.to_ns)
        if block.clock == "unsynced" or not chosen.any():
            continue
        points = [point.name for point in table.devices[device].points]
        values, quality = _nothing(int(chosen.sum()), len(points))
        for place, name in enumerate(block.schema.fields):
            if name in points:
                values[:, points.index(name)] = columns.values[chosen, place]
                quality[:, points.index(name)] = columns.quality[chosen, place]
        yield Piece(device, columns.time_ns[chosen], values, quality)


def _nothing(rows: int, points: int) -> tuple[Any, Any]:
    return np.full((rows, points), np.nan), np.full((rows, points), NO_REPLY, np.uint8)


class _Reader:
    """Turns cells into numbers; what is none is told with its place."""

    def __init__(self, file: Path, table: PointTable, zone: tzinfo, troubles: Troubles) -> None:
        self._file, self._table, self._zone, self._troubles = file, table, zone, troubles
        self._devices = {entry.name: number for number, entry in enumerate(table.devices[:-2])}
        self.known = False
        self.strange: dict[str, int] = {}

    def pieces(self, chunk: Chunk) -> Iterator[Piece]:
        """Yield the rows of each device."""
        name = next(name for name in TIMES if name in chunk.columns)
        times = [self._time(cell, chunk.first + row) for row, cell in enumerate(chunk.columns[name])]
        if "device" in chunk.columns:
            yield from self._long(chunk, times)
        else:
            yield from self._wide(chunk, times)

    def _long(self, chunk: Chunk, times: list[int | None]) -> Iterator[Piece]:
        rows: dict[str, list[int]] = {}
        for row, device in enumerate(chunk.columns["device"]):
            if times[row] is not None:
                rows.setdefault(str(device), []).append(row)
        for device, chosen in rows.items():
            if device not in self._devices:
                self.strange[device] = self.strange.get(device, 0) + len(chosen)
                continue
            columns = {name: name for name in chunk.columns}
            yield self._piece(self._devices[device], chunk, times, chosen, columns)

    def _wide(self, chunk: Chunk, times: list[int | None]) -> Iterator[Piece]:
        by_device: dict[str, dict[str, str]] = {}
        for name in chunk.columns:
            device, _, point = name.partition(".")
            if point and device in self._devices:
                by_device.setdefault(device, {})[point] = name
            elif name not in TIMES:
                self.strange[name] = self.strange.get(name, 0) + len(times)
        for device, columns in by_device.items():
            told = [
                row
                for row, time in enumerate(times)
                if time is not None and any(chunk.columns[name][row] not in ("", None) for name in columns.values())
            ]
            if told:
                yield self._piece(self._devices[device], chunk, times, told, columns)

    def _piece(
        self, device: int, chunk: Chunk, times: list[int | None], rows: list[int], columns: dict[str, str]
    ) -> Piece:
        self.known = True
        points = self._table.devices[device].points
        values, quality = _nothing(len(rows), len(points))
        for place, point in enumerate(points):
            if point.name in columns:
                cells = chunk.columns[columns[point.name]]
                for at, row in enumerate(rows):
                    values[at, place], quality[at, place] = self._number(cells[row], point.name, chunk.first + row)
        for at, row in enumerate(rows):
            for name, code in self._bad(chunk, row).items():
                place = next((i for i, point in enumerate(points) if point.name == name), -1)
                if place >= 0:
                    quality[at, place] = min(max(int(code), BAD), 254)
        time_ns = np.array([times[row] for row in rows], np.int64)
        order = time_ns.argsort(kind="stable")
        return Piece(device, time_ns[order], values[order], quality[order])

    def _bad(self, chunk: Chunk, row: int) -> dict[str, Any]:
        cell = chunk.columns["bad"][row] if "bad" in chunk.columns else None
        if not cell:
            return {}
        try:
            found = json.loads(str(cell))
            return {name: int(code) for name, code in found.items()}
        except (ValueError, AttributeError, TypeError):
            self._tell(chunk.first + row, "bad", cell)
            return {}

    def _number(self, cell: Any, name: str, line: int) -> tuple[float, int]:
        if cell is None or cell == "":
            return math.nan, NO_REPLY
        try:
            value = _TRUTHS.get(cell.strip().lower()) if isinstance(cell, str) else None
            value = float(cell) if value is None else value
        except (ValueError, TypeError):
            self._tell(line, name, cell)
            return math.nan, NOT_A_NUMBER
        return (value, GOOD) if math.isfinite(value) else (math.nan, NOT_A_NUMBER)

    def _time(self, cell: Any, line: int) -> int | None:
        """Return the UTC ns of ISO 8601 (without a zone: the shop's), or of seconds, milliseconds or ns since 1970."""
        if cell is None or cell == "":
            return None
        try:
            if isinstance(cell, datetime):
                return self._ns(cell)
            number = _number(cell)
            if number >= LEAST_S:
                return int(number * next(scale for below, scale in _SCALES if number < below))
            return self._ns(datetime.fromisoformat(str(cell).strip()))
        except (ValueError, OverflowError):
            self._tell(line, "time", cell)
            return None

    def _ns(self, when: datetime) -> int:
        when = when if when.tzinfo else when.replace(tzinfo=self._zone)
        return round(when.replace(microsecond=0).timestamp()) * NS + when.microsecond * 1000

    def _tell(self, line: int, name: str, cell: Any) -> None:
        what = "시각이 아니에요. / not a time" if name == "time" else "수가 아니에요. / not a number"
        self._troubles.add(f"{self._file}:{line}: {name}: {str(cell)[:40]!r}: {what}")


def _number(cell: Any) -> float:
    """Return a cell's number, 0 for what is none."""
    try:
        return float(cell)
    except (ValueError, TypeError):
        return 0.0
