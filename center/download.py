"""The download of a shop's copy: made when somebody asks for it, one at a time, and gone when it was sent."""

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from center.fleet import Place
from center.schema import COPY
from center.writer import DAY_MS
from gateway.apart import Failed, ask

SAMPLES_D: Final = 30  # as many as a gateway keeps, where its configuration says nothing else


class NotMade(Exception):
    """Why there is no copy."""


class Downloads:
    """Copies of the shops in one center's file."""

    def __init__(self, path: Path) -> None:
        self._path, self._one = path, asyncio.Lock()

    async def copy(self, place: Place, now_ms: int) -> FileResponse:
        """Return the file of a shop's copy. Raises NotMade."""
        with ExitStack() as stack:
            beside = tempfile.TemporaryDirectory(prefix=f"{self._path.name}{COPY}-", dir=self._path.parent)
            folder = stack.enter_context(beside)
            question = {"center": str(self._path), "workshop": place[0], "gateway": place[1], "name": "page"}
            more = {"folder": folder, "since_ms": now_ms - SAMPLES_D * DAY_MS}
            try:
                async with self._one:
                    made = await ask("center.copy", question | more)
            except Failed as failed:
                raise NotMade(str(failed)) from None
            if "trouble" in made:
                raise NotMade(made["trouble"])
            file, done = Path(made["file"]), stack.pop_all()
            task = BackgroundTask(asyncio.to_thread, done.close)
            return FileResponse(file, media_type="application/octet-stream", filename=file.name, background=task)
