"""Reports as files, made in a process of their own: `gateway.apart.ask("gateway.reports.making", ...)`."""

from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from gateway.apart import reply
from gateway.config.work import Work
from gateway.journal.period import gaps
from gateway.journal.reader import JournalReader
from gateway.pay import book
from gateway.pay.terms import Terms
from gateway.reports import days, slips
from gateway.reports.document import Document
from gateway.reports.figures import figures
from gateway.reports.plan import Plan
from gateway.reports.plan import names as names_of
from gateway.reports.words import Words
from gateway.tables.write import Sheet, csv_lines, xlsx
from gateway.work.reading import ledger_of

Question = dict[str, Any]
MEDIA: Final = {
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def answer(asked: Question) -> dict[str, str]:
    """Return a file's name, its media type and its bytes (base64). KeyError for a shift that is not on that day."""
    with ledger_of(Path(asked["journal"])) as reader:
        document = _document(reader, asked)
    return filed(document, asked["format"])


def filed(document: Document, kind: str) -> dict[str, str]:
    """Return a document as a file of a kind, as `answer` does."""
    data = FORMATS[kind](document)
    return {"name": f"{document.name}.{kind}", "media": MEDIA[kind], "data": b64encode(data).decode()}


def _document(reader: JournalReader, asked: Question) -> Document:
    terms, work = Terms.told(asked), Work(**asked["work"])
    words = Words(asked["language"], work.unit)
    first, last, now_ns = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"]), asked["now_ns"]
    plan = Plan.now(terms, work, reader.db, now_ns)
    names = names_of(reader.db, work)
    made_at = datetime.fromtimestamp(now_ns // 10**9, terms.day.zone)
    foot = f"{terms.workshop.name} · {words('made_at', time=f'{made_at:%Y-%m-%d %H:%M}')}"
    if asked["kind"] == "pay":
        pay = book.read(reader.db, terms, first, last, now_ns).entry()
        return slips.slips(pay, names, plan.steps, foot, words, asked.get("worker"))
    span, when = terms.bounds(first, last), first.isoformat() if first == last else f"{first} ~ {last}"
    if shift := asked.get("shift"):
        turn = terms.day.turn(first, shift)
        if turn is None:
            raise KeyError(shift)
        span, when = turn.whole, f"{first} {shift}"
    title = words("shift" if shift else "day" if first == last else "days")
    told = figures(reader.db, plan, span, now_ns, gaps(reader, span), bool(asked.get("workers")))
    return days.report(told, title, when, names, terms.day.zone, foot, words)


def _pdf(document: Document) -> bytes:
    from gateway.reports.paper import pdf  # who wants a table does not load it

    return pdf(document)


def _csv(document: Document) -> bytes:
    table = document.rows or document.pages[0].tables[0]
    return b"".join(csv_lines(Sheet(document.name, table.headers, table.rows)))


def _xlsx(document: Document) -> bytes:
    found = [table for page in document.pages[:1] for table in page.tables]
    found += [document.rows] if document.rows and document.rows not in found else []
    sheets = [Sheet(f"{n + 1} {table.title}".strip(), table.headers, table.rows) for n, table in enumerate(found)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        xlsx(path, sheets)
        return path.read_bytes()


def _json(document: Document) -> bytes:
    return orjson.dumps(document.data, option=orjson.OPT_INDENT_2)


FORMATS: Final[dict[str, Callable[[Document], bytes]]] = {"pdf": _pdf, "csv": _csv, "xlsx": _xlsx, "json": _json}

if __name__ == "__main__":
    reply(answer)
