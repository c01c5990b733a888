"""The process that reads a foreign file and plans what it would change. It may not take more than a file needs."""

import resource
from base64 import b64decode
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from gateway.apart import reply
from gateway.journal.reader import open_reader
from gateway.tables import file, records
from gateway.tables.plan import Plan, plan
from gateway.tables.present import look
from gateway.tables.problem import Problem, Unreadable
from gateway.tables.records import MOST_TOLD, Table

MOST_MEMORY_BYTES: Final = 1 << 30
MOST_CPU_S: Final = 120


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return the plan for a file (`data`, base64), or why it is none.

    `kind`: the list that it is, None to find out; `journal`: the file of the shop's journal; `base`: `work` of its
    configuration; `bundle_of`: see `plan`.
    """
    try:
        grids = file.grids(b64decode(question["data"]))
    except Unreadable as why:
        return {"unreadable": why.text}
    except (MemoryError, RecursionError):
        return {"unreadable": _TOO_MUCH}
    found = [records.read(grid, question.get("kind")) for grid in grids]
    tables = [one for one in found if isinstance(one, Table)]
    others = [one for one in found if isinstance(one, Problem)]
    with open_reader(Path(question["journal"])) as reader:
        made = plan(tables, look(reader.db, question["base"]), question.get("bundle_of"))
    made.skipped += others if tables else []  # a sheet of notes beside a list
    made.problems += [] if tables else others
    return entry(made)


def entry(made: Plan) -> dict[str, Any]:
    """Return a plan as JSON."""
    return {
        "plan": made.digest,
        "counts": {kind: asdict(count) for kind, count in made.counts.items()},
        "bundles": made.bundles,
        "changes": made.changes,
        "problems": [one.entry() for one in made.problems[:MOST_TOLD]],
        "skipped": [one.entry() for one in made.skipped[:MOST_TOLD]],
        "untold": max(0, len(made.problems) - MOST_TOLD) + max(0, len(made.skipped) - MOST_TOLD),
        "units": made.units,
        "people": [tuple(one) for one in made.people],
    }


_TOO_MUCH: Final = {
    "ko": "파일이 너무 커서 읽지 못했어요. 필요한 표만 새 파일에 복사해 주세요.",
    "en": "The file is too much to be read: copy the table that is needed into a new file.",
}

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    reply(answer)
