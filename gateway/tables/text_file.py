"""CSV files as Korean programs write them: UTF-8, CP949 or UTF-16; kept apart by commas, tabs, semicolons or bars."""

import csv
import io
from typing import Final

from gateway.tables.grid import MOST_COLUMNS, MOST_ROWS, Grid, Row, too_large
from gateway.tables.problem import Unreadable
from gateway.tables.write import unquoted

MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DELIMITERS: Final = (",", "\t", ";", "|")
LOOKED_AT: Final = 20  # lines


def grid(data: bytes) -> Grid:
    """Return the file's cells, all of them texts. Raises Unreadable."""
    lines = decoded(data)
    delimiter = _delimiter(lines)
    rows: list[Row] = []
    if lines[:4].lower() == "sep=":
        lines = lines[5:]  # its row stays, empty, so that the others keep their numbers
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    begun = 1  # the line on which the row begins
    try:
        for row in reader:
            begun = reader.line_num + 1
            if len(rows) == MOST_ROWS or len(row) > MOST_COLUMNS:
                raise too_large()
            rows.append(tuple(map(unquoted, row)))
    except csv.Error as error:
        raise Unreadable(
            f"{begun}번째 줄의 따옴표가 맞지 않아요({error}). 엑셀에서 CSV로 다시 저장해 주세요.",
            f"The quotes of line {begun} do not match ({error}): save the file as CSV again.",
        ) from None
    return Grid("", tuple(rows), plain=True)


def decoded(data: bytes) -> str:
    """Return the text of a file: by its mark, else UTF-8 where it is that, else CP949. Raises Unreadable."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _whole(data, encoding)
    if b"\x00" in data[:200]:
        return _whole(data, "utf-16-le" if data[1:2] == b"\x00" else "utf-16-be")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _whole(data, "cp949")


def _whole(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(
            f"{line}번째 줄을 글자로 읽을 수 없어요. 엑셀에서 「CSV UTF-8」로 다시 저장해 주세요.",
            f"Line {line} is not text: save the file again as “CSV UTF-8”.",
        ) from None


def _delimiter(lines: str) -> str:
    """Return what the file says (`sep=;`), or what keeps apart the most cells of its first lines."""
    first = lines[:8].splitlines()[0] if lines else ""
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4]
    head = lines.split("\n")[:LOOKED_AT]
    return max(DELIMITERS, key=lambda sign: sum(line.count(sign) for line in head))
