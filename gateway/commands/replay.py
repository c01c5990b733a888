"""`gongbang replay`: a recorded day through the rules, to see what they would have said."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.commands.export import moment
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.errors import StorageFailed
from gateway.event import Event
from gateway.journal.export import Export
from gateway.journal.reader import open_reader
from gateway.replay.piece import Piece
from gateway.replay.recording import of_file, of_journal
from gateway.replay.replay import Replay
from gateway.replay.table import Troubles

DAY = timedelta(days=1)
NS = 1_000_000_000


def run(options: argparse.Namespace) -> int:
    """Print what happens, line by line, and the sums at the end; 1 when there was nothing to replay.

    Raises ConfigurationError.
    """
    config = load(Path(options.config))
    try:
        return _replay(options, config)
    except FileNotFoundError:
        print(f"{config.journal.path}: 기록이 아직 없어요. / there is no journal yet.", file=sys.stderr)
    except StorageFailed as failed:
        print(f"기록을 읽지 못했어요. / The journal cannot be read: {failed}", file=sys.stderr)
    return 1


def _replay(options: argparse.Namespace, config: EdgeConfig) -> int:
    zone, troubles = ZoneInfo(config.workshop.timezone), Troubles()
    replay, told = Replay(config), Counter[tuple[str, str]]()
    with ExitStack() as stack:
        pieces = _pieces(options, config, replay, zone, troubles, stack)
        for event in replay.run(pieces, streamed=not options.file):
            if options.kind and event.kind not in options.kind:
                continue
            told[event.kind, event.source] += event.kind != "alarm" or event.body["action"] == "raise"
            print(_line(event, zone, options.json), flush=False)
    _sums(replay, told, troubles)
    return int(not replay.rows)


def _pieces(
    options: argparse.Namespace,
    config: EdgeConfig,
    replay: Replay,
    zone: tzinfo,
    troubles: Troubles,
    stack: ExitStack,
) -> Iterator[Piece]:
    """Return the rows of the files, or of the journal: its last day unless told."""
    table = replay.engine.table
    begin, end = moment(options.from_, zone) or 0, moment(options.to, zone, until=True) or 1 << 62
    if options.file:
        pieces = (piece for file in options.file for piece in of_file(Path(file), table, zone, troubles))
        return (piece for whole in pieces if len((piece := _within(whole, begin, end)).time_ns))
    if not options.from_:
        begin = round((datetime.now(zone) - DAY).timestamp()) * NS
    reader = stack.enter_context(open_reader(Path(config.journal.path)))
    return of_journal(Export(reader, zone, begin, end), table)


def _within(piece: Piece, begin: int, end: int) -> Piece:
    return piece[int(piece.time_ns.searchsorted(begin)) : int(piece.time_ns.searchsorted(end))]


def _line(event: Event, zone: tzinfo, as_json: bool) -> str:
    when = datetime.fromtimestamp(event.mono_ns / 1e9, zone)
    if as_json:
        head = {"ts": event.mono_ns / 1e6, "kind": event.kind, "source": event.source}
        return json.dumps(head | event.body, ensure_ascii=False)
    return f"{when:%Y-%m-%d %H:%M:%S}  {event.kind:6} {event.source:24} {_what(event.kind, event.body)}"


def _what(kind: str, body: dict[str, Any]) -> str:
    if kind == "alarm":
        value = "" if body.get("value") is None else f"{body['value']:.6g} {body['unit']}  "
        said = " / ".join(dict.fromkeys(body["message"].values())) if body["action"] == "raise" else ""
        return f"{body['action']:6} {value}{said}".rstrip()
    if kind == "state":
        return f"{body['before']} → {body['state']}"
    if kind == "count":
        return f"+{body['delta']} = {body['total']}"
    return json.dumps(body, ensure_ascii=False)


def _sums(replay: Replay, told: Counter[tuple[str, str]], troubles: Troubles) -> None:
    """Say at the end, beside the events, what came of which rows."""
    entries = replay.engine.table.devices
    for device, rows in sorted(replay.rows.items()):
        print(f"{entries[device].name}: {rows} 줄 / rows", file=sys.stderr)
    for (kind, source), times in sorted(told.items()):
        print(f"{kind} {source}: {times}번 / times", file=sys.stderr)
    if replay.late:
        print(f"늦거나 겹쳐서 뺀 줄 / rows late or twice, left out: {replay.late}", file=sys.stderr)
    for trouble in troubles.told:
        print(trouble, file=sys.stderr)
    if troubles.count > len(troubles.told):
        print(f"… {troubles.count - len(troubles.told)}", file=sys.stderr)
    if not replay.rows:
        print("다시 돌릴 줄이 없어요. / There are no rows to replay.", file=sys.stderr)
