"""Reads `edge_config.yaml`: the whole configuration, or every problem in it at once."""

import os
import re
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config import schema
from gateway.config.checks import check, check_raw
from gateway.config.messages import Language, nearest, say, shown
from gateway.config.places import Document, Path, SyntaxProblem, read
from gateway.config.prune import Tree
from gateway.config.report import Report, Told
from gateway.config.root import EdgeConfig
from gateway.config.typed import missing_name, tell
from gateway.errors import ConfigurationError
from sensors import profile

FILE_MAX_BYTES = 2_000_000
ROUNDS = 12  # each cuts something away; the checks of a model come to light only when its options are right


def load(path: str | os.PathLike[str], language: Language | None = None) -> EdgeConfig:
    """Return the configuration of a file.

    Raises ConfigurationError with all problems, each one line `file:line: what is wrong; the nearest valid name; how
    to mend it`, in `language`; when it is None, in the workshop's own (`workshop.language`), else in Korean.
    Profiles in a folder `profiles` beside the file are known to it.
    """
    file = os.fspath(path)
    try:
        document = _document(file)
    except SyntaxProblem as syntax:
        line, message, fields = syntax.problem
        raise ConfigurationError([f"{file}:{line}: {say(language or _language_in(file), message, **fields)}"]) from None
    report, config = _judge(document, file)
    if len(report) or config is None:
        raise ConfigurationError(report.lines(language or _own_language(document)))
    return config


class Judged(NamedTuple):
    """What a text means: the configuration, None where anything is wrong with it; its plain data; the problems."""

    config: EdgeConfig | None
    data: dict[str, Any]
    problems: list[Told]


def judge(text: str, path: str | os.PathLike[str]) -> Judged:
    """Return what a text would mean if it stood in the file at `path`; nothing is read but the profiles beside it."""
    file = os.fspath(path)
    try:
        raw = text.encode()
        if len(raw) > FILE_MAX_BYTES:
            raise SyntaxProblem(1, "too_big", size=len(raw), limit=FILE_MAX_BYTES)
        document = _read(raw)
    except SyntaxProblem as syntax:
        line, message, fields = syntax.problem
        return Judged(None, {}, [Told((), line, say("ko", message, **fields), say("en", message, **fields))])
    report, config = _judge(document, file)
    return Judged(None if len(report) else config, document.data, report.told())


def _document(file: str) -> Document:
    """Return the file's data with its places; raises SyntaxProblem when it cannot be read at all."""
    try:
        size = os.stat(file).st_size
        if size > FILE_MAX_BYTES:
            raise SyntaxProblem(1, "too_big", size=size, limit=FILE_MAX_BYTES)
        raw = FilePath(file).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise SyntaxProblem(1, "no_file", near=nearest(os.path.basename(file), _yaml_beside(file))) from None
    except IsADirectoryError:
        raise SyntaxProblem(1, "not_a_file", near=nearest("edge_config.yaml", _yaml_beside(f"{file}/x"))) from None
    except OSError as error:
        raise SyntaxProblem(1, "unreadable", reason=error.strerror) from None
    return _read(raw)


def _read(raw: bytes) -> Document:
    """Return the data with its places; raises SyntaxProblem for what is no mapping in YAML."""
    try:
        document = read(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SyntaxProblem(line, "not_utf8", byte=raw[error.start]) from None
    if document.data is None:
        raise SyntaxProblem(1, "empty")
    if not isinstance(document.data, dict):
        found = ("목록이에요", "a list") if isinstance(document.data, list) else ("글이에요", "plain text")
        raise SyntaxProblem(1, "top_level", found=found, near=nearest("", EdgeConfig.model_fields))
    return document


def _yaml_beside(file: str) -> list[str]:
    folder = os.path.dirname(file) or "."
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith((".yaml", ".yml")))
    except OSError:
        return []


def _language_in(file: str) -> Language:
    """Return the workshop's language as far as it can be seen in a file that is no YAML."""
    try:
        with open(file, "rb") as opened:
            return "en" if re.search(rb"\blanguage: *en\b", opened.read(FILE_MAX_BYTES)) else "ko"
    except OSError:
        return "ko"


def _own_language(document: Document) -> Language:
    return "en" if schema.at(document.data, ("workshop", "language")) == "en" else "ko"


def _judge(document: Document, file: str) -> tuple[Report, EdgeConfig | None]:
    """Return every problem, and the configuration, of which what is wrong was cut away."""
    report = Report(document, file)
    with profile.beside(FilePath(file).absolute().parent / "profiles"):
        return report, _whole(document, report)


