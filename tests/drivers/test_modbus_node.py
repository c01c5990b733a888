"""The driver against npm's modbus-serial, over TCP and over a pty, and RTU frames carried over TCP."""

import asyncio
import os
import select
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.base import Slot
from drivers.modbus import ModbusBus
from drivers.modbus_frames import NoReply, Refusal, read_question, write_question
from drivers.registry import build, driver_config
from sensors.batch import Batch
from sensors.quality import GOOD, WRONG_CONFIGURATION

Start = Callable[..., Any]
POINTS = [
    *({"name": f"c{n}", "table": "coil", "address": n, "type": "bool"} for n in range(11)),
    *({"name": f"d{n}", "table": "discrete", "address": n, "type": "bool"} for n in range(11)),
    *({"name": f"h{n}", "table": "holding", "address": n} for n in range(3, 130)),
    {"name": "long", "table": "input", "address": 0, "type": "u32"},
    {"name": "absent", "table": "input", "address": 600},
]
EXPECTED = [
    *(float(n % 2) for n in range(11)),
    *(float(n % 3 == 0) for n in range(11)),
    *map(float, range(3, 130)),
    1000.0 * 65536 + 1001,
]


def bus(**options: Any) -> ModbusBus:
    """A driver with one device of all four tables."""
    device = {"name": "m", "unit": 3, "timeout_s": 5, "points": POINTS}
    made = build(driver_config({"name": "bus", "devices": [device]} | options), {"m": Slot(0, 0)})
    assert isinstance(made, ModbusBus)
    return made


def tcp(port: str, **options: Any) -> ModbusBus:
    """A driver on TCP."""
    return bus(type="modbus_tcp", host="127.0.0.1", port=int(port), **options)


async def used(driver: ModbusBus) -> None:
    """Read everything, write every way, and read that back."""
    async with driver:
        [row] = await driver.read_once("m")
        assert isinstance(row, Batch)
        assert row.values[0][:-1].tolist() == EXPECTED
        assert row.quality[0].tolist() == [GOOD] * len(EXPECTED) + [WRONG_CONFIGURATION]
        unit = driver.unit("m")
        for table, start, values in (
            ("coil", 2, [1]),
            ("coil", 20, [1, 0, 1, 1, 0, 0, 0, 0, 1, 1]),
            ("holding", 7, [4711]),
            ("holding", 30, [1, 65535, 3]),
        ):

            def steps(table: Any = table, start: int = start, values: list[int] = values) -> Any:
                yield write_question(3, table, start, values, 5)
                return (yield read_question(3, table, start, len(values), 5))

            back = await driver.errand(unit, steps())
            if table == "coil":
                assert [back[n // 8] >> n % 8 & 1 for n in range(len(values))] == values
            else:
                assert [int.from_bytes(back[2 * n : 2 * n + 2]) for n in range(len(values))] == values

        def beyond() -> Any:
            yield write_question(3, "holding", 600, [1], 5)

        with pytest.raises((Refusal, NoReply)):
            await driver.errand(unit, beyond())


@pytest.mark.slow
def test_over_tcp(node_modbus: Start) -> None:
    """All four tables, reads of more than 125, what is not there, and writes."""
    asyncio.run(used(tcp(node_modbus("tcp").place)))


def test_over_a_pty(node_modbus: Start) -> None:
    """The same with real serial framing on both sides."""
    with line() as (ours, theirs):
        node_modbus("serial", theirs)
        asyncio.run(used(bus(type="modbus_rtu", port=ours, baudrate=115200)))


def test_rtu_frames_over_tcp(node_modbus: Start) -> None:
    """A converter carries them as they are."""
    with line() as (ours, theirs):
        node_modbus("serial", theirs)

        async def scenario() -> None:
            port = os.open(ours, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
            server = await asyncio.start_server(lambda *ends: carry(port, *ends), "127.0.0.1", 0)
            async with server:
                await used(tcp(str(server.sockets[0].getsockname()[1]), framing="rtu"))
            os.close(port)

        asyncio.run(scenario())


def test_several_questions_need_frames_with_numbers() -> None:
    with pytest.raises(ValidationError, match="in_flight is 1"):
        tcp("502", framing="rtu", in_flight=2)


async def carry(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes between a connection and a port, as a converter does."""
    loop = asyncio.get_running_loop()
    loop.add_reader(port, lambda: writer.write(os.read(port, 4096)))
    while data := await reader.read(4096):
        os.write(port, data)
    loop.remove_reader(port)
    writer.close()


@contextmanager
def line() -> Iterator[tuple[str, str]]:
    """Two ports that are connected, as two adapters on one cable."""
    first, first_end = os.openpty()
    second, second_end = os.openpty()
    for end in (first_end, second_end):
        tty.setraw(end)
    over_r, over_w = os.pipe()
    thread = threading.Thread(target=_connect, args=(first, second, over_r))
    thread.start()
    try:
        yield os.ttyname(first_end), os.ttyname(second_end)
    finally:
        os.close(over_w)
        thread.join()
        for end in (first, first_end, second, second_end, over_r):
            os.close(end)


def _connect(first: int, second: int, over: int) -> None:

    while True:
        ready, _, _ = select.select([first, second, over], [], [])
        if over in ready:
            return
        for end, other in ((first, second), (second, first)):
            if end in ready:
                os.write(other, os.read(end, 4096))
