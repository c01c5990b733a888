"""A whole search: every port, the network where it was asked for, then whatever sends by itself, and cameras."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.config.root import EdgeConfig
from gateway.finding.cameras import FoundCamera, cameras
from gateway.finding.findings import Findings
from gateway.finding.keyboards import plugged_keyboards
from gateway.finding.line import Tell, search_line
from gateway.finding.listening import Heard, listen
from gateway.finding.network import hosts_of, own_networks, search_network
from gateway.finding.ports import SerialPort, serial_ports
from gateway.finding.writing import places_in, real
from sensors.profile_model import Profile


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to look. `hosts` are asked for Modbus TCP; `listen_s`: how long somebody scans and weighs."""

    ports: Sequence[SerialPort] = ()
    hosts: Sequence[str] = ()
    tcp_port: int = 502
    every_unit: bool = False
    listen_s: float = 0.0
    keyboards: Sequence[SerialPort] = ()
    cameras: Sequence[FoundCamera] = ()


def plan(config: EdgeConfig | None, tell: Tell, *, ports: Sequence[str], network: str | None, **options: Any) -> Wanted:
    """Return where to look: everywhere that the configuration does not use, or at the named ports alone.

    `network`: own, A.B.C.D/N or none. ValueError for what is no network, or too large.
    """
    taken, free = places_in(config), []
    for port in serial_ports(ports):
        if owner := taken.get(real(port.path)):
            tell(
                {"ko": f"{port.path}: 설정에 있어요 ({owner}).", "en": f"{port.path}: in the configuration ({owner})."}
            )
        else:
            free.append(port)
            adapter = f"{port.path}: {port.adapter or '?'}"
            tell({"ko": adapter, "en": adapter})
    networks = own_networks() if network == "own" else [network] if network else []
    hosts = [host for one in networks for host in hosts_of(one) if host not in taken]
    typing = [] if ports else [one for one in plugged_keyboards() if real(one.path) not in taken]
    seeing = [] if ports else [one for one in cameras() if real(one.path) not in taken]
    return Wanted(free, hosts, keyboards=typing, cameras=seeing, **options)


async def search(wanted: Wanted, profiles: Sequence[Profile], tell: Tell) -> Findings:
    """Look everywhere, one line after the other; tell what is done and found as it goes."""
    found = Findings()
    for port in wanted.ports:
        line = await search_line(port, profiles, every_unit=wanted.every_unit, tell=tell)
        found.lines.append(line)
        if line.trouble:
            tell({language: f"{port.path}: {text}" for language, text in line.trouble.items()})
    if wanted.hosts:
        found.hosts = await search_network(wanted.hosts, wanted.tcp_port, profiles, tell)
    quiet = [line.port for line in found.lines if not line.units]
    if (quiet or wanted.keyboards) and wanted.listen_s:
        tell(SCAN_NOW)

        def heard(what: Heard) -> None:
            found.heard.append(what)
            told = f"{what.port.path}: {what.text!r} → {what.kind}"
            tell({"ko": told, "en": told})

        await listen(quiet, wanted.keyboards, wanted.listen_s, heard)
    found.cameras = list(wanted.cameras)
    return found


SCAN_NOW = {
    "ko": "이제 스캐너로 아무것이나 찍고, 저울에 무언가 올리고, 측정기의 단추를 눌러 주세요.",
    "en": "Now scan anything, put something on the scale, press the gauge's button.",
}
