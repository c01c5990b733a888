"""The web server: the API, the screens and /metrics, on the daemon's own loop."""

import asyncio
import contextlib
import hashlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.web import api
from gateway.web.names import Names, host_of
from gateway.web.route import Ask, Route, Routes, Services
from gateway.web.table import ROUTES

log = logging.getLogger("gongbang")

STATIC = Path(__file__).parent / "static"
MOST_CONNECTIONS = 200  # thirty browsers: the descriptors of the process belong to the drivers and the journal too
DATE_S = 1.0  # between two settings of the answers' date
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
NOT_OURS = (
    "{0}: 이 게이트웨이의 이름이 아니에요. 기기의 이름이나 주소로 열어 주세요. "
    "이 이름이 맞다면 설정의 dashboard에 names로 적어 주세요.\n"
    "{0} is not a name of this gateway. Open it by the machine's own name or address; "
    "if the name is right, write it under dashboard: names in the configuration.\n"
)
pages = Routes("read")


@pages.get("/metrics", "viewer")
async def metrics(ask: Ask) -> Response:
    """The components for Prometheus."""
    from gateway.web.metrics import exposition  # a shop without Prometheus does not load its library

    await ask.to.daemon.count()
    text = exposition(ask.to.daemon.live.components.values())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


@pages.get("/api/openapi.json", "viewer")
async def openapi(_: Ask) -> Response:
    """The API's document."""
    from gateway.web.openapi import document

    return JSONResponse(document())


@pages.get("/api/docs", "viewer")
async def docs(_: Ask) -> Response:
    """The API as a page."""
    from gateway.web.openapi import page

    return HTMLResponse(page())


@pages.get("/api/docs.css", "viewer")
async def docs_style(_: Ask) -> Response:
    """How that page looks: the policy forbids styles within it."""
    from gateway.web.openapi import STYLE

    return Response(STYLE, media_type="text/css")


@pages.get("/{path:path}", "nobody")
async def screens(ask: Ask) -> Response:
    """The built screens; every path of the app's own is its index."""
    path = ask.path["path"]
    file = (STATIC / path).resolve()
    if path and file.is_relative_to(STATIC.resolve()) and file.is_file():
        # Built files carry their hash in their name and never change.
        lasting = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        return FileResponse(file, headers={"Cache-Control": lasting})
    if path.startswith(("api/", "assets/")):
        return PlainTextResponse("There is nothing here.", 404)
    if not (STATIC / "index.html").exists():
        return PlainTextResponse("The screens are not built: run `make demo`, or tools/screens.sh.", 503)
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


class Door(H11Protocol):
    """One connection. One too many is closed at once, and one that asks nothing after a while, as an idle one is."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Let it in, or not."""
        super().connection_made(transport)
        if (over := len(self.connections) - MOST_CONNECTIONS) > 0:
            transport.abort()
            if over == 1:
                log.warning("the dashboard has %d connections: no more are taken now", MOST_CONNECTIONS)
            return
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)


class Server(uvicorn.Server):
    """uvicorn without its signal handlers, for the daemon has its own, and without its look ten times a second whether
    to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._to_end = asyncio.Event()

    def end(self) -> None:
        """Have it end."""
        self.should_exit = True
        self._to_end.set()

    async def main_loop(self) -> None:
        """Keep the date of the answers until the end."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATE_S):
                    await self._to_end.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the daemon."""
        yield


class Guard:
    """Adds the headers that keep other sites out, and refuses names that are not this machine's (421)."""

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        host = host_of(Headers(scope=scope).get("host", ""))
        known = self._names.answers_to(host, scope["server"][0])
        await (self._app if known else PlainTextResponse(NOT_OURS.format(host[:100]), 421))(scope, receive, guarded)


def site(services: Services, names: Names) -> Starlette:
    """Return the whole site."""
    table = [_mounted(route, api.PREFIX) for route in ROUTES] + [_mounted(route, "") for route in pages.all]
    app = Starlette(routes=table, middleware=[Middleware(Guard, names=names)])
    app.state.services = services
    return app


def _mounted(route: Route, prefix: str) -> HttpRoute:
    return HttpRoute(prefix + route.path, route.endpoint, methods=[route.method])


def build_hash() -> str:
    """Return what tells one build of the screens from another; a page of an older one loads itself again."""
    index = STATIC / "index.html"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:12] if index.exists() else "none"


async def serve(services: Services, sock: socket.socket, names: Names) -> None:
    """Serve on a bound socket until cancelled; browsers are told to go, then everything is closed."""
    config = uvicorn.Config(
        site(services, names),
        http=Door,
        backlog=64,  # so many are accepted in one turn of the loop, before any can be closed
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
        services.stream.close()
        server.end()
        await asyncio.wait([serving])
        sock.close()
