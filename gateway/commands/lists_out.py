"""`gongbang export`: lists and listings of the ledger into a new file, from the journal, also without the daemon."""

import argparse
import sys
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import apsw

from gateway.commands.export import moment
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError, StorageFailed
from gateway.tables import export, listing
from gateway.tables.share import NoConsent

FORMATS = {".csv": "csv", ".xlsx": "xlsx", ".zip": "zip"}


def run(options: argparse.Namespace) -> int:
    """Write the file; 1 when it cannot be written as asked. Raises ConfigurationError."""
    config, path = load(Path(options.config)), Path(options.output)
    question = _question(config, options, _format(path, options))
    try:
        if options.cp949 and not options.lossy and (told := export.unsayable(question)).cells:
            cells = ", ".join(f"{cell} 「{text}」" for cell, text in told.first)
            print(
                f"CP949로 적을 수 없는 칸 / cells that CP949 cannot say: {told.cells}: {cells}\n"
                "→ --lossy, 또는 --cp949 없이 / or without --cp949",
                file=sys.stderr,
            )
            return 1
        with _new(path) as file:
            export.made(question, file)
    except FileNotFoundError:
        problem = f"{config.journal.path}: 기록이 없어요. / no journal here; `gongbang run` makes one."
        raise ConfigurationError([problem]) from None
    except NoConsent as why:
        path.unlink()
        print(why, file=sys.stderr)
        return 1
    except (StorageFailed, apsw.Error) as failed:
        print(f"기록을 읽을 수 없어요. / The journal cannot be read. {failed}", file=sys.stderr)
        return 1
    return 0


def _format(path: Path, options: argparse.Namespace) -> str:
    found = FORMATS.get(path.suffix.lower())
    wanted = {"share": ("zip",), "all": ("xlsx",)}.get(options.what, ("csv", "xlsx"))
    if found is None or found not in wanted:
        ends = ", ".join(f".{end}" for end in wanted)
        raise ConfigurationError([f"{path}: 파일 이름은 {ends}로 끝나야 해요. / its name must end in {ends}."])
    return found


def _question(config: EdgeConfig, options: argparse.Namespace, format_: str) -> dict[str, Any]:
    zone = ZoneInfo(config.workshop.timezone)
    since, to = moment(options.from_, zone), moment(options.to, zone, until=True)
    return {
        "what": options.what,
        "format": format_,
        "encoding": "cp949" if options.cp949 else "utf-8",
        "from_ns": since or 0,
        "to_ns": listing.END_NS if to is None else to,
        "journal": config.journal.path,
        "base": config.work.model_dump(mode="json"),
        "zone": config.workshop.timezone,
        "workshop": config.workshop.model_dump(include={"id", "trade", "cluster"}),
    }


def _new(path: Path) -> BinaryIO:
    """Open a new file that nobody else may read: there are names in it. None is written over."""
    try:
        file = path.open("xb")
        path.chmod(0o600)
    except OSError as error:
        raise ConfigurationError([f"{path}: 쓸 수 없어요. / cannot be written: {error.strerror}"]) from None
    return file
