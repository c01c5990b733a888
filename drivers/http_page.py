"""What a page says: values by a path into its JSON, by a pattern in its text, or by a column of its CSV. Pure."""

import csv
import io
import re
from typing import Any, Final, Self

import orjson
from pydantic import Field, field_validator, model_validator

from drivers.named_point import NamedPoint
from drivers.pattern import Pattern, TooSlow
from sensors import json_path

CHARSET: Final = re.compile(r"charset=\"?([\w.-]{1,30})", re.IGNORECASE)


class Unreadable(ValueError):
    """The page, or the place in it, is not what the configuration says."""


class HttpPoint(NamedPoint):
    """페이지에서 읽는 측정점. path, pattern, column 가운데 하나. / A point of the page: path, pattern or column."""

    path: str | None = Field(
        None,
        description="JSON 속의 자리: data.temperature, sensors[0].value. / Its place in the JSON.",
    )
    pattern: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="글에서 찾는 정규식. 첫 그룹이 값이에요. / A regular expression; its first group is the value.",
    )
    column: int | str | None = Field(
        None,
        description="CSV의 열: 첫 줄의 이름이나 0부터 세는 번호. 마지막 줄을 읽어요. / "
        "A column of the CSV: its name in the first line, or its number from 0; the last line is read.",
    )

    @field_validator("path")
    @classmethod
    def _is_path(cls, path: str | None) -> str | None:
        json_path.parse(path or "")
        return path

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            Pattern(pattern)
        return pattern

    @model_validator(mode="after")
    def _stands_in_one_place(self) -> Self:
        if sum(place is not None for place in (self.path, self.pattern, self.column)) != 1:
            raise ValueError("path, pattern, column 가운데 하나만 적어 주세요. / Give one of path, pattern and column.")
        return self


class Page:
    """One answer's body. What it is read as is decided by who asks: each form is parsed once."""

    def __init__(self, body: bytes, content_type: str, delimiter: str) -> None:
        self._body, self._content_type, self._delimiter = body, content_type, delimiter
        self._text: str | None = None
        self._json: Any = json_path.NOTHING
        self._table: tuple[list[str], list[str]] | None = None

    def raw(self, point: HttpPoint) -> Any:
        """Return what stands at the point's place; Unreadable tells what is there instead."""
        if point.path is not None:
            return self._at(point.path)
        return self._matched(point.pattern) if point.pattern is not None else self._cell(point.column)

    def _at(self, path: str) -> Any:
        if self._json is json_path.NOTHING:
            try:
                self._json = orjson.loads(self._body)
            except ValueError as error:
                raise Unreadable(f"the page is no JSON: {error}: {self.text()[:60]!r}") from None
        steps = json_path.parse(path)
        found = json_path.find(self._json, steps)
        if found is json_path.NOTHING:
            raise Unreadable(f"{path} is not there; there is: {json_path.beside(self._json, steps)}")
        return found

    def _matched(self, pattern: str) -> str:
        try:
            found = Pattern(pattern).search(self.text())
        except TooSlow as slow:
            raise Unreadable(str(slow)) from None
        if found is None:
            raise Unreadable(f"the pattern finds nothing in: {self.text()[:60]!r}")
        return (found[1] if found.re.groups else found[0]) or ""

    def _cell(self, column: int | str | None) -> str:
        head, last = self._rows()
        if isinstance(column, str) and column not in head:
            raise Unreadable(f"no column {column}; there are: {', '.join(head[:20])}")
        place = head.index(column) if isinstance(column, str) else int(column or 0)
        if not -len(last) <= place < len(last):
            raise Unreadable(f"the last line has {len(last)} columns: {last[:8]}")
        return last[place].strip()

    def _rows(self) -> tuple[list[str], list[str]]:
        """Return the first and the last line of the CSV; with one line alone, it is both."""
        if self._table is None:
            try:
                rows = [row for row in csv.reader(io.StringIO(self.text()), delimiter=self._delimiter) if row]
            except csv.Error as error:
                raise Unreadable(f"the page is no CSV: {error}") from None
            if not rows:
                raise Unreadable("the page is empty")
            self._table = [name.strip() for name in rows[0]], rows[-1]
        return self._table

    def text(self) -> str:
        """Return the body as text: by the charset that came with it, else UTF-8, else CP949."""
        if self._text is None:
            named = CHARSET.search(self._content_type)
            for encoding in (*((named[1],) if named else ()), "utf-8", "cp949"):
                try:
                    self._text = self._body.decode(encoding)
                    break
                except (UnicodeDecodeError, LookupError):
                    continue
            else:
                self._text = self._body.decode("utf-8", "replace")
        return self._text
