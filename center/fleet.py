"""Fleet: the state of every shop, in memory; what a page asks is answered without looking into the file.

The writer's thread tells what came, the page's asks: a lock lies between them, held for moments.
"""

import threading
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from center.clock import Clock
from center.config import Config
from center.inbox import Came
from center.projections import load_alarms
from center.shop import Shop
from center.status import Status
from center.store import Store, Taken
from gateway.publish.replica import Copied

OFFLINE_TIMES: Final = 10.0  # of stale_s: after that a silent shop counts as offline
STATES: Final = ("live", "stale", "offline", "unseen")
Place = tuple[str, str]  # workshop, gateway


class Fleet:
    """All shops: the enrolled ones and those that were heard."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._clock, self._stale_s = clock, config.stale_s
        self._lock = threading.Lock()
        self._shops = {(one.workshop, one.gateway): Shop(one.workshop, one.gateway, one) for one in config.shops}
        self._dirty: dict[Place, Shop] = {}
        self._deaf_s: float | None = clock.mono_s()  # since when we hear nothing ourselves; None: we hear

    def load(self, store: Store) -> None:
        """Take up what was kept. A silence goes on from where it was when the last message of all came."""
        columns = "id, workshop, gateway, events, blocks, lost, malformed, says, since_ms, last_ms, told"
        rows = list(store.db.execute(f"SELECT {columns} FROM shops"))
        newest_ms = max((row[9] for row in rows if row[9] is not None), default=0)
        for number, workshop, gateway, *kept, told in rows:
            shop = self._shop((workshop, gateway))
            shop.events, shop.blocks, shop.lost, shop.malformed, shop.says, shop.since_ms, shop.last_ms = kept
            shop.told = orjson.loads(told)
            shop.copy = shop.told.pop("copy", {})
            shop.alarms = load_alarms(store.db, number)
            if shop.last_ms is not None:
                shop.heard_s = self._now_s() - (newest_ms - shop.last_ms) / 1e3

    def hearing(self, hears: bool) -> None:
        """Note that we are connected, or not: what we cannot hear is no shop's silence."""
        with self._lock:
            now_s = self._clock.mono_s()
            if not hears and self._deaf_s is None:
                self._deaf_s = now_s
            elif hears and self._deaf_s is not None:
                for shop in self._shops.values():
                    if shop.heard_s is not None:
                        shop.heard_s += now_s - self._deaf_s
                self._deaf_s = None

    def heard(self, place: Place, came: Came, status: Status | None) -> None:
        """Note a message of a shop: its status, or any other (None)."""
        with self._lock:
            shop = self._shop(place)
            before = self._state(shop)
            silent_since_ms = shop.last_ms
            self._note(shop, came, status)
            after = self._state(shop)
            if after == "live" and (before != "live" or shop.since_ms is None):
                shop.since_ms = came.utc_ms
            elif after == "offline" and (before != "offline" or shop.since_ms is None):
                # The broker kept this word for us: when it was said is not known, only when we last heard of the shop.
                shop.since_ms = (silent_since_ms if came.retained else None) or came.utc_ms
            self._dirty[place] = shop

    def _note(self, shop: Shop, came: Came, status: Status | None) -> None:
        shop.heard_s = max(shop.heard_s or came.mono_s, came.mono_s)
        if not came.retained:
            shop.last_ms = came.utc_ms
        elif shop.last_ms is None and status:
            shop.last_ms = min(int(status.ts), came.utc_ms)
        if status is None:
            shop.says = "online"  # whoever sends is there, whatever its will said before
            return
        shop.says = status.state
        shop.told = shop.told | status.told()

    def malformed(self, place: Place) -> int:
        """Count a message that could not be read; return how many there were."""
        with self._lock:
            shop = self._shop(place)
            shop.malformed += 1
            self._dirty[place] = shop
            return shop.malformed

    def take(self, place: Place, taken: Taken) -> None:
        """Note rows that are committed."""
        with self._lock:
            self._shop(place).take(taken)

    def due(self, before_ms: int) -> Place | None:
        """Return the shop whose copy waits longest to be tested by a new witness; none that was tried since a time."""
        with self._lock:
            waiting = [
                (tried_ms, place)
                for place, shop in self._shops.items()
                if shop.told.get("witness_ms") not in (None, shop.copy.get("witness_ms"))
                and (tried_ms := shop.copy.get("tried_ms", 0)) < before_ms
            ]
        return min(waiting)[1] if waiting else None

    def copied(self, place: Place, copied: Copied) -> None:
        """Note what came of restoring a shop's copy for a test."""
        with self._lock:
            shop = self._dirty[place] = self._shop(place)
            shop.copy = copied._asdict() | {"tried_ms": copied.ms}

    def not_copied(self, place: Place, ms: int, why: str) -> None:
        """Note why that could not be done. What was found before stays."""
        with self._lock:
            shop = self._dirty[place] = self._shop(place)
            shop.copy = shop.copy | {"tried_ms": ms, "trouble": why}

    def copies(self) -> list[tuple[Place, Copied]]:
        """Return what came of each shop's last test."""
        with self._lock:
            return [
                (place, Copied(*(shop.copy[name] for name in Copied._fields)))
                for place, shop in self._shops.items()
                if "ok" in shop.copy
            ]

    def recount(self, store: Store) -> None:
        """Count again what is kept, after some of it went."""
        with self._lock:
            for workshop, gateway, blocks in store.db.execute("SELECT workshop, gateway, blocks FROM shops"):
                self._shop((workshop, gateway)).blocks = blocks

    def unsaved(self) -> Iterator[tuple[Place, tuple[Any, ...]]]:
        """Yield the shops whose news are not in the file yet, as `Store.keep_seen` takes them."""
        with self._lock:
            dirty = [(place, shop.seen()) for place, shop in self._dirty.items()]
        yield from dirty

    def saved(self, places: Iterable[Place]) -> None:
        """Note that those news are in the file."""
        with self._lock:
            for place in places:
                self._dirty.pop(place, None)

    def view(self) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """Return the counts and all shops as the API shows them, those in need first."""
        with self._lock:
            shops = [shop.view(self._state(shop)) for shop in self._shops.values()]
        counts = dict.fromkeys(STATES, 0) | {"alarms": 0, "queued": 0}
        for shop in shops:
            counts[shop["state"]] += 1
            counts["alarms"] += shop["alarms"]
            counts["queued"] += shop["queued"]
        return counts, sorted(shops, key=_need)

    def one(self, place: Place) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
        """Return one shop and its alarms, the newest first; None when there is none."""
        with self._lock:
            if (shop := self._shops.get(place)) is None:
                return None
            alarms = sorted(shop.alarms.values(), key=lambda alarm: -alarm.since_ms)
            return shop.view(self._state(shop)), [alarm._asdict() for alarm in alarms]

    def _shop(self, place: Place) -> Shop:
        if place not in self._shops:
            self._shops[place] = Shop(*place)
        return self._shops[place]

    def _now_s(self) -> float:
        return self._clock.mono_s() if self._deaf_s is None else self._deaf_s

    def _state(self, shop: Shop) -> str:
        if shop.heard_s is None:
            return "unseen"
        silent_s = self._now_s() - shop.heard_s
        if shop.says == "offline" or silent_s > OFFLINE_TIMES * self._stale_s:
            return "offline"
        return "stale" if silent_s > self._stale_s else "live"


def _need(shop: dict[str, Any]) -> tuple[Any, ...]:
    """Sort: critical alarms, copies that differ, shops that are gone, warnings, silence, those never heard."""
    worst, state = shop["worst"], shop["state"]
    ranks = (
        worst == "critical",
        (shop["copy"] or {}).get("ok") is False,
        state == "offline",
        worst == "warning",
        state == "stale",
        worst == "info",
        state == "unseen",
    )
    rank = ranks.index(True) if True in ranks else len(ranks)
    return rank, -shop["alarms"], shop["cluster"] or "", shop["name"], shop["workshop"], shop["gateway"]
