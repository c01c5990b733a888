"""Accounts: the set-up code, users with their roles, and sessions. Passwords are hashed in a process of their own."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gateway.web import hashing, kept
from gateway.web.keys import Keys
from gateway.web.limits import Guesses

Role = Literal["nobody", "viewer", "operator", "owner", "installer"]
RANK: dict[Role, int] = {"nobody": 0, "viewer": 1, "operator": 2, "owner": 3, "installer": 4}
SESSION_S = 12 * 3600
SESSIONS_KEPT = 200
LEAST_PASSWORD = 8


@dataclass(slots=True)
class Session:
    """One browser, or one program while it asks. `csrf` must come back in the header of every change."""

    token: str
    csrf: str
    role: Role
    user: str
    until_s: float
    idle_s: float = 0.0  # it ends after so long without a change; 0: only at `until_s`
    station: str = ""  # where the badge was scanned that this request of a tablet is in the name of
    scopes: frozenset[str] | None = None  # of a program's token: all that it may; a person may what the role may

    @property
    def sees_people(self) -> bool:
        """Return whether names, pay and what each worker did may be seen."""
        return RANK[self.role] >= RANK["owner"] if self.scopes is None else "people" in self.scopes


class Accounts:
    """Who may do what. The users stand in one file beside the journal; sessions live in memory only.

    Before set-up a server on loopback lets its machine do everything; one on the network lets nobody in without the
    set-up code that the daemon prints.
    """

    def __init__(
        self,
        path: Path,
        keys: Keys,
        now_s: Callable[[], float],
        *,
        on_loopback: bool,
        viewer_without_login: bool,
        operator_idle_s: float,
    ) -> None:
        self._path, self.keys, self._on_loopback, self._open = path, keys, on_loopback, viewer_without_login
        self._now_s, self._idle_s = now_s, operator_idle_s
        self._sessions: dict[str, Session] = {}
        self._at: dict[str, tuple[str, float]] = {}  # the badge at each station that has tablets, and until when
        self.guesses = Guesses(now_s)
        self._door = asyncio.Lock()  # one password at a time: each takes 64 MiB, and must see the failures before it
        self._users: dict[str, dict[str, Any]] = kept.read(path, _whole, "set the gateway up anew") or {}
        self.setup_code = "" if self._users else f"{secrets.randbelow(10**8):08d}"

    @property
    def set_up(self) -> bool:
        """Return whether somebody owns this gateway yet."""
        return bool(self._users)

    # Sessions

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

    def program(self, secret: str) -> Session | None:
        """Return a session of one request for a program's token; None for what is none, which nobody can guess."""
        token = self.keys.token(secret)
        if token is None:
            self.guesses.wrong_ones += 1
            return None
        role: Role = "owner" if "people" in token.scopes else "operator"
        return Session("", "", role, f"token:{token.name}", 0.0, scopes=frozenset(token.scopes))

    def used(self, session: Session) -> None:
        """Something was changed by a session: an operator's goes on."""
        if session.idle_s:
            session.until_s = self._now_s() + session.idle_s
        if session.station:
            self._at[session.station] = session.user, self._now_s() + self._idle_s

    def logout(self, session: Session) -> None:
        """Forget a session."""
        self._sessions.pop(session.token, None)
        self._at.pop(session.station, None)

    def _stranger(self) -> Role:
        if not self.set_up:
            return "installer" if self._on_loopback else "nobody"
        return "viewer" if self._open else "nobody"

    def _begin(self, role: Role, user: str, idle_s: float = 0.0) -> Session:
        now_s = self._now_s()
        self._sessions = {k: s for k, s in self._sessions.items() if s.until_s > now_s}
        while len(self._sessions) >= SESSIONS_KEPT:
            strangers = [k for k, s in self._sessions.items() if not s.user]
            self._sessions.pop((strangers or list(self._sessions))[0])
        until_s = now_s + (idle_s or SESSION_S)
        session = Session(secrets.token_urlsafe(24), secrets.token_urlsafe(24), role, user, until_s, idle_s)
        self._sessions[session.token] = session
        return session

    # Tablets at stations

    def at_station(self, station: str, session: Session) -> Session:
        """Return the session of a request from a station's tablet: it may look, and the badge that was scanned there
        is its operator until it was not used for a while."""
        badge, until_s = self._at.get(station, ("", 0.0))
        if badge and until_s > self._now_s() and RANK[session.role] < RANK["operator"]:
            return replace(session, role="operator", user=badge, station=station)
        return replace(session, role="viewer") if session.role == "nobody" else session

    def badge_scanned(self, station: str, badge: str) -> bool:
        """A badge was scanned at a station; '': they left. Returns whether it is another one than before."""
        before, until_s = self._at.pop(station, ("", 0.0))
        if badge:
            self._at[station] = badge, self._now_s() + self._idle_s
        return badge != before or until_s <= self._now_s()

    # The door

    async def own(self, code: str, password: str, source: str) -> Session | None:
        """Set up: the right code makes an owner of this password; None when the code is wrong or was used.

        Raises TooMany after wrong ones, from `source` or from everywhere.
        """
        async with self._door:
            self.guesses.check(source)
            if self.set_up or not hmac.compare_digest(code.strip().encode(), self.setup_code.encode()):
                self.guesses.wrong(source)
                return None
            self._keep({"owner": {"role": "installer", "hash": await hashing.hashed(password)}})
            self.setup_code = ""
        self._sessions.clear()  # what was open to everybody is not any more
        return self._begin("installer", "owner")

    async def login(self, user: str, password: str, source: str) -> Session | None:
        """Return a session for the right password; None for a wrong one. Raises TooMany as `own`."""
        if not await self.fits(user, password, source):
            return None
        return self._begin(self._users[user]["role"], user)

    async def login_by_pin(self, badge: str, pin: str, source: str) -> Session | None:
        """Return an operator's session for the PIN of a badge; None for a wrong one. Raises TooMany as `own`."""
        if not await self._right(self.keys.pins.get(badge), pin, source, badge):
            return None
        return self._begin("operator", badge, self._idle_s)

    async def fits(self, user: str, password: str, source: str) -> bool:
        """Return whether a password is a user's. Raises TooMany as `own`."""
        return await self._right(self._users.get(user, {}).get("hash"), password, source)

    async def _right(self, known: str | None, secret: str, source: str, badge: str = "") -> bool:
        async with self._door:
            self.guesses.check(source, badge)
            if known and await hashing.fits(secret, known):
                return True
            self.guesses.wrong(source, badge)
            return False

    # Users

    def users(self) -> dict[str, Role]:
        """Return everybody's role."""
        return {user: one["role"] for user, one in self._users.items()}

    def known(self, user: str) -> str:
        """Return a user's name, or '' for what is none: a password typed in its place must not be written down."""
        return user if user in self._users else ""

    async def add(self, user: str, role: Role, password: str) -> bool:
        """Add somebody; False when the name is taken."""
        hashed = await hashing.hashed(password)
        if user in self._users:
            return False
        if not self.set_up:  # what was open to everybody is not any more
            self.setup_code = ""
            self._sessions.clear()
        self._keep(self._users | {user: {"role": role, "hash": hashed}})
        return True

    async def change(self, user: str, role: Role | None, password: str | None, here: Session) -> bool:
        """Give somebody another role or password; False would leave nobody who owns this. Other sessions end."""
        hashed = await hashing.hashed(password) if password else None
        before = self._users.get(user)
        if before is None:
            return False
        changed = {"role": role or before["role"], "hash": hashed or before["hash"]}
        if not self._owned(self._users | {user: changed}):
            return False
        self._keep(self._users | {user: changed})
        if changed["role"] != before["role"]:
            self.keys.forget(user)
        self._end(lambda session: session.user == user and (session.token != here.token or role is not None))
        return True

    def remove(self, user: str) -> bool:
        """Take somebody away, with sessions and tokens; False would leave nobody who owns this."""
        left = {name: one for name, one in self._users.items() if name != user}
        if not self._owned(left):
            return False
        self._keep(left)
        self.keys.forget(user)
        self._end(lambda session: session.user == user)
        return True

    def _owned(self, users: dict[str, dict[str, Any]]) -> bool:
        return any(RANK[one["role"]] >= RANK["owner"] for one in users.values())

    def _end(self, over: Callable[[Session], bool]) -> None:
        self._sessions = {token: session for token, session in self._sessions.items() if not over(session)}

    def _keep(self, users: dict[str, dict[str, Any]]) -> None:
        kept.write(self._path, users)
        self._users = users


def _whole(users: Any) -> bool:
    return all(user["role"] in RANK and user["hash"] for user in users.values())
