"""Journal and publishers under arbitrary faults, against a model: the ledger of losses closes every time."""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence

from rig import ROOT, emit


def campaign(test: str, figure: str, about: str | None, arguments: Sequence[str] | None = None) -> int:
    """Try so many sequences of a model's test; 1 when one came out wrong: it is printed, and how to repeat it."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--examples", type=int, default=2000, help="sequences of forty steps")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="the same number, the same choices")
    options = parser.parse_args(arguments)
    print(json.dumps({"seed": options.seed}), flush=True)
    command = [sys.executable, "-m", "pytest", "-x", "-q", test, f"--hypothesis-seed={options.seed}"]
    environment = os.environ | {"MODEL_EXAMPLES": str(options.examples)}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    emit(figure, int(done.returncode != 0), "1", examples=options.examples)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(campaign("tests/publish/test_model.py", "soak.model_wrong", __doc__))
