"""Sums over kept events that screens begin with."""

import json

import apsw


def pieces_since(db: apsw.Connection, since_ns: int) -> dict[str, int]:
    """Return the pieces that each machine counted since a UTC time. Reads backwards and stops where it is older."""
    pieces: dict[str, int] = {}
    for kind, time_ns, body in db.execute("SELECT kind, time_ns, body FROM events ORDER BY id DESC"):
        if time_ns < since_ns:
            break
        if kind == "count":
            counted = json.loads(body)
            pieces[counted["machine"]] = pieces.get(counted["machine"], 0) + int(counted["delta"])
    return pieces
