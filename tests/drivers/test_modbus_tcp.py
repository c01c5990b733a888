"""Modbus over TCP, against a real server."""

import asyncio
import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from drivers.base import Slot
from drivers.errors import DeviceGone
from drivers.modbus_tcp import ModbusTcp, ModbusTcpConfig
from sensors.batch import Batch, one_row
from sensors.quality import GOOD, NO_REPLY, SENSOR_FAULT, WRONG_CONFIGURATION
from sensors.text import TextReading

Start = Callable[[str], Any]


def device(name: str, unit: int, addresses: range | list[int], **options: Any) -> dict[str, Any]:
    """A device with one u16 input register a point: p0, p1, ..."""
    points = [{"name": f"p{a}", "table": "input", "address": a} for a in addresses]
    return {"name": name, "unit": unit, "poll_s": 0.1, "timeout_s": 5.0, "points": points} | options


def driver(server: Any, *devices: dict[str, Any]) -> ModbusTcp:
    """The driver for devices on the server; each device's first point is a hundred times its place."""
    config = ModbusTcpConfig.model_validate(
        {"name": "bus", "type": "modbus_tcp", "host": "127.0.0.1", "port": int(server.place), "devices": devices}
    )
    return ModbusTcp(config, {d["name"]: Slot(i, 100 * i) for i, d in enumerate(devices)})


async def read(bus: ModbusTcp, rows: int) -> list[Batch]:
    """The first rows that a driver yields."""
    found: list[Batch] = []
    async with bus:
        readings = bus.readings()
        async for reading in readings:
            if isinstance(reading, Batch):
                found += one_by_one(reading)
            if len(found) >= rows:
                break
        await readings.aclose()  # type: ignore[attr-defined] # an async generator
    return found[:rows]


def one_by_one(batch: Batch) -> list[Batch]:
    """Rows that came together, as if each had come alone."""
    rows = zip(batch.mono_ns, batch.values, batch.quality, strict=True)
    return [one_row(batch.device, batch.first, int(ns), *row) for ns, *row in rows]


def test_a_poll_is_one_row_of_the_device_s_points(modbus: Start) -> None:
    """Values, quality, place and a stamp that grows."""
    server = modbus("tcp")
    server.tell("set 3 4 10 7 8 9")
    first, second = asyncio.run(
        read(driver(server, device("other", 9, [0], timeout_s=0.1) | {"poll_s": 60}, device("m", 3, range(10, 13))), 3)
    )[1:]
    assert (first.device, first.first) == (1, 100)
    assert first.values.tolist() == [[7.0, 8.0, 9.0]]
    assert first.quality.tolist() == [[GOOD] * 3]
    assert second.mono_ns[0] > first.mono_ns[0]


def test_neighbours_are_one_request_and_far_ones_two(modbus: Start) -> None:
    """Reads are merged across small holes only, and never beyond the limit."""
    server = modbus("tcp")
    server.tell("set 1 4 0 1")
    asyncio.run(read(driver(server, device("m", 1, [0, 1, 5, 40, 41], max_registers=30)), 1))
    assert server.asked_of(1) == [(4, 0, 6), (4, 40, 2)]


def test_a_long_device_is_read_in_parts_of_125(modbus: Start) -> None:
    """Never more than the standard allows."""
    server = modbus("tcp")
    server.tell("set 1 4 0 " + " ".join(str(n) for n in range(300)))
    [row] = asyncio.run(read(driver(server, device("m", 1, range(300))), 1))
    assert server.asked_of(1) == [(4, 0, 125), (4, 125, 125), (4, 250, 50)]
    assert row.values[0].tolist() == [float(n) for n in range(300)]


def test_a_refused_read_is_split_within_the_poll_and_stays_split(modbus: Start) -> None:
    """A hole that the device refuses costs one request, once."""
    server = modbus("tcp")
    server.tell("set 1 4 0 1 2 3 4 5 6")
    server.tell("hole 1 4 2 2")
    rows = asyncio.run(read(driver(server, device("m", 1, [0, 1, 4, 5])), 2))
    assert [row.values[0].tolist() for row in rows] == [[1, 2, 5, 6]] * 2
    whole, *halves = server.asked_of(1)
    assert whole == (4, 0, 6)
    assert halves[:4] == [(4, 0, 2), (4, 4, 2)] * 2
    assert set(halves) == {(4, 0, 2), (4, 4, 2)}


def test_only_the_register_that_the_device_lacks_is_wrong_configuration(modbus: Start) -> None:
    """Halving finds the one point that cannot be read; the others are good in the same row."""
    server = modbus("tcp")
    server.tell("set 1 4 0 1 2 3 4 5")
    server.tell("hole 1 4 3 1")
    [row] = asyncio.run(read(driver(server, device("m", 1, range(5))), 1))
    assert row.quality[0].tolist() == [GOOD, GOOD, GOOD, WRONG_CONFIGURATION, GOOD]
    assert math.isnan(row.values[0][3])


