"""The point table: who stands where."""

from typing import Literal

import pytest

from drivers.base import DriverConfig, Options, Slot
from gateway.config.root import EdgeConfig
from gateway.table import PointTable
from sensors.point import Point


class _Device(Options):
    name: str
    profile: str | None = None
    points: tuple[Point, ...] = ()


class _Wire(DriverConfig):
    """A driver's config that is only its devices: the table reads nothing else of it."""

    type: Literal["wire"] = "wire"
    devices: tuple[_Device, ...]

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        return [(device.name, device.points) for device in self.devices]


def _point(name: str, **more: object) -> Point:
    return Point.model_validate({"name": name, "address": 0, **more})


def _table() -> PointTable:
    meter = _Device(name="meter_1", profile="eastron-sdm120", points=(_point("voltage"), _point("power", unit="W")))
    press = _Device(
        name="press_1",
        points=(_point("strokes", kind="counter"), _point("plate", kind="text", type="string"), _point("fault")),
    )
    config = EdgeConfig.model_validate(
        {
            "workshop": {"id": "w-1", "name": "공방"},
            "drivers": [_Wire(name="bus_1", devices=(meter,)), _Wire(name="plc_1", devices=(press,))],
            "signals": [{"name": "line_power", "unit": "W", "value": "meter_1.power"}],
            "machines": [{"name": "press_1", "states": []}],
        }
    )
    return PointTable.of(config)


def test_devices_points_are_neighbours_and_text_is_left_out() -> None:
    table = _table()
    assert table.names[:5] == [
        "meter_1.voltage", "meter_1.power", "press_1.strokes", "press_1.fault", "signals.line_power",
    ]  # fmt: skip
    assert table.index("press_1.fault") == 3
    assert table.point(1).unit == "W"
    assert table.devices[table.device(3)].name == "press_1"
    assert table.devices[0].profile == "eastron-sdm120"
    assert table.devices[1].stop == 4


def test_a_driver_learns_the_places_of_its_own_devices_alone() -> None:
    table = _table()
    assert table.slots("plc_1") == {"press_1": Slot(1, 2)}
    assert table.slots("") == {}


def test_machines_stand_last_with_all_their_fields() -> None:
    table = _table()
    assert [entry.name for entry in table.devices] == ["meter_1", "press_1", "signals", "machines"]
    fields = "run idle setup alarm off unknown count state_s cycle_s cycle_mean_s cycle_best_s micro_stops missed"
    assert table.names[5:] == [f"machines.press_1.{field}" for field in fields.split()]
    units = {"count": "pcs", "missed": "pcs", "state_s": "s", "cycle_s": "s", "micro_stops": "1", "run": "1"}
    assert {field: table.point(table.index(f"machines.press_1.{field}")).unit for field in units} == units
    assert table.device_index("machines") == 3


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        _table().index("meter_1.powr")
