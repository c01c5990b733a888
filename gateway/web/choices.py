"""What may be chosen in the configuration's forms: the names that are there, and what is plugged in."""

import asyncio
from typing import Any

from gateway.config.parts import Text
from gateway.live import Live
from sensors.profile import names as profile_names
from sensors.quantities import UNITS


async def choices(live: Live) -> dict[str, Any]:
    """Return the choices by what they are, each a value and what it is called (None: nothing else)."""
    config = live.config
    points = live.points(trend=False)
    devices = dict.fromkeys(point["device"] for point in points)
    found: dict[str, list[tuple[str, Any]]] = {
        "stations": [(one.name, _text(one.label)) for one in config.stations],
        "machines": [(one.name, _text(one.label)) for one in config.machines],
        "devices": [(name, None) for name in devices],
        "points": [(point["name"], point["label"]) for point in points],
        "outputs": [
            (f"{device.name}.{output}", None)
            for driver in config.drivers
            for device in getattr(driver, "devices", ())
            for output in sorted(
                {one.name for one in getattr(device, "outputs", ())} | set(getattr(device, "allow", ()))
            )
        ],
        "rules": [(one.name, _text(one.message)) for one in config.rules],
        "signals": [(one.name, _text(one.label)) for one in config.signals],
        "actions": [(one.name, None) for one in config.actions],
        "operations": [(one.code, _text(one.label)) for one in config.work.operations],
        "profiles": [(name, None) for name in profile_names()],
        "units": [(unit, None) for unit in UNITS],
    }
    found |= await asyncio.to_thread(_plugged)
    return {what: [{"value": value, "text": text} for value, text in ones] for what, ones in found.items()}


def _plugged() -> dict[str, list[tuple[str, Any]]]:
    from gateway.finding.cameras import cameras
    from gateway.finding.keyboards import plugged_keyboards
    from gateway.finding.ports import serial_ports

    def named(path: str, name: str) -> tuple[str, Any]:
        return path, {"ko": name, "en": name} if name else None

    return {
        "ports": [named(port.path, port.adapter) for port in serial_ports()],
        "keyboards": [named(port.path, port.adapter) for port in plugged_keyboards()],
        "cameras": [named(camera.path, camera.name) for camera in cameras()],
    }


def _text(label: Text | None) -> dict[str, str] | None:
    return None if label is None else label.model_dump()
