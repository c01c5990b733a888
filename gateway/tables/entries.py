"""From the records of a list to entries of the ledger: names are looked up, and what is not there gets its nearest."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final

from gateway.people import Person
from gateway.tables.present import Present
from gateway.tables.problem import Wrong
from gateway.tables.records import Record, written
from gateway.tables.values import ALL, folded
from gateway.work.entries import Entry
from gateway.work.josa import with_josa

MOST_ORDER: Final = 12  # characters of its code on tickets
MOST_BUNDLES: Final = 2000  # of one order, which are kept together


class Misplaced(Wrong):
    """What is wrong stands in the cell of this field."""

    def __init__(self, name: str, ko: str, en: str) -> None:
        super().__init__(ko, en)
        self.field = name
        self.record: Record | None = None  # the row, where several make one thing


@contextmanager
def standing(record: Record) -> Iterator[None]:
    """Have what is wrong in here stand in this row."""
    try:
        yield
    except Misplaced as wrong:
        wrong.record = record
        raise


def unknown(name: str, found: str, known: Mapping[str, str], what: tuple[str, str]) -> Misplaced:
    """Return the error of a name that is not there. `known`: what may be written, and what it stands for."""
    near = get_close_matches(found, known, 1, 0.5)
    ko = f" 가장 가까운 것: {known[near[0]]}." if near else ""
    en = f" The nearest is {known[near[0]]}." if near else ""
    return Misplaced(
        name,
        f"이런 {with_josa(what[0], '이/가')} 없어요.{ko} 새것이면 {what[0]} 표를 먼저 올려 주세요.",
        f"There is no such {what[1]}.{en} If it is new, import the list of them first.",
    )


def _either(known: Mapping[str, Entry]) -> dict[str, str]:
    """Return codes and Korean names, each with what it stands for."""
    shown = {key: f"{key}({body['ko']})" for key, body in known.items()}
    return shown | {body["ko"]: shown[key] for key, body in known.items()}


def operation(at: Present, found: str, name: str = "operation") -> str:
    """Return the code of an operation that is named by its code or by its Korean name."""
    code = re.sub(r"\s", "", folded(found)).upper()
    operations = at.in_force("operation")
    if code in operations:
        return code
    named = [key for key, body in operations.items() if body["ko"].replace(" ", "") == found.replace(" ", "")]
    if len(named) == 1:
        return named[0]
    if named:
        raise Misplaced(
            name,
            f"이 이름의 공정이 여럿이에요: {', '.join(named)}. 공정코드로 적어 주세요.",
            f"Several operations are called so: {', '.join(named)}. Write the code.",
        )
    known = {key: f"{key}({body['ko']})" for key, body in operations.items()}
    raise unknown(
        name, found, known | {body["ko"]: known[key] for key, body in operations.items()}, ("공정", "operation")
    )


def style(at: Present, found: str | None) -> str | None:
    """Return a style that is known; None for all of them."""
    if found in (None, ALL):
        return None
    return known_style(at, str(found))


def known_style(at: Present, found: str) -> str:
    """Return a style that is known."""
    styles = at.in_force("style")
    if found in styles:
        return found
    raise unknown("style", found, {one: one for one in styles}, ("스타일", "style"))


def order_code(found: str) -> str:
    """Return the code of a work order as tickets bear it: 2026-11-003 is 202611003."""
    code = re.sub(r"[\s_./#-]", "", folded(found)).upper()
    if re.fullmatch(rf"[0-9A-Z]{{1,{MOST_ORDER}}}", code):
        return code
    near = re.sub(r"[^0-9A-Z]", "", code)[:MOST_ORDER]
    hint = (f" 예: {near}", f", such as {near}") if near else ("", "")
    raise Misplaced(
        "order",
        f"작업지시서 번호는 숫자와 영문자 {MOST_ORDER}자까지예요(붙임표는 세지 않아요).{hint[0]}",
        f"A work order has at most {MOST_ORDER} letters and digits (hyphens do not count){hint[1]}.",
    )


def badge(at: Present, number: int) -> str:
    """Return a badge as it is spelt already, else with four digits."""
    known = at.masters.get("worker", {}).get((str(number), ""))
    return str(known.body["worker"]) if known else f"{number:04d}"


def _worker(record: Record, at: Present) -> list[Entry]:
    return [{"do": "worker", "worker": badge(at, record.values["badge"])}]


def person(record: Record, at: Present) -> Person:
    """Return who a row of the workers' list tells of: what it leaves empty stays as it was."""
    number = record.values["badge"]
    before = at.people.get(number, Person(number))
    told = {name: written(record.values[name]) for name in Person._fields[1:] if name in record.values}
    if told.get("left") and (since := told.get("since", before.since)) and told["left"] < since:
        raise Misplaced("left", "퇴사일이 입사일보다 앞이에요.", "The last day is before the first.")
    return before._replace(**told)


