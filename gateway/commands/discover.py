"""`gongbang discover`: what is plugged in, and the configuration for it, which one key writes."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from gateway.config.root import EdgeConfig
from gateway.errors import ConfigurationError
from gateway.finding import writing
from gateway.finding.findings import Findings
from gateway.finding.known import known_profiles
from gateway.finding.proposal import proposal
from gateway.finding.search import Wanted, plan, search


def run(options: argparse.Namespace) -> int:
    """Search and propose; 0 when something known was found (and written, where it was wanted), 1 when nothing was."""
    path = Path(options.config)
    config = writing.existing(path)
    wanted = _wanted(options, config)
    found = asyncio.run(search(wanted, known_profiles(path, _tell), _tell))
    drivers = proposal(found, writing.names_in(config))
    if options.json:
        print(json.dumps({"known": found.known, "drivers": drivers}, ensure_ascii=False))
    else:
        _show(found, drivers)
    return _write(options, path, drivers) if found.known else 1


def _wanted(options: argparse.Namespace, config: EdgeConfig | None) -> Wanted:
    listen_s = 0.0 if options.json else options.listen_s
    more = {"tcp_port": options.tcp_port, "every_unit": options.every_unit, "listen_s": listen_s}
    try:
        return plan(config, _tell, ports=options.port, network=options.network, **more)
    except ValueError as error:
        raise ConfigurationError([f"--network: {error}"]) from None


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
