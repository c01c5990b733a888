"""Wage slips as a document: the sums of all, and a sheet for each worker."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gateway.pay.hours import Hours
from gateway.pay.minimum import Check
from gateway.pay.piecework import Slip, badge
from gateway.reports.document import Cell, Document, Page, Table
from gateway.reports.plan import Step
from gateway.reports.words import Words

Pay = Mapping[str, Any]  # as `gateway.pay.book` tells it


def slips(
    pay: Pay, names: Mapping[str, str], steps: Mapping[str, Step], foot: str, words: Words, worker: str | None = None
) -> Document:
    """Return the document. `names`: of the workers, by badge without leading zeros.

    `worker`: the slip of this one alone; one who made nothing has an empty slip.
    """
    name = f"pay-{pay['from']}-{pay['to']}"
    if worker is not None:
        one = badge(worker)
        mine = [told for told in pay["workers"] if told["worker"] == one] or [_nothing(one)]
        pay, name = {**pay, "workers": mine}, f"{name}-{one}"
    sheets = [_slip(pay, one, names, steps, words) for one in pay["workers"]]
    pages = sheets if worker is not None else [_all(pay, names, words), *sheets]
    return Document(name, foot, pages, _rows(pay, names, steps, words), pay)


def _nothing(worker: str) -> Pay:
    return {**Slip(worker).entry(), "minimum": Check(0, None, Hours()).entry()}


def _all(pay: Pay, names: Mapping[str, str], words: Words) -> Page:
    headers = [words(one) for one in ("badge", "name", "pieces", "paid", "hours", "minimum", "shortfall")]
    rows: list[list[Cell]] = [
        [
            one["worker"],
            names.get(one["worker"], ""),
            one["pieces"],
            one["won"],
            _decimal(one["minimum"]["hours"]),
            one["minimum"]["due_won"],
            one["minimum"]["shortfall_won"],
        ]
        for one in pay["workers"]
    ]
    total: list[Cell] = [words("total"), "", pay["pieces"], pay["won"], None, None, None]
    table = Table("", headers, rows, total)
    facts = [*_facts(pay, words), *([("SHA-256", pay["hash"])] if pay["hash"] else [])]
    return Page(words("slips"), facts, [table], [words("rounding")], _warnings(pay, words))


def _facts(pay: Pay, words: Words) -> list[tuple[str, str]]:
    state = words(pay["state"], number=pay["number"])
    return [(words("period"), f"{pay['from']} ~ {pay['to']}"), (words("state"), state)]


def _warnings(pay: Pay, words: Words) -> list[str]:
    found = []
    if pay["differs"]:
        found.append(words("differs", workers=", ".join(one["worker"] for one in pay["differs"])))
    if pay["unrated"]:
        names = ", ".join("/".join(filter(None, (one["operation"], one["style"]))) for one in pay["unrated"])
        found.append(
            words("unrated", pieces=words.count(sum(abs(one["pieces"]) for one in pay["unrated"])), names=names)
        )
    if pay["waiting"]:
        found.append(words("waiting", count=pay["waiting"]))
    return found


def _slip(pay: Pay, one: Pay, names: Mapping[str, str], steps: Mapping[str, Step], words: Words) -> Page:
    minimum = one["minimum"]
    facts = [
        (words("worker"), f"{one['worker']} {names.get(one['worker'], '')}".strip()),
        *_facts(pay, words),
        (words("paid"), f"{one['won']:,}"),
        (words("hours"), f"{minimum['hours']:g} h"),
        (words("doubt"), f"{minimum['doubt_h']:g} h"),
        (words("minimum"), _number(minimum["due_won"], words)),
        (words("shortfall"), _number(minimum["shortfall_won"], words)),
    ]
    headers = [words(part) for part in ("style", "operation", "pieces", "rate", "since", "amount", "note")]
    rows = [_item(item, steps, words) for item in one["items"]]
    total: list[Cell] = [words("total"), "", one["pieces"], None, "", Decimal(one["amount"]), ""]
    return Page(
        words("slip"), facts, [Table("", headers, rows, total)], [words("rounding")], _doubts(one, steps, words)
    )


def _doubts(one: Pay, steps: Mapping[str, Step], words: Words) -> list[str]:
    minimum, found = one["minimum"], []
    if minimum["shortfall_won"]:
        found.append(words("below", won=f"{minimum['shortfall_won']:,}"))
    if one["unrated"]:
        missing = {item["operation"] for item in one["items"] if item["rate_won"] is None}
        found.append(
            words(
                "unrated", pieces=words.count(one["unrated"]), names=", ".join(_label(x, steps, words) for x in missing)
            )
        )
    if minimum["never_left"]:
        found.append(words("never_left", count=minimum["never_left"]))
    return found


def _item(item: Pay, steps: Mapping[str, Step], words: Words) -> list[Cell]:
    return [
        item["style"] or "",
        _label(item["operation"], steps, words),
        item["pieces"],
        words("no_rate") if item["rate_won"] is None else Decimal(item["rate_won"]),
        item["rate_from"] or "",
        None if item["amount"] is None else Decimal(item["amount"]),
        _note(item, words),
    ]


def _note(item: Pay, words: Words) -> str:
    return ", ".join(words(why, number=item[why]) for why in ("corrects", "late") if item[why])


def _rows(pay: Pay, names: Mapping[str, str], steps: Mapping[str, Step], words: Words) -> Table:
    """Return every row of every slip, for a spreadsheet."""
    parts = ("badge", "name", "style", "operation", "pieces", "rate", "since", "amount", "note")
    rows = [
        [one["worker"], names.get(one["worker"], ""), *_item(item, steps, words)]
        for one in pay["workers"]
        for item in one["items"]
    ]
    return Table("", [words(part) for part in parts], rows)


def _label(operation: str, steps: Mapping[str, Step], words: Words) -> str:
    step = steps.get(operation)
    return f"{words.either(step.ko, step.en)} ({operation})" if step else operation


def _number(won: int | None, words: Words) -> str:
    return words("not_known") if won is None else f"{won:,}"


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
