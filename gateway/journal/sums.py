"""Sums over kept events that screens begin with."""

from contextlib import suppress

import apsw
import orjson

from gateway.journal import rows


def pieces_since(db: apsw.Connection, since_ns: int) -> dict[str, int]:
    """Return the pieces that each machine counted since a UTC time. Reads backwards and stops where it is older.

    Damaged rows do not count, and nothing behind a damaged page does: these are sums for a screen.
    """
    pieces: dict[str, int] = {}
    with suppress(apsw.CorruptError):
        for raw in db.execute(f"{rows.SELECT} ORDER BY id DESC"):
            _, kind, _, _, time_ns, _, body, _ = raw
            if not rows.whole(raw):
                continue
            if time_ns < since_ns:
                break
            if kind == b"count":
                counted = orjson.loads(body)
                pieces[counted["machine"]] = pieces.get(counted["machine"], 0) + int(counted["delta"])
    return pieces
