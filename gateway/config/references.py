"""What refers to something else by its name: stations, machines, points, operations, files, ports, the time zone."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel

from drivers.errors import NotWritten
from drivers.modbus_device import ModbusConfig
from drivers.modbus_write import checked
from gateway.config.messages import example, nearest, shown
from gateway.config.names import devices, elements, text
from gateway.config.places import Path
from gateway.config.plant import Writing
from gateway.config.prune import Tree
from gateway.config.report import Report
from gateway.config.root import EdgeConfig

SECRETS = ("password_file", "token_file", "key_file", "urls_file")
LOCAL = ("localhost", "127.0.0.1", "::1")


def check_references(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """Report names, files, ports and zones that are not there."""
    data = report.document.data
    stations = [text(station, "name") or "" for _, station in elements(data, ("stations",))]
    machines = [text(machine, "name") or "" for _, machine in elements(data, ("machines",))]
    for kind, parts in (("drivers", config.drivers), ("machines", config.machines)):
        for i, part in enumerate(parts):
            _known(report, tree.place((kind, i, "station")), getattr(part, "station", None), stations, "stations")
    all_devices = [text(device, "name") or "" for _, device in devices(data)]
    for i, machine in enumerate(config.machines):
        _known(report, tree.place(("machines", i, "device")), machine.device, all_devices, "drivers")
    for i, rule in config.made_rules:
        _known(report, tree.place(("rules", i, "machine")), rule.machine, machines, "machines")
        for j, one in enumerate(rule.write):
            writable(config, report, tree.place(("rules", i, "write", j, "output")), one)
    for i, station in enumerate(config.stations):
        for tone in ("ok", "duplicate", "refused"):
            if output := station.lamp and getattr(station.lamp, tone):
                place = tree.place(("stations", i, "lamp", tone))
                writable(config, report, place, Writing(output=output, value=1))
    for i, watch in enumerate(config.watch):
        _known(report, tree.place(("watch", i, "machine")), watch.machine, machines, "machines")
    for i, tool in enumerate(config.work.tools):
        _known(report, tree.place(("work", "tools", i, "machine")), tool.machine, machines, "machines")
    for i, shared in enumerate(config.work.equipment):
        _known(report, tree.place(("work", "equipment", i, "machine")), shared.machine, machines, "machines")
    _timezone(config.workshop.timezone, report)
    _operations(config, tree, report)
    _listener(config, tree, report)
    for path, name, value in _files(config, ()):
        _file(report, tree.place(path), name, value)


def _known(report: Report, place: Path, name: str | None, names: Sequence[str], where: str) -> None:
    if name is None or name in names:
        return
    thing_ko, thing_en = {
        "stations": ("자리", "station"),
        "machines": ("기계", "machine"),
        "drivers": ("기기", "device"),
    }[where]
    fields: dict[str, Any] = {"thing_ko": thing_ko, "thing_en": thing_en, "where": where}
    report.add(place, "unknown_name", value=shown(name), near=nearest(name, names), **fields)


def writable(config: EdgeConfig, report: Report, place: Path, one: Writing) -> None:
    """What a rule writes is an output of a device that may be written so."""
    name, _, output = one.output.partition(".")
    buses = [driver for driver in config.drivers if isinstance(driver, ModbusConfig)]
    known = {device.name: device for bus in buses for device in bus.devices}
    if name not in known:
        _known(report, place, name, list(known), "drivers")
        return
    try:
        checked(known[name], output, one.value)
    except NotWritten as why:
        why_ko, _, why_en = str(why).partition(" / ")
        report.add(place, "not_writable", why_ko=why_ko.rstrip("."), why_en=why_en.rstrip("."))


def _timezone(name: str, report: Report) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        zones = sorted(available_timezones())
        near = nearest(name.replace(" ", "_"), zones)
        if here := [zone for zone in zones if zone.lower().endswith("/" + name.strip().lower())]:
            near = nearest(here[0], here)
        things: dict[str, Any] = {"thing_ko": "시간대예요", "thing_en": "time zone"}
        report.add(("workshop", "timezone"), "unknown_choice", value=shown(name), near=near, **things)


def _operations(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """Each `after` names an operation, and the operations do not wait for each other in a circle."""
    known = [text(part, "code") or "" for _, part in elements(report.document.data, ("work", "operations"))]
    after: dict[str, list[str]] = {}
    for i, operation in enumerate(config.work.operations):
        after.setdefault(operation.code, [code for code in operation.after if code in known])
        for j, code in enumerate(operation.after):
            if code not in known:
                fields: dict[str, Any] = {"thing_ko": "공정", "thing_en": "operation", "where": "operations"}
                place = tree.place(("work", "operations", i, "after", j))
                report.add(place, "unknown_name", value=shown(code), near=nearest(code, known), **fields)
    places = {operation.code: i for i, operation in enumerate(config.work.operations)}
    for circle in circles(after):
        place = tree.place(("work", "operations", places[circle[0]], "after"))
        report.add(place, "after_itself", code=circle[0], circle=" → ".join([*circle, circle[0]]))


def circles(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the circles of a graph, each once, begun at its first node in the order of `edges`."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in edges:
        way: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(edges.get(start, ())))] if start not in done else []
        if stack:
            way.append(start)
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.add(node)
                stack.pop()
                way.pop()
            elif following in way:
                found.append(way[way.index(following) :])
            elif following not in done:
                way.append(following)
                stack.append((following, iter(edges.get(following, ()))))
    return found


def _listener(config: EdgeConfig, tree: Tree, report: Report) -> None:
    """The dashboard cannot listen where a broker of this machine does."""
    port = config.dashboard.port
    for publisher in config.publish:
        host, taken = publisher.address
        if publisher.enabled and taken == port and host in LOCAL:
            free = 8080 if port != 8080 else 8081
            report.add(("dashboard", "port"), "same_listener", other=publisher.name, value=port, free=free)


def _files(part: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Yield every option that names a file to read (`..._file`) and is given."""
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name.endswith("_file") and isinstance(value, str):
                yield (*path, name), name, value
            else:
                yield from _files(value, (*path, name))
    elif isinstance(part, tuple):
        for i, item in enumerate(part):
            yield from _files(item, (*path, i))


def _file(report: Report, place: Path, name: str, value: str) -> None:
    """The file is there and can be read; a secret by its owner (and group) alone, and it is not empty."""
    try:
        found = os.stat(value)
    except (OSError, ValueError):
        near = nearest(os.path.basename(value), _names_in(os.path.dirname(value) or "."))
        if not near[1].startswith("nearest"):  # the other files there tell nothing
            near = example(f"/etc/gongbang/{shown(os.path.basename(value))}")
        report.add(place, "no_such_file", value=shown(value), near=near)
        return
    if not stat.S_ISREG(found.st_mode):
        report.add(place, "no_such_file", value=shown(value), near=nearest("", _names_in(value)))
    elif not os.access(value, os.R_OK):
        report.add(place, "file_unreadable", value=shown(value))
    elif name in SECRETS and found.st_mode & stat.S_IROTH:
        report.add(place, "file_open_to_all", value=shown(value), mode=f"{stat.S_IMODE(found.st_mode):o}")
    elif found.st_size == 0:
        report.add(place, "file_empty", value=shown(value))


def _names_in(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))[:1000]
    except (OSError, ValueError):
        return []
