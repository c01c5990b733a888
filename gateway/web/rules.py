"""The API of the rules: which there are, and why each is active or not."""

from dataclasses import asdict
from typing import Any

from gateway.engine.explain import explain
from gateway.web.route import Ask, Routes, Stop

routes = Routes()


@routes.get("/rules", "viewer")
async def rules(ask: Ask) -> dict[str, Any]:
    """Every rule: its expressions, and whether it is active."""
    return {"rules": ask.to.daemon.live.rules()}


@routes.get("/rules/{rule}", "viewer")
async def rule(ask: Ask) -> dict[str, Any]:
    """One rule, with each part's value now, the parts that decide, and how many are evaluated along with it."""
    name, live = ask.path["rule"], ask.to.daemon.live
    found = [entry for entry in live.rules() if entry["rule"] == name]
    if not found:
        raise Stop(404, f"There is no rule {name}.")
    return found[0] | {"why": asdict(explain(live.engine, live.config, name))}
