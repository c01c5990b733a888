"""How a Modbus device and its bus are described in the configuration."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from drivers.base import DriverConfig, Name, Options
from sensors import profile
from sensors.point import Point

Labels = dict[Literal["ko", "en"], str]


class DeviceConfig(Options):
    """Modbus 기기 하나. / One Modbus device."""

    name: Name = Field(description="기기 이름. / The device's name.")
    label: Labels | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    profile: str | None = Field(
        None, description="기종. 레지스터를 미리 적어 둔 목록이에요. / The kind of device, whose registers are known."
    )
    unit: int = Field(1, ge=0, le=255, description="기기 번호(국번). / The device's unit id.")
    poll_s: float = Field(1.0, ge=0.05, le=3600, description="읽는 간격(초). / Seconds between polls.")
    timeout_s: float = Field(
        0.5,
        ge=0.02,
        le=30,
        description="답을 기다리는 시간(초). 느린 선에서 글자가 오가는 시간은 따로 더해요. / "
        "Seconds to wait for a reply, besides the time that its bytes take on the wire.",
    )
    max_registers: int | None = Field(
        None,
        ge=1,
        le=125,
        description="한 번에 읽는 레지스터 수. 비우면 기종의 값이나 125. / "
        "Registers read at once; left out: the profile's, or 125.",
    )
    max_gap: int = Field(
        8,
        ge=0,
        le=64,
        description="쓰지 않는 레지스터가 이보다 많으면 건너뛰어요. / "
        "Holes of more registers than this are not read across.",
    )
    points: tuple[Point, ...] = Field(
        (),
        description="측정점들. 같은 이름은 기종의 것을 바꿔요. / Its points; one named as the profile's replaces it.",
    )

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, profile_id: str | None) -> str | None:
        """Refuse a profile that does not exist; the text names those that do."""
        if profile_id is not None:
            try:
                profile.load(profile_id)
            except KeyError as unknown:
                raise ValueError(unknown.args[0]) from None
        return profile_id

    @model_validator(mode="after")
    def _has_points(self) -> Self:
        """Refuse a device without anything to read, and two points of one name."""
        names = [point.name for point in self.points]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"이름이 같은 측정점이 있어요: {', '.join(twice)} / Points of the same name.")
        if self.profile is None and not self.points:
            raise ValueError(
                "읽을 것이 없어요. profile이나 points를 적어 주세요. / Nothing to read: give a profile or points."
            )
        return self


class ModbusConfig(DriverConfig):
    """What every Modbus bus has."""

    devices: tuple[DeviceConfig, ...] = Field(description="이 연결에 달린 기기들. / The devices on this connection.")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        """Refuse no devices, or two of one name. (Two of one unit are allowed: one device polled at two rates.)"""
        if not self.devices:
            raise ValueError("기기가 없어요. devices에 하나 이상 적어 주세요. / No devices: give at least one.")
        names = [device.name for device in self.devices]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"이름이 같은 기기가 있어요: {', '.join(twice)} / Devices of the same name.")
        return self

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return each device's name and the points that it has in the point table (texts are not in it), in order."""
        return [(device.name, number_points(device)) for device in self.devices]


def device_points(device: DeviceConfig) -> tuple[Point, ...]:
    """Return the device's points: its profile's, replaced by its own of the same name, then its own others."""
    known = profile.load(device.profile).points if device.profile else ()
    own = {point.name: point for point in device.points}
    return (*(own.pop(point.name, point) for point in known), *own.values())


def number_points(device: DeviceConfig) -> tuple[Point, ...]:
    """Return the points of the device that are numbers or truth values: those of its Batch, in order."""
    return tuple(point for point in device_points(device) if point.kind != "text")


def read_limit(device: DeviceConfig) -> int:
    """Return how many registers may be asked of the device at once."""
    if device.max_registers is not None:
        return device.max_registers
    return profile.load(device.profile).max_registers if device.profile else 125
