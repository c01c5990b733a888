"""A shop's journal out of the center's rows: the file of a copy, or restored for a test and held against the witness.

A process of its own, asked by `gateway.apart`: it reads every row of a shop, while the writer goes on.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import apsw
import orjson

from center.lineage import RARE, Lineage, Part, journals, place_of, until
from center.schema import COPY, connect_reader
from gateway.apart import reply
from gateway.backup.replicated import SLIGHT, NoRoom, Replicated, differing, make, pack
from gateway.event import Position

AT_ONCE: Final = 1000  # rows of one statement: a long one would keep the writer from emptying its log
EVENTS: Final = "start, token, n, kind, source, mono_ns, boot, time_ns, clock, body"
BLOCKS: Final = "start, token, n, schema_start, schema_n, boot, clock, data"
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """What a gateway said of its journal, and when (UTC ms)."""

    publisher: str
    ms: int
    body: Answer


class Unknown(Exception):
    """There is no such shop, or no such journal of it."""


def answer(question: Answer) -> Answer:
    """Check a shop's copy or, with `folder`, write one; say what came of it, or why nothing did (`trouble`)."""
    path = Path(question["center"])
    with closing(connect_reader(path)) as db:
        try:
            shop = _shop(db, question["workshop"], question["gateway"])
            chosen = _chosen(db, shop, question.get("journal"))
            work = path.with_name(f"{path.name}{COPY}-{question['name']}-{os.getpid()}.db")
            try:
                if "folder" in question:
                    return _written(db, shop, chosen, work, question)
                return _checked(db, shop, chosen, work)
            finally:
                for file in work.parent.glob(f"{work.name}*"):
                    file.unlink()
        except (Unknown, NoRoom, apsw.Error, OSError) as error:
            return {"trouble": str(error)}


def _checked(db: apsw.Connection, shop: int, lineage: Lineage, work: Path) -> Answer:
    """Restore the events up to the newest witness, and compare; `witness_ms` is None where there is none."""
    said = _witness(db, shop, lineage)
    if said is None:
        return {"witness_ms": None}
    told = {"witness_ms": said.ms, "up_to": said.body["up_to"]}
    place = place_of(said.body["up_to"])
    parts = until(lineage, place) if place else []
    if not parts:
        return told | {"ok": False, "said": [f"missing {said.body['up_to']}"]}
    make(work, Replicated(_events(db, shop, parts), (), lambda: None, None))
    found = differing(work, said.body)
    return told | {"ok": not found, "said": found}


def _written(db: apsw.Connection, shop: int, lineage: Lineage, work: Path, question: Answer) -> Answer:
    said = _witness(db, shop, lineage)
    behind = {} if question["since_ms"] is None else _older(db, shop, lineage, question["since_ms"])

    def floor() -> Position | None:
        own = place_of(said.body.get("floor_s")) if said else None
        return max((one for one in (own, *_floors(db, shop, lineage), *behind.values()) if one), default=None)

    given = Replicated(
        _events(db, shop, lineage), _blocks(db, shop, lineage, behind), floor, said.publisher if said else None
    )
    make(work, given)
    file, made = pack(work, Path(question["folder"]), question["workshop"], question["gateway"])
    others = [f"{head.start}-{head.token}" for head in (one[-1] for one in journals(db, shop)) if head != lineage[-1]]
    return {"file": str(file), "size_bytes": file.stat().st_size, "manifest": asdict(made), "others": others}


def _shop(db: apsw.Connection, workshop: str, gateway: str) -> int:
    found = next(db.execute("SELECT id FROM shops WHERE workshop = ? AND gateway = ?", (workshop, gateway)), None)
    if found is None:
        raise Unknown(f"{workshop}/{gateway}: 센터에 없는 공방이에요. / the center has no such shop.")
    return int(found[0])


