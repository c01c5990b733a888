"""`gongbang label`: what labels look like, and printing them by the gateway that runs.

An order is written as words, `badge numbers=101,102`, or as a file of JSON or YAML: `@order.yaml`.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from barcodes.labels.parts import Media, NoRoom
from gateway.commands.client import Gateway, asked_by
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError, Refused, SinkAway
from gateway.printing import drawing, orders
from gateway.printing.shop import Shop
from gateway.work.entries import NotRecorded

LISTS: Final = frozenset({"numbers", "words", "codes", "names", "operations", "serials"})
KINDS: Final = "bundle, traveller, badge, commands, operations, defects, reasons, quantities, equipment, stations, lot"


def run(options: argparse.Namespace) -> int:
    """Do what is asked; 1 when it was refused. Raises ConfigurationError."""
    config = load(Path(options.config))
    try:
        if options.action == "preview":
            return _preview(options, config)
        with asked_by(options.user, config, answer_s=60.0) as gateway:
            if options.action == "list":
                return _list(options, gateway)
            return _print(options, config, gateway)
    except (Refused, SinkAway, NoRoom, NotRecorded) as why:
        print(why, file=sys.stderr)
        return 1


def order_of(words: Sequence[str]) -> dict[str, Any]:
    """Return an order as it is written: its kind, then name=value; or @file. Raises ConfigurationError."""
    if not words:
        raise ConfigurationError([f"무엇을 찍을지 적어 주세요. / Say what to print: {KINDS}"])
    if words[0].startswith("@"):
        return _read(Path(words[0][1:]))
    order: dict[str, Any] = {"what": words[0]}
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if not sign:
            raise ConfigurationError([f"{word}: 이름=값으로 적어 주세요. / write name=value"])
        order[name] = value.split(",") if name in LISTS else value
    return order


def _read(file: Path) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe").load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigurationError([f"{file}: {error}"]) from error
    if not isinstance(found, dict):
        raise ConfigurationError([f"{file}: 주문이 아니에요. / not an order: what: {KINDS}"])
    return found


def _valid(written: dict[str, Any]) -> orders.Order:
    try:
        order: orders.Order = orders.ORDER.validate_python(written)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc'])) or 'what'}: {one['msg']}" for one in error.errors()]
        raise ConfigurationError([*problems, f"→ {KINDS}"]) from error
    return order


def _preview(options: argparse.Namespace, config: EdgeConfig) -> int:
    """Draw here, without a gateway."""
    order = _valid(order_of(options.words))
    width, height = options.size
    media = Media(width, height, options.dpi)
    if options.printer:
        media = drawing.media_of(_printer(options.printer, config), on_screen=True)
    data = asyncio.run(drawing.preview(order, Shop.of(config), media, options.form))
    Path(options.output).write_bytes(data)
    if options.json:
        print(json.dumps({"file": options.output, "bytes": len(data)}))
    else:
        print(options.output)
    return 0


def _printer(name: str, config: EdgeConfig) -> Any:
    found = next((printer for printer in config.printers if printer.name == name), None)
    if found is None:
        known = ", ".join(printer.name for printer in config.printers) or "-"
        raise ConfigurationError([f"{name}: 그런 프린터가 없어요. / no such printer: {known}"])
    return found


def _list(options: argparse.Namespace, gateway: Gateway) -> int:
    """Show the printers and the newest prints."""
    found = {**gateway.get("labels/printers"), **gateway.get("labels/prints")}
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for printer in found["printers"]:
        waiting = sum(job["state"] in ("waiting", "printing") for job in printer["jobs"])
        print(f"{printer['name']:12} {printer['language']:5} {printer['state']:8} {waiting} {printer['error']}")
    for one in found["prints"]:
        mark = f" REPRINT {one['copy']}" if one["copy"] else ""
        print(f"{one['id']}  {one['what']:10} {one['labels']:4}  {one['printer']}  {' '.join(one['serials'])}{mark}")
    return 0


def _print(options: argparse.Namespace, config: EdgeConfig, gateway: Gateway) -> int:
    """Print an order, or an earlier one again."""
    if options.printer is None and len(config.printers) == 1:
        options.printer = config.printers[0].name
    printer = _printer(options.printer or "-", config)
    asked: dict[str, Any] = {"printer": printer.name, "form": options.form, "first": options.first}
    if options.action == "reprint":
        if len(options.words) != 1:
            raise ConfigurationError(["다시 찍을 것의 번호를 적어 주세요. / name the print: gongbang label list"])
        kind, answer = gateway.fetch("labels/reprint", asked | {"id": options.words[0]})
    else:
        written = order_of(options.words)
        _valid(written)  # a typing error is told here
        kind, answer = gateway.fetch("labels/print", asked | {"order": written})
    if kind == "application/pdf":
        Path(options.output).write_bytes(answer)
        told: dict[str, Any] = {"file": options.output, "bytes": len(answer)}
    else:
        told = json.loads(answer)
    if options.json:
        print(json.dumps(told))
    else:
        print(told.get("file") or f"{told['id']}  {told['labels']} {' '.join(told['serials'])}")
    return 0
