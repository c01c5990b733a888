"""The API of bundles and corrections: where a bundle is, what waits where, and what was recorded wrongly."""

import re
from collections.abc import Awaitable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.corrections import Corrections
from gateway.errors import StorageFailed
from gateway.event import Row
from gateway.web.route import Ask, Routes, Stop
from gateway.work.entries import NotRecorded

routes = Routes("work")
SERIAL: Final = re.compile("[0-9A-Z]{1,12}")
CODE: Final = r"^[0-9A-Z]{1,8}$"


class Reasoned(BaseModel):
    """Whatever is corrected has a reason, which is kept for ever."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=200, description="Why; kept with the correction for ever.")

    @field_validator("reason")
    @classmethod
    def _a_line_of_text(cls, reason: str) -> str:
        line = " ".join("".join(c if c.isprintable() else " " for c in reason).split())
        if not line:
            raise ValueError("a reason in words is needed")
        return line


class VoidForm(Reasoned):
    """An event of the ledger, and why it is taken back."""

    event: str = Field(max_length=100, description="The id of the event.")


class SplitForm(Reasoned):
    """The sizes of the parts."""

    parts: list[int] = Field(min_length=2, max_length=50, description="Pieces of each part; they add up.")

    @field_validator("parts")
    @classmethod
    def _pieces(cls, parts: list[int]) -> list[int]:
        if any(not 1 <= part <= 9999 for part in parts):
            raise ValueError("each part has 1 to 9999 pieces")
        return parts


class ShortForm(Reasoned):
    """How many pieces there really are."""

    quantity: int = Field(ge=1, le=9999)


class PiecesForm(Reasoned):
    """Pieces of an operation; all that have a defect where no quantity is given."""

    operation: str = Field(pattern=CODE)
    quantity: int | None = Field(None, ge=1, le=9999)


class DefectForm(Reasoned):
    """Pieces of an operation that have a defect."""

    operation: str = Field(pattern=CODE)
    code: str = Field(pattern=CODE, description="The defect's code.")
    quantity: int = Field(1, ge=1, le=9999)


class MoveForm(Reasoned):
    """Who has the bundle from now on."""

    to: int = Field(ge=0, le=999999, description="The badge's number.")


@routes.get("/work/wip", "viewer")
async def wip(ask: Ask) -> dict[str, Any]:
    """The pieces that wait before each operation, or are in it."""
    try:
        found = await _at(ask).wip()
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"operations": [{"operation": code, "pieces": pieces} for code, pieces in found.items()]}


@routes.get("/work/bundles/{serial}", "operator")
async def bundle(ask: Ask) -> dict[str, Any]:
    """A bundle: its pieces, where it is and who has it, and everything that happened to it."""
    serial = _serial(ask)
    try:
        found = await _at(ask).story(serial)
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    if found is None:
        raise Stop(404, f"Nothing is known of bundle {serial}.")
    return found


@routes.get("/work/bundles/{serial}/machines", "operator")
async def bundle_at_machines(ask: Ask) -> dict[str, Any]:
    """What machines counted and did while a bundle was at their stations, by the event that it was scanned with.

    `unclear` says why its pieces are not compared: begin, machines, overlap, coverage."""
    daemon = ask.to.daemon
    try:
        return await daemon.office.stays(daemon.live.config, _serial(ask))
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


@routes.post("/work/void", "owner", form=VoidForm)
async def void(ask: Ask) -> dict[str, Any]:
    """Take back what an event did, of a closed period too; 409 with the reason when more builds on it."""
    return await _kept(ask, _at(ask).void(ask.form.event, ask.form.reason, _who(ask)))


@routes.post("/work/bundles/{serial}/split", "operator", form=SplitForm)
async def split(ask: Ask) -> dict[str, Any]:
    """Split a bundle into parts that add up; the answer's entries name them."""
    return await _kept(ask, _at(ask).split(_serial(ask), ask.form.parts, ask.form.reason, _who(ask)))


@routes.post("/work/bundles/{serial}/short", "operator", form=ShortForm)
async def short(ask: Ask) -> dict[str, Any]:
    """Say that a bundle has fewer pieces than it should."""
    return await _kept(ask, _at(ask).short(_serial(ask), ask.form.quantity, ask.form.reason, _who(ask)))


@routes.post("/work/bundles/{serial}/defect", "operator", form=DefectForm)
async def defect(ask: Ask) -> dict[str, Any]:
    """Tell of pieces with a defect."""
    form = ask.form
    told = _at(ask).defect(_serial(ask), form.operation, form.code, form.quantity, form.reason, _who(ask))
    return await _kept(ask, told)


@routes.post("/work/bundles/{serial}/repair", "operator", form=PiecesForm)
async def repair(ask: Ask) -> dict[str, Any]:
    """Tell of repaired pieces; nobody is paid twice."""
    form = ask.form
    return await _kept(ask, _at(ask).repair(_serial(ask), form.operation, form.quantity, form.reason, _who(ask)))


@routes.post("/work/bundles/{serial}/scrap", "operator", form=PiecesForm)
async def scrap(ask: Ask) -> dict[str, Any]:
    """Take pieces out of a bundle for good."""
    form = ask.form
    return await _kept(ask, _at(ask).scrap(_serial(ask), form.operation, form.quantity, form.reason, _who(ask)))


@routes.post("/work/bundles/{serial}/move", "operator", form=MoveForm)
async def move(ask: Ask) -> dict[str, Any]:
    """Give what somebody has in hand to another worker."""
    return await _kept(ask, _at(ask).move(_serial(ask), ask.form.to, ask.form.reason, _who(ask)))


@routes.post("/work/stations/{station}/helped", "operator")
async def helped(ask: Ask) -> dict[str, Any]:
    """Say that somebody came to a station that called for help; 409 when it did not."""
    station = ask.path["station"]
    answer = await _kept(ask, _at(ask).helped(station, _who(ask)))
    ask.to.daemon.live.calls.over(station)
    return answer


def _at(ask: Ask) -> Corrections:
    return Corrections(ask.to.daemon.desk)


def _who(ask: Ask) -> str:
    return ask.who.user or ask.who.role


def _serial(ask: Ask) -> str:
    """Return the bundle of the path, as it stands on tickets."""
    serial = ask.path["serial"]
    if not SERIAL.fullmatch(serial):
        raise Stop(404, "A bundle's number is 1 to 12 digits and capital letters.")
    return serial


async def _kept(ask: Ask, correction: Awaitable[Row]) -> dict[str, Any]:
    """Return the event that was kept; 409 with the reason in both languages for what cannot be."""
    try:
        row = await correction
    except NotRecorded as refused:
        raise Stop(409, refused.text) from refused
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"event": row.id(ask.to.daemon.live.gateway_id), "entries": row.body["entries"]}
