"""The pack: one ZIP file with the figures, what they are made of, the raw log, and the SHA-256 of each part."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import apsw
import orjson

from gateway.apart import reply
from gateway.config.work import Work
from gateway.errors import ConfigurationError
from gateway.journal.reader import JournalReader
from gateway.pay.terms import Terms
from gateway.reports import progress
from gateway.reports.document import Document, Page, Table
from gateway.reports.evidence.measure import FORMULA, MEASURES, measures
from gateway.reports.evidence.raw import PARTS, Raw, gather
from gateway.reports.plan import Plan
from gateway.reports.words import Words
from gateway.version import VERSION
from gateway.work.projections import baselines, periods
from gateway.work.reading import ledger_of

MANIFEST: Final = "SHA256SUMS"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of all parts: the same content is the same file
WEEKS: Final = timedelta(28)
README: Final = """증빙 묶음 / Pack of evidence

figures.json   앞뒤 비교: 값, 분자, 분모, 덮은 시간 / before and now: values, numerators, denominators, coverage
formulas.json  식 / the formulas
plan.json      근무 시간, 공정, 순서 / working hours, operations, routes
*.lines.jsonl  장부의 줄(+, -) / the ledger's signed lines
*.marks.jsonl  명찰 / badges
*.jobs.jsonl   기계의 작업 / jobs at machines
*.weighings.jsonl  잰 무게 / weighings
*.events.jsonl 원본 기록, 줄마다 CRC / the raw log, each row with its CRC
periods.json   마감한 기간과 그 해시 / closed periods and their hashes
SHA256SUMS     모든 파일의 SHA-256 / of every file: sha256sum -c SHA256SUMS

