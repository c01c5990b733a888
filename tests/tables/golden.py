"""What is read from a file, in the shape of the cases' `expected.json`."""

from typing import Any

from gateway.tables import file, records
from gateway.tables.problem import Problem, Unreadable


def read(data: bytes) -> Any:
    """Return all that is found in a file: tables, what is wrong with them, what was passed over."""
    try:
        return [_table(records.read(grid)) for grid in file.grids(data)]
    except Unreadable as error:
        return error.text


def _table(found: records.Table | Problem) -> Any:
    if isinstance(found, Problem):
        return found.entry()
    return {
        "sheet": found.sheet,
        "kind": found.kind,
        "records": [
            {"row": one.row} | {name: records.written(value) for name, value in one.values.items()}
            for one in found.records
        ],
        "problems": [[one.cell, one.found, one.text["ko"], one.text["en"]] for one in found.problems],
        "skipped": [[one.cell, one.found, one.text["ko"]] for one in found.skipped],
    }
