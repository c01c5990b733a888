"""The point table: every point of the shop has one index, and a device's points are neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from drivers.base import Name, Slot
from gateway.config.root import EdgeConfig
from sensors.point import Kind, Point

SIGNALS = "signals"
COUNTS = {"count": "pcs", "missed": "pcs", "micro_stops": "1"}  # of the fields of machines
MACHINES = "machines"
MACHINE_FIELDS = (
    "run", "idle", "setup", "alarm", "off", "unknown", "count", "state_s", "cycle_s", "cycle_mean_s", "cycle_best_s",
    "micro_stops", "missed",
)  # fmt: skip
PACE = MACHINE_FIELDS.index("cycle_s")  # from here on what gateway.engine.paces tells


class _HasDevices(Protocol):
    """What each driver's config tells about its devices."""

    def devices_points(self) -> Sequence[tuple[str, Sequence[Point]]]: ...


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """One device of the table: points `first .. first + len(points) - 1`. Text points are not among them."""

    name: str
    driver: str  # the driver's name; "" for the two that the engine writes, signals and machines
    profile: str | None
    first: int
    points: tuple[Point, ...]
    version: int = 1  # of the profile

    @property
    def stop(self) -> int:
        """Return the index behind the device's last point."""
        return self.first + len(self.points)


class PointTable:
    """All points in the order of the configuration, then `signals`, then `machines` (both always there, maybe empty).

    A machine's points are named `<machine>.<field>`, so that the full name is `machines.press_1.run`.
    """

    def __init__(self, devices: Sequence[DeviceEntry]) -> None:
        self.devices = list(devices)
        self.names = [f"{entry.name}.{point.name}" for entry in devices for point in entry.points]
        self._points = [point for entry in devices for point in entry.points]
        self._device = [number for number, entry in enumerate(devices) for _ in entry.points]
        self._index = {name: index for index, name in enumerate(self.names)}
        self._device_index = {entry.name: number for number, entry in enumerate(devices)}

    @classmethod
    def of(cls, config: EdgeConfig) -> "PointTable":
        """Lay out the table of a configuration; a driver that is switched off keeps its place."""
        devices: list[DeviceEntry] = []
        for driver in config.drivers:
            parts = {part.name: part for part in getattr(driver, "devices", ())}
            for name, points in cast(_HasDevices, driver).devices_points():
                numbers = tuple(point for point in points if point.kind != "text" and point.type != "string")
                _append(devices, name, driver.name, numbers, parts.get(name))
        signals = tuple(
            Point(name=signal.name, label=_label(signal.label), unit=signal.unit, type="f64", address=0)
            for signal in config.all_signals
        )
        _append(devices, SIGNALS, "", signals)
        fields = tuple(_field(machine.name, field) for machine in config.machines for field in MACHINE_FIELDS)
        _append(devices, MACHINES, "", fields)
        return cls(devices)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.names)

    def slots(self, driver: str) -> dict[str, Slot]:
        """Return where the devices of one driver stand, by the device's name."""
        return {
            entry.name: Slot(number, entry.first)
            for number, entry in enumerate(self.devices)
            if entry.driver == driver and driver
        }

    def index(self, name: str) -> int:
        """Return the index of a full name like `meter_1.power`; KeyError when there is none."""
        return self._index[name]

    def point(self, index: int) -> Point:
        """Return the point at an index."""
        return self._points[index]

    def device(self, index: int) -> int:
        """Return which device (an index in `devices`) the point at an index belongs to."""
        return self._device[index]

    def device_index(self, name: str) -> int:
        """Return the index of a device by its name; KeyError when there is none."""
        return self._device_index[name]


def _append(
    devices: list[DeviceEntry], name: Name, driver: str, points: tuple[Point, ...], described: object = None
) -> None:
    first = devices[-1].stop if devices else 0
    version = getattr(getattr(described, "known", None), "version", 1)
    devices.append(DeviceEntry(name, driver, getattr(described, "profile", None), first, points, version))


def _label(label: object) -> Mapping[str, str] | None:
    return None if label is None else cast(Mapping[str, str], label.model_dump())  # type: ignore[attr-defined] # a Text


def _field(machine: str, field: str) -> Point:
    """Return a machine's pseudo-point; its name has a dot, which no point of a device may have: hence no validation."""
    is_seconds = field.endswith("_s")
    kind: Kind = "counter" if field in COUNTS else "gauge" if is_seconds else "state"
    unit = "s" if is_seconds else COUNTS.get(field, "1")
    return Point.model_construct(name=f"{machine}.{field}", kind=kind, unit=unit, type="f64", address=0)
