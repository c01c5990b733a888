"""`gongbang explain`: the parts of a rule with their values now, and why it is active or not."""

import argparse
import json
import sys
import urllib.error
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gateway.commands.client import Gateway
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.engine.engine import Engine
from gateway.engine.explain import explain
from gateway.errors import ConfigurationError, StorageFailed
from gateway.table import PointTable

TRUTHS = {True: "참 / true", False: "거짓 / false", None: "모름 / unknown"}
STATES = {True: "켜져 있어요 / active", False: "꺼져 있어요 / not active", None: "?"}
AWAY = "게이트웨이가 돌고 있지 않아 지금 값은 몰라요. / The gateway does not run: present values are not known."

Entry = dict[str, Any]


def run(options: argparse.Namespace) -> int:
    """Explain one rule, or list them all; 1 when the gateway does not let us look, 2 for a name that is no rule.

    Raises ConfigurationError.
    """
    config = load(Path(options.config))
    try:
        return _explain(options, config)
    except StorageFailed as refused:
        print(f"게이트웨이가 보여 주지 않아요. / The gateway does not let us look: {refused}", file=sys.stderr)
        return 1


def _explain(options: argparse.Namespace, config: EdgeConfig) -> int:
    if options.rule is None:
        found = _listed(config)
        lines = [f"{entry['rule']:24} {STATES[entry['active']]:28} {entry['when']}" for entry in found]
        empty = "규칙이 없어요. / There are no rules."
        print(json.dumps(found, ensure_ascii=False) if options.json else "\n".join(lines) or empty)
        return 0
    names = [rule.name for rule in config.all_rules]
    if options.rule not in names:
        near = get_close_matches(options.rule, names, 1) or names or ["-"]
        problem = f"{options.rule}: 그런 규칙이 없어요. / no such rule. {', '.join(near)}?"
        raise ConfigurationError([problem])
    entry = _explained(config, options.rule)
    print(json.dumps(entry, ensure_ascii=False) if options.json else "\n".join(_page(entry)))
    return 0


def _listed(config: EdgeConfig) -> list[Entry]:
    told = _ask(config, "rules")
    if told is not None:
        return list(told["rules"])
    return [{"rule": rule.name, "when": rule.when, "until": rule.until, "active": None} for rule in config.all_rules]


def _explained(config: EdgeConfig, name: str) -> Entry:
    told = _ask(config, f"rules/{name}")
    if told is not None:
        return dict(told)
    why = asdict(explain(Engine(config, PointTable.of(config)), config, name))
    return {"rule": name, "active": None, "why": why}


def _ask(config: EdgeConfig, path: str) -> Any:
    """Return what the gateway says, None while it does not run or has not this rule yet. Raises StorageFailed."""
    try:
        return Gateway(config).get(path)
    except urllib.error.HTTPError as refused:
        refused.close()
        if refused.code == 404:
            return None
        raise StorageFailed(f"{config.dashboard.url}: {refused.code} {refused.reason}") from refused
    except OSError:
        return None


def _page(entry: Entry) -> list[str]:
    lines = [f"{entry['rule']}: {STATES[entry['active']]}"]
    if entry["active"] is None:
        lines.append(AWAY)
    for name in ("when", "until"):
        part = entry["why"][name]
        if part is not None:
            lines += [f"{name}:", *_tree(part, 1)]
            if part["decides"] and part["decides"][0]["text"] != part["text"]:
                lines += ["  왜 / why:", *(f"    {_line(one)}" for one in part["decides"])]
    return [*lines, f"한 번에 계산하는 식 / evaluated at once with it: {entry['why']['bank']}"]


def _tree(part: Entry, depth: int) -> list[str]:
    below = [line for one in part["parts"] if one["parts"] or not _says_itself(one) for line in _tree(one, depth + 1)]
    return [f"{'  ' * depth}{_line(part)}", *below]


def _says_itself(part: Entry) -> bool:
    """Tell whether a part is a number or a duration: its value is what it says."""
    return part["unit"] is None and not isinstance(part["value"], bool) and not part["decides"]


def _line(part: Entry) -> str:
    if part["unit"] is None:
        value = TRUTHS[part["value"]]
    else:
        value = "모름 / unknown" if part["value"] is None else f"{part['value']:.6g} {part['unit']}"
    wait = part["ends_in_s"]
    return f"{part['text']}  →  {value}" + ("" if wait is None else f" ({wait:.1f} s)")
