"""The web server: the API, the screens and /metrics, on the daemon's own loop."""

import asyncio
import contextlib
import hashlib
import socket
from collections.abc import Iterator
from html import escape
from pathlib import Path

import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web.api import Services, application, needs
from gateway.web.metrics import exposition
from gateway.web.sockets import is_loopback

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the daemon."""
        yield


def build_hash() -> str:
    """Return what tells one build of the screens from another; a page of an older one loads itself again."""
    index = STATIC / "index.html"
    return hashlib.sha256(index.read_bytes()).hexdigest()[:12] if index.exists() else "none"


class Guard:
    """Adds the headers that keep other sites out. On loopback, other host names are refused (DNS rebinding)."""

    def __init__(self, app: ASGIApp, on_loopback: bool) -> None:
        self._app, self._on_loopback = app, on_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._on_loopback and not is_loopback(Request(scope).url.hostname or ""):
            await PlainTextResponse("Open this page as localhost.", 421)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, guarded)


def site(services: Services, on_loopback: bool) -> FastAPI:
    """Return the whole site."""
    app = application(services)

    app.add_middleware(Guard, on_loopback=on_loopback)

    @app.get("/metrics", include_in_schema=False, dependencies=[Depends(needs("viewer"))])
    async def metrics() -> Response:
        components = services.daemon.live.components.values()
        return Response(exposition(components), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/api/docs", include_in_schema=False, dependencies=[Depends(needs("viewer"))])
    async def docs() -> HTMLResponse:
        return HTMLResponse(_docs(app))

    @app.get("/{path:path}", include_in_schema=False, dependencies=[Depends(needs("nobody"))])
    async def screens(path: str) -> Response:
        return _screen(path)

    return app


def _screen(path: str) -> Response:
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


def _docs(app: FastAPI) -> str:
    """Return the API's page: from the OpenAPI document, without a script from elsewhere."""
    rows = "".join(
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description', ''))}</td></tr>"
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    )
    return (
        "<!doctype html><meta charset=utf-8><title>Gongbang API</title><h1>Gongbang API</h1>"
        f'<p><a href="/api/openapi.json">OpenAPI</a></p><table>{rows}</table>'
    )


async def serve(services: Services, sock: socket.socket, on_loopback: bool) -> None:
    """Serve on a bound socket until cancelled; browsers are told to go, then everything is closed."""
    config = uvicorn.Config(
        site(services, on_loopback), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve([sock]), name="web server")
    try:
        await asyncio.shield(serving)
    finally:
        services.stream.close()
        server.should_exit = True
        await asyncio.wait([serving])
        sock.close()
