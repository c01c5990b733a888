"""How an MQTT broker and the devices behind it are described in the configuration; presets are data beside this."""

from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import ClassVar, Final, Literal, Self

from pydantic import Field, field_validator, model_validator
from ruamel.yaml import YAML

from drivers.base import DriverConfig, Name, Options
from drivers.named_point import NamedPoint, numbers
from sensors import json_path
from sensors.point import Point

PLACE: Final = "{topic}"  # where a device's own topic stands in the topics of its preset and points
Labels = dict[Literal["ko", "en"], str]


class MqttPoint(NamedPoint):
    """메시지에서 읽는 측정점. / A point that messages tell."""

    topic: str = Field(
        PLACE,
        min_length=1,
        max_length=1000,
        description="이 값이 오는 토픽. {topic}은 기기의 topic이에요. / Where it comes; {topic} is the device's own.",
    )
    path: str = Field(
        "",
        description="JSON 속의 자리: ENERGY.Power, sensors[0].value. 비우면 메시지 전체. / "
        "Its place in the JSON; left out: the whole message.",
    )

    _topic = field_validator("topic")(lambda text: _exact(text))
    _path = field_validator("path")(lambda text: _steps(text))


class Availability(Options):
    """기기가 살아 있는지 알려 주는 토픽. / The topic that tells whether the device is alive."""

    topic: str = Field(min_length=1, max_length=1000, description="토픽. / The topic.")
    path: str = Field("", description="JSON 속의 자리. / Its place in the JSON.")
    online: str = Field("online", description="살아 있다는 말. / The word for alive.")
    offline: str = Field("offline", description="없다는 말. 그러면 값이 모두 대답 없음이에요. / The word for gone.")

    _topic = field_validator("topic")(lambda text: _exact(text))
    _path = field_validator("path")(lambda text: _steps(text))


class Preset(Options):
    """What a maker's devices publish."""

    maker: str
    source: str
    availability: Availability | None = None
    points: tuple[MqttPoint, ...]


class MqttDevice(Options):
    """브로커 뒤의 기기 하나. / One device behind the broker."""

    name: Name = Field(description="기기 이름. / The device's name.")
    label: Labels | None = Field(None, description="화면에 보이는 이름. / The name on the screen.")
    preset: str | None = Field(
        None,
        description="제조사의 종류. 토픽과 경로를 미리 적어 둔 것이에요. / The maker's kind, whose topics are known.",
    )
    topic: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="기기의 토픽. preset과 points의 {topic} 자리에 들어가요. / The device's own topic, for {topic}.",
    )
    availability: Availability | None = Field(
        None,
        description="살아 있는지 알려 주는 토픽. 비우면 preset의 것. / What tells whether it lives; else the preset's.",
    )
    silent_s: float | None = Field(
        None,
        ge=1,
        le=604800,
        description="이만큼(초) 아무것도 오지 않으면 대답 없음. / A silence of these seconds is no reply.",
    )
    points: tuple[MqttPoint, ...] = Field(
        (),
        description="측정점들. 같은 이름은 preset의 것을 바꿔요. / Its points; one named as the preset's replaces it.",
    )

    _topic = field_validator("topic")(lambda text: text if text is None else _exact(text))

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, name: str | None) -> str | None:
        if name is not None and name not in presets():
            near = ", ".join(get_close_matches(name, presets(), 1, 0.4) or presets())
            raise ValueError(f"모르는 preset이에요. 가까운 것: {near} / no such preset; nearest: {near}")
        return name

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        """Refuse a device without points, or whose topics are not whole."""
        if not self.all_points():
            raise ValueError(
                "읽을 것이 없어요. preset이나 points를 적어 주세요. / Nothing to read: a preset or points."
            )
        names = [point.name for point in self.points]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"이름이 같은 측정점이 있어요: {', '.join(twice)} / Points of the same name.")
        alive = self.alive()
        topics = [point.topic for point in self.all_points()] + ([alive.topic] if alive else [])
        if self.topic is None and any(PLACE in topic for topic in topics):
            raise ValueError("기기의 topic을 적어 주세요. / Give the device's topic.")
        return self

    def all_points(self) -> tuple[MqttPoint, ...]:
        """Return the preset's points, replaced by the device's own of the same name, then its own others."""
        known = presets()[self.preset].points if self.preset else ()
        own = {point.name: point for point in self.points}
        return (*(own.pop(point.name, point) for point in known), *own.values())

    def alive(self) -> Availability | None:
        """Return what tells whether the device is alive."""
        return self.availability or (presets()[self.preset].availability if self.preset else None)

    def whole(self, topic: str) -> str:
        """Return a topic of the preset or of a point with the device's own in its place."""
        return topic.replace(PLACE, self.topic or "")


class MqttInConfig(DriverConfig):
    """MQTT로 값을 보내는 기기들: ESP32, Tasmota, Shelly, zigbee2mqtt. / Devices that publish by MQTT."""

    enter_s: ClassVar[float] = 10.0

    type: Literal["mqtt_in"] = Field(description="종류. / The kind.")
    host: str = Field(min_length=1, description="브로커의 주소. / The broker's name or address.")
    port: int = Field(1883, ge=1, le=65535, description="포트. / The port.")
    username: str | None = Field(None, description="계정. / The account.")
    password_file: str | None = Field(None, description="비밀번호가 든 파일. / The file that holds the password.")
    tls: bool = Field(False, description="암호로 연결하려면 true. / true connects by TLS.")
    ca_file: str | None = Field(None, description="믿을 인증서(CA) 파일. / The CA's file; else the system's own.")
    keepalive_s: int = Field(30, ge=5, le=600, description="연결 확인 간격(초). / Seconds between pings.")
    max_bytes: int = Field(
        65536,
        ge=64,
        le=16_777_216,
        description="이보다 큰 메시지는 버리고 세요(바이트). / Larger messages are dropped and counted.",
    )
    devices: tuple[MqttDevice, ...] = Field(min_length=1, description="기기들. / The devices.")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [device.name for device in self.devices]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"이름이 같은 기기가 있어요: {', '.join(twice)} / Devices of the same name.")
        return self

    def devices_points(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Return each device's name and its points that are numbers, in order."""
        return [
            (device.name, tuple(point.point() for point in numbers(device.all_points()))) for device in self.devices
        ]


@cache
def presets() -> dict[str, Preset]:
    """Return what is known of makers, by the preset's name."""
    text = resources.files("drivers.mqtt").joinpath("presets.yaml").read_text("utf-8")
    return {name: Preset.model_validate(part) for name, part in YAML(typ="safe", pure=True).load(text).items()}


def _exact(topic: str) -> str:
    """Refuse what is no topic to publish to: a value has one sender."""
    if any(sign in topic for sign in "+#\0"):
        raise ValueError(f"{topic!r}: 토픽에 +와 #은 쓸 수 없어요. / a topic without + and # is needed.")
    return topic


def _steps(path: str) -> str:
    json_path.parse(path)
    return path
