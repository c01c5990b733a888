"""The shape of what the API answers, to hold the screens' fixture against the real thing."""

import json
from pathlib import Path
from typing import Any

OFFICE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "dashboard/dev/office.json").read_text("utf-8"))
BY_NAME = {"names", "operations", "workers", "figures", "change", "measures"}  # whose keys are the shop's own


def missing(real: Any, fixture: Any, where: str = "") -> list[str]:
    """Return what a fixture has that the real answer has not, or the other way round; values may differ.

    An empty list or None on either side says nothing of what would stand there.
    """
    if isinstance(real, dict) and isinstance(fixture, dict):
        if where.rpartition(".")[2] in BY_NAME:
            return missing(next(iter(real.values()), None), next(iter(fixture.values()), None), f"{where}.*")
        strange = [f"{where}.{key}" for key in real.keys() ^ fixture.keys()]
        return strange + [
            one for key in real.keys() & fixture.keys() for one in missing(real[key], fixture[key], f"{where}.{key}")
        ]
    if isinstance(real, list) and isinstance(fixture, list):
        return missing(real[0], fixture[0], f"{where}[]") if real and fixture else []
    alike = type(real) is type(fixture) or None in (real, fixture) or {type(real), type(fixture)} == {int, float}
    return [] if alike else [f"{where}: {real!r} / {fixture!r}"]
