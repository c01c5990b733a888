"""Keys: what opens the door beside a password: PINs of badges, and tokens of programs. One file beside the journal; of
secrets it holds the hashes alone."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gateway.web import kept
from gateway.web.scope import GRANTED

PREFIX: Final = "gongbang_"
SECRET_BYTES: Final = 32
MOST: Final = 100  # tokens
DAY_MS: Final = 86_400_000


@dataclass(slots=True)
class Token:
    """What a program may do, and who said so. Times are UTC ms; `until` 0 is for ever, `used` is to the day on disk."""

    name: str
    scopes: list[str]
    made: int
    until: int
    by: str
    used: int = 0


class Keys:
    """The keys of one gateway. `now_ms` is UTC."""

    def __init__(self, path: Path, now_ms: Callable[[], float]) -> None:
        self._path, self._now_ms = path, now_ms
        found = kept.read(path, _whole, "make PINs and tokens anew") or {"pins": {}, "tokens": {}}
        self.pins: dict[str, str] = found["pins"]  # argon2, by the badge without leading zeros
        self._tokens = {key: Token(**one) for key, one in found["tokens"].items()}  # by the SHA-256 of the token

    # Programs

    def tokens(self) -> dict[str, Token]:
        """Return the tokens by their short names, the beginnings of their hashes."""
        return {_short(key): one for key, one in self._tokens.items()}

    def make(self, name: str, scopes: list[str], days: int | None, by: str) -> tuple[str, str]:
        """Make a token; return its short name and itself, which nobody can read afterwards. Raises Full."""
        if len(self._tokens) >= MOST:
            raise Full(f"There are {MOST} tokens already: revoke one first.")
        token, now = PREFIX + secrets.token_urlsafe(SECRET_BYTES), int(self._now_ms())
        key = _hash(token)
        self._tokens[key] = Token(name, scopes, now, now + days * DAY_MS if days else 0, by)
        self._keep()
        return _short(key), token

    def token(self, secret: str) -> Token | None:
        """Return the token that a program shows, if it is one and not over."""
        found, now = self._tokens.get(_hash(secret)), int(self._now_ms())
        if found is None or 0 < found.until <= now:
            return None
        stale, found.used = now - found.used > DAY_MS, now
        if stale:  # not at each use, for the card's life
            self._keep()
        return found

    def revoke(self, short: str) -> bool:
        """End a token at once; False where there is none."""
        return self._drop(lambda key, _: _short(key) == short)

    def forget(self, by: str) -> None:
        """End the tokens that somebody made who may not any more."""
        self._drop(lambda _, one: one.by == by)

    # Workers

    def give_pin(self, badge: str, hashed: str | None) -> None:
        """Give a badge a PIN, or take it away."""
        self.pins.pop(badge, None)
        if hashed:
            self.pins[badge] = hashed
        self._keep()

    def _drop(self, goes: Callable[[str, Token], bool]) -> bool:
        left = {key: one for key, one in self._tokens.items() if not goes(key, one)}
        some = len(left) < len(self._tokens)
        if some:
            self._tokens = left
            self._keep()
        return some

    def _keep(self) -> None:
        tokens = {key: asdict(one) for key, one in self._tokens.items()}
        kept.write(self._path, {"pins": self.pins, "tokens": tokens})


class Full(Exception):
    """There are as many as may be."""


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()  # of 256 random bits: nothing slower is needed


def _short(key: str) -> str:
    return key[:12]


def _whole(found: Any) -> bool:
    tokens = [Token(**one) for one in found["tokens"].values()]
    known = all(set(one.scopes) <= GRANTED and one.until >= 0 <= one.used for one in tokens)
    return known and all(map(str.isdecimal, found["pins"]))
