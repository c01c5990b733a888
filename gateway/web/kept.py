"""A small private JSON file beside the journal, as accounts and keys are kept: whole after a power cut."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger("gongbang")


def read(path: Path, whole: Callable[[Any], bool], todo: str) -> Any:
    """Return what a file holds, or None. A damaged one is set aside, and `todo` said: it must not keep the readings
    from us."""
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        if not whole(found):
            raise ValueError("something in it is not known")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        aside = path.with_name(path.name + ".damaged")
        path.replace(aside)
        log.warning("%s is damaged (%s): it is set aside as %s, %s", path, error, aside, todo)
        return None
    return found


def write(path: Path, tree: Any) -> None:
    """Write beside, sync, rename, sync the folder: a power cut leaves the old file or the new one."""
    beside = path.with_suffix(".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(tree, indent=1, ensure_ascii=False))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
