"""The running gateway, as the commands ask it: by its own address, as anybody on this machine may."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from http.cookiejar import CookieJar
from typing import Any

from gateway.config.root import EdgeConfig
from gateway.errors import Refused, SinkAway

ANSWER_S = 10.0


class Gateway:
    """The API of the gateway that runs on this configuration's port."""

    def __init__(self, config: EdgeConfig, answer_s: float = ANSWER_S) -> None:
        self._address, self._answer_s = config.dashboard.url, answer_s
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = self.get("session")["csrf"]

    def get(self, path: str) -> Any:
        """Look at something. Raises urllib.error.HTTPError, OSError."""
        return json.loads(self._ask(path)[1])

    def post(self, path: str, body: Any = None) -> Any:
        """Change something; return the answer. Raises urllib.error.HTTPError, OSError."""
        answer = json.loads(self._ask(path, json.dumps(body or {}).encode())[1])
        self._csrf = answer.get("csrf", self._csrf)
        return answer

    def fetch(self, path: str, body: Any) -> tuple[str, bytes]:
        """Change something whose answer may be a document: its type, and the bytes. Raises as `post` does."""
        return self._ask(path, json.dumps(body).encode())

    def send(self, path: str, data: bytes) -> Any:
        """Send a file; return the answer. Raises as `post` does."""
        return json.loads(self._ask(path, data)[1])

    def _ask(self, path: str, body: bytes | None = None) -> tuple[str, bytes]:
        headers = {"Origin": self._address.rstrip("/")} | ({"X-CSRF": self._csrf} if body else {})
        asked = urllib.request.Request(f"{self._address}api/v1/{path}", data=body, headers=headers)
        with self._opener.open(asked, timeout=self._answer_s) as answer:
            return answer.headers.get_content_type(), answer.read()


@contextmanager
def asked_by(user: str | None, config: EdgeConfig, answer_s: float = ANSWER_S) -> Iterator[Gateway]:
    """The gateway, for somebody who logs in, or nobody. Raises Refused and SinkAway with the reason."""
    try:
        gateway = Gateway(config, answer_s)
        if user:
            gateway.post("login", {"user": user, "password": getpass("비밀번호 / password: ")})
        yield gateway
    except urllib.error.HTTPError as refused:
        with refused:
            said = json.load(refused).get("detail")
        hint = "" if user or refused.code not in (401, 403) else " → --user owner"
        raise Refused(f"{said}{hint}") from refused
    except OSError as error:
        raise SinkAway(f"게이트웨이가 대답하지 않아요. / The gateway does not answer. {error}") from error
