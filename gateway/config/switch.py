"""A switch of the configuration, turned in its text: nothing else in the file is touched, comments stay."""

import re
from typing import Any

from ruamel.yaml import YAML


def switched(text: str, part: str, name: str, on: bool) -> str:
    """Return the text with `name: true` or `false` in a part of the top level, which need not be there yet."""
    data: Any = YAML().load(text)
    tree, said = data.get(part), f"{name}: {str(on).lower()}"
    if tree is None:
        return f"{text.rstrip()}\n\n{part}:\n  {said}\n"
    lines = text.splitlines(keepends=True)
    if name in tree:
        row, column = tree.lc.key(name)
        lines[row] = lines[row][:column] + re.sub(rf"^{name}:\s*[^\s,}}#]+", said, lines[row][column:])
    elif tree.fa.flow_style():
        row, column = tree.lc.line, tree.lc.col
        more = ", " if tree else ""
        lines[row] = lines[row][: column + 1] + said + more + lines[row][column + 1 :]
    else:
        row, column = tree.lc.key(next(iter(tree)))
        lines.insert(row, " " * column + said + "\n")
    return "".join(lines)