def _known(at: Present, do: str, key: str) -> Entry:
    """Return what is in force of a key; an empty entry for what is new."""
    return at.in_force(do).get(key, {})


def _named(do: str, key: str, *more: str) -> Callable[[Record, Present], list[Entry]]:
    """Return who makes an entry with names in both languages. What a row leaves empty stays as it was."""

    def made(record: Record, at: Present) -> list[Entry]:
        values, before = record.values, _known(at, do, record.values[key])
        own = before.get("en") if before.get("en") != before.get("ko") else None
        names = {"ko": values["ko"], "en": values.get("en") or own or values["ko"]}
        kept = {name: before[name] for name in more if before.get(name)}
        return [{"do": do, key: values[key], **names, **kept} | {name: values[name] for name in more if name in values}]

    return made


def _operation(record: Record, at: Present) -> list[Entry]:
    (entry,) = _named("operation", "operation", "after", "sam_s")(record, at)
    if "after" in record.values:
        entry["after"] = [operation(at, one, "after") for one in record.values["after"]]
    if entry["operation"] in entry.get("after", ()):
        raise Misplaced("after", "자기 자신보다 먼저일 수는 없어요.", "It cannot come before itself.")
    if "sam_s" in record.values:
        entry["sam_s"] = written(record.values["sam_s"])
    return [entry]


def _style(record: Record, at: Present) -> list[Entry]:
    return [{"do": "style", "style": record.values["style"], "name": record.values["name"]}]


def _rate(record: Record, at: Present) -> list[Entry]:
    values = record.values
    of = {"style": style(at, values.get("style")), "operation": operation(at, values["operation"])}
    return [{"do": "rate", **of, "won": written(values["won"]), "from": written(values["from"])}]


def _bundle(record: Record, at: Present) -> list[Entry]:
    values = record.values
    of = {name: values.get(name) for name in ("size", "colour")}
    of["order"] = order_code(values["order"]) if "order" in values else None
    of["style"] = known_style(at, values["style"]) if "style" in values else None
    return [{"do": "bundle", "bundle": values["bundle"], "quantity": values["quantity"], **of}]


def _booking(record: Record, at: Present) -> list[Entry]:
    values = record.values
    name = _equipment(at, values["equipment"])
    begin, end = (_moment(record, which) for which in ("start", "end"))
    if end <= begin:
        raise Misplaced("end", "끝나는 시각이 시작보다 앞이에요.", "It ends before it begins.")
    number = values.get("number") or f"{name} {begin:%Y-%m-%dT%H:%M}"
    entry = {"do": "booking", "booking": number, "equipment": name}
    entry |= {"from": f"{begin:%Y-%m-%dT%H:%M}", "to": f"{end:%Y-%m-%dT%H:%M}"}
    if (who := _who(record, at)) is not None:
        entry["worker"] = badge(at, who)
    return [entry]


def _who(record: Record, at: Present) -> int | None:
    """Return whose booking it is: by the badge, else by a name that one person has. The name itself goes nowhere."""
    number = record.values.get("badge")
    if number is not None:
        if str(number) not in at.in_force("worker"):
            known = {key: badge(at, int(key)) for key in at.in_force("worker")}
            raise unknown("badge", str(number), known, ("작업자", "worker"))
        return int(number)
    name = record.values.get("name")
    named = [one.number for one in at.people.values() if name and one.name == name]
    return named[0] if len(named) == 1 else None


def _moment(record: Record, which: str) -> datetime:
    found, day = record.values[which], record.values.get("on")
    if isinstance(found, datetime):
        return found
    if isinstance(found, time) and day is not None:
        return datetime.combine(day, found)
    raise Misplaced(which, "날짜가 없어요. 「예약일」 열을 넣어 주세요.", "The day is missing: add a column 예약일.")


