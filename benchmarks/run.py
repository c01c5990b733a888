"""Run the benchmarks whose names begin with the argument; each prints its figures as JSON lines."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = (
    "engine",
    "engine.signals",
    "journal",
    "journal.scan",
    "journal.written",
    "journal.outage",
    "journal.drain",
    "history",
    "figures",
    "labels",
    "work",
    "work.scan",
    "work.month",
    "daemon",
    "modbus",
    "scan",
    "camera",
    "dashboard",
    "encode",
    "center",
)
FILES = {
    "engine.signals": "engine_signals",
    "journal.scan": "journal_scans",
    "journal.written": "journal_day",
    "journal.outage": "journal_outage",
    "journal.drain": "drain",
    "work.scan": "answers",
    "work.month": "reports",
    "center": "fleet",  # beside a file called center.py nobody could import the package
}


def main(only: str = "") -> int:
    """Run them one after the other; 1 when one failed."""
    failed = 0
    nearest = max((program for program in PROGRAMS if only.startswith(program)), key=len, default="")
    for program in PROGRAMS:
        if not (program.startswith(only) or program == nearest):
            continue
        done = subprocess.run(
            [sys.executable, HERE / f"{FILES.get(program, program)}.py"], stdout=subprocess.PIPE, text=True, check=False
        )
        failed |= done.returncode
        for line in done.stdout.splitlines():
            if json.loads(line)["name"].startswith(only):
                print(line, flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
