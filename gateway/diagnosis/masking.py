"""Masking: takes secrets out of text. Those that are known by their files and addresses, and whatever looks like one.

Rather too much than too little: of an address its host stays, of a line that names a password what stands before it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

MASK: Final = "***"
LEAST: Final = 4  # characters of a secret that is looked for everywhere: shorter ones are all over any text
LONG: Final = 16  # of a part of an address's path: that is a key
MOST_BYTES: Final = 1 << 16  # of a file of secrets
_PUBLIC: Final = ("ca_file", "cert_file")
_FILE: Final = re.compile(r"""\b(\w+_file)["']?\s*:\s*("[^"\n]*"|'[^'\n]*'|[^\s,}#]+)""")
_ADDRESS: Final = re.compile(r"""\b([A-Za-z][A-Za-z0-9+.-]*://)([^\s"'<>`]+)""")
_CREDENTIALS: Final = re.compile(r"\b(Bearer|Basic|Digest|Token)\s+[^\s,;\"']+", re.IGNORECASE)
_OURS: Final = re.compile(r"\bgongbang_[A-Za-z0-9_-]{20,}")
_CODE: Final = re.compile(r"(set-up code\W+|처음 여는 번호\W+)\d+")
_NAMED: Final = re.compile(
    r"""((?<![A-Za-z])(?:[A-Za-z]+[_-])*(?:pass(?:word|wd|phrase)?|pwd|pin|(?:auth|access)?token|secret|api[_-]?key"""
    r"""|authorization|cookie|csrf|credentials?|username|user)(?![A-Za-z_])|비밀번호|암호|토큰|비번)"""
    r"""(["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\n]*)""",
    re.IGNORECASE,
)


class Masker:
    """Takes the secrets of one configuration, and all that looks like a secret, out of texts."""

    def __init__(self, configuration: str, more: Iterable[str] = ()) -> None:
        """`configuration` is its file's text: its files of secrets are read, whether or not it loads."""
        known = {
            form
            for secret in (*_of_files(configuration), *_of_addresses(configuration), *more)
            for form in _forms(secret)
        }
        self._known = sorted((one for one in known if len(one) >= LEAST), key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        for secret in self._known:
            text = text.replace(secret, MASK)
        text = _ADDRESS.sub(_host_of, text)
        text = _CREDENTIALS.sub(lambda found: f"{found[1]} {MASK}", text)
        text = _CODE.sub(lambda found: found[1] + MASK, _OURS.sub(MASK, text))
        return _NAMED.sub(lambda found: found[1] + found[2] + MASK, text)

    def value(self, value: object, key: str = "") -> object:
        """Return a value of JSON without secrets; what stands under a name like `password` goes whole."""
        if isinstance(value, dict):
            return {self.text(name): self.value(one, name) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one, key) for one in value]
        if value is not None and not isinstance(value, bool) and _NAMED.fullmatch(f"{key}=x"):
            return MASK
        return self.text(value) if isinstance(value, str) else value


def _host_of(found: re.Match[str]) -> str:
    """Return an address with its host and port alone: whoever signs in, and keys in a path, go."""
    scheme, rest = found[1], found[2]
    user, at, place = rest.rpartition("@")
    host = re.split(r"[/?#]", place, maxsplit=1)[0]
    return scheme + (f"{MASK}@" if at else "") + host + (f"/{MASK}" if len(place) > len(host) + 1 or user else "")


def _of_files(configuration: str) -> Iterator[str]:
    for name, written in _FILE.findall(configuration):
        if name in _PUBLIC:
            continue
        try:
            with Path(written.strip("\"'")).open("rb") as file:
                lines = file.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
        except OSError:
            continue  # it is not there: nothing of it can be told
        for line in lines:
            yield line.strip()
            yield line.partition(":")[2].strip()  # of a header, `Name: value`
            yield from _of_addresses(line)


def _of_addresses(text: str) -> Iterator[str]:
    """Yield who signs in, the values behind `?`, and long parts of a path, which are keys."""
    for scheme, rest in _ADDRESS.findall(text):
        user, _, place = rest.rpartition("@")
        name, _, password = user.partition(":")
        yield from (user, name, password)
        try:
            parts = urlsplit(f"{scheme}{place}")
        except ValueError:
            continue
        yield from (part for part in parts.path.split("/") if len(part) >= LONG)
        yield from (pair.partition("=")[2] for pair in parts.query.split("&"))


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it may be written: itself, in an address, in JSON."""
    for one in (secret, unquote(secret)):
        yield from (one, quote(one, safe=""), quote(one), json.dumps(one)[1:-1])
