"""The API of the rules: which there are, why each is active or not, and how often a new one would have been."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.engine.explain import explain
from gateway.errors import ConfigurationError, StorageFailed
from gateway.web.route import LATEST_MS, Ask, Routes, Stop

WEEK_MS = 7 * 86_400_000
MS = 1_000_000
routes = Routes("configuration")


class TrialForm(BaseModel):
    """A rule as it would stand in the configuration, and the time to try it on."""

    model_config = ConfigDict(extra="forbid")

    rule: dict[str, Any]
    since: int | None = Field(None, alias="from", ge=0, le=LATEST_MS, description="UTC ms; a week before `to`.")
    to: int | None = Field(None, ge=0, le=LATEST_MS, description="UTC ms; now.")


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


@routes.post("/rules/try", "owner", form=TrialForm, audited=False)
async def try_rule(ask: Ask) -> dict[str, Any]:
    """How often a rule would have been raised by what is kept; 422 for a wrong one, 409 while another is tried."""
    to_ms = round(ask.to.daemon.live.now_ts()) + 1 if ask.form.to is None else ask.form.to
    from_ms = max(0, to_ms - WEEK_MS) if ask.form.since is None else ask.form.since
    if from_ms >= to_ms:
        raise Stop(422, "`from` must be before `to`.")
    try:
        return await ask.to.daemon.trials.run(ask.form.rule, from_ms * MS, to_ms * MS)
    except ConfigurationError as error:
        raise Stop(422, error.problems) from error
    except RuntimeError as error:
        raise Stop(409, str(error)) from error
    except StorageFailed as error:
        raise Stop(503, str(error)) from error
