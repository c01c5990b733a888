"""Verifying a pack: every file by its hash, every event by its CRC, every line by its event, every figure anew."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.errors import ConfigurationError
from gateway.journal import rows
from gateway.pay.terms import Terms
from gateway.reports.ends import End
from gateway.reports.evidence.measure import FORMULA, measures
from gateway.reports.evidence.pack import MANIFEST, changes
from gateway.reports.evidence.raw import PARTS, Raw
from gateway.reports.plan import Plan, Step

MOST_BYTES: Final = 2 << 30  # unpacked: a shop's eight weeks have a tenth of it


def verify(path: Path) -> list[str]:
    """Return what is wrong with a pack, in both languages; empty when all of it is as it was made.

    Raises ConfigurationError for what is no pack.
    """
    try:
        with zipfile.ZipFile(path) as pack:
            if sum(one.file_size for one in pack.infolist()) > MOST_BYTES:
                raise ConfigurationError([f"{path}: 너무 커요. / too large to be a pack of evidence."])
            parts = {name: pack.read(name) for name in pack.namelist()}
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error) as error:
        raise ConfigurationError([f"{path}: 읽을 수 없어요. / cannot be read: {error}"]) from None
    if MANIFEST not in parts:
        raise ConfigurationError([f"{path}: 증빙 묶음이 아니에요. / not a pack of evidence: {MANIFEST} is missing."])
    wrong = list(_hashes(parts))
    if wrong:
        return wrong
    try:
        return list(_contents(parts))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return [f"이 프로그램이 만든 꼴이 아니에요. / It is not as this program makes it: {error!r}"]


def _hashes(parts: Mapping[str, bytes]) -> Iterator[str]:
    listed = (line.partition("  ") for line in parts[MANIFEST].decode("utf-8", "replace").splitlines())
    told = {name: digest for digest, _, name in listed}
    for name in sorted(told.keys() | parts.keys() - {MANIFEST}):
        if name not in parts:
            yield f"{name}: 없어졌어요. / is missing."
        elif name not in told:
            yield f"{name}: 목록에 없는 파일이에요. / is not in the list."
        elif hashlib.sha256(parts[name]).hexdigest() != told[name]:
            yield f"{name}: 바뀌었어요. / was changed."


def _contents(parts: Mapping[str, bytes]) -> Iterator[str]:
    """Look at what the hashes cannot tell: whether the figures are those of the log."""
    figures = json.loads(parts["figures.json"])
    if figures["formula"] != FORMULA:
        yield f"식의 판이 달라요. / Other formulas: {figures['formula']}, this program knows {FORMULA}."
        return
    plan = _plan(json.loads(parts["plan.json"]))
    for which in ("baseline", "now"):
        if figures[which]["by_hand"]:
            continue
        raw = _raw(parts, which, figures[which])
        yield from _rows(which, raw)
        found = measures(raw, plan)
        for name, told in figures[which]["figures"].items():
            if found[name] != told:
                yield f"{which}.{name}: 원본 기록과 달라요. / is not what the log says: {told} / {found[name]}"
    if changes(figures) != figures["change"]:
        yield "change: 다시 셈하면 달라요. / is another one when worked out anew."


def _plan(told: Mapping[str, Any]) -> Plan:
    routes = {s: {code: tuple(first) for code, first in route.items()} for s, route in told["routes"].items()}
    steps = {code: Step(*step) for code, step in told["steps"].items()}
    ends = {(order, style): End(operation, sure) for order, style, operation, sure in told["ends"]}
    return Plan(Terms.told(told["terms"]), steps, routes, ends=ends)


def _raw(parts: Mapping[str, bytes], which: str, head: Mapping[str, Any]) -> Raw:
    lines, marks, jobs, weighings, events = (
        [orjson.loads(line) for line in parts[f"{which}.{name}.jsonl"].splitlines()] for name in PARTS
    )
    start_ns, stop_ns = head["span_ns"]
    gaps = [(start, stop) for start, stop in head["gaps_ns"]]
    return Raw((start_ns, stop_ns), lines, marks, events, jobs, weighings, gaps, head["orders"])


def _rows(which: str, raw: Raw) -> Iterator[str]:
    for row_id, kind, source, mono_ns, time_ns, clock, body, crc in raw.events:
        if rows.crc(row_id, kind.encode(), source.encode(), mono_ns, time_ns, clock, body.encode()) != crc:
            yield f"{which}: 기록 {row_id}의 CRC가 맞지 않아요. / the CRC of event {row_id} does not fit."
    known = {event[0] for event in raw.events}
    if strangers := {row[0] for row in (*raw.lines, *raw.marks, *raw.jobs, *raw.weighings)} - known:
        yield f"{which}: 원본 기록이 없는 줄이 있어요. / lines without their event: {sorted(strangers)[:5]}"
