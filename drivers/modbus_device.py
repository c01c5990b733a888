"""How a Modbus device and its bus are described in the configuration."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from drivers.base import DriverConfig, Name, Options
from sensors import plc_area, profile
from sensors.output import Output
from sensors.permission import refused_outputs
from sensors.plc_area import Area
from sensors.point import BIT_TABLES, Point, SharedPoint
from sensors.profile import Profile, ProfileError

Labels = dict[Literal["ko", "en"], str]


class DeviceConfig(Options):
    """Modbus 기기 하나. / One Modbus device."""

    name: Name = Field(description="기기 이름. / The device's name.")
    label: Labels | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    profile: str | None = Field(
        None, description="기종. 레지스터를 미리 적어 둔 목록이에요. / The kind of device, whose registers are known."
    )
    unit: int = Field(1, ge=0, le=255, description="기기 번호(국번). / The device's unit id.")
    poll_s: float = Field(
        1.0,
        ge=0,
        le=3600,
        description="읽는 간격(초). 0이면 답하는 대로 다시 물어요. / "
        "Seconds between polls; 0: again as soon as it has answered.",
    )
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
    max_gap: int | None = Field(
        None,
        ge=0,
        le=125,
        description="쓰지 않는 레지스터가 이보다 많으면 건너뛰어요. 비우면 따로 묻는 것이 더 빠를 때만. / "
        "Holes of more registers than this are not read across; left out: where a read of its own is quicker.",
    )
    address_offset: int | None = Field(
        None,
        ge=-1,
        le=1,
        description="기종의 주소에 더하는 수. 비우면 기종의 값. 값이 한 칸씩 밀려 보이면 바꿔요. / "
        "Added to the profile's addresses; left out: the profile's own. Change it when values stand one place off.",
    )
    points: tuple[SharedPoint, ...] = Field(
        (),
        description="측정점들. 같은 이름은 기종의 것을 바꿔요. / Its points; one named as the profile's replaces it.",
    )

    outputs: tuple[Output, ...] = Field(
        (), description="쓸 수 있는 값들. / Coils and registers that may be written, with their limits."
    )
    allow: tuple[Name, ...] = Field(
        (),
        description="기종의 출력 가운데 써도 되는 것의 이름. 움직이는 명령은 여기 적어야만 써요. / "
        "Names of the profile's outputs that may be written; what moves a machine is written only if it stands here.",
    )
    write_every_s: float = Field(
        1.0,
        ge=0,
        le=3600,
        description="한 출력을 다시 쓰기까지의 시간(초). / Seconds between two writes of one output.",
    )

    _known: Profile | None = PrivateAttr(None)  # read once: a file beside the configuration may change

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

    @model_validator(mode="before")
    @classmethod
    def _plc_addresses(cls, data: Any) -> Any:
        """Turn a PLC's own names (`address: D100`) into tables and addresses, by the profile's areas."""
        areas = _areas_of(data.get("profile")) if isinstance(data, dict) else ()
        if not areas or not isinstance(data.get("points"), list | tuple):
            return data
        return {**data, "points": [_on_the_wire(point, areas) for point in data["points"]]}

    def model_post_init(self, context: Any) -> None:
        """Keep the profile as it was when the configuration was read."""
        super().model_post_init(context)
        self._known = None if self.profile is None else profile.load(self.profile)

    @property
    def known(self) -> Profile | None:
        """Return the device's profile."""
        return self._known

    @model_validator(mode="after")
    def _has_points(self) -> Self:
        """Refuse a device without anything to read, and two points of one name."""
        names = [point.name for point in self.points]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"이름이 같은 측정점이 있어요: {', '.join(twice)} / Points of the same name.")
        if not self.points and self._known and not self._known.points:
            words = [area for area in self._known.areas if area.table not in BIT_TABLES] or self._known.areas
            like = f"address: {max(words, key=lambda area: area.count).name}0"
            raise ValueError(
                f"읽을 것이 없어요. points에 적어 주세요(예: {like}) / Nothing to read: write points, e.g. {like}"
            )
        if not self.points and not self._known:
            raise ValueError(
                "읽을 것이 없어요. profile이나 points를 적어 주세요. / Nothing to read: give a profile or points."
            )
        return self

    @model_validator(mode="after")
    def _offset_fits(self) -> Self:
        """Refuse an offset that leads a profile's address below 0 or beyond 65535."""
        known, offset = self._known, self.address_offset or 0
        for point in known.points if known else ():
            if not all(0 <= at + offset <= at + count - 1 + offset <= 65535 for at, count in point.reads):
                raise ValueError(
                    f"address_offset {offset}: {point.name}의 주소가 0에서 65535를 벗어나요. / "
                    f"address_offset {offset} leads {point.name} out of 0 to 65535."
                )
        return self

    @model_validator(mode="after")
    def _may_be_written(self) -> Self:
        """Refuse outputs that the profile does not have or forbids, and commands that no profile knows."""
        if problem := next(refused_outputs(self.known, self.outputs, self.allow, address_offset(self)), None):
            raise ValueError(problem)
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
    """Return the device's points: its profile's, replaced by its own of the same name, then its own others.

    The addresses are those on the wire: the offset is in them.
    """
    offset = address_offset(device)
    known = [point.moved(offset) for point in device.known.points] if device.known else []
    own = {point.name: point for point in device.points}
    return (*(own.pop(point.name, point) for point in known), *own.values())


def address_offset(device: DeviceConfig) -> int:
    """Return what is added to the addresses of the device's profile: points, outputs and marks alike."""
    if device.address_offset is not None:
        return device.address_offset
    return device.known.address_offset if device.known else 0


def number_points(device: DeviceConfig) -> tuple[Point, ...]:
    """Return the points of the device that are numbers or truth values: those of its Batch, in order."""
    return tuple(point for point in device_points(device) if point.kind != "text")


def read_limit(device: DeviceConfig) -> int:
    """Return how many registers may be asked of the device at once."""
    if device.max_registers is not None:
        return device.max_registers
    return device.known.max_registers if device.known else 125


def _areas_of(profile_id: object) -> tuple[Area, ...]:
    """Return the areas of a PLC's profile; none when there is no such profile, which is told elsewhere."""
    try:
        return profile.load(profile_id).areas if isinstance(profile_id, str) else ()
    except (KeyError, ProfileError):
        return ()


def _on_the_wire(point: Any, areas: tuple[Area, ...]) -> Any:
    """Return a point's mapping with the table and the address that a PLC's name stands for; bits are `bool`."""
    written = point.get("address") if isinstance(point, Mapping) else None
    if not isinstance(written, str):
        return point
    table, address = plc_area.find(areas, written)
    return {**({"type": "bool"} if table in BIT_TABLES else {}), **point, "table": table, "address": address}
