"""Status: what a gateway says of itself, retained on the broker, and its will."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.publish.replica import Malformed

Text = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(ge=0, le=10**15)]
Ms = Annotated[float, Field(ge=0, le=1e14)]  # UTC


class Status(BaseModel):
    """The message on `status`; every gateway publisher sends one, the center's own says more."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    gateway: Text
    state: Literal["online", "offline"]
    ts: Ms
    version: Text | None = None
    clock: Literal["synced", "unsynced"] | None = None
    name: Text | None = None
    trade: Text | None = None
    cluster: Text | None = None
    language: Literal["ko", "en"] | None = None
    behind_e: Count | None = None
    behind_s: Count | None = None
    oldest_ms: Ms | None = None
    losses: Count | None = None  # rows that nobody can have any more, by its own ledger; none when it says nothing

    def told(self) -> dict[str, Any]:
        """Return what is worth keeping of it. How far a gateway is behind is true of one that is there only."""
        kept = self.model_dump(exclude={"gateway", "state", "ts"}, exclude_none=True)
        if self.state == "offline":
            return {key: value for key, value in kept.items() if key not in ("behind_e", "behind_s", "oldest_ms")}
        return kept if self.behind_e is None else kept | {"oldest_ms": self.oldest_ms}


def read_status(gateway: str, payload: bytes) -> Status:
    """Return the status that came on a gateway's topic. Raises Malformed."""
    try:
        status = Status.model_validate_json(payload)
    except ValidationError as error:
        raise Malformed("; ".join(f"{part['loc']}: {part['msg']}" for part in error.errors()[:3])) from None
    if status.gateway != gateway:
        raise Malformed(f"{status.gateway!r} writes on the topic of {gateway!r}")
    return status
