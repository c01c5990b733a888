"""Names: each is there once among its kind, and none is one of the taken ones."""

from collections.abc import Iterable, Iterator
from typing import Any

from gateway.config import schema
from gateway.config.messages import shown
from gateway.config.places import Path
from gateway.config.report import Report

RESERVED = ("machines", "signals", "workshop")
COMPONENTS = (
    "engine",
    "journal",
    "configuration",
    "curves",
    "clock",
    "web",
)  # the screen shows these beside drivers and publishers
PARTS = ("drivers", "publish", "actions", "printers", "backup")
LISTS = ("stations", "machines", "signals", "shifts")


def check_names(data: dict[str, Any], report: Report) -> None:
    """Report names that are there twice among their kind, and names that are taken."""
    for name in LISTS:
        _each_once(elements(data, (name,)), "name", report)
    for together in (PARTS, ("rules", "watch")):
        _each_once([part for kind in together for part in elements(data, (kind,))], "name", report)
    _each_once(elements(data, ("work", "workers")), "badge", report)
    for kind in ("operations", "defects", "reasons", "metals"):
        _each_once(elements(data, ("work", kind)), "code", report)
    # scanned by their E- tickets:
    scanned = [part for kind in ("tools", "equipment") for part in elements(data, ("work", kind))]
    _each_once(scanned, "name", report)
    _each_once(devices(data), "name", report)
    for path, device in devices(data):
        _each_once(elements(data, (*path, "points")), "name", report)
        _not_reserved(path, device, report)
    for name in ("stations", "machines", "signals", "rules", "watch", *PARTS):
        for path, element in elements(data, (name,)):
            if not report.touches((*path, "name")):
                _not_reserved(path, element, report, COMPONENTS if name in PARTS else ())


def elements(data: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the mappings in the list at `path`, with their places."""
    items = schema.at(data, path)
    for i, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*path, i), item


def devices(data: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the devices of all drivers; a driver without any, such as a scanner, is one device of its own name."""
    for path, driver in elements(data, ("drivers",)):
        if "devices" in driver:
            yield from elements(data, (*path, "devices"))
        else:
            yield path, driver


def text(element: dict[str, Any], key: str) -> str | None:
    """Return a text of an element, None when there is none."""
    value = element.get(key)
    return value if isinstance(value, str) else None


def _each_once(found: Iterable[tuple[Path, dict[str, Any]]], key: str, report: Report) -> None:
    pairs = [(path, name) for path, element in found if (name := text(element, key)) is not None]
    names = {name for _, name in pairs}
    first: dict[str, Path] = {}
    for path, name in pairs:
        if (before := first.setdefault(name, path)) != path and not report.touches((*path, key)):
            line = report.document.line((*before, key))
            report.add((*path, key), "duplicate_name", name=shown(name), first=line, free=_free(name, names))


def _not_reserved(path: Path, element: dict[str, Any], report: Report, more: tuple[str, ...] = ()) -> None:
    if (name := text(element, "name")) in (*RESERVED, *more):
        report.add((*path, "name"), "reserved", name=name, free=f"{name}_1")


def _free(name: str, names: set[str]) -> str:
    """Return a name like this one that is not taken: the number at its end counted up."""
    if name.isdigit():
        return next(str(n) for n in range(int(name) + 1, int(name) + len(names) + 2) if str(n) not in names)
    stem = name.rstrip("0123456789").rstrip("_")
    tail = "" if stem.isupper() else "_"
    return next(free for n in range(2, len(names) + 3) if (free := f"{stem}{tail}{n}") not in names)
