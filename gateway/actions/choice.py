"""Which alarms an action is about."""

from collections.abc import Mapping
from typing import Final

from gateway.config.actions import ActionConfig, Moment, OutputAction, Telling
from gateway.config.plant import Severity
from gateway.engine.alarms import Alarm
from gateway.event import Body

WEIGHT: Final[Mapping[Severity, int]] = {"info": 0, "warning": 1, "critical": 2}
MOMENTS: Final[Mapping[str, Moment]] = {
    "raise": "raise",
    "unshelve": "raise",  # it was on, and is heard again
    "escalate": "escalate",
    "acknowledge": "acknowledge",
    "clear": "clear",
}


def tells(config: Telling, body: Body) -> bool:
    """Tell whether an action tells of an alarm's event. A step of an escalation may name who is told."""
    if body.get("tell"):
        return config.name in body["tell"]
    return MOMENTS.get(body["action"]) in config.on and _about(config, body["rule"], body["severity"])


def holds(config: OutputAction, alarm: Alarm, severity: Severity) -> bool:
    """Tell whether an alarm keeps an output on."""
    heard = config.until == "clear" or (alarm.acknowledged_by is None and not alarm.shelved_until_ns)
    return alarm.told and heard and alarm.level >= config.level and _about(config, alarm.rule, severity)


def _about(config: ActionConfig, rule: str, severity: Severity) -> bool:
    return WEIGHT[severity] >= WEIGHT[config.least] and (not config.rules or rule in config.rules)
