"""Orders: what comes on `command/<name>` by MQTT. None is waited for; what came of it is told by its event."""

import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from gateway.alarm_desk import LONGEST_SHELF_MIN

if TYPE_CHECKING:  # the daemon uses this module
    from gateway.app import Gateway

log = logging.getLogger("gongbang")


def errand(daemon: "Gateway", name: str, body: dict[str, Any]) -> Coroutine[Any, Any, Any] | None:
    """Return what an order asks to be done, None for one that is not known or makes no sense; that is logged."""
    by = str(body.get("by", "mqtt"))
    match name, body:
        case "write", {"value": int() | float() as value}:
            return daemon.outputs.obey(str(body.get("output")), float(value), by)
        case "write", _:
            return daemon.outputs.obey(str(body.get("output")), str(body.get("value")), by)
        case "acknowledge", _:
            return daemon.alarms.acknowledge(str(body.get("rule")), by)
        case "shelve", {"minutes": int() | float() as minutes} if 0 <= minutes <= LONGEST_SHELF_MIN:
            return daemon.alarms.shelve(str(body.get("rule")), minutes, by)
        case "shelve", _:
            log.warning("command shelve: minutes from 0 to %d are wanted", LONGEST_SHELF_MIN)
        case "reset", _:
            return daemon.alarms.reset(str(body.get("signal")), by)
        case "reload", _:
            return daemon.reload(by)
        case "redrive", _:
            return daemon.redrive(str(body.get("publisher")), by)
        case _:
            log.warning("command %s is not known; acknowledge, redrive, reload, reset, shelve and write are", name)
    return None
