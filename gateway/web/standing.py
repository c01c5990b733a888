"""The API of where the work stands: orders with what is left, and each open bundle."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.web.floor import CODE, read, sees_workers
from gateway.web.route import Ask, Routes

routes = Routes("read")


class Which(BaseModel):
    """Which bundles."""

    model_config = ConfigDict(extra="forbid")

    order: str | None = Field(None, pattern=CODE, description="Of this order.")
    operation: str | None = Field(None, pattern=CODE, description="That wait for this operation, or are in it.")


@routes.get("/work/orders", "viewer")
async def orders(ask: Ask) -> dict[str, Any]:
    """Orders, the late ones first: pieces, due day, what waits before each operation; finished ones of two weeks."""
    daemon = ask.to.daemon
    return await read(daemon.office.standing(daemon.live.config))


@routes.get("/work/bundles", "viewer", query=Which)
async def bundles(ask: Ask) -> dict[str, Any]:
    """Open bundles, at most 200: what each waits for, or where it is in hand, and since when; who has it for owners."""
    daemon, which = ask.to.daemon, ask.query
    return await read(daemon.office.bundles(daemon.live.config, sees_workers(ask), which.order, which.operation))
