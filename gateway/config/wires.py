"""Devices, their points and their ports: what would be refused by the device, the bus or the operating system."""

import os
from typing import Any

from drivers.registry import DRIVERS
from gateway.config import schema
from gateway.config.messages import CHOICES, NEAREST, example, nearest, shown
from gateway.config.names import devices, elements, text
from gateway.config.places import Path
from gateway.config.report import Report
from sensors import profile
from sensors.plc_area import Area, find
from sensors.point import BIT_TABLES, REGISTERS
from sensors.quantities import QUANTITIES, UNITS

NAMING = [name for name in DRIVERS if not name.startswith("modbus_")]  # types whose points have names, not registers
COUNTED = ("u16", "u32", "u64")
SPOKEN = {  # how people call a unit -> its symbol
    **dict.fromkeys(("c", "deg", "celsius", "섭씨", "도"), "degC"),
    **dict.fromkeys(("f", "fahrenheit", "화씨"), "degF"),
    **dict.fromkeys(("amp", "amps", "ampere", "암페어"), "A"),
    **dict.fromkeys(("volt", "volts", "볼트"), "V"),
    **dict.fromkeys(("watt", "watts", "와트"), "W"),
    **dict.fromkeys(("percent", "퍼센트"), "%"),
    **dict.fromkeys(("rh", "humidity"), "%RH"),
    **dict.fromkeys(("ea", "pc", "piece", "pieces", "개", "장"), "pcs"),
    **dict.fromkeys(("sec", "second", "seconds", "초"), "s"),
    **dict.fromkeys(("minute", "minutes", "분"), "min"),
    **dict.fromkeys(("hour", "hours", "시간"), "h"),
    **dict.fromkeys(("gram", "grams", "그램"), "g"),
    **dict.fromkeys(("kilo", "kilogram", "킬로", "킬로그램"), "kg"),
    **dict.fromkeys(("none", "number", "-"), "1"),
    "돈": "don",
}


def check_wires(data: dict[str, Any], report: Report) -> None:
    """Report wrong profiles, points, unit numbers and ports."""
    for path, device in devices(data):
        registers = text(schema.at(data, path[:2]), "type") not in NAMING
        if registers and "devices" in path:  # not a scanner, which is its own device
            _device(path, device, report)
        areas = _areas(device) if registers else ()
        for at, point in elements(data, (*path, "points")):
            _point(at, point, report) if registers else _measure(at, point, report)
            _plc_address(at, point, areas, report)
    for path, driver in elements(data, ("drivers",)):
        if text(driver, "type") in NAMING:
            _unit(path, driver, report)  # of a scale
        if driver.get("type") == "modbus_rtu":
            _units_differ(list(elements(data, (*path, "devices"))), report)
    _ports_differ(data, report)
    for path, signal in elements(data, ("signals",)):
        _unit(path, signal, report)


def _device(path: Path, device: dict[str, Any], report: Report) -> None:
    name = text(device, "profile")
    if name is not None and name not in profile.names():
        things: dict[str, Any] = {"thing_ko": "기종(profile)이에요", "thing_en": "profile"}
        report.add(
            (*path, "profile"), "unknown_choice", value=shown(name), near=nearest(name, profile.names()), **things
        )
    elif name is not None:
        _profile_reads(path, name, report)
    if device.get("profile") is None and not device.get("points"):
        report.add(path, "nothing_to_read", name=shown(device.get("name")))


def _profile_reads(path: Path, name: str, report: Report) -> None:
    """The profile's own file holds no mistake; each one is told with its line there."""
    try:
        profile.load(name)
    except profile.ProfileError as wrong:
        for place, ko, en in wrong.problems:
            report.add((*path, "profile"), "in_profile", name=name, place=place, said=(ko, en))


def _areas(device: dict[str, Any]) -> tuple[Area, ...]:
    """Return the memory of the PLC that a device's profile describes; none when it is another device."""
    try:
        return profile.load(text(device, "profile") or "").areas
    except (KeyError, profile.ProfileError):
        return ()


def _plc_address(path: Path, point: dict[str, Any], areas: tuple[Area, ...], report: Report) -> None:
    """An address such as D100 is one that the PLC has."""
    written = text(point, "address")
    if written is None or not areas:
        return
    try:
        find(areas, written)
    except ValueError:
        there = ", ".join(map(str, areas))
        report.add((*path, "address"), "no_such_area", value=shown(written), there=there)


USUAL = (("kind", "gauge"), ("table", "holding"), ("type", "u16"))
FITS = {"bit": ("u16", "i16"), "length": ("string",)}


def _point(path: Path, point: dict[str, Any], report: Report) -> None:
    _measure(path, point, report)
    kind, table, type_ = (text({key: point.get(key, usual)}, key) for key, usual in USUAL)
    _numbers(path, point, type_ or "", report)
    if kind is None or type_ not in (*REGISTERS, "string"):
        return
    if table in BIT_TABLES and type_ != "bool":
        report.add((*path, "type") if "type" in point else path, "bits_only", key="type", table=table, value=type_)
    if (kind == "text") != (type_ == "string"):
        key, other, fit = (
            ("type", "kind: text", "type: string") if kind == "text" else ("kind", "type: string", "kind: text")
        )
        report.add((*path, key), "goes_with", other=other, fit=example(fit))
    if kind == "counter" and type_ == "bool":
        _not_with(report, (*path, "kind"), "type: bool", COUNTED)
    for key, fits in FITS.items():
        if point.get(key) is not None and type_ not in fits:
            _not_with(report, (*path, key), f"type: {type_}", fits)


