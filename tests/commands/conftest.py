"""How the tests call a command: in this process when it is short, as a process of its own when it lives."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rig import ROOT

from gateway.commands.main import main


@dataclass(frozen=True)
class Called:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return what it printed for programs: one JSON value and nothing else."""
        return json.loads(self.out)


Call = Callable[..., Called]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Return `call("check", path)`: the command through `main`, as the shell would."""

    def run(*arguments: object) -> Called:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as usage:  # argparse
            code = int(usage.code or 0)
        said = capsys.readouterr()
        return Called(code, said.out, said.err)

    return run


@pytest.fixture
def process() -> Call:
    """Return `process("check", path)`: the command as a process."""

    def run(*arguments: object, cwd: Path = ROOT, timeout_s: float = 60) -> Called:
        done = subprocess.run(
            [sys.executable, "-m", "gateway.commands.main", *map(str, arguments)],
            capture_output=True,
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            text=True,
            timeout=timeout_s,
            check=False,
        )
        return Called(done.returncode, done.stdout, done.stderr)

    return run
