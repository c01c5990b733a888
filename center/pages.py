"""Pages: the built page's files, read and packed once each."""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

PACKED: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")
NOT_BUILT: Final = "화면을 아직 만들지 않았어요. tools/screens.sh / The page is not built yet: tools/screens.sh\n"


class File(NamedTuple):
    """A file as it is sent."""

    content: bytes
    packed: bytes | None  # by gzip, where that makes it smaller
    media_type: str
    etag: str


class Pages:
    """Files below one folder. They are read again when they changed: a new build needs no new start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._known: dict[Path, tuple[int, File]] = {}

    def answer(self, request: Request) -> Response:
        """Return a file; every path of the page's own is its index."""
        path = request.path_params["path"]
        file = (self._folder / path).resolve()
        if path and file.is_relative_to(self._folder) and file.is_file():
            return self._send(request, file, path.startswith("assets/"))
        if path.startswith(("api/", "assets/")):
            return PlainTextResponse("There is nothing here.", 404)
        index = self._folder / "index.html"
        return self._send(request, index, False) if index.is_file() else PlainTextResponse(NOT_BUILT, 503)

    def _send(self, request: Request, path: Path, lasting: bool) -> Response:
        """Files under assets/ carry their hash in their name and never change; others are asked for again."""
        file = self._file(path)
        headers = {"ETag": file.etag, "Vary": "Accept-Encoding"}
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content = file.packed
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers, media_type=file.media_type)

    def _file(self, path: Path) -> File:
        stamp = path.stat().st_mtime_ns
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            known = self._known[path] = (stamp, _read(path))
        return known[1]


def _read(path: Path) -> File:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 6) if media_type.startswith(PACKED) else None
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return File(content, packed if packed and len(packed) < len(content) else None, media_type, etag)
