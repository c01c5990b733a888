"""Listings: the masters and the ledger as rows of a table, with the headers that our reading knows again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from gateway.journal import rows
from gateway.journal.pages import fetch
from gateway.journal.reader import JournalReader
from gateway.journal.rows import Corrupted
from gateway.people import Person
from gateway.tables.layout import LAYOUTS
from gateway.tables.present import Present
from gateway.tables.write import Sheet
from gateway.work.entries import Entry

DO: Final = {  # what the lists are made of
    "workers": "worker",
    "operations": "operation",
    "styles": "style",
    "routes": "route",
    "rates": "rate",
    "orders": "order",
    "defect_codes": "defect_code",
    "reason_codes": "reason_code",
    "equipment": "equipment",
    "bookings": "booking",
}
MASTERS: Final = tuple(LAYOUTS)
LINES: Final = (
    "시각",
    "무엇",
    "묶음번호",
    "공정코드",
    "작업지시서",
    "스타일",
    "사번",
    "자리",
    "수량",
    "코드",
    "되돌린 사건",
    "사건",
)
SCANS: Final = ("시각", "스캐너", "자리", "사번", "답", "표", "글", "사건")
WHAT: Final = {"done": "등록", "defect": "불량", "repair": "수선", "scrap": "폐기"}
CHUNK: Final = 500
END_NS: Final = 1 << 62  # behind every time
Values = dict[str, Any]


def masters(kind: str, at: Present) -> Sheet:
    """Return a list of masters, as its layout writes it; what was retired is left out."""
    layout = LAYOUTS[kind]
    headers = [column.ko for column in layout.columns]
    values = _bundles(at) if kind == "bundles" else _values(kind, at)
    return Sheet(layout.ko, headers, ([one.get(column.field) for column in layout.columns] for one in values))


def _values(kind: str, at: Present) -> Iterator[Values]:
    for master in at.masters.get(DO[kind], {}).values():
        if not master.retired:
            yield from _ROWS.get(kind, _plain)(master.body, at)


def things(kind: str, at: Present) -> list[Values]:
    """Return all of a list, what was retired too: each thing with its key, and its rows by field, for JSON."""
    fields = {column.field for column in LAYOUTS[kind].columns}
    return [
        {"key": one.key, "since": one.since or None, "retired": one.retired}
        | {"rows": [_written(row, fields) for row in _ROWS.get(kind, _plain)(one.body, at)]}
        for one in at.masters.get(DO[kind], {}).values()
    ]


def _written(row: Values, fields: set[str]) -> Values:
    return {
        name: value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
        for name, value in row.items()
        if name in fields and value not in (None, "")
    }


def _plain(body: Entry, at: Present) -> Iterator[Values]:
    yield {**body, "after": ", ".join(body.get("after") or ())} | (
        {"sam_s": Decimal(body["sam_s"])} if body.get("sam_s") else {}
    )


def _worker(body: Entry, at: Present) -> Iterator[Values]:
    person = at.people.get(int(body["worker"]), Person(int(body["worker"])))
    days = {name: _day(getattr(person, name)) for name in ("since", "left")}
    yield person._asdict() | days | {"badge": body["worker"]}


def _rate(body: Entry, at: Present) -> Iterator[Values]:
    yield body | {"style": body.get("style") or ALL_STYLES, "won": Decimal(body["won"]), "from": _day(body["from"])}


def _route(body: Entry, at: Present) -> Iterator[Values]:
    common = {"style": body.get("style") or ALL_STYLES, "from": _day(body.get("from"))}
    for step, codes in enumerate(body["steps"], 1):
        yield from (common | {"step": step, "operation": code} for code in codes)


def _order(body: Entry, at: Present) -> Iterator[Values]:
    common = {"order": body.get("label") or body["order"], "style": body["style"], "due": _day(body.get("due"))}
    yield from (common | line for line in body.get("lines") or ())


def _booking(body: Entry, at: Present) -> Iterator[Values]:
    begin, end = (datetime.fromisoformat(body[name]) for name in ("from", "to"))
    yield {"number": body["booking"], "equipment": body["equipment"], "start": begin, "end": end} | {
        "badge": body.get("worker")
    }


def _bundles(at: Present) -> Iterator[Values]:
    labels = {key: one.body.get("label") for (key, _), one in at.masters.get("order", {}).items()}
    for bundle in at.bundles.values():
        yield bundle | {"order": labels.get(bundle["order"] or "") or bundle["order"]}


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


ALL_STYLES: Final = "모두"
_ROWS: Final[Mapping[str, Callable[[Entry, Present], Iterator[Values]]]] = {
    "workers": _worker,
    "rates": _rate,
    "routes": _route,
    "orders": _order,
    "bookings": _booking,
}


def lines(reader: JournalReader, zone: tzinfo, span: tuple[int, int]) -> Sheet:
    """Return the lines of the ledger whose time is in a span of UTC ns; what was taken back stands as a negative."""
    return Sheet("실적", LINES, _lines(reader, zone, span))


def _lines(reader: JournalReader, zone: tzinfo, span: tuple[int, int]) -> Iterator[Sequence[Any]]:
    for row, time_ns, what, *of, corrects in _raw_lines(reader, span):
        taken = reader.name(corrects) if corrects else None
        yield [_time(time_ns, zone), WHAT.get(what, what), *of, taken, reader.name(row)]


def all_lines(reader: JournalReader, span: tuple[int, int]) -> Iterator[Sequence[Any]]:
    """Yield (time_ns, what, bundle, operation, order, style, worker, station, quantity, code) of each line."""
    return (line[1:-1] for line in _raw_lines(reader, span))


def _raw_lines(reader: JournalReader, span: tuple[int, int]) -> Iterator[Sequence[Any]]:
    """In chunks, each a look of its own: a long one would keep the daemon from emptying its log."""
    about = "time_ns, what, bundle, operation, order_code, style, worker, station, quantity, code, corrects_row"
    select = f"SELECT row, n, {about} FROM work_lines WHERE (row, n) > (?, ?) ORDER BY row, n LIMIT {CHUNK}"
    at = (0, -1)
    while found := list(reader.db.execute(select, at)):
        at = found[-1][:2]
        yield from ((row, *line) for row, _, *line in found if span[0] <= line[0] < span[1])


def scans(reader: JournalReader, zone: tzinfo, span: tuple[int, int]) -> Sheet:
    """Return the scans of a span, as they were answered."""
    return Sheet("스캔", SCANS, _scans(reader, zone, span))


def _scans(reader: JournalReader, zone: tzinfo, span: tuple[int, int]) -> Iterator[Sequence[Any]]:
    """In chunks, likewise."""
    at, behind, ends = 0, reader.last_key(), reader.known_ends()
    while True:
        page = fetch(reader.db, ends, "e", at, behind, CHUNK)
        for raw in page.raws:
            if raw[1] == b"scan" and span[0] <= raw[4] < span[1]:
                yield from _scan(raw, reader, zone)
        if not page.more:
            return
        at = page.last


def _scan(raw: rows.Raw, reader: JournalReader, zone: tzinfo) -> Iterator[Sequence[Any]]:
    try:
        row = rows.decode(raw, reader.epochs)
    except Corrupted:
        return
    body = row.body
    said = (body.get("answer_text") or {}).get("ko")
    what = (_time(row.time_ns, zone), row.source, body.get("station"), body.get("worker"), said)
    yield [*what, body.get("text"), body.get("raw"), reader.name(raw[0])]


def _time(time_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ns // 1_000_000_000, zone).replace(tzinfo=None)


def all_masters(at: Present, kinds: Iterable[str] = MASTERS) -> list[Sheet]:
    """Return the lists that hold anything; of none, an empty one of each, to be filled in."""
    sheets = [masters(kind, at) for kind in kinds]
    for sheet in sheets:
        sheet.rows = list(sheet.rows)
    return [sheet for sheet in sheets if sheet.rows] or sheets
