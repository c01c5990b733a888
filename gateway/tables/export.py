"""The process that writes a table: a question (JSON) on standard input, the file on standard output as it is made."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

import orjson

from gateway.journal.reader import JournalReader, open_reader
from gateway.tables import listing, share, write
from gateway.tables.present import look
from gateway.tables.write import Sheet, Told

LEDGER: Final = {"lines": listing.lines, "scans": listing.scans}
WHAT: Final = (*listing.MASTERS, *LEDGER)
Question = dict[str, Any]


def sheets(question: Question, reader: JournalReader) -> list[Sheet]:
    """Return what is asked for: `what` a list, a listing of the ledger, or `all` masters."""
    what = question["what"]
    if what in LEDGER:
        return [LEDGER[what](reader, ZoneInfo(question["zone"]), (question["from_ns"], question["to_ns"]))]
    at = look(reader.db, question["base"])
    return listing.all_masters(at) if what == "all" else [listing.masters(what, at)]


def made(question: Question, out: BinaryIO) -> None:
    """Write the file. `format` csv or xlsx, `encoding` of CSV."""
    with open_reader(Path(question["journal"])) as reader:
        if question["what"] == "share":
            share.made(question, reader, out)
            return
        if question["format"] == "csv":
            (sheet,) = sheets(question, reader)
            out.writelines(write.csv_lines(sheet, question["encoding"]))
            return
        with TemporaryDirectory() as folder:  # a workbook is whole when its end is written
            path = Path(folder) / "table.xlsx"
            write.xlsx(path, sheets(question, reader))
            with path.open("rb") as file:
                shutil.copyfileobj(file, out)


def unsayable(question: Question) -> Told:
    """Return which cells CP949 cannot say."""
    told = Told()
    with open_reader(Path(question["journal"])) as reader:
        for sheet in sheets(question, reader):
            for _ in write.csv_lines(sheet, "cp949", told):
                pass
    return told


def main() -> None:
    """Answer one question."""
    question = orjson.loads(sys.stdin.buffer.read())
    if question.get("look"):
        told = unsayable(question)
        sys.stdout.buffer.write(orjson.dumps({"cells": told.cells, "first": told.first}))
    else:
        made(question, sys.stdout.buffer)


if __name__ == "__main__":
    main()
