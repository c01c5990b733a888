"""The YAML of a configuration as plain data, and on which line each part of it stands.

YAML 1.2 through ruamel's composer: the node tree keeps every mark, a merge (`<<`) and an alias keep the place where
they were written first, and duplicate keys are all found, not only the first. Nothing is ever constructed but
dict, list, str, int, float, bool and None.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from gateway.config.messages import nearest, shown

Path = tuple[str | int, ...]
VALUES_MAX = 200_000  # aliases can multiply; a workshop's configuration has some thousand values
DEPTH_MAX = 40
TAG = "tag:yaml.org,2002:"


class Problem(NamedTuple):
    """One thing that is wrong: its line (from 1), the key of its message and what to fill in."""

    line: int
    message: str
    fields: dict[str, Any]


class SyntaxProblem(Exception):
    """The text is no YAML; nothing after it can be judged."""

    def __init__(self, line: int, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.problem = Problem(line, message, fields)


@dataclass(slots=True)
class Document:
    """The data, and where it stands. Lines count from 1."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)  # of a single value its own; of a mapping or list its name's
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line where one would look for `path`; for what is not there, its parent's."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Document:
    """Return the data of a YAML text with its places; raises SyntaxProblem when it is no YAML."""
    loader = YAML(typ="safe", pure=True)
    loader.composer.warn_double_anchors = False  # YAML allows it: the last one counts
    try:
        root = loader.compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SyntaxProblem(line, "control", code=ord(text[error.position])) from None
    except MarkedYAMLError as error:
        raise _syntax(error, text) from None
    except RecursionError:
        raise SyntaxProblem(1, "too_deep", limit=DEPTH_MAX) from None
    except (YAMLError, ValueError, IndexError, AttributeError):  # ruamel fails in many ways on odd directives
        raise SyntaxProblem(1, "syntax") from None
    version = loader.version or getattr(loader.resolver, "processing_version", None)
    if text.startswith("%YAML") and "1.2" not in text.partition("\n")[0]:
        raise SyntaxProblem(1, "version", found=text.partition("\n")[0][5:].strip() or str(version))
    document = Document()
    if root is not None:
        document.data = _Reader(document).value(root, ())
    return document


