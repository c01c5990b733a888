"""Print a lock file as one Python on one architecture reads it: pip judges markers by the Python that it runs on.

Usage: python tools/lock_for.py requirements/run.txt 3.13 aarch64
"""

import sys
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement


def lock_for(text: str, python: str, machine: str) -> str:
    """Return the requirements of a lock whose markers hold there, with their hashes and without the markers."""
    there = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
        "implementation_name": "cpython",
    }
    kept = []
    for entry in text.replace("\\\n", " ").splitlines():
        wanted, *hashes = entry.partition("#")[0].split("--hash=")
        if not wanted.strip():
            continue
        requirement = Requirement(wanted)
        if requirement.marker is None or requirement.marker.evaluate(there):
            pinned = f"{requirement.name}{requirement.specifier}"
            kept.append(" ".join([pinned, *(f"--hash={one.strip()}" for one in hashes)]))
    return "\n".join([*kept, ""])


if __name__ == "__main__":
    lock, python, machine = sys.argv[1:]
    sys.stdout.write(lock_for(Path(lock).read_text("utf-8"), python, machine))