def test_a_limit_below_ours_is_found(modbus: Start) -> None:
    """A device that answers long reads with exception 3 is read in shorter ones."""
    server = modbus("tcp")
    server.tell("set 1 4 0 " + " ".join(str(n) for n in range(20)))
    server.tell("limit 1 6")
    [row] = asyncio.run(read(driver(server, device("m", 1, range(20))), 1))
    assert row.values[0].tolist() == [float(n) for n in range(20)]


def test_a_device_failure_is_a_sensor_fault_and_busy_is_no_reply(modbus: Start) -> None:
    """Exceptions 4 and 6 say different things of the values."""
    server = modbus("tcp")
    for unit, code in ((1, 4), (2, 6)):
        server.tell(f"set {unit} 4 0 1")
        server.tell(f"exception {unit} {code}")
    rows = asyncio.run(read(driver(server, device("a", 1, [0]), device("b", 2, [0])), 2))
    assert [row.quality[0][0] for row in rows] == [SENSOR_FAULT, NO_REPLY]


def test_dead_units_yield_no_reply_and_the_others_go_on(modbus: Start) -> None:
    """Between two questions to dead units the others are polled, and dead ones are asked ever less."""
    server = modbus("tcp")
    server.tell("set 1 4 0 5")
    dead = [device(f"dead_{unit}", unit, [0], poll_s=0.05, timeout_s=0.2) for unit in (2, 3, 4)]
    bus = driver(server, device("alive", 1, [0], poll_s=0.05), *dead)
    rows = asyncio.run(read(bus, 120))
    assert {int(row.quality[0][0]) for row in rows if row.device == 0} == {GOOD}
    assert {int(row.quality[0][0]) for row in rows if row.device > 0} == {NO_REPLY}
    assert all(sum(row.device == n for row in rows) > 20 for n in (1, 2, 3))
    asked = [unit for unit, *_ in server.asked]
    assert not any(one > 1 and next_one > 1 for one, next_one in pairwise(asked))
    assert all(asked.count(unit) <= 4 for unit in (2, 3, 4))
    assert abs(bus.counters.unit_errors["dead_2"] - asked.count(2)) <= 1


def test_a_unit_that_comes_back_is_read_again(modbus: Start) -> None:
    """Once it answers, it is asked at its rhythm."""
    server = modbus("tcp")

    async def scenario() -> list[int]:
        bus = driver(server, device("m", 2, [0], poll_s=0.05, timeout_s=0.5))
        qualities: list[int] = []
        async with bus:
            readings = bus.readings()
            async for reading in readings:
                assert isinstance(reading, Batch)
                qualities.append(int(reading.quality[0][0]))
                if len(qualities) == 2:
                    server.tell("set 2 4 0 5")
                if qualities[-3:] == [GOOD] * 3:
                    break
            await readings.aclose()  # type: ignore[attr-defined] # an async generator
        return qualities

    assert asyncio.run(scenario())[:2] == [NO_REPLY, NO_REPLY]


def test_a_block_that_is_never_answered_does_not_hide_the_others(modbus: Start) -> None:
    """Some devices are silent instead of refusing: the rest of the device is good after one poll."""
    server = modbus("tcp")
    server.tell("set 1 4 0 1")
    server.tell("set 1 4 100 2")
    server.tell("mute 1 4 0 1")
    rows = asyncio.run(read(driver(server, device("m", 1, [0, 100], timeout_s=0.5)), 4))
    assert [row.quality[0].tolist() for row in rows[1:]] == [[NO_REPLY, GOOD]] * 3


def test_a_late_reply_is_never_taken_for_the_next_one_s(modbus: Start) -> None:
    """The unit answers after the time-out, with equally long blocks of different values."""
    server = modbus("tcp")
    server.tell("set 1 4 0 11")
    server.tell("set 1 4 100 22")
    server.tell("delay 1 150")
    rows = asyncio.run(read(driver(server, device("m", 1, [0, 100], timeout_s=0.1)), 8))
    for row in rows:
        assert row.values[0][0] in (11.0,) or math.isnan(row.values[0][0])
        assert row.values[0][1] in (22.0,) or math.isnan(row.values[0][1])


def test_devices_keep_their_own_rhythm(modbus: Start) -> None:
    """A slow device on the bus of a fast one is polled once where the other is polled often."""
    server = modbus("tcp")
    for unit in (1, 2):
        server.tell(f"set {unit} 4 0 5")
    asyncio.run(read(driver(server, device("fast", 1, [0], poll_s=0.05), device("slow", 2, [0], poll_s=30)), 15))
    assert len(server.asked_of(2)) == 1
    assert len(server.asked_of(1)) >= 14  # the next question may be on its way when the last row is here


def test_bits_of_coils_and_discrete_inputs(modbus: Start) -> None:
    """All four tables are read, each with its function."""
    server = modbus("tcp")
    server.tell("set 1 1 0 1 0 1")
    server.tell("set 1 2 8 1 1")
    server.tell("set 1 3 0 77")
    points = [
        *({"name": f"c{a}", "table": "coil", "address": a, "type": "bool"} for a in range(3)),
        *({"name": f"d{a}", "table": "discrete", "address": a, "type": "bool"} for a in range(8, 10)),
        {"name": "h", "table": "holding", "address": 0},
    ]
    [row] = asyncio.run(read(driver(server, device("m", 1, [], points=points)), 1))
    assert row.values[0].tolist() == [1, 0, 1, 1, 1, 77]
    assert server.asked_of(1) == [(1, 0, 3), (2, 8, 2), (3, 0, 1)]