def _chosen(db: apsw.Connection, shop: int, epoch: str | None) -> Lineage:
    """Return the journal that ends with an epoch; else the newest in which anything was done: not that of a new card,
    which sends before anybody has restored it."""
    found = journals(db, shop)
    if epoch is not None:
        for one in found:
            if f"{one[-1].start}-{one[-1].token}" == epoch:
                return one
        names = ", ".join(f"{one[-1].start}-{one[-1].token}" for one in found) or "-"
        raise Unknown(f"{epoch}: 그런 기록이 없어요. / there is no such journal; there are: {names}")
    for one in found:
        if any(_matters(db, shop, part) for part in one):
            return one
    if not found:
        raise Unknown("이 공방은 아직 아무것도 보내지 않았어요. / this shop has sent nothing yet.")
    return found[0]


def _matters(db: apsw.Connection, shop: int, part: Part) -> bool:
    slight = ", ".join("?" * len(SLIGHT))
    select = (
        f"SELECT 1 FROM events WHERE shop = ? AND start = ? AND token = ? AND n <= ? AND kind NOT IN ({slight}) LIMIT 1"
    )
    return any(db.execute(select, (shop, *part, *SLIGHT)))


def _witness(db: apsw.Connection, shop: int, lineage: Lineage) -> Witness | None:
    """Return the newest witness in a journal."""
    ends = {part.epoch: part.n for part in lineage}
    select = (
        f"SELECT start, token, n, source, time_ns, body FROM events WHERE shop = ? AND kind = 'backup' AND {RARE} "
        "ORDER BY start DESC, n DESC"
    )
    for start, token, n, source, time_ns, text in db.execute(select, (shop,)):
        if n <= ends.get((start, token), 0) and (body := orjson.loads(text)).get("what") == "witness":
            return Witness(source, time_ns // 1_000_000, body)
    return None


def _events(db: apsw.Connection, shop: int, lineage: Lineage) -> Iterator[Any]:
    for part in lineage:
        yield from _rows(db, f"SELECT {EVENTS} FROM events", shop, part, 0)


def _blocks(db: apsw.Connection, shop: int, lineage: Lineage, behind: dict[tuple[int, str], Position]) -> Iterator[Any]:
    """Yield the samples of the journal's epochs: what an old card measured behind its copy was measured as well."""
    for part in lineage:
        after = behind[part.epoch].n if part.epoch in behind else 0
        yield from _rows(db, f"SELECT {BLOCKS} FROM blocks", shop, part._replace(n=2**63 - 1), after)


def _rows(db: apsw.Connection, select: str, shop: int, part: Part, after: int) -> Iterator[Any]:
    """Yield the rows of an epoch behind one number, some at a time."""
    select += " WHERE shop = ? AND start = ? AND token = ? AND n > ? AND n <= ? ORDER BY n LIMIT ?"
    while some := list(db.execute(select, (shop, *part.epoch, after, part.n, AT_ONCE))):
        yield from some
        after = some[-1][2]


def _older(db: apsw.Connection, shop: int, lineage: Lineage, since_ms: int) -> dict[tuple[int, str], Position]:
    """Return the last sample of each epoch that came before a time."""
    found = {part.epoch: _last_before(db, (shop, *part.epoch), since_ms) for part in lineage}
    return {epoch: Position(*epoch, n) for epoch, n in found.items() if n}


def _last_before(db: apsw.Connection, epoch: tuple[int, int, str], since_ms: int) -> int:
    """Return the number of a sample, 0 for none. They came in order: no page but a few is read for it."""
    first = "SELECT n, taken_ms FROM blocks WHERE shop = ? AND start = ? AND token = ? AND n > ? ORDER BY n LIMIT 1"
    last = "SELECT coalesce(max(n), 0) FROM blocks WHERE shop = ? AND start = ? AND token = ?"
    low, high = 0, next(db.execute(last, epoch))[0]
    while low < high:
        n, taken_ms = next(db.execute(first, (*epoch, (low + high) // 2)))
        low, high = (n, high) if taken_ms < since_ms else (low, (low + high) // 2)
    return low


def _floors(db: apsw.Connection, shop: int, lineage: Lineage) -> Iterator[Position]:
    select = "SELECT start, token, floor FROM epochs WHERE shop = ? AND stream = 's' AND floor > 0"
    epochs = {part.epoch for part in lineage}
    yield from (Position(*one) for one in db.execute(select, (shop,)) if one[:2] in epochs)


if __name__ == "__main__":
    reply(answer)
