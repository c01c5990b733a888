"""`gongbang import`: a list from a spreadsheet, shown first, then taken by the gateway that runs."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gateway.commands.client import Gateway, asked_by
from gateway.config.load import load
from gateway.errors import ConfigurationError, Refused, SinkAway
from gateway.tables.grid import MOST_BYTES
from gateway.tables.layout import LAYOUTS

ANSWER_S = 180.0
SHOWN = 30  # problems on the screen
Plan = dict[str, Any]


def run(options: argparse.Namespace) -> int:
    """Show what a file would change, ask, and take it. 1 when it was not taken. Raises ConfigurationError."""
    config, data = load(Path(options.config)), _read(Path(options.file))
    query = {"kind": options.kind, "bundle_of": options.bundle_of}
    try:
        with asked_by(options.user, config, ANSWER_S) as gateway:
            seen = _sent(gateway, data, query)
            if options.json and not options.yes:
                print(json.dumps(seen, ensure_ascii=False))
                return int(bool(seen["problems"]))
            if not options.json:
                _show(seen)
            if not _wanted(seen, options):
                return 1
            done = _sent(gateway, data, query | {"plan": seen["plan"], "good_rows": options.good_rows or None})
    except (Refused, SinkAway) as why:
        print(why, file=sys.stderr)
        return 1
    print(json.dumps(done, ensure_ascii=False) if options.json else f"넣었어요. / Done: {len(done['events'])} events")
    return 0


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigurationError([f"{path}: {MOST_BYTES >> 20} MB보다 커요. 나눠 주세요. / too large: split it."])
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError([f"{path}: 읽을 수 없어요. / cannot be read: {error.strerror}"]) from None


def _sent(gateway: Gateway, data: bytes, query: Mapping[str, Any]) -> Plan:
    """Send the file; raises as `Gateway.post` does."""
    asked = urlencode({name: str(value).lower() for name, value in query.items() if value is not None})
    found: Plan = gateway.send(f"work/import?{asked}", data)
    return found


def _show(seen: Plan) -> None:
    """Print what would become of each list, what is wrong, and what is passed over."""
    for kind, count in seen["counts"].items():
        layout = LAYOUTS[kind]
        told = f"새것 / new {count['new']}, 바뀜 / changed {count['changed']}, 같음 / same {count['same']}"
        print(f"{layout.ko} / {layout.en}: {told}")
    if seen["bundles"]:
        print(f"묶음 / bundles: {seen['bundles']}")
    for name, ko, en in (("problems", "틀린 곳", "wrong"), ("skipped", "뺀 것", "left out")):
        if seen[name]:
            print(f"{ko} / {en}: {len(seen[name])}")
            print("\n".join(map(_line, seen[name][:SHOWN])))
            if (more := len(seen[name]) - SHOWN) > 0:
                print(f"  ... {more}")
    if seen["untold"]:
        print(f"말하지 않은 곳 / not told: {seen['untold']}")


def _line(problem: Plan) -> str:
    where = "!".join(filter(None, (problem["sheet"], problem["cell"])))
    found = f"「{problem['found']}」 " if problem["found"] is not None else ""
    return f"  {where}: {found}{problem['text']['ko']} / {problem['text']['en']}"


def _wanted(seen: Plan, options: argparse.Namespace) -> bool:
    if seen["problems"] and not options.good_rows:
        print("고쳐서 다시 넣어 주세요. 틀린 줄을 빼고 넣으려면 --good-rows. / Mend it, or leave those rows out.")
        return False
    if not any(count["new"] or count["changed"] for count in seen["counts"].values()):
        print("바뀌는 것이 없어요. / Nothing would change.", file=sys.stderr if options.json else sys.stdout)
        return False
    if options.yes:
        return True
    if not sys.stdin.isatty():
        print("물어볼 사람이 없어요. 넣으려면 --yes. / Nobody is here to be asked: --yes takes it.", file=sys.stderr)
        return False
    return input("넣을까요? / Take it? [y/N] ").strip().lower() in ("y", "yes", "예", "네")
