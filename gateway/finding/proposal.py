"""The configuration for what was found, as text: what is not known stands in it as a comment."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from gateway.finding.findings import Findings, Names
from gateway.finding.line import Line, Unit
from gateway.finding.listening import Heard
from gateway.finding.network import Host
from sensors.profile_model import Category, Profile

STEMS: Final[dict[Category, str]] = {
    "energy_meter": "meter",
    "climate": "climate",
    "temperature_controller": "heater",
    "inverter": "inverter",
    "plc": "plc",
    "digital_io": "io",
    "analog_input": "analog",
    "vibration": "vibration",
    "robot": "robot",
}
HEARD: Final = {"scale": "scale", "digimatic": "gauge", "serial_scanner": "scanner", "hid_scanner": "scanner"}
SUFFIXES: Final = {"\r": "cr", "\n": "lf", "\r\n": "crlf"}


def proposal(findings: Findings, taken: Collection[str] = ()) -> str:
    """Return the lines that stand under `drivers:`, each connection with what was found at it; "" for nothing."""
    names = Names(taken)
    parts = [
        *(_line(line, names) for line in findings.lines if line.setting),
        *(_host(host, names) for host in findings.hosts),
        *(_heard(heard, names) for heard in findings.heard),
        *(_camera(camera.path, camera.name, names) for camera in findings.cameras),
    ]
    return "\n".join("\n".join(part) for part in parts)


def _line(line: Line, names: Names) -> list[str]:
    assert line.setting is not None
    options = {
        "name": names.new("bus"),
        "type": "modbus_rtu",
        "port": line.port.path,
        "baudrate": line.setting.baudrate,
        "parity": line.setting.parity,
        "stop_bits": line.stop_bits,
    }
    return _connection(options, line.units, names, line.port.adapter)


def _host(host: Host, names: Names) -> list[str]:
    options: dict[str, Any] = {"name": names.new("net"), "type": "modbus_tcp", "host": host.host}
    options |= {} if host.port == 502 else {"port": host.port}
    return _connection(options, host.units, names, "")


def _connection(options: dict[str, Any], units: Sequence[Unit], names: Names, comment: str) -> list[str]:
    """One Modbus connection. Where nobody on it is known, all of it is a comment: it would not be valid."""
    known = [unit for unit in units if unit.candidates and _points(unit)]
    lines = [*([f"  # {comment}"] if comment else []), *_mapping(options), "    devices:"]
    for unit in units:
        lines += _device(unit, names) if unit in known else _unknown(unit)
    return lines if known else [f"  # {line[2:]}" if not line.startswith("  #") else line for line in lines]


def _points(unit: Unit) -> bool:
    """Return whether the profile says by itself what to read; a PLC's program alone knows what stands where."""
    return bool(unit.candidates[0].profile.points)


def _device(unit: Unit, names: Names) -> Iterator[str]:
    best, *others = unit.candidates
    profile = best.profile
    parts: dict[str, Any] = {"name": names.new(STEMS[profile.category]), "profile": profile.id, "unit": unit.unit}
    if best.offset != profile.address_offset:
        parts["address_offset"] = best.offset
    yield f"      # {profile.maker} {profile.model}"
    also = ", ".join(dict.fromkeys(other.profile.id for other in others if other.profile.id != profile.id))
    if also:
        yield f"      # 이것일 수도 있어요. / It may also be: {also}"
    yield f"      - {{{', '.join(f'{key}: {_value(value)}' for key, value in parts.items())}}}"


def _unknown(unit: Unit) -> Iterator[str]:
    if unit.candidates:
        profile: Profile = unit.candidates[0].profile
        yield f"      # unit {unit.unit}: {profile.maker} {profile.model}. 읽을 주소를 points에 적어 주세요. /"
        yield "      # Give the addresses to read under points."
        yield f"      # - {{name: {STEMS[profile.category]}_x, profile: {profile.id}, unit: {unit.unit}, points: []}}"
        return
    tables = ", ".join(unit.tables) or "-"
    yield f"      # unit {unit.unit}: 답하지만 모르는 기기예요. / answers, and is not known (table: {tables})."


def _heard(heard: Heard, names: Names) -> list[str]:
    options: dict[str, Any] = {"name": names.new(HEARD[heard.kind]), "type": heard.kind}
    options |= {"device": heard.port.path} if heard.kind == "hid_scanner" else _serial(heard)
    if heard.format is not None:
        options["format"] = heard.format
    if heard.kind == "serial_scanner":
        options |= {"suffix": SUFFIXES[heard.end]} if heard.end in SUFFIXES else {"suffix": "none", "gap_s": 0.05}
    return [f"  # {heard.port.adapter}".rstrip(" #") or f"  # {heard.kind}", *_mapping(options)]


def _serial(heard: Heard) -> dict[str, Any]:
    return {"port": heard.port.path, "baudrate": heard.baudrate}


def _camera(path: str, name: str, names: Names) -> list[str]:
    return [f"  # {name}", *_mapping({"name": names.new("camera"), "type": "camera", "source": path})]


def _mapping(options: dict[str, Any]) -> list[str]:
    begin = ["  - ", *["    "] * (len(options) - 1)]
    return [f"{dash}{key}: {_value(value)}" for dash, (key, value) in zip(begin, options.items(), strict=True)]


def _value(value: Any) -> str:
    """Return a value as YAML; what might be taken for something else is quoted."""
    text = str(value)
    plain = isinstance(value, int | float) or ((text[0].isalpha() or text[0] == "/") and text.isascii())
    safe = all(sign.isalnum() or sign in "/_-.:" for sign in text) and ": " not in text and not text.endswith(":")
    return text if plain and safe and text not in ("yes", "no", "on", "off", "true", "false") else json.dumps(text)
