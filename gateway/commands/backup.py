"""`gongbang backup`: the copies of the journal off the card, another one now, and whether one can be restored."""

import argparse
import json
import sys
import tempfile
import time
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import Any

import apsw

from gateway.backup import copies, seal
from gateway.backup.task import Task
from gateway.backup.trouble import ADVICE
from gateway.backup.verify import verify
from gateway.backup.work import answer
from gateway.commands.client import Gateway, asked_by
from gateway.config.backup import Backup
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError, Refused, SinkAway
from gateway.identity import gateway_id

LOOK_S = 0.5
Entry = dict[str, Any]


def run(options: argparse.Namespace) -> int:
    """List, make or verify copies; 0 when well, 1 when a copy was not made or is no whole one, 2 for a wrong name."""
    if options.verify is not None:
        return _verify(options)
    config = load(Path(options.config))
    known = [one for one in config.backup if one.enabled and options.name in (None, one.name)]
    if not known:
        names = ", ".join(one.name for one in config.backup if one.enabled) or "-"
        problem = "설정의 backup에 없어요. / not under backup in the configuration, which has"
        raise ConfigurationError([f"{options.name or options.config}: {problem}: {names}"])
    try:
        entries = _asked(options, config, known)
    except SinkAway:  # no daemon runs: the journal stands still
        entries = [_made(one, config, Path(options.config)) if options.now else _seen(one) for one in known]
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(entries, ensure_ascii=False))
    else:
        print("\n".join(map(_line, entries)))
    return int(any(entry["trouble"] for entry in entries))


def _asked(options: argparse.Namespace, config: EdgeConfig, known: list[Backup]) -> list[Entry]:
    """Ask the daemon; wait for copies that were asked for, one after the other."""
    with asked_by(options.user, config) as gateway:
        for one in known if options.now else ():
            before = _entry(gateway, one)
            gateway.post(f"backups/{one.name}/run")
            while _same(before, now := _entry(gateway, one)) or now["running"]:
                time.sleep(LOOK_S)
        return [_entry(gateway, one) for one in known]


def _entry(gateway: Gateway, one: Backup) -> Entry:
    entries: list[Entry] = gateway.get("backups")["backups"]
    return next(entry for entry in entries if entry["name"] == one.name)


def _same(before: Entry, now: Entry) -> bool:
    """Return whether nothing came of it yet."""
    return bool(before["last_copy_ts"] == now["last_copy_ts"] and before["failed"] == now["failed"])


def _made(one: Backup, config: EdgeConfig, path: Path) -> Entry:
    shop, gateway = config.workshop, gateway_id(config.gateway.id)
    task = Task(Path(config.journal.path), path, shop.id, gateway, shop.timezone, one, time.time_ns())
    if not task.journal.exists():
        raise ConfigurationError([f"{task.journal}: 기록이 없어요. / there is no journal."])
    return _told(one, answer(task.question()))


def _seen(one: Backup) -> Entry:
    """Return what a backup's entry is where nothing is asked of it."""
    return _told(one, {"trouble": "", "said": ""})


def _told(one: Backup, made: Entry) -> Entry:
    found = {"name": one.name, "to": one.to, "said": made["said"], "trouble": made["trouble"], "last": made}
    return found | {"advice": ADVICE.get(made["trouble"]), "last_copy_ts": made.get("made_ms")}


def _line(entry: Entry) -> str:
    last, advice = entry["last"], entry["advice"]
    mark = "△" if entry["trouble"] else "✓" if last.get("verified") else " "
    when = _time(entry["last_copy_ts"]) if entry["last_copy_ts"] else "- "
    file = f"{last['file']} ({last['size_bytes'] / 1e6:.1f} MB)" if "file" in last else ""
    said = f": {entry['said']}" if entry["said"] else ""
    mend = f"\n    → {advice['ko']} / {advice['en']}" if advice else ""
    return f"{mark} {entry['name']:12} {when} {file}{said}{mend}"


def _verify(options: argparse.Namespace) -> int:
    """Restore a copy for a test, beside everything else."""
    file = found(Path(options.verify))
    try:
        with tempfile.TemporaryDirectory(prefix="gongbang-") as folder:
            restored = verify(file, Path(folder) / "journal.db", passphrase(file, options.key_file))
    except (seal.NotOpened, OSError, apsw.Error) as error:
        return _no_copy(file, str(error), options.json)
    made = restored.manifest
    if options.json:
        told = {"file": str(file), "ok": restored.well, "damaged": restored.damaged, "ledger": restored.ledger}
        print(json.dumps(told | {"manifest": json.loads(made.dumps())}, ensure_ascii=False))
        return int(not restored.well)
    print(f"{file}\n{made.workshop} {made.gateway}  {made.last}  {_time(made.made_ms)}")
    print(f"일 / events {made.events}, 측정값 / sample blocks {made.blocks}")
    for name in (*restored.damaged, *restored.ledger):
        print(f"  ✗ {name}")
    whole = "✓ 되살려 보니 온전해요. / Restored for a test: it is whole."
    print(
        whole if restored.well else "△ 읽히지만 복사할 때 이미 상해 있었어요. / It reads; it was damaged when copied."
    )
    return int(not restored.well)


def _no_copy(file: Path, why: str, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"file": str(file), "ok": False, "why": why}))
    else:
        print(f"✗ {file}: 쓸 수 없는 백업이에요. / This is no whole copy. {why}", file=sys.stderr)
    return 1


def found(path: Path) -> Path:
    """Return a copy's file: of a folder the newest. Raises ConfigurationError."""
    try:
        file = copies.newest(path) if path.is_dir() else path
    except ValueError as several:
        problem = "여러 공방의 백업이 있어요. 파일을 골라 주세요. / copies of several gateways; name the file"
        raise ConfigurationError([f"{path}: {problem}: {several}"]) from None
    if file is None or not file.is_file():
        raise ConfigurationError([f"{path}: 백업이 없어요. / there is no copy here."])
    return file


def passphrase(file: Path, key_file: str | None) -> bytes | None:
    """Return the passphrase of a sealed copy: from a file, or whoever sits there. Raises NotOpened, OSError."""
    with file.open("rb") as opened:
        if not seal.is_sealed(opened):
            return None
    if key_file is not None:
        return seal.read_key(Path(key_file))
    return seal.checked(getpass("백업의 암호 / the copy's passphrase: ").encode())


def _time(ms: float) -> str:
    return datetime.fromtimestamp(ms / 1e3).strftime("%Y-%m-%d %H:%M:%S")
