"""Modbus TCP in the local network: only where somebody asked for it, and only by reading."""

import asyncio
import fcntl
import ipaddress
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from drivers.errors import DeviceGone
from drivers.modbus_tcp import ModbusTcp, ModbusTcpConfig
from gateway.finding.asker import Asker
from gateway.finding.line import Tell, Unit, answers, named, said
from sensors.profile_model import Profile

SIOCGIFADDR: Final = 0x8915  # netdevice(7)
SIOCGIFNETMASK: Final = 0x891B
AT_ONCE: Final = 32  # hosts that are called together: more would look like an attack
CONNECT_S: Final = 1.0
ANSWER_S: Final = 1.0
UNITS: Final = (1, 255, 0, *range(2, 11))  # 1 of most; 255 and 0 mean the host itself; the rest stand behind a gateway
MOST_HOSTS: Final = 1024


@dataclass(slots=True)
class Host:
    """A host that speaks Modbus TCP."""

    host: str
    port: int
    units: list[Unit] = field(default_factory=list)


async def search_network(hosts: Sequence[str], port: int, profiles: Sequence[Profile], tell: Tell) -> list[Host]:
    """Return which of the hosts speak Modbus TCP, and the units there."""
    turns, found = asyncio.Semaphore(AT_ONCE), list[Host]()
    usual_first = sorted(profiles, key=lambda profile: profile.tcp is None)

    async def look(address: str) -> None:
        async with turns:
            host = await _look(Host(address, port), usual_first, tell)
        if host.units:
            found.append(host)

    tell({"ko": f"주소 {len(hosts)}개에 물어봐요", "en": f"asking {len(hosts)} addresses"})
    async with asyncio.TaskGroup() as all_hosts:
        for address in hosts:
            all_hosts.create_task(look(address))
    return sorted(found, key=lambda host: hosts.index(host.host))


async def _look(host: Host, profiles: Sequence[Profile], tell: Tell) -> Host:
    nobody = {"name": "nobody", "points": [{"name": "nothing", "address": 0}]}
    place = {"host": host.host, "port": host.port, "connect_s": CONNECT_S}
    config = ModbusTcpConfig.model_validate({"name": "search", "type": "modbus_tcp", "devices": [nobody], **place})
    try:
        wire = await ModbusTcp(config, {}).connect()
    except DeviceGone:
        return host
    try:
        asker = Asker(wire, ANSWER_S)
        for number in UNITS:
            if await answers(asker, number):
                host.units.append(await named(asker, number, profiles))
                tell(said(f"{host.host}:{host.port}", host.units[-1]))
                if number in (255, 0) or (number == 1 and await answers(asker, 255)):
                    break  # it answers by whatever number: there is nobody behind it
            elif number == 0 and not host.units:
                break
    except DeviceGone:
        pass  # what was found until then is there
    finally:
        wire.close()
    return host


def hosts_of(network: str) -> list[str]:
    """Return the addresses of a network such as 192.168.0.0/24; ValueError for what is none, or too large."""
    addresses = ipaddress.IPv4Network(network, strict=False)
    if addresses.num_addresses > MOST_HOSTS:
        raise ValueError(f"{network}: {addresses.num_addresses} > {MOST_HOSTS}; {addresses.network_address}/24?")
    return [str(host) for host in addresses.hosts()]


def own_networks() -> list[str]:
    """Return the networks that this machine is in, without its own loopback; of a large one the part around it."""
    found = []
    for address, mask in _interfaces():
        network = ipaddress.IPv4Network(f"{address}/{mask}", strict=False)
        if network.num_addresses > MOST_HOSTS:
            network = ipaddress.IPv4Network(f"{address}/24", strict=False)
        if not network.is_loopback:
            found.append(str(network))
    return sorted(set(found))


def _interfaces() -> Iterator[tuple[str, str]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            question = struct.pack("256s", name.encode()[:15])
            try:
                address, mask = (
                    socket.inet_ntoa(fcntl.ioctl(asking, what, question)[20:24])
                    for what in (SIOCGIFADDR, SIOCGIFNETMASK)
                )
            except OSError:
                continue  # an interface without an address
            yield address, mask
