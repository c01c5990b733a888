"""Manufacturing data for a centre: what was made and measured, with units, quality and provenance, and without people.

A ZIP of CSV files and `description.json`, which tells of each file its columns, rows and SHA-256. Workers, orders,
bundles and styles have pseudonyms: HMAC-SHA256 of the name under a key that is made for one export and thrown away, so
that the same one is the same within it, and nobody can tell whose it is, nor join two exports. Only with the shop's
consent, which is in the journal.
"""

import csv
import hashlib
import hmac
import io
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

import apsw
import numpy as np
import orjson

from gateway.journal.export import Export
from gateway.journal.reader import JournalReader
from gateway.tables import listing, write
from gateway.version import VERSION
from gateway.work.projections import masters
from sensors.quality import NAMES

FORMAT: Final = "gongbang-share/1"
KINDS: Final = ("alarm", "count", "state")  # events of machines; none of them tells of a person
FIELDS: Final = ("machine", "state", "before", "after_s", "delta", "total", "rule", "action", "severity", "value")
Question = dict[str, Any]
Rows = Iterator[Sequence[Any]]
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "samples.csv": {
        "time": "UTC, ISO 8601",
        "clock": "synced, unsynced",
        "device": "name in the shop's configuration",
        "point": "name at the device",
        "unit": "of the value",
        "value": "number",
        "quality": "code, see `quality`; from 16 on the value is not to be used and left out",
    },
    "events.csv": {"time": "UTC, ISO 8601", "kind": ", ".join(KINDS), "source": "machine or rule"}
    | dict.fromkeys(FIELDS, "as in the event of this kind; after_s in seconds"),
    "work.csv": {
        "time": "UTC, ISO 8601",
        "what": ", ".join(listing.WHAT),
        "bundle": "pseudonym",
        "operation": "code, see `operations`",
        "order": "pseudonym",
        "style": "pseudonym",
        "worker": "pseudonym",
        "station": "name in the shop's configuration",
        "quantity": "pieces; negative where something was taken back",
        "code": "of a defect",
    },
}


class NoConsent(Exception):
    """The shop has not agreed that its data leave it, or does not any more."""

    def __init__(self) -> None:
        super().__init__(
            "공방의 동의(share)가 기록에 없거나 끝났어요. 화면이나 API에서 먼저 동의해 주세요. / "
            "The shop's consent (share) is not in the journal, or is over: agree first."
        )


def consent(db: apsw.Connection, today: str) -> masters.Master:
    """Return the shop's consent that is in force. Raises NoConsent."""
    found = masters.all_of(db, "consent", f"{masters.SHOP}\x1fshare")
    if not found or not found[0].body["granted"] or (found[0].body.get("until") or today) < today:
        raise NoConsent
    return found[0]


def made(question: Question, reader: JournalReader, out: BinaryIO) -> None:
    """Write the archive. Times of the question are UTC ns. Raises NoConsent."""
    now = datetime.now(UTC)
    agreed = consent(reader.db, now.astimezone(ZoneInfo(question["zone"])).date().isoformat())
    span, key = (question["from_ns"], question["to_ns"]), secrets.token_bytes(32)

    def pseudonym(kind: str, name: str | None) -> str | None:
        if not name:
            return None
        return f"{kind}_{hmac.new(key, f'{kind}:{name}'.encode(), hashlib.sha256).hexdigest()[:12]}"

    export = Export(reader, UTC, *span)
    contents: dict[str, Rows] = {
        "samples.csv": _samples(export),
        "events.csv": _events(export),
        "work.csv": _work(reader, span, pseudonym),
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        files = {name: _written(archive, name, rows) for name, rows in contents.items()}
        told = {
            "format": FORMAT,
            "made": now.isoformat(timespec="seconds"),
            "by": f"gongbang {VERSION}",
            "workshop": question["workshop"] | {"timezone": question["zone"]},
            "from": _time(span[0]) if span[0] else None,
            "to": _time(span[1]) if span[1] < listing.END_NS else None,
            "consent": {"event": reader.name(agreed.row), "until": agreed.body.get("until")},
            "pseudonyms": "HMAC-SHA256, 12 hexadecimal digits, under a key of this export that nobody has",
            "files": files,
            "quality": {str(code): name for code, name in NAMES.items()},
            "devices": _devices(export),
            "operations": _operations(question),
            "epochs": [f"{one.start}-{one.token}" for one in reader.epochs.values()],
            "damaged_rows_left_out": export.damaged,
        }
        archive.writestr("description.json", orjson.dumps(told, option=orjson.OPT_INDENT_2))


def _written(archive: zipfile.ZipFile, name: str, rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Write one file of the archive, line by line; returns what the description says of it."""
    digest, count, line = hashlib.sha256(), 0, io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    with archive.open(name, "w", force_zip64=True) as file:
        for row in _with_header(name, rows):
            count += 1
            writer.writerow([write.plain(cell) for cell in row])
            data = line.getvalue().encode()
            digest.update(data)
            file.write(data)
            line.seek(0)
            line.truncate()
    return {"rows": count - 1, "sha256": digest.hexdigest(), "columns": COLUMNS[name]}


def _with_header(name: str, rows: Iterable[Sequence[Any]]) -> Rows:
    yield tuple(COLUMNS[name])
    yield from rows


def _samples(export: Export) -> Rows:
    for block in export.blocks():
        columns, schema = block.columns, block.schema
        inside = np.flatnonzero((columns.time_ns >= export.from_ns) & (columns.time_ns < export.to_ns))
        for row in inside.tolist():
            head = (_time(int(columns.time_ns[row])), block.clock, schema.device)
            values, quality = columns.values[row].tolist(), columns.quality[row].tolist()
            for at, point in enumerate(schema.fields):
                value = values[at] if quality[at] < 16 and np.isfinite(values[at]) else None
                yield (*head, point, schema.units[at], value, quality[at])


def _events(export: Export) -> Rows:
    for row in export.rows():
        if row.kind in KINDS:
            yield (_time(row.time_ns), row.kind, row.source, *(row.body.get(name) for name in FIELDS))


def _work(reader: JournalReader, span: tuple[int, int], pseudonym: Callable[[str, str | None], str | None]) -> Rows:
    for time_ns, what, bundle, operation, order, style, worker, station, quantity, code in listing.all_lines(
        reader, span
    ):
        who = (pseudonym("order", order), pseudonym("style", style), pseudonym("worker", worker))
        yield (_time(time_ns), what, pseudonym("bundle", bundle), operation, *who, station, quantity, code)


def _devices(export: Export) -> dict[str, Any]:
    return {
        schema.device: {
            "profile": schema.profile,
            "version": schema.version,
            "units": dict(zip(schema.fields, schema.units, strict=True)),
        }
        for schema in export.schemas().values()
        if schema.window_s is None
    }


def _operations(question: Question) -> dict[str, Any]:
    return {one["code"]: {"label": one["label"], "sam_s": one.get("sam_s")} for one in question["base"]["operations"]}


def _time(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat(timespec="milliseconds")
