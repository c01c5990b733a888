"""The soak itself: one short round of outages, and some kills under load, told in lines of JSON."""

import json
import subprocess
import sys

import pytest
from rig import ROOT


@pytest.mark.slow
def test_a_round_of_the_soak_finds_nothing_lost_and_tells_what_it_did() -> None:
    command = [sys.executable, "benchmarks/soak_outages.py", "--hours", "0", "--round-s", "8", "--seed", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    first, told, *figures = map(json.loads, done.stdout.splitlines())
    assert first["seed"] == 3
    assert told["wrong"] == {}
    assert told["done"]["scans"] > 20
    assert told["done"]["kills"] > 0
    assert told["events"] > told["done"]["scans"]
    assert {"name": "soak.well", "value": 1, "unit": "1", "journals_whole": True} in figures


@pytest.mark.slow
def test_kills_under_load_lose_and_double_nothing_and_the_daemon_is_soon_back() -> None:
    command = [sys.executable, "benchmarks/soak_kills.py", "--kills", "4", "--seed", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {figure["name"]: figure for figure in figures if "name" in figure}
    assert by_name["soak.kill_9"]["value"] == 4, done.stdout + done.stderr
    assert by_name["soak.kill_9_wrong"]["value"] == 0, done.stdout + done.stderr
    assert by_name["soak.kill_9_wrong"]["journal_whole"]
    assert by_name["soak.kill_9_restart_s_max"]["value"] > 0
