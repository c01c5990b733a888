"""The simulated shops of the trades: what is scanned and weighed there is what such a shop scans and weighs."""

from decimal import Decimal
from itertools import islice

import pytest

from barcodes.ticket import Command, LotTicket, QuantityTicket, Traveller, Unknown, parse
from drivers.base import DriverConfig
from drivers.modbus_device import ModbusConfig, device_points
from drivers.scale import ScaleConfig
from drivers.scale_formats import read_and
from drivers.serial_scanner import SerialScannerConfig
from gateway.config.load import load
from gateway.config.root import EdgeConfig
from gateway.demo.handovers import Handovers
from gateway.demo.scales import Scale
from gateway.demo.shop import Shop
from gateway.demo.travellers import Travellers
from gateway.trades.templates import TRADES, template


def names(config: EdgeConfig, kind: type[DriverConfig]) -> list[str]:
    return [driver.name for driver in config.drivers if isinstance(driver, kind)]


@pytest.mark.parametrize("trade", ["metal", "printing"])
def test_jobs_begin_run_and_end_by_their_travellers(trade: str) -> None:
    config = load(template(trade))
    scans = list(islice(Travellers(config, names(config, SerialScannerConfig)).scans(), 300))
    tickets = [parse(one.raw) for one in scans]
    assert not [one for one in tickets if isinstance(one, Unknown)]
    operations = {one.code for one in config.work.operations}
    assert {one.operation for one in tickets if isinstance(one, Traveller)} <= operations
    assert {"SETUP", "START", "STOP"} <= {one.word for one in tickets if isinstance(one, Command)}
    assert any(isinstance(one, QuantityTicket) for one in tickets)


def test_metal_comes_back_lighter_and_each_lot_is_weighed_out_before_it_comes_back() -> None:
    config = load(template("jewellery"))
    counter = Handovers(config, names(config, SerialScannerConfig), names(config, ScaleConfig))
    pan, lot = Decimal(0), ""
    hands: dict[str, list[tuple[str, Decimal]]] = {}
    for one in islice(counter.scans(), 400):
        if one.scanner == "scale_1":
            pan = Decimal(one.raw.decode())
            continue
        match parse(one.raw):
            case LotTicket(number):
                lot = number
            case Command(word):
                assert pan > 0
                hands.setdefault(lot, []).append((word, pan))
    assert len(hands) > 10
    for handed in hands.values():
        assert [word for word, _ in handed] in (["ISSUE"], ["ISSUE", "RETURN"], ["ISSUE", "RETURN", "RECOVER"])
        weights = [weight for _, weight in handed]
        assert sum(weights[1:], Decimal(0)) < weights[0]


def test_the_scale_speaks_as_a_and_d_scales_do() -> None:
    with Scale("g") as scale:
        scale.put(Decimal("12.345"))
        moving = read_and(scale.line().removesuffix(b"\r\n"))
        scale.advance(2.0)
        still = read_and(scale.line().removesuffix(b"\r\n"))
    assert moving is not None
    assert not moving.stable
    assert still is not None
    assert (still.value, still.unit.strip(), still.stable) == (12.345, "g", True)


@pytest.mark.parametrize("trade", TRADES)
def test_every_machine_of_a_trade_works(trade: str) -> None:
    """In a quarter of an hour each machine's counter has gone on, and nothing is out of its sensor's range."""
    config = load(template(trade))
    buses = [driver for driver in config.drivers if isinstance(driver, ModbusConfig)]
    points = {f"{d.name}.{p.name}": (d.name, p) for bus in buses for d in bus.devices for p in device_points(d)}
    shop = Shop(17, trade)
    before = {name: shop.value(*of) for name, of in points.items()}
    shop.advance(900)
    for machine in config.machines:
        if machine.count:
            assert shop.value(*points[machine.count]) > before[machine.count]
    for name, (device, point) in points.items():
        value = shop.value(device, point)
        assert point.low is None or value >= point.low, name
        assert point.high is None or value <= point.high, name
