"""The API of the backups: how old each copy is, what is wrong, and another one now."""

from typing import Any

from gateway.backup.backups import centers
from gateway.web.route import Ask, Routes, Stop

routes = Routes("configuration")


@routes.get("/backups", "installer")
async def backups(ask: Ask) -> dict[str, Any]:
    """Every backup with its last copy, and how far each support center has the journal."""
    live, made = ask.to.daemon.live, ask.to.daemon.backups.entries()
    return {"backups": made, "centers": centers(live.config, live.components)}


@routes.post("/backups/{name}/run", "installer")
async def run(ask: Ask) -> dict[str, Any]:
    """Make a copy now; the list tells when it is done. 404 without such a backup."""
    if not ask.to.daemon.backups.ask(ask.path["name"]):
        raise Stop(404, f"There is no backup {ask.path['name']}.")
    return {"ok": True}
