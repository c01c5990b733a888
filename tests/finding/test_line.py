"""A line is searched as somebody would who has no manual: nothing is written, and nobody is talked over."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymodbus.server import ModbusSerialServer, ModbusTcpServer

from gateway.demo.ptys import Line as PtyLine
from gateway.demo.ptys import Pty
from gateway.finding import line as line_module
from gateway.finding.line import Line, search_line
from gateway.finding.network import search_network
from gateway.finding.ports import SerialPort
from gateway.finding.settings import Setting, first_units, settings
from sensors import profile
from tests.finding.buses import ids, units

FIVE = {1: "eastron-sdm120", 2: "peacefair-pzem-004t", 3: "xy-md02", 4: "autonics-tk", 7: ""}


@pytest.fixture(autouse=True)
def _few_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """No unit stands above 10: each that is not there takes its time."""
    monkeypatch.setattr(line_module, "NEXT_UNITS", range(1, 11))


def known() -> list[profile.Profile]:
    """All profiles."""
    return [profile.load(name) for name in profile.names()]


@asynccontextmanager
async def bus(devices: dict[int, str], asked: list[Any] | None = None) -> AsyncIterator[SerialPort]:
    """A line with devices on it; `asked` gets each request's function, unit and address."""

    def note(sending: bool, pdu: Any) -> Any:
        if not sending and asked is not None:
            asked.append((pdu.function_code, pdu.dev_id, getattr(pdu, "address", 0)))
        return pdu

    with PtyLine() as ptys:
        server = ModbusSerialServer(
            units(devices), port=ptys.there, baudrate=9600, ignore_missing_devices=True, trace_pdu=note
        )
        await server.serve_forever(background=True)
        try:
            yield SerialPort(ptys.here)
        finally:
            await server.shutdown()


async def searched(port: SerialPort, told: list[Any] | None = None) -> Line:
    """Search a port."""
    return await search_line(port, known(), every_unit=False, tell=(told if told is not None else []).append)


def test_five_unknown_devices_are_found_and_those_that_are_known_are_named() -> None:
    told: list[Any] = []
    asked: list[Any] = []

    async def main() -> Line:
        async with bus(FIVE, asked) as port:
            return await searched(port, told)

    line = asyncio.run(main())
    assert line.setting == Setting(9600, "none")
    assert line.trouble is None
    assert ids(line.units) == {number: name or None for number, name in FIVE.items()}
    assert "holding" in line.units[-1].tables
    assert {function for function, *_ in asked} <= {1, 2, 3, 4}, "whoever looks around never writes"
    assert all(unit for _, unit, _ in asked), "and never calls all of them"
    assert any("Eastron" in words["en"] for words in told)


def test_a_line_on_which_somebody_else_asks_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "LISTEN_S", 0.3)
    pty = Pty()

    async def main() -> tuple[Line, bytes]:
        async def talk() -> None:
            while True:
                pty.write(bytes.fromhex("010300000001840a"))
                await asyncio.sleep(0.05)

        talking = asyncio.create_task(talk())
        line = await searched(SerialPort(pty.path))
        talking.cancel()
        return line, pty.read()

    line, sent = asyncio.run(main())
    assert line.trouble == line_module.BUSY
    assert (line.units, sent) == ([], b"")
    pty.close()


def test_two_devices_of_one_number_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "LISTEN_S", 0.01)
    monkeypatch.setattr(line_module, "ANSWER_S", 0.02)
    monkeypatch.setattr(line_module, "settings", lambda _: [Setting(9600, "none")])
    pty = Pty()

    async def main() -> Line:
        loop = asyncio.get_running_loop()
        loop.add_reader(pty.fd, lambda: os.write(pty.fd, b"\x01\x04\x02\x7f\xff\x00") if pty.read() else None)
        try:
            return await searched(SerialPort(pty.path))
        finally:
            loop.remove_reader(pty.fd)

    trouble = asyncio.run(main()).trouble
    assert trouble is not None
    assert "two devices have one number" in trouble["en"]
    assert "9600 8N" in trouble["ko"]
    pty.close()


def test_a_port_that_cannot_be_opened_says_why() -> None:
    line = asyncio.run(searched(SerialPort("/dev/none")))
    assert line.trouble is not None
    assert "not there" in line.trouble["en"]


def test_a_host_in_the_network_is_found_with_what_stands_behind_it() -> None:
    async def main() -> list[Any]:
        server = ModbusTcpServer(units({1: "eastron-sdm120", 3: "autonics-tk"}), address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        port = server.transport.sockets[0].getsockname()[1]  # type: ignore[union-attr] # pymodbus keeps its server there
        found = await search_network(["127.0.0.2", "127.0.0.1"], port, known(), lambda _: None)
        await server.shutdown()
        return found

    (host,) = asyncio.run(main())
    assert host.host == "127.0.0.1"
    assert ids(host.units) == {1: "eastron-sdm120", 3: "autonics-tk"}


def test_settings_and_units_are_asked_in_the_order_in_which_devices_are_delivered() -> None:
    assert settings(known())[0] == Setting(9600, "none")
    assert len(set(settings(known()))) == len(settings(known()))
    assert set(range(1, 11)) <= set(first_units(known()))
