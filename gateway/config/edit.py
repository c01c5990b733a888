"""Changing one part of a configuration's text: that part is written anew, every other line stays to the byte.

The file is cut behind the part, which is then the last thing in it: what stands before gives the anchors that it may
use, and no comment behind it can be drawn into it. The part goes through ruamel's round trip, so that comments and
quotes inside of it stay. What comes out is read back, and has to mean what was asked for.
"""

import copy
import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Literal

from pydantic import Field
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from drivers.base import Options
from gateway.config import schema
from gateway.config.difference import IDENTITY
from gateway.config.places import Document, Path, SyntaxProblem, read
from gateway.config.root import EdgeConfig

WIDTH: Final = 100_000  # no line is broken
DEEPEST: Final = 12


class Change(Options):
    """One change of one part."""

    do: Literal["add", "set", "remove"] = Field(description="add: to the list at `path`; set, remove: what is there.")
    path: tuple[int | str, ...] = Field(
        min_length=1, max_length=DEEPEST, description="Where: rules, press_hot, when. Parts of a list go by their name."
    )
    value: Any = None


class NotEdited(Exception):
    """The text cannot be changed so. Says why in both languages."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(f"{ko} / {en}")
        self.ko, self.en = ko, en


def changed(text: str, changes: Sequence[Change]) -> str:
    """Return the text with the changes, one after the other. Raises NotEdited."""
    for change in changes:
        text = _changed(text, change)
    return text


def _changed(text: str, change: Change) -> str:
    try:
        document = read(text)
    except SyntaxProblem:
        raise NotEdited(
            "지금 파일을 읽을 수 없어요. 글로 고쳐 주세요.", "The file cannot be read now: edit its text."
        ) from None
    if not isinstance(document.data, dict):
        raise NotEdited("지금 파일이 비어 있어요. 글로 고쳐 주세요.", "The file is empty now: edit its text.")
    change = change.model_copy(update={"path": resolved(document.data, change.path)})
    wanted = copy.deepcopy(document.data)
    _do(wanted, change)
    for one in (change, change.model_copy(update={"value": _quoted(change.value)})):
        for way in (_cut_and_changed, _all_changed):
            new = way(text, document, one, wanted)
            if new is not None and _means(new, wanted, document):
                return new
    raise NotEdited(
        "이 부분은 파일의 다른 곳과 얽혀 있어요(<<, *). 글로 고쳐 주세요.",
        "This part is tied to another one in the file (<<, *): edit the text.",
    )


def _quoted(value: Any) -> Any:
    """Return a value with its texts in quotes: a text like `:0` means something else without them within braces."""
    match value:
        case str():
            return DoubleQuotedScalarString(value)
        case dict():
            return {key: _quoted(one) for key, one in value.items()}
        case list():
            return [_quoted(one) for one in value]
    return value


def resolved(data: Any, path: Path) -> Path:
    """Return a path in which parts of lists stand by number. Raises NotEdited for a name that is not there."""
    found: list[int | str] = []
    for part in path:
        if isinstance(data, list) and isinstance(part, str):
            names = [_called(item) for item in data]
            if part not in names:
                raise NotEdited(f"'{part}'이(가) 이제 없어요.", f"'{part}' is not there any more.")
            part = names.index(part)
        elif (isinstance(data, list) or (data is None and _in_list(found))) != isinstance(part, int):
            raise NotEdited(f"'{part}'이(가) 이제 없어요.", f"'{part}' is not there any more.")
        found.append(part)
        data = schema.at(data, (part,))
    return tuple(found)


def _in_list(holder: Sequence[int | str]) -> bool:
    field = schema.field_at({}, tuple(holder))
    return field is not None and schema.is_list(field.annotation)


def _called(item: Any) -> str | None:
    name = next((item[key] for key in IDENTITY if key in item), None) if isinstance(item, dict) else None
    return None if name is None else str(name)


def _do(data: Any, change: Change) -> None:
    """Change plain data, or ruamel's."""
    *holders, last = change.path
    at: Any = data
    for part in holders:
        if isinstance(at, dict) and at.get(part) is None:
            at[part] = {}
        at = at[part]
    try:
        if change.do == "remove":
            del at[last]
        elif change.do == "set":
            at[last] = merged(at[last], change.value) if schema.at(at, (last,)) is not None else _value(data, change)
        elif isinstance(there := schema.at(at, (last,)), list) and (there or not isinstance(data, CommentedMap)):
            there.append(_value(data, change, like=there[-1] if there else None))
        else:
            one = _value(data, change)
            at[last] = CommentedSeq([one]) if isinstance(data, CommentedMap) else [one]
    except (LookupError, TypeError):
        raise NotEdited("고칠 것이 이제 없어요.", "What is to be changed is not there any more.") from None


def _value(data: Any, change: Change, like: Any = None) -> Any:
    if not isinstance(data, CommentedMap):
        return copy.deepcopy(change.value)
    return styled(change.value, int(isinstance(like, CommentedMap) and bool(like.fa.flow_style())))


def merged(old: Any, new: Any) -> Any:
    """Return `new`, written over `old` where that is ruamel's: what is the same keeps its comments and its form."""
    if isinstance(old, CommentedMap) and isinstance(new, dict):
        for name in [name for name in old if name not in new]:
            del old[name]
        for name, value in new.items():
            if name not in old:
                old[name] = styled(value, 1)
            elif old[name] != value or type(old[name]) is bool or type(value) is bool:
                old[name] = merged(old[name], value)
        return old
    if isinstance(old, CommentedSeq) and isinstance(new, list):
        for i, value in enumerate(new[: len(old)]):
            old[i] = merged(old[i], value)
        del old[len(new) :]
        old.extend(styled(value, 1) for value in new[len(old) :])
        return old
    return styled(new, 1) if isinstance(old, CommentedMap | CommentedSeq) or type(new) in (dict, list) else new


