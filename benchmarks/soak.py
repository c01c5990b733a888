"""Campaigns of harm, one after the other: power cuts, rot, bad input, pulled cables, kills, outages.

Each prints its seed and its figures as lines of JSON.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
CAMPAIGNS = ("crash", "flips", "model", "work", "engine", "frames", "replug", "alarms", "kills", "outages")
TIMED = ("alarms", "kills", "outages")  # kills: at most so long; the others: so long


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaigns whose names begin with `--only`; 1 when something was not as promised in one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", default="1", help="of outages, and of kills at most")
    parser.add_argument("--only", default="", help=", ".join(CAMPAIGNS))
    parser.add_argument("--seed", default=None, help="the same number makes the same choices")
    options = parser.parse_args(arguments)
    failed = 0
    for campaign in CAMPAIGNS:
        if campaign.startswith(options.only):
            command = [sys.executable, HERE / f"soak_{campaign}.py"]
            command += ["--hours", options.hours] if campaign in TIMED else []
            command += ["--seed", options.seed] if options.seed else []
            failed |= subprocess.run(command, check=False).returncode
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
