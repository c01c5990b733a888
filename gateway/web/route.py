"""Route: one entry of the API's table, and the frame that every request passes: session, role, forgery, validation."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from socket import socket as Socket  # noqa: N812 # a class, whatever its module calls it
from typing import TYPE_CHECKING, Any, Literal, Protocol

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from drivers.base import Written
from gateway.actions.actions import Actions
from gateway.alarm_desk import AlarmDesk
from gateway.backup.backups import Backups
from gateway.desk import Desk
from gateway.event import Body, Position, Row
from gateway.lists import Lists
from gateway.live import Entry, Live
from gateway.reckoner import Reckoner
from gateway.shopfloor import ShopFloor
from gateway.web.accounts import RANK, Accounts, Role, Session
from gateway.web.audit import Audit
from gateway.web.kiosks import Kiosks
from gateway.web.limits import Buckets, TooMany, source_of
from gateway.web.scope import Scope
from gateway.web.stream import Stream
from gateway.work.press import Kept, Press

if TYPE_CHECKING:  # who never searches does not load it
    from gateway.backup.order import Order
    from gateway.editor import Editor
    from gateway.finding.explorer import Explorer
    from gateway.printing.printers import Printers
    from gateway.replay.trial import Trials
    from gateway.reports.office import Office

log = logging.getLogger("gongbang")
COOKIE = "gongbang_session"
KIOSK_COOKIE = "gongbang_kiosk"
CSRF_HEADER = "x-csrf"
MOST_BODY_BYTES = 64 * 1024
NOBODY = Session("", "", "nobody", "", 0.0)
LATEST_MS = 4_102_444_800_000  # the year 2100


class Daemon(Protocol):
    """What the web server asks of the daemon."""

    live: Live
    desk: Desk
    lists: Lists
    alarms: AlarmDesk
    reckoner: Reckoner
    actions: Actions
    backups: Backups
    shopfloor: ShopFloor

    @property
    def explorer(self) -> "Explorer": ...
    @property
    def editor(self) -> "Editor": ...
    @property
    def trials(self) -> "Trials": ...
    @property
    def printers(self) -> "Printers": ...
    @property
    def office(self) -> "Office": ...
    async def bundle(self) -> bytes: ...

    restored: dict[str, Any] | None

    @property
    def journal_path(self) -> Path: ...
    async def copies(self, **more: Any) -> Any: ...
    def restore_soon(self, order: "Order") -> None: ...
    def needs_restart(self) -> list[str]: ...
    def unready(self) -> list[str]: ...
    async def reload(self, by: str) -> list[str]: ...
    async def recent(self, kind: str | None, before: Position | None, limit: int) -> list[Row]: ...
    async def count(self) -> None: ...
    async def history(self, point: str, from_s: int | None, to_s: int | None) -> dict[str, Any]: ...
    async def vouch(self, utc_ms: int, by: str) -> None: ...
    async def write(self, output: str, value: float | str, by: str) -> Written: ...
    async def redrive(self, publisher: str, by: str) -> int | None: ...
    async def press(self, press: Press) -> Kept: ...
    async def work_summary(self) -> dict[str, Any]: ...
    def preview(self, camera: str) -> bytes | None: ...
    def put_switch(self, part: str, name: str, on: bool) -> None: ...
    def note(self, kind: str, source: str, body: Body) -> None: ...


@dataclass(frozen=True, slots=True)
class Https:
    """HTTPS, where it is on: its socket, where the certificates lie, and the owner's names for this machine."""

    socket: Socket
    folder: Path
    names: tuple[str, ...]

    @property
    def port(self) -> int:
        """Return its port."""
        return int(self.socket.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with."""

    daemon: Daemon
    accounts: Accounts
    stream: Stream
    kiosks: Kiosks
    audit: Audit
    requests: Buckets  # of each client
    https: Https | None = None

    def badge(self, scan: Entry) -> None:
        """A scan was answered at a station that has tablets."""
        station, word = scan["station"], (scan["ticket"] or {}).get("word")
        badge = scan["worker"] if scan["answer"] == "badge" else ""
        if (badge or word == "LOGOUT") and self.accounts.badge_scanned(station, badge):
            told = {"by": badge, "role": "operator" if badge else "viewer", "from": station}
            self.audit.tell(told, "SCAN", f"/stations/{station}", 200)


class Stop(Exception):
    """Ends a request with a status and a reason."""

    def __init__(self, status: int, detail: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


@dataclass(slots=True)
class Ask:
    """One request, checked: who asks, and the route's query or form, validated."""

    to: Services
    who: Session
    path: dict[str, str]
    source: str = ""  # the client's address
    secure: bool = False  # it came by HTTPS
    query: Any = None
    form: Any = None
    raw: bytes = b""
    status: int = 200
    begun: Session | None = None  # a session that the answer starts
    ended: bool = False  # the answer ends the session
    kiosk: str | None = None  # the secret of a tablet that says it stands at a station
    claimed: str = ""  # the account that somebody tried to log in to

    @property
    def by(self) -> str:
        """Return in whose name something is recorded."""
        return self.who.user or self.who.role

    def named(self) -> dict[str, str]:
        """Return who asks, for the audit."""
        who = self.begun or self.who
        return {"by": who.user or self.claimed, "role": who.role, "from": self.source}


Handler = Callable[[Ask], Awaitable[Any]]
Model = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Route:
    """One route. It cannot be written without its role and its scope."""

    method: Literal["GET", "POST"]
    path: str
    role: Role
    scope: Scope
    handler: Handler
    query: Model | None = None
    form: Model | None = None
    raw_bytes: int = 0  # of a body that is no form, at most; 0 takes none
    audited: bool = True  # where it changes something and is no event of its own
    gives: str = "application/json"  # the type of what it answers; */* where that depends on the question

    @property
    def needs(self) -> Scope:
        """Return the scope that a program's token must have."""
        return "read" if self.method == "GET" and RANK[self.role] <= RANK["viewer"] else self.scope

    async def endpoint(self, request: Request) -> Response:
        """Answer one request."""
        services: Services = request.app.state.services
        source = source_of(request.client.host if request.client else "")
        kiosk = request.cookies.get(KIOSK_COOKIE)
        ask = Ask(services, NOBODY, dict(request.path_params), source, request.url.scheme == "https", kiosk=kiosk)
        try:
            services.requests.take(services.accounts.logged_in(request.cookies.get(COOKIE)) or source)
        except TooMany as often:
            return _refusal(_often(often))
        response = await self._answer(request, ask)
        if self.method != "GET":
            if response.status_code < 400:
                services.accounts.used(ask.who)
            if self.audited:
                services.audit.tell(ask.named(), self.method, request.url.path, response.status_code)
        if ask.ended:
            response.delete_cookie(COOKIE)
            return response
        return _with_cookie(response, request, ask.begun or ask.who)

    async def _answer(self, request: Request, ask: Ask) -> Response:
        try:
            ask.who = _who(request, ask)
            self._check(request, ask.who)
            ask.query = _valid(self.query, dict(request.query_params))
            ask.form = _valid(self.form, await _body(request, self.form)) if self.form else None
            ask.raw = await _read(request, self.raw_bytes) if self.raw_bytes else b""
            answer = await self.handler(ask)
        except Stop as stop:
            return _refusal(stop)
        except TooMany as often:
            return _refusal(_often(often))
        except OSError as error:  # a file that could not be written
            log.warning("%s %s: %s", self.method, self.path, error)
            return _refusal(Stop(503, str(error)))
        return answer if isinstance(answer, Response) else _json(answer, ask.status)

    def _check(self, request: Request, session: Session) -> None:
        """A change must come from our own page: a browser tells its origin, and pages elsewhere cannot lie about it.
        A program shows its token in a header that no page elsewhere can make a browser send."""
        if session.scopes is not None:
            if (self.role != "nobody" and self.needs not in session.scopes) or self.scope == "door":
                raise Stop(403, f"This needs a token with the scope {self.needs}.")
            return
        if self.method != "GET":
            origin, host = request.headers.get("origin"), request.headers.get("host")
            if origin is None or origin.partition("://")[2] != host:
                raise Stop(403, "Changes are taken from this gateway's own page only.")
            if self.role != "nobody" and request.headers.get(CSRF_HEADER) != session.csrf:
                raise Stop(403, "The page is older than its session: load it again.")
        if RANK[session.role] < RANK[self.role]:
            raise Stop(403 if session.user else 401, f"This needs the role {self.role}.")


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes of one part of the API, with the scope that those have which do not say another."""

    scope: Scope
    all: list[Route] = field(default_factory=list)

    def get(
        self,
        path: str,
        role: Role,
        query: Model | None = None,
        scope: Scope | None = None,
        gives: str = "application/json",
    ) -> Callable[[Handler], Handler]:
        """Add a route that only looks."""
        return self._add("GET", path, role, scope, query=query, gives=gives)

    def post(
        self,
        path: str,
        role: Role,
        form: Model | None = None,
        query: Model | None = None,
        raw_bytes: int = 0,
        audited: bool = True,
        scope: Scope | None = None,
        gives: str = "application/json",
    ) -> Callable[[Handler], Handler]:
        """Add a route that changes something. One with `raw_bytes` takes a file as its body, of at most so many."""
        return self._add("POST", path, role, scope, query, form, raw_bytes, audited, gives)

    def _add(
        self,
        method: Literal["GET", "POST"],
        path: str,
        role: Role,
        scope: Scope | None,
        query: Model | None = None,
        form: Model | None = None,
        raw_bytes: int = 0,
        audited: bool = True,
        gives: str = "application/json",
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self.all.append(
                Route(method, path, role, scope or self.scope, handler, query, form, raw_bytes, audited, gives)
            )
            return handler

        return add


def _valid(model: Model | None, given: Any) -> Any:
    if model is None:
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        detail = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
        raise Stop(422, detail) from error


async def _read(request: Request, most_bytes: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            raise Stop(413, f"More than {most_bytes} bytes.")
    return b"".join(parts)


async def _body(request: Request, form: Model) -> Any:
    try:
        return orjson.loads(await _read(request, getattr(form, "MOST_BYTES", MOST_BODY_BYTES)))
    except orjson.JSONDecodeError as error:
        raise Stop(422, f"Not JSON: {error}") from error


def _json(body: Any, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _who(request: Request, ask: Ask) -> Session:
    """Return who asks: a program by its token, else a browser by its cookie. Raises Stop, TooMany."""
    accounts, given = ask.to.accounts, request.headers.get("authorization")
    if given is not None:
        kind, _, secret = given.partition(" ")
        program = accounts.program(secret.strip()) if kind.lower() == "bearer" else None
        if program is None:
            raise Stop(401, "This token is not known, or is over.", {"WWW-Authenticate": "Bearer"})
        return program
    session = accounts.session(request.cookies.get(COOKIE))
    station = ask.to.kiosks.station_of(ask.kiosk)
    return accounts.at_station(station, session) if station else session


def _refusal(stop: Stop) -> Response:
    response = _json({"detail": stop.detail}, stop.status)
    response.headers.update(stop.headers or {})
    return response


def _often(often: TooMany) -> Stop:
    wait_s = ceil(often.wait_s)
    return Stop(429, f"This was asked too often: wait {wait_s} s.", {"Retry-After": str(wait_s)})


def _with_cookie(response: Response, request: Request, session: Session) -> Response:
    if session.token and request.cookies.get(COOKIE) != session.token:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, session.token, httponly=True, samesite="strict", path="/", secure=secure)
    return response
