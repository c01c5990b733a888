"""`gongbang doctor`: everything that can be wrong, in one page, each with its mend."""

import argparse
import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from drivers.base import DriverConfig
from drivers.errors import DeviceGone, WrongConfiguration
from drivers.registry import build
from gateway.clock import SystemClock
from gateway.config.load import load
from gateway.config.parts import size_bytes
from gateway.config.publish import MqttPublisher
from gateway.config.root import EdgeConfig
from gateway.engine.table import PointTable
from gateway.errors import ConfigurationError

CONNECT_S = 5.0
LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `mend` is empty when it is well."""

    what: str
    state: Literal["ok", "warning", "wrong"]
    found: str
    mend_ko: str = ""
    mend_en: str = ""


def run(options: argparse.Namespace) -> int:
    """Look at everything; 0 when nothing is wrong, 1 when something is, 2 for a configuration that does not load."""
    findings = list(examine(Path(options.config)))
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        print("\n".join(map(_line, findings)))
    if findings[0].state == "wrong":
        return 2
    return int(any(finding.state == "wrong" for finding in findings))


def examine(path: Path) -> Iterator[Finding]:
    """Yield what was found, the configuration first: without one, the rest cannot be looked at."""
    try:
        config = load(path)
    except ConfigurationError as error:
        yield Finding("configuration", "wrong", "; ".join(error.problems), "줄마다 고쳐 주세요.", "Mend each line.")
        return
    yield Finding("configuration", "ok", str(path))
    yield _python()
    yield _clock(config)
    yield from _journal(config)
    yield _dashboard(config)
    table = PointTable.of(config)
    for driver in config.drivers:
        if driver.enabled:
            yield asyncio.run(_wire(driver, table))
    for publisher in config.publish:
        if publisher.enabled:
            yield _broker(publisher)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", version)


def _clock(config: EdgeConfig) -> Finding:
    if config.clock.trust:
        return Finding("clock", "ok", "trusted by the configuration")
    if SystemClock().synced:
        return Finding("clock", "ok", "synchronised")
    return Finding(
        "clock",
        "warning",
        f"not synchronised: rows wait up to {config.clock.hold_s:g} s, then go out marked unsynced",
        "인터넷(NTP)을 연결하거나 clock: trust: true로 시계를 믿어 주세요.",
        "Connect the network (NTP), or trust the clock by clock: trust: true.",
    )


def _journal(config: EdgeConfig) -> Iterator[Finding]:
    folder = Path(config.journal.path).parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        user = os.environ.get("USER", "gongbang")
        yield Finding(
            "journal",
            "wrong",
            f"{folder} cannot be written",
            f"sudo install -d -o {user} {folder}",
            f"sudo install -d -o {user} {folder}",
        )
        return
    loss = f"a power cut takes no acknowledged event and at most {config.journal.samples_commit_s:g} s of samples"
    yield Finding("journal", "ok", f"{config.journal.path}; {loss}")
    free, wanted = shutil.disk_usage(folder).free, size_bytes(config.journal.max_bytes)
    if free < LEAST_FREE_BYTES:
        yield Finding(
            "disk",
            "warning",
            f"{free / 1e6:.0f} MB free, the journal may take {wanted / 1e6:.0f} MB",
            "카드를 비우거나 journal: max_bytes를 줄여 주세요.",
            "Free the card, or lower journal: max_bytes.",
        )
    else:
        yield Finding("disk", "ok", f"{free / 1e9:.1f} GB free")


def _dashboard(config: EdgeConfig) -> Finding:
    index = Path(__file__).parents[1] / "web" / "static" / "index.html"
    if not index.exists():
        return Finding("screens", "wrong", "not built", "tools/screens.sh를 실행해 주세요.", "Run tools/screens.sh.")
    address = f"http://{config.dashboard.host}:{config.dashboard.port}/"
    return Finding("screens", "ok", address)


async def _wire(config: DriverConfig, table: PointTable) -> Finding:
    """Connect as the daemon does, and close again."""
    try:
        async with asyncio.timeout(CONNECT_S), build(config, table.slots(config.name)):
            return Finding(config.name, "ok", "connected")
    except (DeviceGone, WrongConfiguration, TimeoutError) as error:
        return Finding(
            config.name,
            "wrong",
            str(error) or "no answer",
            "전원과 케이블, 주소를 확인해 주세요.",
            "Check its power, the cable and the address.",
        )


def _broker(config: MqttPublisher) -> Finding:
    try:
        socket.create_connection((config.host, config.port), timeout=CONNECT_S).close()
    except OSError as error:
        return Finding(
            config.name,
            "warning",
            f"{config.host}:{config.port}: {error}",
            "브로커를 켜 주세요. 그동안의 기록은 남아 있어요.",
            "Start the broker; meanwhile nothing is lost.",
        )
    return Finding(config.name, "ok", f"{config.host}:{config.port}")


def _line(finding: Finding) -> str:
    mark = {"ok": "✓", "warning": "△", "wrong": "✗"}[finding.state]
    mend = f"\n    → {finding.mend_ko} / {finding.mend_en}" if finding.mend_ko else ""
    return f"{mark} {finding.what:16} {finding.found}{mend}"
