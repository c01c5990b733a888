"""Runs the engine benchmark's rivals over the same rows: plain Python here, bytewax in a Python of its own."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from engine_load import Day, Machine, Rule, document
from engine_plain import Told, Work, known

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".cache" / "bytewax"


def plain(rules: list[Rule], machines: list[Machine], day: Day) -> tuple[float, list[Told]]:
    """Return the seconds that plain Python needs for a device's rows, and what happened."""
    work = document(rules, machines, day)
    rows = known(work["rows"])
    device = Work(work["rules"], work["machines"], day.values.shape[1])
    told: list[Told] = []
    begun = time.process_time()
    for now_ns, row in zip(work["times"], rows, strict=True):
        told.extend(device.row(now_ns, row))
    return time.process_time() - begun, told


def bytewax(rules: list[Rule], machines: list[Machine], day: Day) -> tuple[float, list[Told]] | None:
    """Return the same of bytewax; None, with a word on standard error, where it cannot be had."""
    python = _python_with_bytewax()
    if python is None:
        return None
    work = json.dumps(document(rules, machines, day))
    program = Path(__file__).with_name("engine_bytewax.py")
    done = subprocess.run([python, program], input=work, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer["seconds"], [tuple(one) for one in answer["events"]]


def _python_with_bytewax() -> Path | None:
    """Return a Python that has bytewax, installed at the first time into a folder of its own."""
    python, stamp = HOME / "bin" / "python", HOME / "installed"
    if stamp.exists():
        return python
    steps = (
        [sys.executable, "-m", "venv", str(HOME)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r",
         str(ROOT / "requirements" / "bench.txt")],
    )  # fmt: skip
    for step in steps:
        done = subprocess.run(step, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            print(f"no bytewax for Python {version} here, so no engine.vs_bytewax_ratio:", done.stderr, file=sys.stderr)
            return None
    stamp.touch()
    return python