확인 / verify: gongbang report verify FILE
작업자는 명찰 번호로만 있어요. / Workers are told by their badges alone.
"""


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pack of `from` to `to` against a baseline, as a file (bytes). Raises ConfigurationError."""
    plan, parts, figures = _found(asked)
    words, terms = Words(asked["language"], asked["work"].get("unit", "piece")), plan.terms
    made_at = datetime.fromtimestamp(asked["now_ns"] // 10**9, terms.day.zone)
    foot = f"{terms.workshop.name} · {words('made_at', time=f'{made_at:%Y-%m-%d %H:%M}')}"
    document = page(figures, foot, words)
    from gateway.reports.paper import pdf  # who verifies does not load it

    parts |= {
        "README.txt": README.encode(),
        "figures.json": _json(figures),
        "formulas.json": _json({name: one._asdict() for name, one in MEASURES.items()}),
        "plan.json": _json(told(plan)),
        "report.pdf": pdf(document),
    }
    return {"name": f"{document.name}.zip", "data": zipped(parts)}


def look(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a pack, and what each is, without the log. Raises ConfigurationError."""
    figures = _found(asked)[2]
    measures = {name: {key: getattr(one, key) for key in ("ko", "en", "unit")} for name, one in MEASURES.items()}
    return {**{part: figures[part] for part in ("baseline", "now", "change")}, "measures": measures}


def _found(asked: Mapping[str, Any]) -> tuple[Plan, dict[str, bytes], dict[str, Any]]:
    """Return the plan, the raw log as files, and the figures."""
    terms, work = Terms.told(dict(asked)), Work(**asked["work"])
    with ledger_of(Path(asked["journal"])) as reader:
        plan = Plan.now(terms, work, reader.db, asked["now_ns"])
        now = (date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"]))
        parts, figures = _figures(reader, plan, now, asked.get("baseline"))
        parts["periods.json"] = _json([one._asdict() for one in periods.closed(reader.db)])
    return plan, parts, figures


def write(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Write a pack `into` a file, as a process of its own; return its name, or why it cannot be: `refused`.

    Without a file return what its page would say.
    """
    try:
        made = answer(asked) if "into" in asked else look(asked)
    except ConfigurationError as error:
        ko, _, en = error.problems[0].partition(" / ")
        return {"refused": {"ko": ko, "en": en}}
    if "into" not in asked:
        return made
    Path(asked["into"]).write_bytes(made["data"])
    return {"name": made["name"]}


def _figures(
    reader: JournalReader, plan: Plan, now: tuple[date, date], baseline: str | None
) -> tuple[dict[str, bytes], dict[str, Any]]:
    by_hand = baselines.newest(reader.db) if baseline is None else None
    found: dict[str, Raw] = {"now": _raw(reader, plan, *now)}
    if by_hand is None:
        first = date.fromisoformat(baseline) if baseline else _first_day(reader.db, plan)
        found["baseline"] = _raw(reader, plan, first, first + WEEKS - timedelta(1))
        if found["baseline"].span[1] > found["now"].span[0]:
            raise ConfigurationError(
                [
                    f"기준 기간({first}부터 4주)이 지금 기간과 겹쳐요. 기준을 손으로 적거나 --from을 늦춰 주세요. / "
                    f"The baseline (four weeks from {first}) overlaps the present: tell one by hand, or a later --from."
                ]
            )
    figures: dict[str, Any] = {"formula": FORMULA, "version": VERSION}
    for name, raw in found.items():
        figures[name] = {"by_hand": False, **_head(raw, plan), "figures": measures(raw, plan)}
    if by_hand is not None:
        told_by_hand = {name: {"value": float(value)} for name, value in by_hand.figures.items()}
        head = {"from": by_hand.first, "to": by_hand.last, "source": by_hand.source}
        figures["baseline"] = {"by_hand": True, **head, "figures": told_by_hand}
    figures["change"] = changes(figures)
    return {name: data for which, raw in found.items() for name, data in files(which, raw).items()}, figures


def changes(figures: Mapping[str, Any]) -> dict[str, float | None]:
    """Return by which share each figure changed; None where one of the two is not known, or was 0."""
    found: dict[str, float | None] = {}
    for name in MEASURES:
        before, now = (figures[part]["figures"].get(name, {}).get("value") for part in ("baseline", "now"))
        found[name] = round(now / before - 1, 4) if before and now is not None else None
    return found


def _raw(reader: JournalReader, plan: Plan, first: date, last: date) -> Raw:
    raw = gather(reader, plan.terms.bounds(first, last), int(plan.terms.badge_hold_s * 1e9))
    raw.orders = progress.whole(progress.orders(reader.db, plan), plan, raw.span)
    return raw


def _head(raw: Raw, plan: Plan) -> dict[str, Any]:
    first, last = plan.terms.date_of(raw.span[0]), plan.terms.date_of(raw.span[1] - 1)
    days = {"from": first.isoformat(), "to": last.isoformat(), "span_ns": list(raw.span)}
    return {**days, "gaps_ns": [list(gap) for gap in raw.gaps], "damaged": raw.damaged, "orders": raw.orders}


def _first_day(db: apsw.Connection, plan: Plan) -> date:
    """Return the day of the ledger's first line, job or weighing."""
    tables = ("work_lines", "work_jobs", "work_weighings")
    each = " UNION ALL ".join(f"SELECT min(time_ns) AS at FROM {table} WHERE waiting = 0" for table in tables)
    ((first_ns,),) = db.execute(f"SELECT min(at) FROM ({each})")
    if first_ns is None:
        raise ConfigurationError(["장부가 비어 있어요. / The ledger is empty."])
    return plan.terms.date_of(first_ns)


def told(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON."""
    routes = {style: {code: list(first) for code, first in route.items()} for style, route in plan.routes.items()}
    steps = {code: list(step) for code, step in plan.steps.items()}
    ends = [[*part, *one] for part, one in sorted(plan.ends.items())]
    return {"terms": plan.terms.question(), "steps": steps, "routes": routes, "ends": ends}


def files(which: str, raw: Raw) -> dict[str, bytes]:
    """Return raw rows as files, a JSON array a line."""
    parts = {name: getattr(raw, name) for name in PARTS}
    return {f"{which}.{name}.jsonl": _lines(rows) for name, rows in parts.items()}


def _lines(rows: Iterable[Any]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of the parts and their hashes, as `sha256sum` writes them."""
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(parts.items()))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in [*sorted(parts.items()), (MANIFEST, sums.encode())]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(entry, data)
    return file.getvalue()


def _shown(told: Mapping[str, Any], unit: str, words: Words) -> str:
    value = told.get("value")
    if value is None:
        return words("not_known" if told.get("applies", True) else "no_such")
    return f"{value:g} {unit}"


def page(figures: Mapping[str, Any], foot: str, words: Words) -> Document:
    """Return the comparison for people."""
    before, now = figures["baseline"], figures["now"]
    rows = []
    for name, one in MEASURES.items():
        shown = [_shown(part["figures"].get(name, {}), one.unit, words) for part in (before, now)]
        change = figures["change"][name]
        rows.append([words.either(one.ko, one.en), *shown, "" if change is None else f"{change:+.1%}"])
    headers = [words(key) for key in ("measure", "baseline", "now", "change")]
    formulas = [f"{words.either(m.ko, m.en)}: {words.either(m.formula_ko, m.formula_en)}" for m in MEASURES.values()]
    facts = [(words("baseline"), f"{before['from']} ~ {before['to']}"), (words("now"), f"{now['from']} ~ {now['to']}")]
    warnings = [words("by_hand", source=before["source"])] if before["by_hand"] else []
    notes = [*formulas, words("formula", formula=figures["formula"])]
    sheet = Page(words("evidence"), facts, [Table("", headers, rows)], notes, warnings)
    return Document(f"evidence-{now['from']}-{now['to']}", foot, [sheet])


if __name__ == "__main__":
    reply(write)
