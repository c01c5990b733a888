"""The soak itself: one short round of kills and outages, told in lines of JSON."""

import json
import subprocess
import sys

from rig import ROOT


def test_a_round_of_the_soak_finds_nothing_lost_and_tells_what_it_did() -> None:
    command = [sys.executable, "benchmarks/soak.py", "--hours", "0", "--round-s", "12", "--seed", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    first, told, *figures = map(json.loads, done.stdout.splitlines())
    assert first["seed"] == 3
    assert told["wrong"] == {}
    assert told["done"]["scans"] > 20
    assert told["done"]["kills"] > 0
    assert told["events"] > told["done"]["scans"]
    assert {"name": "soak.well", "value": 1, "unit": "1", "journals_whole": True} in figures
