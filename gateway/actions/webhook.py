"""Telling by HTTP POST: the event as on MQTT, with a `text` for people. One request an event, each with its own key."""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from drivers.errors import WrongConfiguration
from drivers.http_client import BadAnswer, NoAnswer, request
from gateway.actions import texts
from gateway.config.actions import WebhookAction
from gateway.config.parts import Workshop
from gateway.errors import Refused, SinkAway
from gateway.event import Row
from gateway.publish import payloads

MOST_BYTES: Final = 65536  # of an answer
NEVER: Final = (400, 405, 413, 415, 422)  # this event will not be taken; all else may be mended over there


class Webhook:
    """One address. Its token and certificate are read anew for each event: they may be renewed under way."""

    most = 1

    def __init__(self, config: WebhookAction, workshop: Workshop, gateway: str) -> None:
        self._config, self._workshop, self._gateway = config, workshop, gateway

    async def send(self, rows: Sequence[Row]) -> None:
        """Post one event; 2xx is an answer. Raises SinkAway, Refused, WrongConfiguration."""
        (row,) = rows
        event = orjson.loads(payloads.event(self._gateway, row))
        text = texts.lines(rows, self._workshop, self._workshop.language)
        headers = {"Content-Type": "application/json", "Idempotency-Key": row.id(self._gateway)}
        token, tls = await asyncio.to_thread(_secrets, self._config)
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = await request(
                self._config.url,
                headers,
                self._config.timeout_s,
                MOST_BYTES,
                tls,
                orjson.dumps(event | {"text": text}),
            )
        except (NoAnswer, BadAnswer) as why:
            raise SinkAway(str(why)) from why
        if 200 <= answer.status < 300:
            return
        said = f"it answers {answer.status}: {answer.body[:100].decode('utf-8', 'replace')}"
        raise Refused(said) if answer.status in NEVER else SinkAway(said)


def _secrets(config: WebhookAction) -> tuple[str, ssl.SSLContext | None]:
    """Read the token, and what https trusts: in a thread, for it takes a while."""
    try:
        token = Path(config.token_file).read_text("utf-8").strip() if config.token_file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise WrongConfiguration(f"token_file: {config.token_file}: {error}") from error
    if not config.url.startswith("https:"):
        return token, None
    try:
        return token, ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ValueError) as error:
        raise WrongConfiguration(f"ca_file: {config.ca_file}: {error}") from error
