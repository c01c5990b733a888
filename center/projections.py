"""Projections: which alarms are on and how many rows were told lost, kept beside the events that say so.

They are written in the transaction of those events, and can be made again from them at any time.
"""

from typing import Any, Final, Literal, NamedTuple

import apsw
import orjson

from gateway.publish.replica import PLACE

SEVERITIES: Final = ("info", "warning", "critical")  # the worst last
MOST_TEXT: Final = 500  # characters of what a rule says, or is called


class Alarm(NamedTuple):
    """An alarm that is on."""

    rule: str
    severity: str
    message: Any  # {"ko", "en"}, or a text
    since_ms: int
    acknowledged: bool


class Raised(NamedTuple):
    """An alarm is on, or was acknowledged."""

    alarm: Alarm


class Cleared(NamedTuple):
    """An alarm is over."""

    rule: str


class Lost(NamedTuple):
    """Rows were told lost."""

    rows: int


class Witnessed(NamedTuple):
    """The gateway said what its journal comes to: its copy may be held against that."""

    ms: int


Change = Raised | Cleared | Lost | Witnessed


def project(db: apsw.Connection, shop: int, kind: str, time_ns: int, body: dict[str, Any]) -> list[Change]:
    """Take one event of kind alarm, gap or backup in; return what changed. A body of another form changes nothing.

    Inside the writer's transaction, each event once, in the order of the journal.
    """
    if kind == "gap":
        return _lose(db, shop, body)
    if kind == "backup":
        return [Witnessed(time_ns // 1_000_000)] if body.get("what") == "witness" else []
    rule = body.get("rule")
    if not isinstance(rule, str) or len(rule) > MOST_TEXT:
        return []
    match body.get("action"):
        case "raise":
            return [_raise(db, shop, rule, time_ns // 1_000_000, body)]
        case "acknowledge":
            return _change(db, shop, rule, "acknowledged", 1)
        case "escalate" if body.get("severity") in SEVERITIES:
            return _change(db, shop, rule, "severity", body["severity"])
        case "clear":
            db.execute("DELETE FROM alarms WHERE shop = ? AND rule = ?", (shop, rule))
            return [Cleared(rule)]
    return []  # a rule that is shelved stays on until it is cleared; one that follows from another is not on


def load_alarms(db: apsw.Connection, shop: int) -> dict[str, Alarm]:
    """Return a shop's alarms that are on, by rule."""
    select = "SELECT rule, severity, message, since_ms, acknowledged FROM alarms WHERE shop = ?"
    return {row[0]: _alarm(*row) for row in db.execute(select, (shop,))}


def rebuild(db: apsw.Connection) -> None:
    """Make all projections again from the events, in the order of the journals; inside a transaction."""
    db.execute("DELETE FROM alarms")
    db.execute("UPDATE shops SET lost = 0")
    select = (
        "SELECT e.shop, e.kind, e.time_ns, e.body FROM events e "
        "JOIN epochs p ON p.shop = e.shop AND p.stream = 'e' AND p.start = e.start AND p.token = e.token "
        "WHERE e.kind IN ('alarm', 'gap') AND e.kind NOT IN ('count', 'scan', 'state') ORDER BY e.shop, p.era, e.n"
    )
    for shop, kind, time_ns, body in list(db.execute(select)):
        project(db, shop, kind, time_ns, orjson.loads(body))
    for table in ("events", "blocks"):
        db.execute(f"UPDATE shops SET {table} = (SELECT count(*) FROM {table} WHERE shop = shops.id)")


def _raise(db: apsw.Connection, shop: int, rule: str, since_ms: int, body: dict[str, Any]) -> Raised:
    said = body.get("severity")
    severity = said if isinstance(said, str) and said in SEVERITIES else "warning"
    message = orjson.dumps(_message(body.get("message"), rule)).decode()
    db.execute("INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?, ?, 0)", (shop, rule, severity, message, since_ms))
    return Raised(_alarm(rule, severity, message, since_ms, 0))


def _message(said: Any, rule: str) -> Any:
    """Return what a rule says, in the two languages or as one text; its name when that is neither."""
    if isinstance(said, dict) and all(isinstance(said.get(language), str) for language in ("ko", "en")):
        return {language: said[language][:MOST_TEXT] for language in ("ko", "en")}
    return said[:MOST_TEXT] if isinstance(said, str) and said else rule


def _change(
    db: apsw.Connection, shop: int, rule: str, column: Literal["acknowledged", "severity"], value: int | str
) -> list[Change]:
    db.execute(f"UPDATE alarms SET {column} = ? WHERE shop = ? AND rule = ?", (value, shop, rule))
    select = "SELECT rule, severity, message, since_ms, acknowledged FROM alarms WHERE shop = ? AND rule = ?"
    return [Raised(_alarm(*row)) for row in db.execute(select, (shop, rule))]


def _alarm(rule: str, severity: str, message: str, since_ms: int, acknowledged: int) -> Alarm:
    return Alarm(rule, severity, orjson.loads(message), since_ms, bool(acknowledged))


def _lose(db: apsw.Connection, shop: int, body: dict[str, Any]) -> list[Change]:
    rows = _rows_lost(body)
    if not rows:
        return []
    db.execute("UPDATE shops SET lost = min(lost + ?, 9000000000000000) WHERE id = ?", (rows, shop))
    return [Lost(rows)]


def _rows_lost(body: dict[str, Any]) -> int:
    """Return how many rows a gap tells of: its own number, else the places it names, when they are of one epoch."""
    rows = body.get("rows")
    if type(rows) is int:
        return min(max(rows, 0), 10**12)
    first, last = PLACE.fullmatch(str(body.get("from"))), PLACE.fullmatch(str(body.get("to")))
    if not first or not last or first.group(1, 2) != last.group(1, 2):
        return 0
    return max(0, int(last[3]) - int(first[3]) + 1)
