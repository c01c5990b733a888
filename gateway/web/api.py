"""The HTTP API. Every route names the role it needs; every change checks session, Origin and CSRF."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from gateway.event import Position, Row, position_of
from gateway.live import Live
from gateway.version import VERSION
from gateway.web.accounts import LEAST_PASSWORD, RANK, Accounts, Role, Session
from gateway.web.stream import Stream

COOKIE = "gongbang_session"
CSRF_HEADER = "x-csrf"


class Daemon(Protocol):
    """What the web server asks of the daemon."""

    live: Live

    def unready(self) -> list[str]: ...
    async def acknowledge(self, rule: str, by: str) -> bool: ...
    async def reload(self, by: str) -> list[str]: ...
    async def recent(self, kind: str | None, before: Position | None, limit: int) -> list[Row]: ...
    async def work_summary(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with."""

    daemon: Daemon
    accounts: Accounts
    stream: Stream


class SetupForm(BaseModel):
    """The set-up code that the daemon printed, and the owner's new password."""

    code: str = Field(max_length=32)
    password: str = Field(min_length=LEAST_PASSWORD, max_length=200)


class LoginForm(BaseModel):
    """A user and the password."""

    user: str = Field(max_length=64)
    password: str = Field(max_length=200)


def needs(role: Role) -> Callable[[Request, Response], Awaitable[Session]]:
    """Return the dependency that lets a session of at least this role through, and checks changes for forgery."""

    async def check(request: Request, response: Response) -> Session:
        session = session_of(request, response)
        if request.method not in ("GET", "HEAD"):
            _check_origin(request)
            if role != "nobody" and request.headers.get(CSRF_HEADER) != session.csrf:
                raise HTTPException(403, "The page is older than its session: load it again.")
        if RANK[session.role] < RANK[role]:
            raise HTTPException(401 if not session.user else 403, f"This needs the role {role}.")
        return session

    check.role = role  # type: ignore[attr-defined] # read by the test that every route names its role
    return check


def session_of(request: Request, response: Response) -> Session:
    """Return the browser's session; a new one is put into its cookie."""
    accounts: Accounts = request.app.state.services.accounts
    session = accounts.session(request.cookies.get(COOKIE))
    if request.cookies.get(COOKIE) != session.token:
        _keep(response, session)
    return session


def _keep(response: Response, session: Session) -> None:
    response.set_cookie(COOKIE, session.token, httponly=True, samesite="strict", path="/")


def _check_origin(request: Request) -> None:
    """A change must come from our own page: the browser tells its origin, and pages elsewhere cannot lie about it."""
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin is None or origin.partition("://")[2] != host:
        raise HTTPException(403, "Changes are taken from this gateway's own page only.")


Viewer = Annotated[Session, Depends(needs("viewer"))]
Operator = Annotated[Session, Depends(needs("operator"))]
Owner = Annotated[Session, Depends(needs("owner"))]
Installer = Annotated[Session, Depends(needs("installer"))]
Anyone = Annotated[Session, Depends(needs("nobody"))]

routes = APIRouter(prefix="/api/v1")


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


With = Annotated[Services, Depends(_services)]


@routes.get("/health")
async def health(_: Anyone) -> dict[str, Any]:
    """Whether the daemon runs."""
    return {"ok": True, "version": VERSION}


@routes.get("/ready")
async def ready(_: Anyone, to: With, response: Response) -> dict[str, Any]:
    """Whether readings flow: 200, or 503 with what is missing."""
    why = to.daemon.unready()
    response.status_code = 503 if why else 200
    return {"ready": not why, "why": why}


@routes.get("/session")
async def session(who: Anyone, to: With) -> dict[str, Any]:
    """Who is looking, what they may do, and whether set-up is over."""
    workshop = to.daemon.live.config.workshop
    return {
        "role": who.role,
        "user": who.user,
        "setup": who.role == "nobody" and not to.accounts.set_up,
        "csrf": who.csrf,
        "workshop": {"id": workshop.id, "name": workshop.name, "language": workshop.language},
        "gateway": to.daemon.live.gateway_id,
        "version": VERSION,
    }


