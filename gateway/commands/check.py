"""`gongbang check`: every error of a configuration at once, each with its line and how to mend it."""

import argparse
import json
from pathlib import Path

from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.errors import ConfigurationError
from gateway.table import PointTable


def run(options: argparse.Namespace) -> int:
    """Check a file; 0 when it is well, 2 with its problems. What loads is compiled too, as the daemon would."""
    path = Path(options.file or options.config)
    try:
        config = load(path, options.language)
        table = PointTable.of(config)
        Engine(config, table)
    except ConfigurationError as error:
        if not options.json:
            raise
        print(json.dumps({"ok": False, "problems": error.problems}, ensure_ascii=False))
        return 2
    found = {"drivers": len(config.drivers), "points": len(table), "machines": len(config.machines)}
    found |= {"rules": len(config.all_rules), "publishers": len(config.publish)}
    each = made_of_each(config)
    if options.json:
        print(json.dumps({"ok": True, **found, "for_each": each}))
    else:
        print(f"{path}: 좋아요. / well: " + ", ".join(f"{name} {number}" for name, number in found.items()))
        for name, names in each.items():
            print(f"  {name}: for_each {len(names)} ({', '.join(names)})")
    return 0


def made_of_each(config: EdgeConfig) -> dict[str, list[str]]:
    """Return what was made of each rule and signal with `for_each`, by its full name."""
    made = [("rules", config.rules, one) for one in config.made_rules]
    of_signals = [("signals", config.signals, one) for one in config.made_signals]
    found: dict[str, list[str]] = {}
    for section, written, (place, one) in (*made, *of_signals):
        if written[place].for_each is not None:
            found.setdefault(f"{section}.{written[place].name}", []).append(one.name)
    return found
