"""`gongbang journal dead` and `redrive`: what publishers' other sides refused, and sending it again.

The daemon owns the journal: while one runs it is asked, by its own address; else the letters are marked in the file,
and go out when it starts.
"""

import argparse
import contextlib
import json
import os
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw

from gateway.commands.client import asked_by
from gateway.config.load import load
from gateway.errors import ConfigurationError
from gateway.journal import letters, rows
from gateway.journal.files import Files, lock
from gateway.journal.reader import JournalReader, open_reader

STREAMS = {"e": "일 / event", "s": "측정값 / samples"}


def dead(path: Path, options: argparse.Namespace) -> int:
    """List the dead letters; 0, also when there are none."""
    with open_reader(path) as reader:
        found = [_entry(reader, letter) for letter in letters.listed(reader.db, options.publisher)]
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for letter in found:
        mark = "↻" if letter["again"] else " "
        refused = datetime.fromtimestamp(letter["ts"] / 1e3).strftime("%Y-%m-%d %H:%M:%S")
        what = f"{letter['kind']} {letter['source']}" if letter["kind"] else STREAMS[letter["stream"]]
        print(f"{refused} {mark} {letter['publisher']:12} {letter['at']:16} {what}: {letter['reason']}")
    if not found:
        print("거절된 것이 없어요. / Nothing was refused.")
    return 0


def _entry(reader: JournalReader, letter: letters.Letter) -> dict[str, Any]:
    kind = source = None
    if letter.stream == "e":
        for raw in reader.db.execute(f"{rows.SELECT} WHERE id = ?", (letter.row,)):
            with contextlib.suppress(rows.Corrupted):
                row = rows.decode(raw, reader.epochs)
                kind, source = row.kind, row.source
    return {
        "publisher": letter.publisher,
        "stream": letter.stream,
        "at": reader.name(letter.row),
        "kind": kind,
        "source": source,
        "ts": letter.time_ns / 1e6,
        "reason": letter.reason,
        "again": letter.again,
    }


def redrive(path: Path, options: argparse.Namespace) -> int:
    """Have a publisher's dead letters sent again; 0 when they will be, 1 when the daemon does not let us, 2 for a name.

    Raises ConfigurationError, Refused and SinkAway.
    """
    if options.publisher is None:
        raise ConfigurationError(
            ["보내는 곳의 이름을 넣어 주세요. / Name the publisher: gongbang journal redrive broker"]
        )
    config = None if options.path else load(Path(options.config))
    known = [*(one.name for one in config.publish), *(one.name for one in config.actions)] if config else []
    if config and options.publisher not in known:
        names = ", ".join(known) or "-"
        problem = "publish와 actions에 없어요. / not under publish or actions, which have"
        raise ConfigurationError([f"{options.publisher}: {problem}: {names}"])
    number = _in_the_file(path, options.publisher)
    if number is None:
        with asked_by(options.user, config or load(Path(options.config))) as gateway:
            number = int(gateway.post(f"publishers/{options.publisher}/redrive")["rows"])
    if options.json:
        print(json.dumps({"publisher": options.publisher, "rows": number}))
    else:
        print(f"다시 보내요. / To be sent again: {number}")
    return 0


def _in_the_file(path: Path, publisher: str) -> int | None:
    """Mark the letters; None when a daemon owns the file. Raises FileNotFoundError."""
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        handle = lock(Files(path).lock)
    except ConfigurationError:
        return None
    try:
        with open_reader(path):  # it is a journal
            pass
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as db:
            db.execute("BEGIN IMMEDIATE")
            number = letters.ask_again(db, publisher)
            db.execute("COMMIT")
            return number
    finally:
        os.close(handle)