def _whole(document: Document, report: Report) -> EdgeConfig | None:
    tree = Tree(document.data)
    _without_empty_sections(tree)
    _numbers_not_truths(tree, report)
    check_raw(document.data, report)
    for path in report.paths():
        if path[:1] == ("signals",) and path[-1] == "unit":  # the point table could not be laid out with it
            tree.cut(path)
    config = None
    for _ in range(ROUNDS):
        config, errors = _validate(tree.whole(), tree, report)
        for path in errors:
            tree.cut(path)
        if not errors:
            break
    if config is not None:
        check(config, tree, report)
    return config


def _validate(data: dict[str, Any], tree: Tree, report: Report) -> tuple[EdgeConfig | None, list[Path]]:
    """Return the configuration if it is valid, and the places in the file that are not, told in the report."""
    parts: dict[str, Any] = {}
    found: Found = []
    for section in schema.TYPED:
        valid, wrong = _typed_parts(str(section), data, tree, report)
        parts |= valid
        found += wrong
    config = None
    try:
        config = EdgeConfig.model_validate({**data, **parts})
    except ValidationError as invalid:
        found += [(error["loc"], error) for error in invalid.errors(include_url=False, include_context=False)]
    seen = dict.fromkeys(tree.place(path) for path, error in found if error is None)
    for loc, error in sorted(found, key=_pattern_first):  # of a union's branches, the text that should look otherwise
        if error is None:
            continue
        path = _cut_to(data, loc)
        place = tree.place(path)
        if place not in seen:
            tell(report, data, path, error, place)
        if error["type"] != "missing":  # several may be missing in one place
            seen[place] = None
    seen |= dict.fromkeys(tree.place(_cut_to(data, loc)) for loc, error in found if error)
    return config, list(seen)


def _pattern_first(found: tuple[Path, ErrorDetails | None]) -> bool:
    return found[1] is None or found[1]["type"] != "string_pattern_mismatch"


Found = list[tuple[Path, ErrorDetails | None]]


def _typed_parts(section: str, data: dict[str, Any], tree: Tree, report: Report) -> tuple[dict[str, Any], Found]:
    """Validate each part by the class that its `type` names; return those that are valid, and what is wrong."""
    parts = data.get(section)
    if parts is None:
        return {}, []
    if not isinstance(parts, list):
        report.add((section,), "list", value=shown(parts))
        return {section: []}, [((section,), None)]
    valid: list[BaseModel] = []
    found: Found = []
    for i, part in enumerate(parts):
        path: Path = (section, i)
        model = schema.typed_model(section, part)
        if not isinstance(part, dict):
            report.add(tree.place(path), "parts", value=shown(part), near=nearest("", ("name", "type")))
            found.append((path, None))
        elif model is None:
            _unknown_type(report, tree.place(path), part, missing_name(data, path), list(schema.TYPED[section]))
            found.append((path, None))
        else:
            try:
                valid.append(model.model_validate(part))
            except ValidationError as invalid:
                errors = invalid.errors(include_url=False, include_context=False)
                found += [((*path, *error["loc"]), error) for error in errors]
    return {section: valid}, found


def _unknown_type(report: Report, place: Path, part: dict[str, Any], where: tuple[str, str], types: list[str]) -> None:
    if "type" in part:
        near = nearest(part["type"], types)
        report.add((*place, "type"), "choice", value=shown(part["type"]), near=near)
        return
    kinds = ", ".join(types)
    hint = (f"'type: ...' 줄을 더해 주세요 ({kinds})", f"add a line 'type: ...' ({kinds})")
    report.add((*place, "type"), "missing", report.document.line(place), where=where, hint=hint)


def _cut_to(data: Any, loc: tuple[str | int, ...]) -> Path:
    """Return the part of pydantic's place that is in the data; the rest names what is missing or a branch."""
    for depth, part in enumerate(loc):
        there = isinstance(data, dict) and part in data
        if not there and not (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            return tuple(loc[:depth])
        data = data[part]
    return tuple(loc)


def _without_empty_sections(tree: Tree) -> None:
    """Take `rules:` with nothing below it (all of it commented out) as left out."""
    for path, value in list(_values(tree.data, ())):
        field = schema.field_at(tree.data, path) if value is None and isinstance(path[-1], str) else None
        if field is not None and not field.is_required() and schema.is_section(field.annotation):
            schema.at(tree.data, path[:-1]).pop(path[-1])


def _numbers_not_truths(tree: Tree, report: Report) -> None:
    """Refuse `port: true`, which would be taken for 1."""
    for path, value in list(_values(tree.data, ())):
        field = schema.field_at(tree.data, path) if isinstance(value, bool) else None
        if field is not None and not schema.takes_bool(field.annotation):
            kind = "number" if float in schema.leaves(field.annotation) else "integer"
            near = nearest(value, map(str, schema.choices(field.annotation)))
            if not schema.choices(field.annotation):
                near = schema.bounds_or_digits(field)
            report.add(path, kind, value=shown(value), near=near)
            tree.cut(path)


def _values(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict | list):
        for part, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _values(inner, (*path, part))
    elif path:
        yield path, value
