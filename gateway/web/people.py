"""The API of people: who has which badge, what they agreed to, and forgetting somebody who has left. Owners only."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import StorageFailed
from gateway.web.route import Ask, Routes, Stop
from gateway.work.entries import NotRecorded

routes = Routes("people")
DAY = r"^\d{4}-\d{2}-\d{2}$"
Purpose = Literal["work_figures", "camera", "share"]


class ConsentForm(BaseModel):
    """Who agreed to what. Without a badge it is the shop itself that agrees, to `share`."""

    model_config = ConfigDict(extra="forbid")

    badge: int | None = Field(None, ge=0, le=999999)
    purpose: Purpose
    granted: bool
    until: str | None = Field(None, pattern=DAY, description="The last day; without it until it is withdrawn.")


class EraseForm(BaseModel):
    """The badge once more: this cannot be undone."""

    model_config = ConfigDict(extra="forbid")

    badge: int = Field(ge=0, le=999999)


@routes.get("/work/people", "owner")
async def everybody(ask: Ask) -> dict[str, Any]:
    """Who has which badge, with language, first and last day and a note; and the consents, the newest of each."""
    try:
        lists = ask.to.daemon.lists
        return {"people": await lists.persons(), "consents": await lists.consents()}
    except StorageFailed as error:
        raise Stop(503, str(error)) from error


@routes.post("/work/consents", "owner", form=ConsentForm)
async def consent(ask: Ask) -> dict[str, Any]:
    """Record that somebody agreed, or does not any more."""
    form = ask.form
    if (form.badge is None) != (form.purpose == "share"):
        raise Stop(422, "The shop agrees to `share`, a worker to the others.")
    try:
        event = await ask.to.daemon.lists.consented(
            form.badge, form.purpose, form.granted, form.until, ask.who.user or ask.who.role
        )
    except NotRecorded as error:
        raise Stop(422, error.text) from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
    return {"event": event}


@routes.post("/work/people/{badge}/erase", "owner", form=EraseForm)
async def erase(ask: Ask) -> dict[str, Any]:
    """Forget a worker who has left: the name and all that is personal go, the sums stay under the badge's number.
    Tells where the name may still stand, and whether the database's log is empty."""
    if ask.path["badge"].lstrip("0") != str(ask.form.badge).lstrip("0"):
        raise Stop(422, "The badge in the form is another.")
    try:
        return await ask.to.daemon.lists.erased(ask.form.badge, ask.who.user or ask.who.role)
    except NotRecorded as error:
        raise Stop(422, error.text) from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
