"""Calls the screens' own functions that need no browser, all of them in one Node."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DASHBOARD = Path(__file__).parents[2] / "dashboard"
_nodes: list["subprocess.Popen[str]"] = []


@contextmanager
def node() -> Iterator[None]:
    """Have a Node that `calls` asks."""
    command = ["node", "dev/call.mjs"]
    with subprocess.Popen(command, cwd=DASHBOARD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        _nodes.append(process)
        try:
            yield
        finally:
            _nodes.remove(process)  # and as nobody asks it any more, it ends


def calls(module: str, function: str, given: Sequence[Sequence[Any]]) -> list[Any]:
    """Return what a function of a module of `src/lib` answers to each list of arguments."""
    asked, told = _nodes[-1].stdin, _nodes[-1].stdout
    assert asked
    assert told
    print(json.dumps([module, function, given]), file=asked, flush=True)
    answers = json.loads(told.readline())
    assert isinstance(answers, list), answers
    return answers


def call(module: str, function: str, *arguments: Any) -> Any:
    """Return what it answers to one."""
    return calls(module, function, [arguments])[0]