def styled(value: Any, depth: int = 0) -> Any:
    """Return a value as people would write it: what holds single values alone stands on one line."""
    if isinstance(value, dict):
        made: Any = CommentedMap((name, styled(part, depth + 1)) for name, part in value.items())
        short = all(_single(part) for part in value.values())
    elif isinstance(value, list):
        made = CommentedSeq(styled(part, depth + 1) for part in value)
        short = not any(isinstance(part, dict | list) for part in value)  # parts stand on a line each
    else:
        return value
    if depth and short:
        made.fa.set_flow_style()
    return made


def _single(part: Any) -> bool:
    if isinstance(part, list):
        return not any(isinstance(one, dict | list) for one in part)
    return not isinstance(part, dict) or part.keys() <= {"ko", "en"}


def _cut_and_changed(text: str, document: Document, change: Change, wanted: Any) -> str | None:
    """Return the text with the one part written anew, None where it does not stand on lines of its own."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    unit = _unit(change.path)
    while len(unit) > 1 and unit not in document.lines:
        unit = unit[:-1]
    there = schema.at(document.data, unit)
    if change.do == "add" and unit == change.path and isinstance(there, list) and there:
        before, new = (*unit, len(there) - 1), (*unit, len(there))
    else:
        before, new = unit if unit in document.lines else _before(document.data, unit), unit
    begin, end = _span(document, before, lines) if before else (0, len(lines))
    if change.do == "remove" and change.path == unit:
        return "".join(lines[:begin] + lines[end:])
    # the whole cut document again: what the part refers to stands before it
    written = _dumped("".join(lines[:end]), change, _indents(text))
    if written is None:
        return None
    try:
        place = read(written).lines.get(new)
    except SyntaxProblem:
        return None
    if place is None:
        return None
    part = "".join(written.splitlines(keepends=True)[place - 1 :])
    return "".join([*lines[: begin if before == new else end], part, *lines[end:]])


def _all_changed(text: str, document: Document, change: Change, wanted: Any) -> str | None:
    return _dumped(text, change, _indents(text))


def _dumped(text: str, change: Change, indents: tuple[int, int]) -> str | None:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    indent, offset = indents
    yaml.indent(mapping=indent, sequence=offset + 2, offset=offset)
    try:
        data = yaml.load(text)
        _do(data, change)
        out = io.StringIO()
        yaml.dump(data, out)
    except (YAMLError, ValueError, TypeError, AttributeError, LookupError, NotEdited):  # ruamel fails in many ways
        return None
    return out.getvalue()


def _indents(text: str) -> tuple[int, int]:
    """Return how far mappings, and the dashes of lists, stand from what holds them: as in the file's first ones."""
    mapping = dash = None
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for holder, line in pairwise(lines):
        if holder[0] != " " and holder.split(" #")[0].rstrip().endswith(":"):
            inner = len(line) - len(line.lstrip())
            if line.lstrip().startswith("- "):
                dash = inner if dash is None else dash
            elif inner and mapping is None:
                mapping = inner
    return mapping or 2, 2 if dash is None else dash


def _unit(path: Path) -> Path:
    """Return the part that is written anew for a change at `path`: an item of a list, else a section."""
    number = next((i for i, part in enumerate(path[:3]) if isinstance(part, int)), None)
    if number is not None:
        return path[: number + 1]
    field = schema.field_at({}, path)
    return path if len(path) < 3 and field is not None and schema.is_list(field.annotation) else path[:1]


def _before(data: dict[str, Any], unit: Path) -> Path:
    """Return the section behind which a new one stands: in the order of the reference. (): at the end."""
    order = list(EdgeConfig.model_fields)
    place = order.index(str(unit[0])) if unit[0] in order else len(order)
    earlier = [name for name in data if name in order[:place]]
    return (earlier[-1],) if earlier and len(unit) == 1 else ()


def _span(document: Document, part: Path, lines: Sequence[str]) -> tuple[int, int]:
    """Return the lines [begin, end) of a part, from 0: without the empty lines and comments behind it."""
    begin = document.lines[part]
    following = [len(lines) + 1]
    for depth in range(len(part)):
        holder = schema.at(document.data, part[:depth])
        beside = range(len(holder)) if isinstance(holder, list) else holder
        following += [line for name in beside if (line := document.lines.get((*part[:depth], name), 0)) > begin]
    end = min(following) - 1
    while end > begin and lines[end - 1].strip().partition("#")[0] == "":
        end -= 1
    return begin - 1, end


def _means(text: str, wanted: Any, before: Document) -> bool:
    try:
        document = read(text)
    except SyntaxProblem:
        return False
    return bool(_filled(document.data) == _filled(wanted)) and len(document.problems) <= len(before.problems)


def _filled(value: Any) -> Any:
    """Return data without what is empty: `rules:` with nothing below it is as good as none."""
    if isinstance(value, dict):
        return {name: _filled(part) for name, part in value.items() if part is not None and part != [] and part != {}}
    return [_filled(part) for part in value] if isinstance(value, list) else value