def _not_with(report: Report, path: Path, other: str, fits: tuple[str, ...]) -> None:
    """An option does not go with the point's type; `fits` are the types that it goes with."""
    listed = ", ".join(f"type: {fit}" for fit in fits)
    report.add(path, "not_with", other=other, other_key="type", fit=tuple(side.format(listed) for side in CHOICES))


def _measure(path: Path, point: dict[str, Any], report: Report) -> None:
    """The unit and the quantity are known, and fit each other."""
    unit, quantity = text(point, "unit"), text(point, "quantity")
    _unit(path, point, report)
    if quantity is not None and quantity not in QUANTITIES:
        near = nearest(quantity, QUANTITIES)
        things: dict[str, Any] = {"thing_ko": "물리량이에요", "thing_en": "quantity"}
        report.add((*path, "quantity"), "unknown_choice", value=shown(quantity), near=near, **things)
    elif quantity is not None and (known := UNITS.get(unit or "1")) and known.quantity != quantity:
        fields: dict[str, Any] = {"unit": unit or "1", "value": quantity, "right": known.quantity}
        report.add((*path, "quantity"), "other_quantity", **fields)


def _unit(path: Path, element: dict[str, Any], report: Report) -> None:
    unit = text(element, "unit")
    if unit is not None and unit not in UNITS:
        near = _near_unit(unit, text(element, "quantity"))
        report.add(
            (*path, "unit"), "unknown_choice", value=shown(unit), near=near, thing_ko="단위예요", thing_en="unit"
        )


def _near_unit(unit: str, quantity: str | None) -> tuple[str, str]:
    """Return the unit that was meant: as people write it, in other letters, or one of the quantity's."""
    wanted = unit.replace("℃", "°C").replace("℉", "°F").replace("²", "2").replace("³", "3").replace("μ", "u")
    for symbol, known in UNITS.items():
        if wanted in (known.shown, symbol) or wanted.lower() == symbol.lower():
            return NEAREST[0].format(symbol), NEAREST[1].format(symbol)
    if spoken := SPOKEN.get(wanted.lower()):
        return NEAREST[0].format(spoken), NEAREST[1].format(spoken)
    return nearest(unit, [symbol for symbol, known in UNITS.items() if quantity in (None, known.quantity)] or UNITS)


def _numbers(path: Path, point: dict[str, Any], type_: str, report: Report) -> None:
    """The address and what follows fit the table; the scale and the bounds let a value through."""
    address, registers = point.get("address"), _registers(point, type_)
    if isinstance(address, int) and 0 <= address <= 65535 < address + registers - 1:
        near = 65536 - registers
        report.add((*path, "address"), "past_the_end", value=address, registers=registers, nearest=near)
    if point.get("scale") == 0 and not isinstance(point["scale"], bool):
        report.add((*path, "scale"), "zero_scale")
    low, high = point.get("low"), point.get("high")
    if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
        report.add((*path, "low"), "low_high", low=low, high=high)


def _registers(point: dict[str, Any], type_: str) -> int:
    length = point.get("length")
    return length if type_ == "string" and isinstance(length, int) else REGISTERS.get(type_, 1)


def _units_differ(found: list[tuple[Path, dict[str, Any]]], report: Report) -> None:
    """One RS-485 line has each unit once; two devices of one unit would talk at the same time."""
    units = [(path, unit) for path, device in found if type(unit := device.get("unit", 1)) is int]
    taken = {unit for _, unit in units}
    first: dict[int, Path] = {}
    for path, unit in units:
        if not 1 <= unit <= 247 and 0 <= unit <= 255:
            fields: dict[str, Any] = {
                "bounds_ko": "1부터 247까지예요",
                "bounds_en": "must be from 1 to 247",
                "nearest": 1 if unit < 1 else 247,
            }
            report.add((*path, "unit"), "range", value=unit, **fields)
        elif (before := first.setdefault(unit, path)) != path:
            free = next(n for n in range(1, 248) if n not in taken)
            line = report.document.line((*before, "unit"))
            report.add((*path, "unit"), "same_unit", value=unit, first=line, free=free)


def _ports_differ(data: dict[str, Any], report: Report) -> None:
    """A serial port belongs to one connection, by whichever of its names it is called."""
    first: dict[str, Path] = {}
    for path, driver in elements(data, ("drivers",)):
        port = text(driver, "port")
        if port is None or driver.get("enabled") is False or "host" in driver:
            continue
        before = first.setdefault(os.path.realpath(port), path)
        if before != path:
            line = report.document.line((*before, "port"))
            report.add((*path, "port"), "same_port", value=shown(port), first=line)
