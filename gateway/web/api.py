"""The HTTP API: what can be asked and changed, each with the role that it needs."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from drivers.errors import DeviceGone, NotWritten
from gateway.apart import Failed
from gateway.errors import StorageFailed
from gateway.event import Body, Position, Row, position_of
from gateway.version import VERSION
from gateway.web.accounts import LEAST_PASSWORD
from gateway.web.audit import AUDIT
from gateway.web.route import LATEST_MS, Ask, Routes, Stop
from gateway.web.users import begun

PREFIX = "/api/v1"
routes = Routes("configuration")


class EventsQuery(BaseModel):
    """Which kept events to show."""

    model_config = ConfigDict(extra="forbid")

    kind: str | None = Field(None, description="This kind only.")
    before: str | None = Field(None, description="The id of an event: the older ones follow.")
    limit: int = Field(50, ge=1, le=200, description="At most so many.")


class ClockForm(BaseModel):
    """What time it is for whoever holds the device."""

    model_config = ConfigDict(extra="forbid")

    ts: int = Field(ge=0, le=LATEST_MS, description="UTC ms.")


class WriteForm(BaseModel):
    """An output, `device.output`, and what to write: a number, or the name of a choice."""

    model_config = ConfigDict(extra="forbid")

    output: str = Field(max_length=127)
    value: float | str


class SetupForm(BaseModel):
    """The set-up code that the daemon printed, and the owner's new password."""

    code: str = Field(max_length=32)
    password: str = Field(min_length=LEAST_PASSWORD, max_length=200)


class LoginForm(BaseModel):
    """A user and the password."""

    user: str = Field(max_length=64)
    password: str = Field(max_length=200)


@routes.get("/health", "nobody")
async def health(_: Ask) -> dict[str, Any]:
    """Whether the daemon runs."""
    return {"ok": True, "version": VERSION}


@routes.get("/ready", "nobody")
async def ready(ask: Ask) -> dict[str, Any]:
    """Whether readings flow: 200, or 503 with what is missing."""
    why = ask.to.daemon.unready()
    ask.status = 503 if why else 200
    return {"ready": not why, "why": why}


@routes.get("/session", "nobody")
async def session(ask: Ask) -> dict[str, Any]:
    """Who is looking, what they may do, and whether set-up is over."""
    live = ask.to.daemon.live
    workshop = live.config.workshop
    return {
        "role": ask.who.role,
        "user": ask.who.user,
        "setup": ask.who.role == "nobody" and not ask.to.accounts.set_up,
        "csrf": ask.who.csrf,
        "workshop": workshop.model_dump(include={"id", "name", "language", "timezone"}),
        **live.config.start.model_dump(mode="json"),
        "unit": live.config.work.unit,
        "gateway": live.gateway_id,
        "version": VERSION,
    }


@routes.get("/points", "viewer")
async def points(ask: Ask) -> dict[str, Any]:
    """The latest value of every point, with its unit, quality, age and short trend."""
    return {"points": ask.to.daemon.live.points()}


@routes.get("/machines", "viewer")
async def machines(ask: Ask) -> dict[str, Any]:
    """Every machine with its state since when, its pieces and its target."""
    return {"machines": ask.to.daemon.live.machines()}


@routes.get("/stations", "viewer")
async def stations(ask: Ask) -> dict[str, Any]:
    """Every station, as the configuration names it."""
    found = ask.to.daemon.live.config.stations
    return {"stations": [{"name": one.name, "label": one.label and one.label.model_dump()} for one in found]}


@routes.post("/write", "operator", form=WriteForm, scope="outputs")
async def write(ask: Ask) -> dict[str, Any]:
    """Write an output; 422 when it may not be or was refused, 503 when its wire is gone. Both are events too."""
    try:
        done = await ask.to.daemon.write(ask.form.output, ask.form.value, ask.who.user or ask.who.role)
    except NotWritten as why:
        raise Stop(422, str(why)) from why
    except DeviceGone as gone:
        raise Stop(503, str(gone)) from gone
    return {"ok": True, "before": done.before, "after": done.after}


@routes.get("/events", "viewer", query=EventsQuery)
async def events(ask: Ask) -> dict[str, Any]:
    """Kept events, newest first."""
    try:
        place = position_of(ask.query.before) if ask.query.before else None
    except ValueError as error:
        raise Stop(422, str(error)) from error
    rows = await _rows(ask, place)
    gateway = ask.to.daemon.live.gateway_id
    return {
        "events": [
            {"id": row.id(gateway), "ts": row.time_ns / 1e6, "kind": row.kind, "source": row.source}
            | (row.body if ask.who.sees_people else without_people(row.body))
            for row in rows
        ]
    }


async def _rows(ask: Ask, place: Position | None) -> list[Row]:
    """Return the rows that somebody may see: the audit is for owners."""
    owner, limit = ask.who.sees_people, ask.query.limit
    found: list[Row] = []
    while len(found) < limit:
        page = await ask.to.daemon.recent(ask.query.kind, place, limit)
        found += [row for row in page if owner or row.kind != AUDIT]
        if len(page) < limit:
            break
        place = page[-1].position
    return found[:limit]


