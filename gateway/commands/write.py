"""`gongbang write`: an output, written by the gateway that runs; limits, choices and rates are its own to judge."""

import argparse
import json
import sys
from pathlib import Path

from gateway.commands.client import asked_by
from gateway.config.load import load
from gateway.errors import Refused, SinkAway


def run(options: argparse.Namespace) -> int:
    """Write one output and tell what stands there; 1 when it was not written. Raises ConfigurationError."""
    config = load(Path(options.config))
    try:
        with asked_by(options.user, config) as gateway:
            done = gateway.post("write", {"output": options.output, "value": _value(options.value)})
    except (Refused, SinkAway) as why:
        print(why, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"output": options.output, "before": done["before"], "after": done["after"]}))
    else:
        print(f"{options.output}: {done['before']} → {done['after']}")
    return 0


def _value(text: str) -> float | str:
    """Return a number, or the name of a choice."""
    try:
        return float(text)
    except ValueError:
        return text
