"""The engine against the plain evaluator and against any input: as many expressions and streams as one likes."""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence

from rig import ROOT, emit

TESTS = tuple(f"tests/engine/test_{name}.py" for name in ("against_reference", "any_input", "shops"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Try so many examples; 1 when one of them came out wrong: it is printed, and how to repeat it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=4000, help="of each property")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="the same number, the same choices")
    options = parser.parse_args(arguments)
    print(json.dumps({"seed": options.seed}), flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "--timeout=0", *TESTS, f"--hypothesis-seed={options.seed}"]
    environment = os.environ | {"ENGINE_EXAMPLES": str(options.examples)}
    began_s = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    took_s = round(time.monotonic() - began_s)
    emit("soak.engine_wrong", int(done.returncode != 0), "1", examples=options.examples, took_s=took_s)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
