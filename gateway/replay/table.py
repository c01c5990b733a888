"""Recorded tables: CSV and Parquet files as columns, some thousand rows at a time."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from gateway.errors import ConfigurationError

CHUNK: Final = 4096
TIMES: Final = ("time", "ts", "timestamp")
NO_PARQUET: Final = (
    "{file}: Parquet을 읽으려면 pyarrow가 필요해요; CSV는 없이도 돼요. / Parquet needs pyarrow, CSV nothing: "
    "pip install pyarrow"
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring rows of a file: cells by the name of their column, as they stand there."""

    columns: dict[str, list[Any]]
    first: int  # the row (of a CSV: the line) of the first


@dataclass(slots=True)
class Troubles:
    """What could not be used of a recording: counted, and the first ones told."""

    told: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, trouble: str) -> None:
        """Note one."""
        self.count += 1
        if len(self.told) < 10:
            self.told.append(trouble)


def chunks(file: Path, troubles: Troubles) -> Iterator[Chunk]:
    """Yield the rows of a file. Raises ConfigurationError for one that cannot be read at all."""
    if not file.is_file():
        raise ConfigurationError([f"{file}: 그런 파일이 없어요. / there is no such file."])
    try:
        yield from _parquet(file) if file.suffix.lower() in (".parquet", ".pq") else _csv(file, troubles)
    except OSError as error:
        raise ConfigurationError([f"{file}: 읽지 못해요. / cannot be read: {error}"]) from error


def _csv(file: Path, troubles: Troubles) -> Iterator[Chunk]:
    """UTF-8, else the code page of Korean spreadsheets; commas, else semicolons or tabs."""
    with file.open(encoding=_encoding(file), errors="replace", newline="") as opened:
        head = opened.readline()
        mark = max(",;\t", key=head.count)
        names = [name.strip() for name in next(csv.reader([head], delimiter=mark), [])]
        if not set(names) & set(TIMES):
            said = f"{file}:1: 'time' 열이 없어요. / there is no column 'time': {', '.join(names[:8])}"
            raise ConfigurationError([said])
        rows, line = csv.reader(opened, delimiter=mark), 2
        while lines := list(islice(rows, CHUNK)):
            whole = [cells if len(cells) == len(names) else None for cells in lines]
            for at, cells in enumerate(lines):
                if len(cells) not in (0, len(names)):
                    troubles.add(f"{file}:{line + at}: {len(names)} ≠ {len(cells)} 칸 / cells")
            blank = [""] * len(names)
            yield Chunk(dict(zip(names, zip(*(one or blank for one in whole), strict=True), strict=True)), line)  # type: ignore[arg-type] # tuples
            line += len(lines)


def _encoding(file: Path) -> str:
    with file.open("rb") as opened:
        begin = opened.read(1 << 16)
    try:
        begin.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "cp949" if error.start < len(begin) - 4 else "utf-8-sig"
    return "utf-8-sig"


def _parquet(file: Path) -> Iterator[Chunk]:
    try:
        from pyarrow import ArrowException, parquet  # large: only who has such files loads it
    except ModuleNotFoundError:
        raise ConfigurationError([NO_PARQUET.format(file=file)]) from None
    try:
        opened = parquet.ParquetFile(file)
        if not set(opened.schema_arrow.names) & set(TIMES):
            raise ConfigurationError([f"{file}: 'time' 열이 없어요. / there is no column 'time'."])
        row = 1
        for batch in opened.iter_batches(CHUNK):
            yield Chunk(batch.to_pydict(), row)
            row += batch.num_rows
    except ArrowException as error:
        raise ConfigurationError([f"{file}: Parquet이 아니에요. / is no Parquet file: {error}"]) from error
