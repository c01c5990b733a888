"""The page's server: the HTTP API, the built page, and the door with the access word."""

import asyncio
import contextlib
import gzip
import logging
import math
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import apsw
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from center.config import is_loopback
from center.download import Downloads, NotMade
from center.pages import Pages
from center.site import STATIC, Site, build_hash
from gateway.event import position_of

log = logging.getLogger("gongbang.center")

COOKIE: Final = "gongbang_center"
EVENTS: Final = 100  # of one page
MOST_FORM_BYTES: Final = 4096
MOST_CONNECTIONS: Final = 200  # the descriptors of the process belong to the broker and the file too
LEAST_GZIP_BYTES: Final = 1000
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
READY: Final = "/api/v1/ready"  # of the API, this alone is told to everybody

Handler = Callable[[Request], Awaitable[Response]]


class Routes:
    """What is answered. Only `login` and `logout` change anything."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pages = Pages(STATIC)
        self._build = build_hash()
        self._downloads = Downloads(site.reader.path)

    def table(self) -> list[Route]:
        """Return the routes; the last one is the page."""
        return [
            Route("/api/v1/ready", self.ready),
            Route("/api/v1/fleet", self.fleet),
            Route("/api/v1/shops/{workshop}/{gateway}", self.shop),
            Route("/api/v1/shops/{workshop}/{gateway}/copy", self.copy),
            Route("/login", self.enter, methods=["POST"]),
            Route("/logout", self.leave, methods=["POST"]),
            Route("/{path:path}", self.page),
        ]

    async def ready(self, _: Request) -> Response:
        """Whether rows flow: 200, or 503 with what is missing."""
        why = self._site.unready()
        return Response(orjson.dumps({"ready": not why, "why": why}), 503 if why else 200, media_type=JSON)

    async def fleet(self, request: Request) -> Response:
        """All shops with their states, those in need first."""
        return _json(request, self._site.view(self._build))

    async def shop(self, request: Request) -> Response:
        """One shop, its alarms and its last events."""
        workshop, gateway = request.path_params["workshop"], request.path_params["gateway"]
        found = self._site.fleet.one((workshop, gateway))
        if found is None:
            return _told(404, f"There is no shop {workshop}/{gateway}.")
        try:
            before = request.query_params.get("before")
            place = position_of(before) if before else None
        except ValueError as error:
            return _told(422, str(error))
        kind = request.query_params.get("kind") or None
        try:
            events = await asyncio.to_thread(self._site.reader.events, workshop, gateway, kind, place, EVENTS)
        except apsw.Error as error:
            return _told(503, f"The file cannot be read: {error}")
        shop, alarms = found
        shown = [
            {"rule": a["rule"], "severity": a["severity"], "message": a["message"], "since": a["since_ms"]}
            | {"acknowledged": a["acknowledged"]}
            for a in alarms
        ]
        return _json(request, {"shop": shop, "alarms": shown, "events": events})

    async def copy(self, request: Request) -> Response:
        """One shop's records as the file of a backup, which its gateway restores."""
        place = request.path_params["workshop"], request.path_params["gateway"]
        if self._site.fleet.one(place) is None:
            return _told(404, f"There is no shop {'/'.join(place)}.")
        try:
            return await self._downloads.copy(place, self._site.clock.utc_ms())
        except NotMade as why:
            return _told(503, str(why))

    async def enter(self, request: Request) -> Response:
        """Take the word (a form's `word`), and open the API to this browser."""
        if not _same_origin(request):
            return _told(403, "The word is taken from this center's own page only.")
        address = request.client.host if request.client else ""
        access = self._site.access
        if (wait_s := access.wait_s(address)) > 0:
            return _told(429, "Too early.", wait_s)
        token = access.enter((await _form(request)).get("word", ""), address)
        if token is None and access.needed:
            log.warning("a wrong access word came from %s", address)
            return _told(403, "That is not the word.", access.wait_s(address))
        response = Response(orjson.dumps({"ok": True}), media_type=JSON)
        if token:
            response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/")
        return response

    async def leave(self, request: Request) -> Response:
        """Close the API for this browser."""
        if not _same_origin(request):
            return _told(403, "Changes are taken from this center's own page only.")
        self._site.access.leave(request.cookies.get(COOKIE))
        response = Response(orjson.dumps({"ok": True}), media_type=JSON)
        response.delete_cookie(COOKIE)
        return response

    async def page(self, request: Request) -> Response:
        """The built page; every path of its own is its index."""
        return self._pages.answer(request)


JSON: Final = "application/json"


def _json(request: Request, body: Any) -> Response:
    """Answer with JSON, packed where the browser takes it. News are never kept by it."""
    content = orjson.dumps(body)
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(content) >= LEAST_GZIP_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 1)
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=JSON)


def _told(status: int, detail: str, wait_s: float | None = None) -> Response:
    """Answer with a reason, and when it is worth trying again."""
    headers = None if wait_s is None else {"Retry-After": str(math.ceil(wait_s))}
    return Response(orjson.dumps({"detail": detail}), status, headers, JSON)


def _same_origin(request: Request) -> bool:
    """A browser tells the origin of a form, and pages elsewhere cannot lie about it."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


async def _form(request: Request) -> dict[str, str]:
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > MOST_FORM_BYTES:
            return {}
    return {key: values[0] for key, values in parse_qs(raw.decode("utf-8", "replace"), max_num_fields=10).items()}


class Guard:
    """Lets into the API who may, and adds the headers that keep other sites out.

    On loopback, other host names are refused (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, site: Site, on_loopback: bool) -> None:
        self._app, self._site, self._on_loopback = app, site, on_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or not."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = self._refused(Request(scope)) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, guarded)

    def _refused(self, request: Request) -> Response | None:
        if self._on_loopback and not is_loopback(request.url.hostname or ""):
            return PlainTextResponse("Open this page as localhost.", 421)
        path = request.url.path  # the page itself is open: nothing of the shops is in its files
        if not path.startswith("/api/") or path == READY or self._site.access.knows(request.cookies.get(COOKIE)):
            return None
        return _told(401, "This needs the access word: POST /login")


class Door(H11Protocol):
    """One connection. One too many is closed at once, and one that asks nothing after a while, as an idle one is."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Let it in, or not."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the center has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def app(site: Site, on_loopback: bool) -> Starlette:
    """Return the whole site."""
    return Starlette(routes=Routes(site).table(), middleware=[Middleware(Guard, site=site, on_loopback=on_loopback)])


async def serve(site: Site, sock: socket.socket, on_loopback: bool) -> None:
    """Serve on a bound socket until cancelled; then everything is closed."""
    config = uvicorn.Config(
        app(site, on_loopback),
        http=Door,
        backlog=64,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve([sock]), name="web server")
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.wait([serving])
