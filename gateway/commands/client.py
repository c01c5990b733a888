"""The running gateway, as the commands ask it: by its own address, as anybody on this machine may."""

import json
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from gateway.config.root import EdgeConfig

ANSWER_S = 10.0


class Gateway:
    """The API of the gateway that runs on this configuration's port."""

    def __init__(self, config: EdgeConfig) -> None:
        self._address = config.dashboard.url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = self.get("session")["csrf"]

    def get(self, path: str) -> Any:
        """Look at something. Raises urllib.error.HTTPError, OSError."""
        return self._ask(path)

    def post(self, path: str, body: Any = None) -> Any:
        """Change something; return the answer. Raises urllib.error.HTTPError, OSError."""
        answer = self._ask(path, json.dumps(body or {}).encode())
        self._csrf = answer.get("csrf", self._csrf)
        return answer

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Origin": self._address.rstrip("/")} | ({"X-CSRF": self._csrf} if body else {})
        asked = urllib.request.Request(f"{self._address}api/v1/{path}", data=body, headers=headers)
        with self._opener.open(asked, timeout=ANSWER_S) as answer:
            return json.load(answer)
