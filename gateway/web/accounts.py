"""Accounts: the set-up code, users with their roles, and sessions. Passwords are hashed in a process of their own."""

import asyncio
import hmac
import json
import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.web import hashing
from gateway.web.limits import Guesses

log = logging.getLogger("gongbang")

Role = Literal["nobody", "viewer", "operator", "owner", "installer"]
RANK: dict[Role, int] = {"nobody": 0, "viewer": 1, "operator": 2, "owner": 3, "installer": 4}
SESSION_S = 12 * 3600
SESSIONS_KEPT = 200
LEAST_PASSWORD = 8


@dataclass(slots=True)
class Session:
    """One browser. `csrf` must come back in the header of every change."""

    token: str
    csrf: str
    role: Role
    user: str
    until_s: float


class Accounts:
    """Who may do what. The users stand in one file beside the journal; sessions live in memory only.

    Before set-up a server on loopback lets its machine do everything; one on the network lets nobody in without the
    set-up code that the daemon prints.
    """

    def __init__(self, path: Path, on_loopback: bool, viewer_without_login: bool, now_s: Callable[[], float]) -> None:
        self._path, self._on_loopback, self._open = path, on_loopback, viewer_without_login
        self._now_s = now_s
        self._sessions: dict[str, Session] = {}
        self.guesses = Guesses(now_s)
        self._door = asyncio.Lock()  # one password at a time: each takes 64 MiB, and must see the failures before it
        self._users = _read(path)
        self.setup_code = "" if self._users else f"{secrets.randbelow(10**8):08d}"

    @property
    def set_up(self) -> bool:
        """Return whether somebody owns this gateway yet."""
        return bool(self._users)

    def logged_in(self, token: str | None) -> str:
        """Return the token when its session has a user, else ''."""
        known = self._sessions.get(token or "")
        return known.token if known and known.user else ""

    def session(self, token: str | None) -> Session:
        """Return the session of a cookie, or a new one with the role of somebody who did not log in."""
        known = self._sessions.get(token or "")
        if known and known.until_s > self._now_s():
            return known
        return self._begin(self._stranger(), "")

    def _stranger(self) -> Role:
        if not self.set_up:
            return "installer" if self._on_loopback else "nobody"
        return "viewer" if self._open else "nobody"

    def _begin(self, role: Role, user: str) -> Session:
        now_s = self._now_s()
        self._sessions = {k: s for k, s in self._sessions.items() if s.until_s > now_s}
        while len(self._sessions) >= SESSIONS_KEPT:
            strangers = [k for k, s in self._sessions.items() if not s.user]
            self._sessions.pop((strangers or list(self._sessions))[0])
        session = Session(secrets.token_urlsafe(24), secrets.token_urlsafe(24), role, user, now_s + SESSION_S)
        self._sessions[session.token] = session
        return session

    async def own(self, code: str, password: str, source: str) -> Session | None:
        """Set up: the right code makes an owner of this password; None when the code is wrong or was used.

        Raises TooMany after wrong ones, from `source` or from everywhere.
        """
        async with self._door:
            self.guesses.check(source)
            if self.set_up or not hmac.compare_digest(code.strip().encode(), self.setup_code.encode()):
                self.guesses.wrong(source)
                return None
            users = {"owner": {"role": "installer", "hash": await hashing.hashed(password)}}
            write_private(self._path, json.dumps(users, indent=1))
            self._users, self.setup_code = users, ""
        self._sessions.clear()  # what was open to everybody is not any more
        return self._begin("installer", "owner")

    async def login(self, user: str, password: str, source: str) -> Session | None:
        """Return a session for the right password; None for a wrong one. Raises TooMany as `own`."""
        async with self._door:
            self.guesses.check(source)
            known = self._users.get(user)
            if known and await hashing.fits(password, known["hash"]):
                return self._begin(known["role"], user)  # type: ignore[arg-type] # `_read` looked at it
            self.guesses.wrong(source)
            return None

    def known(self, user: str) -> str:
        """Return a user's name, or '' for what is none: a password typed in its place must not be written down."""
        return user if user in self._users else ""

    def logout(self, token: str) -> None:
        """Forget a session."""
        self._sessions.pop(token, None)


def _read(path: Path) -> dict[str, dict[str, str]]:
    """Return the users. A damaged file is set aside and set-up begins anew: it must not keep the readings from us."""
    if not path.exists():
        return {}
    try:
        users: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
        if not all(user["role"] in RANK and user["hash"] for user in users.values()):
            raise ValueError("a role or a password is not known")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        aside = path.with_name(path.name + ".damaged")
        path.replace(aside)
        log.warning("%s is damaged (%s): it is set aside as %s, set the gateway up anew", path, error, aside)
        return {}
    return users


def write_private(path: Path, text: str) -> None:
    """Write what others must not read: beside, sync, rename, sync the folder.

    A power cut leaves the old file or the new one.
    """
    beside = path.with_suffix(".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
