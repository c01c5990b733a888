"""`gongbang record`: asks a real device and writes what was on the wire in the form of a profile's golden frames."""

import argparse
import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from drivers.errors import DeviceGone, WrongConfiguration
from drivers.modbus_device import DeviceConfig, device_points, read_limit
from drivers.modbus_plan import Layout
from drivers.modbus_record import Recorder, Unanswered
from drivers.modbus_rtu import ModbusRtuConfig
from drivers.modbus_tcp import ModbusTcpConfig
from gateway.config.load import load
from gateway.config.messages import nearest
from sensors.golden import Exchange, meaning, words
from sensors.point import Point

SPAN = re.compile(r"(coil|discrete|input|holding):(\d{1,5})(?::(\d{1,4}))?")
Wire = ModbusTcpConfig | ModbusRtuConfig


@dataclass(slots=True)
class Heard:
    """What the device answered, and what it did not."""

    exchanges: list[Exchange]
    silent: list[str]


def run(options: argparse.Namespace) -> int:
    """Record a device; 0 when something was recorded, 1 when nothing answered, 2 for a wrong name or option."""
    try:
        wire, device = _configured(options) if options.name else _direct(options)
    except (LookupError, ValidationError, ValueError) as wrong:
        print(_why(wrong), file=sys.stderr)
        return 2
    try:
        heard = _ask(wire, device)
    except (DeviceGone, WrongConfiguration) as gone:
        print(f"{wire.name}: {gone}", file=sys.stderr)
        return 1
    for silence in heard.silent:
        print(f"{device.name}: {silence}", file=sys.stderr)
    if not heard.exchanges:
        print("아무 답도 없었어요. / Nothing answered.", file=sys.stderr)
        return 1
    return _keep(written(wire, device, heard), options.output)


def _keep(text: str, output: str | None) -> int:
    if output is None:
        print(text, end="")
        return 0
    try:
        with open(output, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        print(f"{output}: {error.strerror}", file=sys.stderr)
        return 2
    print(output)
    return 0


def _configured(options: argparse.Namespace) -> tuple[Wire, DeviceConfig]:
    """Return a device of the configuration, and its wire."""
    devices: dict[str, tuple[Wire, DeviceConfig]] = {}
    for driver in load(Path(options.config)).drivers:
        if isinstance(driver, ModbusTcpConfig | ModbusRtuConfig):
            devices |= {device.name: (driver, device) for device in driver.devices}
    if options.name not in devices:
        near = nearest(options.name, list(devices))[1] if devices else "-"
        raise LookupError(f"{options.name}: 그런 Modbus 기기가 없어요. / no such Modbus device; {near}")
    return devices[options.name]


def _direct(options: argparse.Namespace) -> tuple[Wire, DeviceConfig]:
    """Return the device that the options describe."""
    device: dict[str, Any] = {"name": "device", "unit": options.unit, "timeout_s": 1.0}
    if options.profile:
        device["profile"] = options.profile
    device["points"] = [point for span in options.read for point in _points(span)]
    if options.host:
        there = {"name": "record", "type": "modbus_tcp", "host": options.host, "port": options.tcp_port}
        tcp = ModbusTcpConfig.model_validate(there | {"devices": [device]})
        return tcp, tcp.devices[0]
    if not options.serial:
        raise ValueError("기기 이름, --host, --serial 가운데 하나를 적어 주세요. / Give a name, --host or --serial.")
    line = {"port": options.serial, "baudrate": options.baudrate, "parity": options.parity}
    line |= {"name": "record", "type": "modbus_rtu", "stop_bits": options.stop_bits}
    rtu = ModbusRtuConfig.model_validate(line | {"devices": [device]})
    return rtu, rtu.devices[0]


def _points(span: str) -> list[dict[str, Any]]:
    """Return a point for each register of `input:100:4`."""
    found = SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f"{span}: 예: input:100:4, coil:0:8 / e.g. input:100:4, coil:0:8")
    table, start, count = found[1], int(found[2]), int(found[3] or 1)
    kind = {"kind": "state", "type": "bool"} if table in ("coil", "discrete") else {}
    return [{"name": f"{table}_{n}", "table": table, "address": n} | kind for n in range(start, start + count)]


def _why(wrong: Exception) -> str:
    if isinstance(wrong, ValidationError):
        return "\n".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in wrong.errors())
    return str(wrong.args[0])


def _ask(wire: Wire, device: DeviceConfig) -> Heard:
    heard = Heard([], [])
    with Recorder(wire) as recorder:
        for block in Layout(device_points(device)).blocks(read_limit(device), 0):
            try:
                exchange = recorder.read(device.unit, block.table, block.start, block.count, device.timeout_s)
            except Unanswered as why:
                heard.silent.append(f"{block.table} {block.start}, {block.count}: {why}")
            else:
                heard.exchanges.append(exchange)
    return heard


def written(wire: Wire, device: DeviceConfig, heard: Heard) -> str:
    """Return the YAML: golden frames for a profile that there is, else the skeleton of a profile with them."""
    golden = "\n".join(["golden:", *_golden(device, heard)]) + "\n"
    if device.profile is not None:
        return f"# {device.profile}.yaml\n{golden}"
    return _skeleton(wire, device) + golden


def _golden(device: DeviceConfig, heard: Heard) -> list[str]:
    said = meaning(device_points(device), words(heard.exchanges))
    single = {point.name for point in device_points(device) if point.type == "f32"}
    expect = {name: _scalar(value, name in single) for name, value in said.items() if value != "no reply"}
    lines = ["  - kind: recorded", f"    source: gongbang record, {time.strftime('%Y-%m-%d')}", "    exchanges:"]
    for exchange in heard.exchanges:
        lines += [f"      - request: {exchange.request}", f"        reply: {exchange.reply}"]
    return [*lines, "    expect:", *(f"      {name}: {value}" for name, value in expect.items())]


def _scalar(value: float | str, single: bool) -> str:
    """Return a value as YAML: a text quoted, 32-bit floats with the seven digits that they hold."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    shown = float(f"{value:.7g}") if single else value
    return repr(int(shown)) if shown.is_integer() and abs(shown) < 2**53 else repr(shown)


def _skeleton(wire: Wire, device: DeviceConfig) -> str:
    """Return a profile that loads, with what only a person knows left to fill in."""
    name = device.name.replace("_", "-").strip("-")
    if isinstance(wire, ModbusTcpConfig):
        talks = f"tcp: {{port: {wire.port}, unit: {device.unit}}}"
    else:
        settings = f"baudrate: {wire.baudrate}, parity: {wire.parity}, stop_bits: {wire.stop_bits}"
        talks = f"rtu: {{{settings}, unit: {device.unit}}}"
    lines = [
        "# 채워 주세요: category, maker, model, source, 점의 이름과 단위.",
        "# Fill in: category, maker, model, source, and the names and units of the points.",
        f"id: {name}",
        "category: analog_input",
        "maker: '?'",
        "model: '?'",
        "source: '?'",
        "conf: measured",
        talks,
        f"max_registers: {read_limit(device)}",
        "points:",
        *(f"  - {{{_flow(point)}}}" for point in device_points(device)),
    ]
    return "\n".join(lines) + "\n"


def _flow(point: Point) -> str:
    told = {"name": point.name} | point.model_dump(exclude_defaults=True)
    return ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items())
