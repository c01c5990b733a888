"""Writing a proposal into the configuration: checked before, the old one kept, all else in it as it was."""

import os
import shutil
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError
from gateway.table import PointTable

NEW: Final = """\
workshop:
  id: shop-1                    # 공방의 이름표(소문자, 숫자, -, _). / The workshop's id.
  name: 우리 공방               # 화면에 보이는 이름. / The name on the screen.

drivers:
{drivers}
"""


def existing(path: Path) -> EdgeConfig | None:
    """Return the configuration that is there, None when there is none. Raises ConfigurationError for a wrong one."""
    return load(path) if path.exists() else None


def names_in(config: EdgeConfig | None) -> set[str]:
    """Return the names that are taken."""
    if config is None:
        return set()
    names = {entry.name for entry in PointTable.of(config).devices} | {driver.name for driver in config.drivers}
    return names | {machine.name for machine in config.machines} | {station.name for station in config.stations}


def places_in(config: EdgeConfig | None) -> dict[str, str]:
    """Return whose each place is already: a port's, keyboard's or camera's real path, or a host, to a connection."""
    found: dict[str, str] = {}
    for driver in config.drivers if config else ():
        options = ("host",) if driver.type == "modbus_tcp" else ("port", "device", "source")  # type: ignore[attr-defined] # each config has it
        found |= {real(place): driver.name for name in options if isinstance(place := getattr(driver, name, None), str)}
    return found


def real(place: str) -> str:
    """Return what a path leads to; a host is itself."""
    return str(Path(place).resolve()) if place.startswith("/") else place


def merged(text: str | None, drivers: str) -> str:
    """Return the configuration with more drivers: behind those that are there, nothing else touched."""
    if text is None:
        return NEW.format(drivers=drivers)
    data: Any = YAML().load(text)
    if not data.get("drivers"):
        begin = [line for line in text.splitlines() if not line.startswith("drivers:")]
        return "\n".join([*begin, "", "drivers:", drivers, ""])
    lines = text.splitlines()
    indent = data["drivers"].lc.data[0][1] - 2
    shifted = [(" " * (indent - 2) + line if indent >= 2 else line[2 - indent :]) for line in drivers.splitlines()]
    end = _end(data, lines)
    return "\n".join([*lines[:end], *shifted, *lines[end:], ""])


def _end(data: Any, lines: list[str]) -> int:
    """Return the line behind the last driver: before what follows, and the empty lines and comments above that."""
    keys = list(data)
    following = keys[keys.index("drivers") + 1 :]
    end = data.lc.key(following[0])[0] if following else len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def write(path: Path, drivers: str) -> None:
    """Write the drivers into the file; the old one stays beside it as `<name>.before`.

    Raises ConfigurationError when the whole would not be valid, and OSError; the file is as it was then.
    """
    put(path, merged(path.read_text("utf-8") if path.exists() else None, drivers))


def put(path: Path, text: str) -> None:
    """Write the configuration anew, where a link leads to; the old one stays beside it. Raises as `write`."""
    path = path.resolve()
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, "utf-8")
        try:
            load(beside)
        except ConfigurationError as error:
            raise ConfigurationError([problem.replace(str(beside), str(path)) for problem in error.problems]) from None
        with beside.open() as written:
            os.fsync(written.fileno())
        if path.exists():
            shutil.copymode(path, beside)
            if (owner := path.stat()).st_uid != os.geteuid():
                os.chown(beside, owner.st_uid, owner.st_gid)  # root writes for the daemon, which has to read it
            shutil.copy2(path, path.with_name(f"{path.name}.before"))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
