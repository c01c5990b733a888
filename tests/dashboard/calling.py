"""Calls the screens' own functions that need no browser."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DASHBOARD = Path(__file__).parents[2] / "dashboard"


def calls(module: str, function: str, given: Sequence[Sequence[Any]]) -> list[Any]:
    """Return what a function of a module of `src/lib` answers to each list of arguments."""
    command = ["node", "dev/call.mjs", module, function]
    text = json.dumps([list(arguments) for arguments in given])
    done = subprocess.run(command, cwd=DASHBOARD, input=text, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def call(module: str, function: str, *arguments: Any) -> Any:
    """Return what it answers to one."""
    return calls(module, function, [arguments])[0]
