"""The API of masters: operations, styles, routes, rates, orders, codes, equipment, bookings. People: `web.people`."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import StorageFailed
from gateway.tables import days, values
from gateway.tables.layout import EACH, ENGLISH, LAYOUTS, Column
from gateway.tables.listing import DO
from gateway.web.accounts import RANK
from gateway.web.route import Ask, Routes, Stop
from gateway.work.entries import NotRecorded

routes = Routes("work")
FOR_OWNERS: Final = ("rates", "bookings")  # what people earn, and who uses what when
INPUTS: Final[dict[Any, str]] = {days.day: "day", days.moment: "moment", values.yes: "yes", values.badge: "number"}


class RowsForm(BaseModel):
    """Rows of a list, as a spreadsheet would hold them: `{"operation": "CUT", "won": "1,200", "from": "2026.12.1"}`."""

    model_config = ConfigDict(extra="forbid")

    rows: list[dict[str, Any]] = Field(min_length=1, max_length=500)


class RetireForm(BaseModel):
    """What to retire: its key as the list tells it and, of routes and rates, the day from which it is valid."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=100)
    since: str = Field("", max_length=10)


@routes.get("/work/masters", "viewer")
async def kinds(_: Ask) -> dict[str, Any]:
    """The lists that there are, with their columns: field, header, whether it must be filled, what is typed into it,
    and whether it is told for each row of one thing (a size of an order, a step of a route)."""
    return {
        "lists": [
            {
                "kind": layout.kind,
                "label": {"ko": layout.ko, "en": layout.en},
                "columns": [_column(layout.kind, one) for one in layout.columns],
            }
            for layout in LAYOUTS.values()
        ]
    }


def _column(kind: str, column: Column) -> dict[str, Any]:
    return {
        "field": column.field,
        "ko": column.ko,
        "en": ENGLISH[column.field],
        "needed": column.needed or column.filled,
        "input": INPUTS.get(column.read, "text"),
        "each": column.field in EACH.get(kind, ()),
    }


@routes.get("/work/masters/{kind}/table", "owner")
async def table(ask: Ask) -> dict[str, Any]:
    """A list as its spreadsheet has it, names of people too: each thing with its key and its rows, by field."""
    kind = _kind(ask)
    try:
        return {"kind": kind, "things": await ask.to.daemon.lists.table(kind)}
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


@routes.get("/work/masters/{kind}", "operator")
async def listed(ask: Ask) -> dict[str, Any]:
    """All of a list, what was retired too, without names of people; what is paid is for owners."""
    kind = _kind(ask)
    if kind in FOR_OWNERS and RANK[ask.who.role] < RANK["owner"]:
        raise Stop(403, "This needs the role owner.")
    try:
        return {"kind": kind, "rows": await ask.to.daemon.lists.of_kind(DO[kind])}
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


@routes.post("/work/masters/{kind}", "owner", form=RowsForm)
async def change(ask: Ask) -> dict[str, Any]:
    """Add or change rows; 422 with what is wrong, in which case nothing is kept."""
    kind = ask.path["kind"]
    if kind not in LAYOUTS:
        raise _no_list(kind)
    try:
        made = await ask.to.daemon.lists.changed(kind, ask.form.rows, ask.who.user or ask.who.role)
    except NotRecorded as error:
        raise Stop(422, [error.text]) from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    if made["problems"]:
        raise Stop(422, made["problems"])
    return {"counts": made["counts"], "bundles": made["bundles"], "events": made["events"]}


@routes.post("/work/masters/{kind}/retire", "owner", form=RetireForm)
async def retire(ask: Ask) -> dict[str, Any]:
    """Retire one: it is offered no more, and what was done with it keeps its name. 404 without it."""
    kind, by = _kind(ask), ask.who.user or ask.who.role
    try:
        done = await ask.to.daemon.lists.retired(DO[kind], ask.form.key, ask.form.since, by)
    except NotRecorded as error:
        raise Stop(422, [error.text]) from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    if not done:
        raise Stop(404, f"There is no {ask.form.key} among the {kind}.")
    return {"ok": True}


def _kind(ask: Ask) -> str:
    kind = ask.path["kind"]
    if kind not in DO:
        raise _no_list(kind)
    return kind


def _no_list(kind: str) -> Stop:
    return Stop(404, f"There is no list {kind}: {', '.join(LAYOUTS)}.")