def without_people(body: Body) -> Body:
    """Return what everybody may see of an event: who did it is for owners, as are rates, consents and corrections.

    A badge's scan, a key pressed by a badge, and what a worker was answered say who, too: else what stands between them
    could be added up by worker.
    """
    hidden = {"worker", "held_by", "entries"}
    hidden |= {"answer_text"} if body.get("worker") else set()
    hidden |= {"raw", "ticket"} if body.get("answer") == "badge" else set()
    hidden |= {"by"} if str(body.get("by", "")).isdigit() else set()  # a user's name is never of digits alone
    return {name: value for name, value in body.items() if name not in hidden}


@routes.get("/work/scans", "viewer")
async def scans(ask: Ask) -> dict[str, Any]:
    """The latest scans with their answers, oldest first."""
    return {"scans": list(ask.to.daemon.live.scans)}


@routes.get("/work/summary", "owner", scope="people")
async def work_summary(ask: Ask) -> dict[str, Any]:
    """Today's pieces by worker and operation, for those who may see them."""
    return await ask.to.daemon.work_summary()


@routes.get("/cameras/{name}/preview", "owner", gives="image/jpeg")
async def camera_preview(ask: Ask) -> Response:
    """The newest picture of a camera (image/jpeg), masked and small; 404 where the owner has not switched it on."""
    jpeg = ask.to.daemon.preview(ask.path["name"])
    if jpeg is None:
        raise Stop(404, f"There is no picture of {ask.path['name']}.")
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@routes.get("/components", "viewer")
async def components(ask: Ask) -> dict[str, Any]:
    """Every driver, publisher and inner part: state, counters, what became of its rows, last error, what to do."""
    await ask.to.daemon.count()
    return {"components": ask.to.daemon.live.component_entries()}


@routes.post("/components/bundle", "owner", scope="configuration", gives="application/zip")
async def bundle(ask: Ask) -> Response:
    """The diagnostic bundle: versions, configuration, counters, losses, doctor, box and log; secrets are taken out."""
    try:
        made = await ask.to.daemon.bundle()
    except Failed as failed:
        raise Stop(503, f"The bundle could not be made: {failed}") from failed
    day = datetime.fromtimestamp(ask.to.daemon.live.now_ts() / 1e3, UTC).date()
    name = f"gongbang-{ask.to.daemon.live.gateway_id}-{day}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/zip", headers=headers)


@routes.post("/publishers/{name}/redrive", "owner")
async def redrive(ask: Ask) -> dict[str, Any]:
    """Send the dead letters of a publisher or an action again, behind all else; 404 without it."""
    name = ask.path["name"]
    try:
        rows = await ask.to.daemon.redrive(name, ask.who.user or ask.who.role)
    except StorageFailed as failed:
        raise Stop(503, str(failed)) from failed
    if rows is None:
        raise Stop(404, f"There is no publisher and no action {name}.")
    return {"rows": rows}


@routes.get("/stream", "viewer", gives="text/event-stream")
async def stream(ask: Ask) -> Response:
    """Server-sent events: a snapshot, changes once a second, scans at once, heartbeats."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(ask.to.stream.events(), media_type="text/event-stream", headers=headers)


@routes.post("/reload", "installer")
async def reload(ask: Ask) -> dict[str, Any]:
    """Read the configuration again; 422 with every problem when it is wrong, and the old one goes on."""
    if problems := await ask.to.daemon.reload(ask.who.user or ask.who.role):
        raise Stop(422, problems)
    return {"ok": True}


@routes.post("/clock", "owner", form=ClockForm)
async def clock(ask: Ask) -> dict[str, Any]:
    """Set the gateway's clock by the device in the hand, where no time server does; 409 for a time that cannot be."""
    try:
        await ask.to.daemon.vouch(ask.form.ts, ask.who.user or ask.who.role)
    except ValueError as error:
        raise Stop(409, str(error)) from error
    except (StorageFailed, OSError) as error:
        raise Stop(503, str(error)) from error
    return {"ok": True}


@routes.post("/setup", "nobody", form=SetupForm, scope="door")
async def setup(ask: Ask) -> dict[str, Any]:
    """Become the owner with the set-up code that the daemon printed."""
    ask.begun = await ask.to.accounts.own(ask.form.code, ask.form.password, ask.source)
    return begun(ask.begun, "The code is wrong, or was used.")


@routes.post("/login", "nobody", form=LoginForm, scope="door")
async def login(ask: Ask) -> dict[str, Any]:
    """Log in."""
    ask.claimed = ask.to.accounts.known(ask.form.user)
    ask.begun = await ask.to.accounts.login(ask.form.user, ask.form.password, ask.source)
    return begun(ask.begun, "The password is wrong.")


@routes.post("/logout", "nobody", scope="door")
async def logout(ask: Ask) -> dict[str, Any]:
    """Log out."""
    ask.to.accounts.logout(ask.who)
    ask.ended = True
    return {"ok": True}