def test_a_text_is_told_when_it_changed(modbus: Start) -> None:
    """Texts come beside the Batch, which leaves them out."""
    server = modbus("tcp")
    server.tell("set 1 3 0 0x4142 0x4300 5")
    points = [
        {"name": "lot", "kind": "text", "type": "string", "length": 2, "address": 0},
        {"name": "n", "address": 2},
    ]

    async def scenario() -> list[Any]:
        bus = driver(server, device("m", 1, [], points=points))
        found: list[Any] = []
        async with bus:
            readings = bus.readings()
            async for reading in readings:
                found.append(reading)
                if len(found) == 3:
                    server.tell("set 1 3 0 0xB0A1")  # 가 in UTF-8 is longer: this is its CP949
                    server.tell("set 1 3 1 0")
                if len([r for r in found if isinstance(r, TextReading)]) == 2:
                    break
            await readings.aclose()  # type: ignore[attr-defined] # an async generator
        return found

    found = asyncio.run(scenario())
    assert [r.text for r in found if isinstance(r, TextReading)] == ["ABC", "가"]
    rows = [r.values.tolist() for r in found if not isinstance(r, TextReading) and not r.quality.any()]
    assert rows[0] == [[5.0]]  # on a busy machine a reply may be late


def test_a_lost_connection_says_no_reply_and_then_device_gone(modbus: Start) -> None:
    """The points do not keep their last value as if nothing had happened."""
    server = modbus("tcp")
    server.tell("set 1 4 0 5")

    async def scenario(rows: list[Batch]) -> None:
        async with driver(server, device("m", 1, [0])) as bus:
            async for reading in bus.readings():
                assert isinstance(reading, Batch)
                rows.append(reading)
                if len(rows) == 2:
                    server.tell("drop")

    rows: list[Batch] = []
    with pytest.raises(DeviceGone, match=r"127\.0\.0\.1"):
        asyncio.run(scenario(rows))
    assert rows[0].quality[0][0] == GOOD
    assert rows[-1].quality[0][0] == NO_REPLY


def test_a_question_that_waits_ends_when_the_connection_is_lost(modbus: Start) -> None:
    """DeviceGone comes at once, not after the time-out."""
    server = modbus("tcp")

    async def scenario() -> float:
        async with driver(server, device("m", 1, [0], timeout_s=30)) as bus:
            loop = asyncio.get_running_loop()
            started_s = loop.time()
            loop.call_later(0.2, server.tell, "drop")
            with pytest.raises(DeviceGone):
                async for _ in bus.readings():
                    pass
            return loop.time() - started_s

    assert asyncio.run(scenario()) < 15


def test_a_host_that_refuses_is_device_gone_with_its_reason(modbus: Start) -> None:
    """Entering raises; the text names the place and why."""
    server = modbus("tcp")
    bus = driver(server, device("m", 1, [0]))
    server.stop()

    async def scenario() -> None:
        async with bus:
            pytest.fail("it connected")

    with pytest.raises(DeviceGone, match=rf"127.0.0.1:{server.place}: .*refused"):
        asyncio.run(scenario())


def test_one_device_is_read_once_for_a_probe(modbus: Start) -> None:
    """`read_once` needs no rhythm and no other device."""
    server = modbus("tcp")
    server.tell("set 2 4 0 9")

    async def scenario() -> list[Any]:
        async with driver(server, device("a", 1, [0]), device("b", 2, [0])) as bus:
            with pytest.raises(KeyError):
                await bus.read_once("c")
            return await bus.read_once("b")

    [row] = asyncio.run(scenario())
    assert row.values.tolist() == [[9.0]]
    assert server.asked_of(1) == []


def test_polls_that_the_wire_has_no_time_for_are_counted(modbus: Start) -> None:
    """The screen can say that a rhythm is too fast for the device."""
    server = modbus("tcp")
    server.tell("set 1 4 0 9")
    server.tell("delay 1 200")
    bus = driver(server, device("m", 1, [0], poll_s=0.05, timeout_s=5))
    rows = asyncio.run(read(bus, 3))
    assert [row.quality[0][0] for row in rows] == [GOOD] * 3
    assert bus.counters.overruns >= 4


def test_a_driver_that_is_entered_again_asks_everybody_at_once(modbus: Start) -> None:
    """After a reconnection no breaker is left open: the units may have been behind the broken wire."""
    server = modbus("tcp")
    bus = driver(server, device("m", 1, [0], poll_s=0.05, timeout_s=0.05))
    rows = asyncio.run(read(bus, 8))
    assert {int(row.quality[0][0]) for row in rows} == {NO_REPLY}
    server.tell("set 1 4 0 9")
    asked = len(server.asked_of(1))
    asyncio.run(read(bus, 1))
    assert len(server.asked_of(1)) == asked + 1
