"""Shared equipment: that of the ledger's masters over that of the configuration."""

import apsw

from gateway.config.floor import Equipment
from gateway.config.parts import Text
from gateway.config.work import Work
from gateway.work.projections import masters


def all_shared(db: apsw.Connection, work: Work) -> dict[str, Equipment]:
    """Return the equipment that is in use, by its name."""
    found = {one.name: one for one in work.equipment}
    for master in masters.all_of(db, "equipment"):
        if master.retired:
            found.pop(master.key, None)
            continue
        base = found.get(master.key) or Equipment(name=master.key)
        told = {"label": Text(ko=master.body["ko"], en=master.body["en"])}
        machine = master.body.get("machine") or base.machine
        found[master.key] = base.model_copy(update=told | {"machine": machine})
    return found
