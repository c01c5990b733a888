"""`gongbang discover`: what is plugged in, and the configuration for it, which one key writes."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.finding import writing
from gateway.finding.findings import Findings
from gateway.finding.keyboards import plugged_keyboards
from gateway.finding.known import known_profiles
from gateway.finding.network import hosts_of, own_networks
from gateway.finding.ports import serial_ports
from gateway.finding.proposal import proposal
from gateway.finding.search import Wanted, search


def run(options: argparse.Namespace) -> int:
    """Search and propose; 0 when something known was found (and written, where it was wanted), 1 when nothing was."""
    path = Path(options.config)
    config = writing.existing(path)
    wanted = _wanted(options, writing.ports_in(config))
    found = asyncio.run(search(wanted, known_profiles(path, _tell), _tell))
    drivers = proposal(found, writing.names_in(config))
    if options.json:
        print(json.dumps({"known": found.known, "drivers": drivers}, ensure_ascii=False))
    else:
        _show(found, drivers)
    return _write(options, path, drivers) if found.known else 1


def _wanted(options: argparse.Namespace, taken: dict[str, str]) -> Wanted:
    ports = []
    for port in serial_ports(options.port):
        owner = taken.get(str(Path(port.path).resolve()))
        if owner:
            _say(f"{port.path}: 설정에 있어요 ({owner}). / it is in the configuration.")
        else:
            ports.append(port)
            _say(f"{port.path}: {port.adapter or '?'}")
    networks = own_networks() if options.network == "own" else [options.network] if options.network else []
    try:
        hosts = [host for network in networks for host in hosts_of(network)]
    except ValueError as error:
        raise ConfigurationError([f"--network: {error}"]) from None
    listen_s = 0.0 if options.json else options.listen_s
    everything = not options.port
    typing = plugged_keyboards() if everything else []
    return Wanted(ports, hosts, options.tcp_port, options.every_unit, listen_s, typing, everything)


def _tell(words: dict[str, str]) -> None:
    _say(" / ".join(dict.fromkeys(words.values())))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show(found: Findings, drivers: str) -> None:
    known, unknown = found.known, found.unknown
    print(f"\n아는 기기 {known}, 모르는 기기 {unknown}. / Devices known: {known}, unknown: {unknown}.\n")
    if drivers:
        print(f"drivers:\n{drivers}\n")


def _write(options: argparse.Namespace, path: Path, drivers: str) -> int:
    if not options.write:
        if options.json or not sys.stdin.isatty():
            return 0
        answer = input(f"{path}에 적을까요? 적으려면 y. / Write it into {path}? y: ")
        if answer.strip().lower() != "y":
            return 0
    writing.write(path, drivers)
    _say(f"{path}: 적었어요. / written. → gongbang check -c {path}")
    return 0
