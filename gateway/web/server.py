"""The web server: the API, the screens and /metrics, on the daemon's own loop."""

import asyncio
import contextlib
import hashlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.apart import Failed
from gateway.web import api, certificates, trust
from gateway.web.door import Door
from gateway.web.names import Names, host_of
from gateway.web.route import Ask, Https, Route, Routes, Services
from gateway.web.sockets import is_loopback
from gateway.web.table import ROUTES

log = logging.getLogger("gongbang")

STATIC = Path(__file__).parent / "static"
RENEW_S = 6 * 3600.0
DATE_S = 1.0  # between two settings of the answers' date
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Of the worker that reads codes in a camera's pictures: its own script alone may run WebAssembly, not the page.
DECODER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
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
        decoder = {"Content-Security-Policy": DECODER_POLICY} if path.startswith("assets/decoder-") else {}
        return FileResponse(file, headers={"Cache-Control": lasting, **decoder})
    if path.startswith(("api/", "assets/")):
        return JSONResponse({"detail": "There is nothing here."}, 404)
    if not (STATIC / "index.html").exists():
        return PlainTextResponse("The screens are not built: run `make demo`, or tools/screens.sh.", 503)
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


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
    """Adds the headers that keep other sites out, refuses names that are not this machine's (421), and where HTTPS is
    on sends other devices there."""

    def __init__(self, app: ASGIApp, names: Names, https_port: int | None) -> None:
        self._app, self._names, self._https_port = app, names, https_port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        host = host_of(Headers(scope=scope).get("host", ""))
        to: ASGIApp = self._app
        if not self._names.answers_to(host, scope["server"][0]):
            to = PlainTextResponse(NOT_OURS.format(host[:100]), 421)
        elif self._https_port and _must_be_sealed(scope):
            to = self._elsewhere(scope, host)
        await to(scope, receive, guarded)

    def _elsewhere(self, scope: Scope, host: str) -> Response:
        """Send a look to HTTPS; a change has told its secret already, and is refused so that it is seen."""
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("HTTPS로 열어 주세요. / Open this page by HTTPS.", 403)
        name = f"[{host}]" if ":" in host else host
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        path = quote(scope["path"])
        return RedirectResponse(f"https://{name}:{self._https_port}{path}{query}", 307)


def _must_be_sealed(scope: Scope) -> bool:
    """Return whether a request came over the network in clear. What a device needs to trust us it must get so."""
    client = scope["client"][0] if scope["client"] else ""
    return scope["scheme"] == "http" and not is_loopback(client) and scope["path"] not in trust.IN_CLEAR


def site(services: Services, names: Names) -> Starlette:
    """Return the whole site."""
    table = [_mounted(route, api.PREFIX) for route in ROUTES]
    table += [_mounted(route, "") for route in (*trust.pages.all, *pages.all)]
    https_port = services.https.port if services.https else None
    middleware = [Middleware(Guard, names=names, https_port=https_port)]
    app = Starlette(routes=table, middleware=middleware, exception_handlers={HTTPException: _told})
    app.state.services = services
    return app


async def _told(_: Request, error: Exception) -> Response:
    """Tell what is no route of ours, or not by this method, as all other refusals are told."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)


def _mounted(route: Route, prefix: str) -> HttpRoute:
    return HttpRoute(prefix + route.path, route.endpoint, methods=[route.method])


def build_hash() -> str:
    """Return what tells one build of the screens from another; a page of an older one loads itself again."""
    index = STATIC / "index.html"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:12] if index.exists() else "none"


def _made(app: Starlette, https: Https | None = None) -> Server:
    config = uvicorn.Config(
        app,
        http=Door,
        backlog=64,  # so many are accepted in one turn of the loop, before any can be closed
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        proxy_headers=False,  # an address is what the connection says, not what a header does
        ssl_certfile=https.folder / certificates.SERVER if https else None,
        ssl_keyfile=https.folder / certificates.SERVER_KEY if https else None,
    )
    return Server(config)


async def serve(services: Services, sock: socket.socket, names: Names) -> None:
    """Serve on bound sockets until cancelled; browsers are told to go, then everything is closed."""
    app, https = site(services, names), services.https
    servers = [(_made(app), sock)]
    if https:
        servers.append((_made(app, https), https.socket))
    serving = [asyncio.create_task(one.serve([bound]), name="web server") for one, bound in servers]
    renewing = asyncio.create_task(_renew(https, servers[-1][0]), name="certificates") if https else None
    try:
        await asyncio.shield(asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED))
    finally:
        if renewing:
            renewing.cancel()
            await asyncio.wait([renewing])
        services.stream.close()
        for one, _ in servers:
            one.end()
        await asyncio.wait(serving)
        for _, bound in servers:
            bound.close()


async def _renew(https: Https, server: Server) -> None:
    """Look now and then whether the certificate is still for our addresses, for ever; new connections get another."""
    while True:
        await asyncio.sleep(RENEW_S)
        try:
            if await certificates.renewed(https.folder, https.names):
                server.config.ssl.load_cert_chain(  # type: ignore[union-attr] # it serves by it
                    https.folder / certificates.SERVER, https.folder / certificates.SERVER_KEY
                )
        except (Failed, OSError) as error:
            log.warning("the certificate could not be made anew: %s", error)
