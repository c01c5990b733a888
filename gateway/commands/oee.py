"""`gongbang oee`: OEE of the machines over any time, from the journal alone, also while the daemon runs."""

import argparse
import json
import sys
import time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gateway.commands.export import moment
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError, StorageFailed
from gateway.journal.figures import answer
from gateway.workday import Workday

Entry = dict[str, Any]
NAMES = {
    "availability": "가동률 / availability",
    "effectiveness": "성능 / effectiveness",
    "quality": "양품률 / quality",
}
UNKNOWN = "모름 / not known"


def run(options: argparse.Namespace) -> int:
    """Print the figures; 0, or 1 when the journal cannot be read. Raises ConfigurationError."""
    config = load(Path(options.config))
    try:
        found = answer(_question(config, options))
    except FileNotFoundError:
        path = config.journal.path
        raise ConfigurationError([f"{path}: 기록이 없어요. / no journal here; `gongbang run` makes one."]) from None
    except StorageFailed as failed:
        print(f"기록을 읽을 수 없어요. / The journal cannot be read. {failed}", file=sys.stderr)
        return 1
    print(json.dumps(found, ensure_ascii=False) if options.json else "\n\n".join(map(_page, found)) or "-")
    return 0


def _question(config: EdgeConfig, options: argparse.Namespace) -> Entry:
    workday, now_ns = Workday.of(config.workshop, config.shifts), time.time_ns()
    stop_ns = min(now_ns, moment(options.to, workday.zone, until=True) or now_ns)
    start_ns = moment(options.from_, workday.zone)
    span = (workday.midnight_ns(stop_ns) if start_ns is None else start_ns, stop_ns)
    if span[0] >= span[1]:
        raise ConfigurationError(["--from이 --to보다 앞이어야 해요. / --from must be before --to, and in the past."])
    machines = [
        one.model_dump(include={"name", "station", "ideal_cycle_s", "micro_stop_s"})
        for one in config.machines
        if options.machine in (None, one.name)
    ]
    if options.machine is not None and not machines:
        names = [one.name for one in config.machines]
        near = get_close_matches(options.machine, names, 1) or names or ["-"]
        problem = f"{options.machine}: 그런 기계가 없어요. / no such machine. {', '.join(near)}?"
        raise ConfigurationError([problem])
    return {"journal": config.journal.path, "span": span, "planned": workday.planned(span), "machines": machines}


def _page(entry: Entry) -> str:
    """Return the figures of one machine as people read them."""
    oee, pieces, stops = entry["oee"], entry["pieces"], entry["stops"]
    lines = [entry["machine"], _line("설비종합효율 / OEE", oee["oee"], "")]
    for name, label in NAMES.items():
        one = oee[name] or {"value": None, "numerator": None}
        parts = "" if one["numerator"] is None else f"{one['numerator']:g} / {one['denominator']:g}"
        lines.append(_line(label, one["value"], parts))
    lines.append(_line("자료가 덮는 시간 / covered", oee["availability"]["coverage"], f"{entry['planned_s']:.0f} s"))
    made = f"{pieces['produced']:g}, 계획 밖 / outside the plan {pieces['outside_plan']:g}"
    lines.append(f"  {'만든 수 / pieces':<28} {made}")
    stood = f"{stops['micro']} ({stops['micro_s']:.0f} s), 긴 것 / long {stops['long']} ({stops['long_s']:.0f} s)"
    lines.append(f"  {'순간 정지 / micro-stops':<28} {stood}")
    return "\n".join(lines)


def _line(label: str, value: float | None, parts: str) -> str:
    shown = UNKNOWN if value is None else f"{100 * value:.1f} %"
    return f"  {label:<28} {shown:<18} {parts}".rstrip()
