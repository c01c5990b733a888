"""`gongbang center backup SHOP`: a shop's records as the file of a backup, which `gongbang restore` takes."""

import argparse
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from center.config import Config
from center.copy import answer
from center.schema import BY_HAND
from center.writer import DAY_MS

WELL, FAILED, USAGE = 0, 1, 2
WORDS: Final = "gongbang center backup 이름표/게이트웨이 / WORKSHOP/GATEWAY -o FILE (changsin-017/gw_1)"


def backup(config: Config, options: argparse.Namespace) -> int:
    """Check the center's copy and write it; 1 when it differs from what the gateway said, or cannot be written."""
    action, shop = [*options.words, "", ""][:2]
    workshop, _, gateway = shop.partition("/")
    to = Path(options.output)
    if action != "backup" or not gateway or len(options.words) > 2:
        print(f"잘못 썼어요. / Wrong usage.\n→ {WORDS}", file=sys.stderr)
        return USAGE
    if not (to if to.is_dir() else to.parent).is_dir():
        print(f"{to}: 폴더가 없어요. / there is no such folder.", file=sys.stderr)
        return USAGE
    asked = {"center": config.path, "workshop": workshop, "gateway": gateway, "journal": options.journal}
    asked["name"] = BY_HAND
    checked = answer(asked)
    since_ms = int(time.time() * 1e3 - options.samples_d * DAY_MS)
    folder = to if to.is_dir() else to.parent
    written = checked if "trouble" in checked else answer(asked | {"folder": str(folder), "since_ms": since_ms})
    if "trouble" in written:
        print(f"✗ {written['trouble']}", file=sys.stderr)
        return FAILED
    if not to.is_dir():
        written["file"] = str(Path(written["file"]).replace(to))
    told = {
        "file": written["file"],
        "check": checked,
        "others": written["others"],
        "last_ms": written["manifest"]["last_ms"],
    }
    print(json.dumps(told, ensure_ascii=False) if options.json else _said(written, checked))
    return WELL if checked.get("ok", True) else FAILED


def _said(written: dict[str, Any], checked: dict[str, Any]) -> str:
    made = written["manifest"]
    lines = [
        f"✓ {written['file']} ({written['size_bytes'] / 1e6:.1f} MB)",
        f"  {_time(made['last_ms'])}까지 {made['events']}건 / {made['events']} events, the last at that time",
        *_verdict(checked),
        "△ 사람 이름과 설정은 센터에 없어요. 이름은 다시 적고, 설정은 공방의 것을 쓰세요. / "
        "Names of people and the configuration are not at the center: enter names again, keep the shop's own settings.",
    ]
    if written["others"]:
        lines.append(f"  다른 카드의 기록 / journals of other cards: --journal {', '.join(written['others'])}")
    return "\n".join([*lines, "→ sudo gongbang restore FILE"])


def _verdict(checked: dict[str, Any]) -> list[str]:
    if checked["witness_ms"] is None:
        return ["  공방이 합계를 아직 보내지 않아 맞춰 보지 못했어요. / Not compared: the shop has sent no sums yet."]
    when = _time(checked["witness_ms"])
    if checked["ok"]:
        return [f"✓ 되살려 보니 {when}의 공방 기록과 같아요. / Restored for a test: it is the shop's journal of then."]
    return [
        f"✗ {when}의 공방 기록과 달라요. / It differs from the shop's journal of then.",
        *(f"    {name}" for name in checked["said"]),
    ]


def _time(ms: int | None) -> str:
    return datetime.fromtimestamp(ms / 1e3).strftime("%Y-%m-%d %H:%M") if ms else "-"