class _Reader:
    """Turns nodes into data, once over the tree, and notes places and problems on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: set[int] = set()  # the nodes that we are inside of: meeting one again is a circle
        self.count = 0

    def value(self, node: Node, path: Path) -> Any:
        self.count += 1
        line = node.start_mark.line + 1
        if self.count > VALUES_MAX:
            raise SyntaxProblem(line, "too_many", limit=VALUES_MAX)
        if len(path) > DEPTH_MAX:
            raise SyntaxProblem(line, "too_deep", limit=DEPTH_MAX)
        if id(node) in self.open:
            raise SyntaxProblem(line, "alias_circle", name=node.anchor)
        if isinstance(node, ScalarNode):
            self.document.lines[path] = line
            return self.scalar(node, path)
        self.open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                return self.sequence(node, path)
            assert isinstance(node, MappingNode)
            return self.mapping(node, path)
        finally:
            self.open.discard(id(node))

    def sequence(self, node: SequenceNode, path: Path) -> list[Any]:
        self.tag_is(node, "seq")
        items = []
        for i, item in enumerate(node.value):
            self.document.lines[(*path, i)] = item.start_mark.line + 1
            items.append(self.value(item, (*path, i)))
        return items

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        self.tag_is(node, "map")
        found: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in self.pairs(node):
            found.setdefault(key.value, (key, value))
        result = {}
        for name, (key, value) in found.items():
            self.document.lines[(*path, name)] = key.start_mark.line + 1
            result[name] = self.value(value, (*path, name))
        return result

    def pairs(self, node: MappingNode) -> Iterator[tuple[ScalarNode, Node]]:
        """Yield the mapping's own pairs, then those that it merges in (`<<`), which its own go before."""
        own: dict[str, int] = {}
        merged: list[MappingNode] = []
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag == TAG + "merge":
                parts = value.value if isinstance(value, SequenceNode) else [value]
                merged += [part for part in parts if isinstance(part, MappingNode)]
                if not all(isinstance(part, MappingNode) for part in parts):
                    self.problem(line, "merge", value=shown(getattr(value, "value", "")))
            elif not isinstance(key, ScalarNode) or key.tag != TAG + "str":
                self.problem(line, "key_not_text", value=shown(key.value) if isinstance(key, ScalarNode) else "[...]")
            elif key.value in own:
                self.problem(line, "duplicate_key", key=shown(key.value), first=own[key.value])
            else:
                own[key.value] = line
                yield key, value
        for part in merged:
            if id(part) in self.open:
                raise SyntaxProblem(part.start_mark.line + 1, "alias_circle", name=part.anchor)
            self.open.add(id(part))
            yield from self.pairs(part)
            self.open.discard(id(part))

    def scalar(self, node: ScalarNode, path: Path) -> Any:
        text, kind = node.value, _tag(node).removeprefix(TAG)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        try:
            if kind == "int":
                return int(text.replace("_", ""), 0 if text.lstrip("+-")[:2].lower() in ("0x", "0o", "0b") else 10)
            if kind == "float":
                return self.finite(node, path)
        except ValueError:  # `!!int abc`, or more digits than Python reads
            return text
        if kind not in ("str", "timestamp"):  # a date is text here: no option is one
            self.tag_is(node, "str")
        return text

    def finite(self, node: ScalarNode, path: Path) -> float | None:
        value = float(node.value.replace("_", "").replace(".inf", "inf").replace(".nan", "nan").lower())
        if math.isfinite(value):
            return value
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        self.problem(node.start_mark.line + 1, "not_finite", key=key, value=shown(node.value))
        return 1.0  # stands in, so that the same value is not reported twice

    def tag_is(self, node: Node, kind: str) -> None:
        if (tag := _tag(node)) != TAG + kind:
            tag = "!!" + tag.removeprefix(TAG) if tag.startswith(TAG) else tag
            self.problem(node.start_mark.line + 1, "tag", tag=shown(tag))

    def problem(self, line: int, message: str, **fields: Any) -> None:
        self.document.problems.append(Problem(line, message, fields))


def _tag(node: Node) -> str:
    return str(node.tag)


# what ruamel says (a part of its problem's text) -> our message; the mark is the problem's, or (True) its beginning's
SYNTAX: tuple[tuple[str, str, bool], ...] = (
    ("mapping values are not allowed", "colon", False),
    ("could not find expected ':'", "no_colon", True),
    ("found unexpected end of stream", "unclosed_quote", True),
    ("expected ',' or", "unclosed_bracket", True),
    ("expected the node content", "stray_bracket", False),
    ("expected <block end>", "indentation", False),
    ("found unknown escape character", "escape", False),
    ("expected escape sequence", "escape", False),
    ("but found another document", "two_documents", False),
    ("incompatible YAML document", "version", False),
)


def _syntax(error: MarkedYAMLError, text: str) -> SyntaxProblem:
    """Return our own words for ruamel's error; its raw text never reaches the reader."""
    said = str(error.problem or "")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if "cannot start any token" in said:
        sign = said.removeprefix("found character ")[1 : -len("' that cannot start any token")]
        return SyntaxProblem(line, "tab") if sign == "\\t" else SyntaxProblem(line, "sign", sign=sign)
    if "undefined alias" in said:
        name = said.partition("'")[2].rstrip("'")
        anchors = [word[1:].rstrip(",]}") for word in text.split() if word.startswith("&")]
        return SyntaxProblem(line, "alias", name=shown(name), near=nearest(name, anchors))
    for part, message, at_start in SYNTAX:
        if part in said:
            begun = error.context_mark.line + 1 if at_start and error.context_mark else line
            found = text.partition("\n")[0].removeprefix("%YAML").strip()  # for `version` only
            return SyntaxProblem(min(begun, text.count("\n") + 1), message, found=found)
    return SyntaxProblem(min(line, text.count("\n") + 1), "syntax")
