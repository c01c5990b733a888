"""Telling by mail or messenger: apprise, in a process of its own that lives for one message.

It may take seconds to load, hang in a name look-up, or leak: the process is killed at the time-out, with all it took.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from drivers.errors import WrongConfiguration
from gateway.actions import texts
from gateway.config.actions import NotifyAction
from gateway.config.parts import Workshop
from gateway.errors import SinkAway
from gateway.event import Position, Row

CHILD = "gateway.actions.apprise_child"


class Notify:
    """All receivers of one action. Who has a message does not get it again when it is tried again for the others."""

    most = 500  # texts name the worst of them

    def __init__(self, config: NotifyAction, workshop: Workshop) -> None:
        self._config, self._workshop = config, workshop
        self._last: Position | None = None  # of the batch that is tried
        self._have: set[str] = set()  # the URLs of those who have it

    async def send(self, rows: Sequence[Row]) -> None:
        """Send one message of all these events. Raises SinkAway naming who has not got it, WrongConfiguration."""
        if rows[-1].position != self._last:
            self._last, self._have = rows[-1].position, set()
        language = self._config.language or self._workshop.language
        urls = [url for url in await asyncio.to_thread(_urls, self._config.urls_file) if url not in self._have]
        failed = await _apart(
            {
                "urls": urls,
                "title": texts.title(rows, self._workshop, language),
                "body": texts.lines(rows, self._workshop, language),
            }
        )
        self._have.update(url for number, url in enumerate(urls) if str(number) not in failed)
        if failed:
            raise SinkAway("; ".join(f"{_service(urls[int(number)])}: {why}" for number, why in failed.items()))


def _service(url: str) -> str:
    """Return what may be told of a URL: the rest of it is secrets."""
    return url.partition(":")[0]


def _urls(path: str) -> list[str]:
    try:
        lines = [line.strip() for line in Path(path).read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"urls_file: {path}: {error}") from error
    if urls := [line for line in lines if line and not line.startswith("#")]:
        return urls
    raise WrongConfiguration(f"urls_file: {path}: no receivers; write one apprise URL a line")


async def _apart(question: dict[str, object]) -> dict[str, str]:
    """Return why which receivers have not got it, by their number."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", CHILD, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        answer, errors = await child.communicate(json.dumps(question).encode())
    finally:
        with suppress(ProcessLookupError):
            child.kill()  # the time-out, or our end
        await child.wait()
    try:
        told: dict[str, str] = json.loads(answer)
    except ValueError:
        last = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SinkAway(f"apprise ended without an answer: {last[:200]}") from None
    if "missing" in told:
        raise WrongConfiguration(told["missing"])
    return told
