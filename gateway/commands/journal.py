"""`gongbang journal`: look into the journal's file, also while the daemon runs, and check every row of it."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw

from gateway.commands import export, letters
from gateway.config.load import load
from gateway.errors import ConfigurationError, Refused, SinkAway, StorageFailed
from gateway.event import Row
from gateway.journal.reader import open_reader
from gateway.journal.rows import written
from gateway.journal.verify import verify
from gateway.tables.problem import steady

STREAMS = {"e": "일 / events", "s": "측정값 / samples"}


def run(options: argparse.Namespace) -> int:
    """Do what is asked; 0 when well, 1 when a row is damaged or missing or nothing can be read, 2 without a file."""
    actions: dict[str, Callable[[Path, argparse.Namespace], int]] = {
        "stats": _stats,
        "tail": _tail,
        "verify": _verify,
        "export": export.run,
        "dead": letters.dead,
        "redrive": letters.redrive,
    }
    path = Path(options.path or load(Path(options.config)).journal.path)
    try:
        return actions[options.action](path, options)
    except FileNotFoundError:
        problem = (
            f"{path}: 기록이 없어요. 게이트웨이를 한 번 돌리면 생겨요. / no journal here; `gongbang run` makes one."
        )
        raise ConfigurationError([problem]) from None
    except (StorageFailed, Refused, SinkAway, apsw.Error) as failed:
        print(f"기록을 읽을 수 없어요. / The journal cannot be read. {failed}", file=sys.stderr)
        return 1


def _stats(path: Path, options: argparse.Namespace) -> int:
    with open_reader(path) as reader:
        stats = reader.stats()
    if options.json:
        print(json.dumps(asdict(stats), ensure_ascii=False))
        return 0
    print(f"파일 / file             {path}  {stats.used_bytes / 1e6:.1f} MB ({stats.file_bytes / 1e6:.1f} MB)")
    print(f"시작 / starts           {stats.starts}")
    print(f"일 / events             {stats.events}: {', '.join(f'{k} {n}' for k, n in stats.kinds.items())}")
    print(f"측정값 / sample blocks  {stats.blocks}")
    if stats.first_time_ns and stats.last_time_ns:
        print(f"기간 / from, to         {_time(stats.first_time_ns)} - {_time(stats.last_time_ns)}")
    print(f"시계 대기 / unsynced    {stats.waiting}")
    for name, behind in stats.cursors.items():
        publisher, _, stream = name.rpartition("/")
        print(f"보낼 것 / to be sent    {behind}  ({publisher}: {STREAMS[stream]})")
    print(f"거절됨 / refused        {stats.dead_letters}")
    print(f"빈 곳 / gaps            {stats.gaps}")
    return 0


def _tail(path: Path, options: argparse.Namespace) -> int:
    with open_reader(path) as reader:
        rows = reader.tail(options.limit, [options.kind] if options.kind else None)
    if options.json:
        print(json.dumps([_entry(row) for row in rows], ensure_ascii=False))
        return 0
    for row in rows:
        mark = " " if row.clock == "synced" else "?"
        print(f"{_time(row.time_ns)}{mark} {row.kind:12} {row.source:20} {steady(_short(row.kind, row.body))}")
    return 0


def _entry(row: Row) -> dict[str, Any]:
    return {
        "at": written(row.position),
        "ts": row.time_ns / 1e6,
        "clock": row.clock,
        "kind": row.kind,
        "source": row.source,
        "body": row.body,
    }


def _short(kind: str, body: dict[str, Any]) -> str:
    """Return what is in an event on one line, as a person asks for it; `--json` shows all of it."""
    match kind, body:
        case "state", {"before": before, "state": state, "after_s": float() | int() as after_s}:
            return f"{before} ({after_s:.0f} s) → {state}"
        case "count", {"delta": delta, "total": total}:
            return f"+{delta} = {total}"
        case "scan", {"raw": raw, "answer_text": {"ko": ko, "en": en}}:
            return f"{raw}  {ko} / {en}"
        case "alarm", {"action": action, "message": {"ko": ko, "en": en}}:
            value = "" if body.get("value") is None else f" {body['value']:.4g} {body.get('unit', '')}".rstrip()
            return f"{action}{value}  {ko} / {en}{' · ' + body['by'] if body.get('by') else ''}"
        case "schema", {"version": version, "window_s": window_s, "fields": fields}:
            return f"v{version}, {window_s:g} s: {_cut(', '.join(fields))}"
    return json.dumps(
        {key: value for key, value in body.items() if value not in (None, "", [], {})}, ensure_ascii=False
    )


def _cut(text: str, most: int = 100) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _time(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9).strftime("%Y-%m-%d %H:%M:%S")


def _verify(path: Path, options: argparse.Namespace) -> int:
    report = verify(path)
    if options.json:
        print(json.dumps({"ok": report.well, **asdict(report)}, ensure_ascii=False))
        return int(not report.well)
    print(f"일 / events {report.events}, 측정값 / sample blocks {report.blocks}")
    print(f"깨짐 / damaged {report.damaged}, 끝에서 사라짐 / lost at the end {report.lost}")
    print(f"없는 번호 / missing numbers {report.missing}, 그중 알린 것 / of them told {report.told}")
    for name in report.names:
        print(f"  ✗ {name}")
    if report.well:
        print("✓ 온전해요. / All is as it was written.")
    else:
        print(
            "→ 파일을 복사해 둔 뒤 게이트웨이를 다시 켜 주세요. 온전한 것은 모두 남아요. / "
            "Copy the file, then start the gateway again: all that is whole stays."
        )
    return int(not report.well)