def _equipment(at: Present, found: str) -> str:
    known = at.in_force("equipment")
    name = re.sub(r"[ -]", "_", folded(found).lower())
    if name in known:
        return name
    named = [key for key, body in known.items() if body["ko"] == found]
    if len(named) == 1:
        return named[0]
    shown = {key: f"{key}({body['ko']})" for key, body in known.items()}
    raise unknown(
        "equipment", found, shown | {body["ko"]: shown[key] for key, body in known.items()}, ("장비", "equipment")
    )


SINGLE: Final[Mapping[str, Callable[[Record, Present], list[Entry]]]] = {
    "workers": _worker,
    "operations": _operation,
    "styles": _style,
    "rates": _rate,
    "bundles": _bundle,
    "defect_codes": _named("defect_code", "code"),
    "reason_codes": _named("reason_code", "code", "planned"),
    "equipment": _named("equipment", "equipment", "machine"),
    "bookings": _booking,
}


def route(records: list[Record], at: Present) -> Entry:
    """Return the route that rows of one style and day tell: by their numbers, else in their order."""
    first = records[0].values
    numbered = [record for record in records if "step" in record.values]
    if numbered and len(numbered) < len(records):
        raise Misplaced("step", "순서가 빈 줄이 있어요. 모두 적거나 모두 비워 주세요.", "Number all steps, or none.")
    steps: dict[int, list[str]] = {}
    for place, record in enumerate(records):
        with standing(record):
            steps.setdefault(record.values.get("step", place), []).append(operation(at, record.values["operation"]))
    entry: Entry = {"do": "route", "style": style(at, first.get("style")), "steps": [steps[n] for n in sorted(steps)]}
    return entry | ({"from": written(first["from"])} if "from" in first else {})


def order(records: list[Record], at: Present) -> Entry:
    """Return the order that rows of one number tell: one style, one due day, and a line for each colour and size."""
    first = records[0].values
    code, said = order_code(first["order"]), first["order"]
    for record in records:
        with standing(record):
            _agrees(record, records[0])
    known = at.masters.get("order", {}).get((code, ""))
    if known and (known.body.get("label") or code) != said:
        label = known.body.get("label") or code
        raise Misplaced(
            "order", f"표에는 「{label}」과 같게 찍혀요: {code}.", f"On tickets it is the same as {label}: {code}."
        )
    lines = [_line(record.values) for record in records]
    entry: Entry = {"do": "order", "order": code, "style": known_style(at, first["style"]), "lines": lines}
    entry |= {"label": said} if said != code else {}
    return entry | ({"due": written(first["due"])} if "due" in first else {})


def _agrees(record: Record, first: Record) -> None:
    for name, ko in (("style", "스타일"), ("due", "납기")):
        if record.values.get(name) != first.values.get(name):
            raise Misplaced(
                name,
                f"한 작업지시서에 {with_josa(ko, '이/가')} 둘이에요({first.row}번째 줄과 달라요).",
                f"One order has two of these: row {first.row} has another.",
            )


def _line(values: Mapping[str, Any]) -> Entry:
    return {name: values[name] for name in ("colour", "size", "quantity", "bundle_of") if name in values}


def bundles(entry: Entry, size: int | None) -> list[Entry]:
    """Return the bundles of a new order (see `bundles_of`). Raises Misplaced for more than a shop can mean."""
    made = list(islice(bundles_of(entry, size), MOST_BUNDLES + 1))
    if len(made) > MOST_BUNDLES:
        raise Misplaced(
            "quantity",
            f"묶음이 {MOST_BUNDLES:,}개보다 많아져요. 묶음수량을 키우거나 작업지시서를 나눠 주세요.",
            f"This makes more than {MOST_BUNDLES:,} bundles: take larger ones, or split the order.",
        )
    return made


def bundles_of(entry: Entry, size: int | None) -> Iterable[Entry]:
    """Yield the bundles of an order, without their serials: each of `size` pieces, the last of a line of the rest.

    A line's own `bundle_of` comes first; without either there are none.
    """
    for line in entry["lines"]:
        of = {name: line[name] for name in ("size", "colour") if name in line}
        whole = {"do": "bundle", "order": entry["order"], "style": entry["style"], **of}
        if pieces := line.get("bundle_of") or size:
            for left in range(line["quantity"], 0, -pieces):
                yield whole | {"quantity": min(left, pieces)}
