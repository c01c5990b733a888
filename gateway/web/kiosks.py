"""Kiosks: tablets that an owner has set beside a station. Such a browser may press the keys of that station alone."""

import hashlib
import secrets
from pathlib import Path
from typing import Any, Final

from gateway.web import kept

MOST: Final = 200  # tablets; the oldest ones are forgotten


class Kiosks:
    """The stations of tablets. A tablet has a long secret in a cookie; the file beside the journal has its hash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stations: dict[str, str] = kept.read(path, _whole, "set up the kiosks at the stations anew") or {}
        # by the hash of the tablet's secret, the oldest first

    def station_of(self, secret: str | None) -> str | None:
        """Return the station of a tablet; None for any other browser."""
        return self._stations.get(_hash(secret)) if secret else None

    def at(self, station: str) -> int:
        """Return how many tablets stand at a station."""
        return list(self._stations.values()).count(station)

    def admit(self, station: str) -> str:
        """Return the secret of a new tablet at a station. OSError when it cannot be kept: then there is none."""
        secret = secrets.token_urlsafe(24)
        self._keep({**dict(list(self._stations.items())[1 - MOST :]), _hash(secret): station})
        return secret

    def dismiss(self, station: str) -> None:
        """Forget the tablets of a station. OSError when that cannot be kept: then they stay."""
        self._keep({known: at for known, at in self._stations.items() if at != station})

    def _keep(self, stations: dict[str, str]) -> None:
        kept.write(self._path, stations)
        self._stations = stations


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # of 144 random bits: nothing slower is needed


def _whole(found: Any) -> bool:
    return all(isinstance(station, str) for station in found.values())