@routes.get("/points")
async def points(_: Viewer, to: With) -> dict[str, Any]:
    """The latest value of every point, with its unit, quality, age and short trend."""
    return {"points": to.daemon.live.points()}


@routes.get("/machines")
async def machines(_: Viewer, to: With) -> dict[str, Any]:
    """Every machine with its state since when, its pieces and its target."""
    return {"machines": to.daemon.live.machines()}


@routes.get("/alarms")
async def alarms(_: Viewer, to: With) -> dict[str, Any]:
    """The alarms that are not over."""
    return {"alarms": to.daemon.live.alarms(), "last_ts": to.daemon.live.last_alarm_ts()}


@routes.post("/alarms/{rule}/acknowledge")
async def acknowledge(rule: str, who: Operator, to: With) -> dict[str, Any]:
    """Acknowledge an alarm; 404 when it is not on."""
    if not await to.daemon.acknowledge(rule, who.user or who.role):
        raise HTTPException(404, f"The alarm {rule} is not on.")
    return {"ok": True}


@routes.get("/events")
async def events(
    _: Viewer,
    to: With,
    kind: str | None = None,
    before: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Kept events, newest first. `before` is the id of an event: the older ones follow."""
    try:
        place = position_of(before) if before else None
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    rows = await to.daemon.recent(kind, place, limit)
    gateway = to.daemon.live.gateway_id
    return {
        "events": [
            {"id": row.id(gateway), "ts": row.time_ns / 1e6, "kind": row.kind, "source": row.source, **row.body}
            for row in rows
        ]
    }


@routes.get("/work/scans")
async def scans(_: Viewer, to: With) -> dict[str, Any]:
    """The latest scans with their answers, oldest first."""
    return {"scans": list(to.daemon.live.scans)}


@routes.get("/work/summary")
async def work_summary(_: Owner, to: With) -> dict[str, Any]:
    """Today's pieces by worker and operation: sums over kept scans, for those who may see them."""
    return {"summary": await to.daemon.work_summary()}


@routes.get("/components")
async def components(_: Viewer, to: With) -> dict[str, Any]:
    """Every driver, publisher and inner part: state, counters, last error, what to do."""
    return {"components": to.daemon.live.component_entries()}


@routes.get("/stream")
async def stream(_: Viewer, to: With) -> StreamingResponse:
    """Server-sent events: a snapshot, changes once a second, scans at once, heartbeats."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(to.stream.events(), media_type="text/event-stream", headers=headers)


@routes.post("/reload")
async def reload(who: Installer, to: With) -> dict[str, Any]:
    """Read the configuration again; 422 with every problem when it is wrong, and the old one goes on."""
    if problems := await to.daemon.reload(who.user or who.role):
        raise HTTPException(422, problems)
    return {"ok": True}


@routes.post("/setup")
async def setup(form: SetupForm, _: Anyone, to: With, response: Response) -> dict[str, Any]:
    """Become the owner with the set-up code that the daemon printed."""
    began = await to.accounts.own(form.code, form.password)
    if not began:
        raise HTTPException(403, "The code is wrong, was used, or was tried too often: wait a minute.")
    _keep(response, began)
    return {"role": began.role, "csrf": began.csrf}


@routes.post("/login")
async def login(form: LoginForm, _: Anyone, to: With, response: Response) -> dict[str, Any]:
    """Log in."""
    began = await to.accounts.login(form.user, form.password)
    if not began:
        raise HTTPException(403, "The password is wrong, or was tried too often: wait a minute.")
    _keep(response, began)
    return {"role": began.role, "csrf": began.csrf}


@routes.post("/logout")
async def logout(who: Anyone, to: With, response: Response) -> dict[str, Any]:
    """Log out."""
    to.accounts.logout(who.token)
    response.delete_cookie(COOKIE)
    return {"ok": True}


def application(services: Services) -> FastAPI:
    """Return the API as an application; the screens and /metrics are mounted by `gateway.web.server`."""
    app = FastAPI(title="Gongbang", version=VERSION, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.services = services
    app.include_router(routes)
    return app
